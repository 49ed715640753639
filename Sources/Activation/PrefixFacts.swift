// SPDX-License-Identifier: BSD-3-Clause

/// A variable that an environment brings along.
package struct EnvironmentVariable: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether the variable is to be taken away, by conda's mark.
    var isUnset: Bool { value == "***unset***" }
}

/// What activation must know of an environment; read by the caller, for one shell.
package struct PrefixFacts: Sendable, Equatable {
    /// Absolute, without trailing slash.
    package var path: String
    /// Absolute paths in the order of running.
    package var activateScripts: [String]
    package var deactivateScripts: [String]
    /// Variables to export, each name once.
    package var variables: [EnvironmentVariable]

    package init(
        path: String, activateScripts: [String] = [], deactivateScripts: [String] = [],
        variables: [EnvironmentVariable] = []
    ) {
        self.path = path
        self.activateScripts = activateScripts
        self.deactivateScripts = deactivateScripts
        self.variables = variables
    }

    /// The facts from file names: scripts of the shell only, ascending in `activate.d`, descending in `deactivate.d`.
    package init(
        path: String, activateNames: [String], deactivateNames: [String], variables: [EnvironmentVariable],
        shell: Shell
    ) {
        func scripts(_ names: [String], _ directory: String) -> [String] {
            names.filter { $0.hasSuffix(shell.scriptExtension) && !$0.hasPrefix(".") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                .map { "\(path)/etc/conda/\(directory)/\($0)" }
        }
        self.init(
            path: path, activateScripts: scripts(activateNames, "activate.d"),
            deactivateScripts: scripts(deactivateNames, "deactivate.d").reversed(), variables: variables)
    }

    var binDirectory: String { path == "/" ? "/bin" : path + "/bin" }
}

extension PrefixFacts {
    /// Joins what packages (`etc/conda/env_vars.d/*.json`, in the order of file names) and the user
    /// (`conda-meta/state`) want exported: later wins, the user most; names become upper case as in conda and mamba;
    /// a variable that the user has marked as unset stays in the list, and activation unsets it whoever set it
    /// (Rules §14, §18.2). Notes name what was passed over or said twice.
    package static func merge(
        packages: [[EnvironmentVariable]], state: [EnvironmentVariable]
    ) -> (variables: [EnvironmentVariable], notes: [String]) {
        var variables: [EnvironmentVariable] = []
        var notes: [String] = []
        for (isState, list) in packages.map({ (false, $0) }) + [(true, state)] {
            for variable in list {
                let name = variable.name.uppercased()
                guard isVariableName(name), !isReserved(name) else {
                    notes.append(
                        "the environment's variable `\(variable.name)` is skipped: the name is not allowed")
                    continue
                }
                let index = variables.firstIndex { $0.name == name }
                if let index {
                    if isState, !variable.isUnset {
                        notes.append("the variable `\(name)` of a package is overridden by the environment's own")
                    }
                    variables.remove(at: index)
                }
                if isState || !variable.isUnset { variables.append(EnvironmentVariable(name, variable.value)) }
            }
        }
        return (variables, notes)
    }

    /// A name that every shell accepts.
    package static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy {
            ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
        }
    }

    /// Names that activation itself keeps its books in.
    package static func isReserved(_ name: String) -> Bool {
        ["PATH", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_SHLVL", "CONDA_PROMPT_MODIFIER", "PS1"].contains(name)
            || name.hasPrefix("__CONDA_SHLVL_") || name.hasPrefix("CONDA_PREFIX_") || name.hasPrefix("CONDA_STACKED_")
    }
}
