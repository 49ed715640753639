// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Synchronization

/// How the user named the environment: advice repeats `-n NAME`, not the path that stands for it.
final class EnvironmentNaming: Sendable {
    private let named = Mutex<(path: String, name: String)?>(nil)

    /// Notes that `-n name` stands for the environment at `path`.
    func note(_ name: String, for path: String) { named.withLock { $0 = (path, name) } }

    /// `text` with `-n NAME` in the place of the environment's `-p PATH`.
    func repeated(_ text: String) -> String {
        guard let (path, name) = named.withLock({ $0 }) else { return text }
        let typed = "-p \(path)"
        let text = text.hasSuffix(typed) ? "\(text.dropLast(typed.count))-n \(name)" : text
        // Another path may begin with this one.
        return ["`", " ", "\n", ",", ";", ":", ")"].reduce(text) { said, end in
            replacing(typed + end, by: "-n \(name)" + end, in: said)
        }
    }
}
