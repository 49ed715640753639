// SPDX-License-Identifier: BSD-3-Clause
import Activation
package import Configuration
package import Failures
import Platform
import Prefix

/// The variables that an environment's user gave it (`conda-meta/state`, Rules §14).
package struct EnvironmentVariables: Sendable {
    package let prefix: String
    private let settings: Settings

    /// - Throws: `Failure(.usage)` when there is no environment at `prefix`.
    package init(prefix: String, settings: Settings) throws(Failure) {
        try EnvironmentRecovery.requireEnvironment(prefix, root: settings.rootPrefix)
        self.prefix = prefix
        self.settings = settings
    }

    /// What is set, without what is marked as unset.
    package func list() throws(Failure) -> [(name: String, value: String)] {
        try PrefixFiles.variables(prefix).filter { $0.value != PrefixFiles.unsetMarker }
    }

    /// Sets variables; those of the same name are replaced, and capitals make no difference, as in activation.
    package func set(_ variables: [(name: String, value: String)]) throws(Failure) {
        for (name, _) in variables {
            guard PrefixFacts.isVariableName(name) else {
                throw Failure(
                    .usage, name, "is not a name of a variable", hint: "names have letters, digits and `_` only")
            }
            guard !PrefixFacts.isReserved(name.uppercased()) else {
                throw Failure(.usage, name, "is a variable that activation itself needs")
            }
        }
        try change { (all) throws(Failure) in
            for variable in variables {
                if let index = all.firstIndex(where: { $0.name.uppercased() == variable.name.uppercased() }) {
                    all[index] = variable
                } else {
                    all.append(variable)
                }
            }
        }
    }

    /// Marks variables as unset, which activation obeys even where a package sets them.
    ///
    /// - Returns: the names that are not set.
    package func unset(_ names: [String]) throws(Failure) -> [String] {
        var unknown: [String] = []
        try change { (all) throws(Failure) in
            for name in names {
                if let index = all.firstIndex(where: { $0.name.uppercased() == name.uppercased() }) {
                    all[index].value = PrefixFiles.unsetMarker
                } else {
                    unknown.append(name)
                }
            }
        }
        return unknown
    }

    private func change(
        _ body: (inout [(name: String, value: String)]) throws(Failure) -> Void
    ) throws(Failure) {
        if let pending = EnvironmentRecovery.notice(prefix) { throw Failure(.other, prefix, pending) }
        if settings[.protectFrozenEnvs] { try PrefixFiles.checkFrozen(prefix) }
        let lock = FileLock.held(in: prefix)
        defer { withExtendedLifetime(lock) {} }
        var all = try PrefixFiles.variables(prefix)
        try body(&all)
        if !settings[.dryRun] { try PrefixFiles.setVariables(all, prefix) }
    }
}
