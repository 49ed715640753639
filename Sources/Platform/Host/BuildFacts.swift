// SPDX-License-Identifier: BSD-3-Clause
import CShims

/// What `scripts/build-release` says of the executable it makes.
package enum BuildFacts {
    /// The commit it is made of, shortened; nil in other builds.
    package static var commit: String? {
        let text = String(cString: krait_build_commit_text())
        return text.isEmpty ? nil : text
    }

    /// Debian's revision of each library linked in, by the name of its source or development package; none in other
    /// builds, which use the libraries of the machine.
    package static var patchLevels: [String: String] {
        var levels: [String: String] = [:]
        for line in String(cString: krait_build_patch_levels_text()).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { levels[String(words[0])] = String(words[1]) }
        }
        return levels
    }
}
