// SPDX-License-Identifier: BSD-3-Clause
package import Codecs

extension EnvironmentFile {
    /// What an export writes: the dependencies as texts, since an export has spellings of its own (`name=version=build`).
    package struct Export: Sendable, Equatable {
        package var name: String?
        package var channels: [String] = []
        package var dependencies: [String] = []
        /// Platforms that a dependency is for, by its text: written as a comment, `# [linux]`.
        package var selectors: [String: String] = [:]
        package var pip: [String] = []
        package var variables: [EnvironmentFile.Variable] = []
        package var prefix: String?
        /// Lines put before everything else as comments.
        package var comments: [String] = []

        package init() {}

        /// Channels and pip lines without passwords and tokens, which never reach a file.
        private var publicChannels: [String] { channels.map { PythonOrigin.withoutSecrets($0) } }
        private var publicPip: [String] { pip.map { PythonOrigin.withoutSecrets($0) } }

        /// The file as `conda env export` lays it out.
        package var yaml: String {
            var text = comments.map { "# \($0)\n" }.joined()
            if let name { text += "name: \(YAML.quoted(name))\n" }
            if !channels.isEmpty {
                text += "channels:\n" + publicChannels.map { "  - \(YAML.quoted($0))\n" }.joined()
            }
            text += dependencies.isEmpty && pip.isEmpty ? "dependencies: []\n" : "dependencies:\n"
            text += dependencies.map { dependency in
                "  - \(YAML.quoted(dependency))" + (selectors[dependency].map { "  # [\($0)]" } ?? "") + "\n"
            }.joined()
            if !pip.isEmpty {
                text += "  - pip:\n" + publicPip.map { "      - \(YAML.quoted($0))\n" }.joined()
            }
            if !variables.isEmpty {
                text += "variables:\n"
                text += variables.map { "  \(YAML.quoted($0.name)): \(YAML.quoted($0.value))\n" }.joined()
            }
            if let prefix { text += "prefix: \(YAML.quoted(prefix))\n" }
            return text
        }

        /// The same as JSON, in conda's shape.
        package var json: JSON {
            var members: [JSONMember] = []
            if let name { members.append(JSONMember("name", .string(name))) }
            members.append(JSONMember("channels", .strings(publicChannels)))
            var items = dependencies.map { JSON.string($0) }
            if !pip.isEmpty { items.append(.object([JSONMember("pip", .strings(publicPip))])) }
            members.append(JSONMember("dependencies", .array(items)))
            if !variables.isEmpty {
                members.append(
                    JSONMember("variables", .object(variables.map { JSONMember($0.name, .string($0.value)) })))
            }
            if let prefix { members.append(JSONMember("prefix", .string(prefix))) }
            return .object(members)
        }
    }
}
