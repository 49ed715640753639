// SPDX-License-Identifier: BSD-3-Clause
import Synchronization

/// Which options a verb asked for, for the test that none is declared and never read.
final class OptionReads: Sendable {
    private let identities = Mutex<Set<ObjectIdentifier>>([])

    func note(_ option: Option) { identities.withLock { _ = $0.insert(ObjectIdentifier(option)) } }

    func contains(_ option: Option) -> Bool { identities.withLock { $0.contains(ObjectIdentifier(option)) } }
}
