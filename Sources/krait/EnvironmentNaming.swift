// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Configuration
import Engine
import Failures
import Synchronization

/// How the user named the environment: advice repeats `-n NAME`, not the path that stands for it.
final class EnvironmentNaming: Sendable {
    private struct Named {
        var path: String
        var name: String
    }

    // No tuple: each start would have the runtime make its type.
    private let named = Mutex<Named?>(nil)
    private let pointed = Mutex<TargetPrefix?>(nil)

    /// Notes that `-n name` stands for the environment at `path`.
    func note(_ name: String, for path: String) { named.withLock { $0 = Named(path: path, name: name) } }

    /// Notes how the environment was found.
    func note(_ target: TargetPrefix) { pointed.withLock { $0 = target } }

    /// What to do about `failure`, which may be that a variable points to no environment: the user typed nothing wrong.
    func hint(_ failure: Failure) -> String? {
        guard let target = pointed.withLock({ $0 }), let variable = target.variable, target.path == failure.subject,
            failure.cause is NotAnEnvironment
        else { return failure.hint.map(repeated) }
        return "\(variable) points to it: name another with -n or -p, or unset the variable"
    }

    /// `text` with `-n NAME` in the place of the environment's `-p PATH`.
    func repeated(_ text: String) -> String {
        guard let named = named.withLock({ $0 }) else { return text }
        let name = named.name
        let typed = "-p \(named.path)"
        let text = text.hasSuffix(typed) ? "\(text.dropLast(typed.count))-n \(name)" : text
        // Another path may begin with this one.
        return ["`", " ", "\n", ",", ";", ":", ")"].reduce(text) { said, end in
            replacing(typed + end, by: "-n \(name)" + end, in: said)
        }
    }
}
