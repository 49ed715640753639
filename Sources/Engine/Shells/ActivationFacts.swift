// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Codecs
import Configuration
import Failures
import Platform
import Prefix

/// Reads what activation must know of environments, for one shell; what cannot be read is not there.
final class ActivationFacts {
    private let shell: Shell
    /// What the user should know of the environments read so far.
    private(set) var notes: [String] = []

    init(shell: Shell) { self.shell = shell }

    /// The scripts and variables of the environment at `prefix` (Rules §18.2).
    func read(_ prefix: String) -> PrefixFacts {
        let conda = prefix + "/etc/conda/"
        let packages = names(conda + "env_vars.d").filter { $0.hasSuffix(".json") }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { packageVariables(conda + "env_vars.d/" + $0) }
        let (variables, merging) = PrefixFacts.merge(packages: packages, state: ownVariables(prefix))
        notes += merging
        return PrefixFacts(
            path: prefix, activateNames: names(conda + "activate.d"), deactivateNames: names(conda + "deactivate.d"),
            variables: variables, shell: shell)
    }

    private func names(_ directory: String) -> [String] {
        ((try? FileSystem.entries(directory)) ?? []).map(\.name)
    }

    private func packageVariables(_ path: String) -> [EnvironmentVariable] {
        do throws(Failure) {
            guard let bytes = try readFileIfPresent(path, limit: 1 << 24),
                case .object(let members) = try JSON.parse(bytes, subject: path)
            else { return [] }
            return members.compactMap { member in
                if let text = member.value.string { return EnvironmentVariable(member.key, text) }
                if member.value.isNull { return nil }
                return EnvironmentVariable(
                    member.key, String(decoding: member.value.serialized(indent: nil), as: UTF8.self))
            }
        } catch {
            notes.append("\(path) is skipped: \(error.reason)")
            return []
        }
    }

    private func ownVariables(_ prefix: String) -> [EnvironmentVariable] {
        do throws(Failure) {
            return try PrefixFiles.variables(prefix).map { EnvironmentVariable($0.name, $0.value) }
        } catch {
            notes.append("\(error.subject) is skipped: \(error.reason)")
            return []
        }
    }
}

extension ActivationSettings {
    /// What the configuration says of activation.
    init(_ settings: Settings) {
        self.init()
        rootPrefix = settings.rootPrefix
        changesPrompt = settings[.changeps1]
        promptFormat = settings[.envPrompt]
        autoStack = Int(clamping: settings[.autoStack])
    }
}
