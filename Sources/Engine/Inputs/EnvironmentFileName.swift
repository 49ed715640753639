// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures
package import Platform

/// The name or prefix that an environment file suggests.
package enum EnvironmentFileName {
    /// `prefix:` when it is a path, else `name:`; nil for files of other kinds.
    package static func read(_ file: String, environment: ProcessEnvironment) throws(Failure) -> String? {
        guard file.hasSuffix(".yml") || file.hasSuffix(".yaml") else { return nil }
        let path = Path.absolute(
            Path.expandingHome(file, home: environment.homeDirectory), base: environment.currentDirectory)
        guard let bytes = try readFileIfPresent(path, limit: 1 << 28) else {
            throw Failure(.usage, file, "there is no such file")
        }
        let root = try YAML.parse(bytes, subject: file)
        guard root["package"] == nil, root["environments"] == nil else { return nil }
        return root["name"]?.text
    }
}
