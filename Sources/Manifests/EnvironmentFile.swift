// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// What an `environment.yml` asks for (CEP 24, Rules §19.2).
package struct EnvironmentFile: Sendable {
    /// One item of `dependencies`.
    package enum Dependency: Sendable, Equatable {
        case conda(MatchSpec)
        /// The `pip:` list, each item one line of a requirements file.
        case pip([PipRequirement])
    }

    /// One line for pip and where it was written.
    package struct PipRequirement: Sendable, Equatable {
        package var text: String
        /// 1-based; 0 when it comes from no file.
        package var line: Int

        package init(text: String, line: Int = 0) {
            self.text = text
            self.line = line
        }
    }

    /// One of `variables`; set when the environment is activated.
    package struct Variable: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var name: String?
    package var prefix: String?
    /// As written, `nodefaults` included.
    package var channels: [String] = []
    package var dependencies: [Dependency] = []
    package var variables: [Variable] = []
    package var platforms: [String] = []
    /// What was read past, one sentence each with file and line.
    package var warnings: [String] = []

    package init() {}

    /// The conda specs in order.
    package var specs: [MatchSpec] {
        dependencies.compactMap { if case .conda(let spec) = $0 { spec } else { nil } }
    }

    /// The pip requirements in order.
    package var pip: [PipRequirement] {
        var all: [PipRequirement] = []
        for case .pip(let requirements) in dependencies { all += requirements }
        return all
    }
}
