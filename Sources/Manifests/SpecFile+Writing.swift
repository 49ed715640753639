// SPDX-License-Identifier: BSD-3-Clause
package import Conda

extension SpecFile {
    /// The text of `export --format requirements`, as conda lays it out: one spec a line.
    ///
    /// - Parameter pip: what the format cannot hold; it is named in comments, so that nothing is lost without a word.
    package static func requirements(specs: [String], pip: [String] = [], platform: Subdir) -> String {
        var text =
            "# This file may be used to create an environment using:\n# $ krait create --name <env> --file <this file>\n"
        text += "# platform: \(platform.name)\n"
        if !pip.isEmpty {
            text += "# not in this file, to be installed with pip:\n" + pip.map { "#   \($0)\n" }.joined()
        }
        return text + specs.map { "\($0)\n" }.joined()
    }
}
