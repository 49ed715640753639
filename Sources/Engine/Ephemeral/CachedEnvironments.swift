// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Failures
import Platform
import Prefix

/// All environments that `exec` has made for this user.
struct CachedEnvironments {
    private let root: String

    /// Nil when there are none.
    init?(_ context: Context) {
        guard let root = try? CachedEnvironment.root(context), (try? UserDirectory.isOwn(root)) ?? false else {
            return nil
        }
        self.root = root
    }

    /// Those in which nothing runs and that nobody has asked for in `days` days; 0 is any.
    func unused(days: Int64) -> [EnvironmentSlot] {
        let now = wallClockSeconds()
        let entries = (try? FileSystem.entries(root)) ?? []
        return entries.map(\.name).sorted().compactMap { name in
            guard name.utf8.count == 24,
                name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else { return nil }
            let slot = EnvironmentSlot(directory: Path.join(root, name))
            guard let status = try? FileSystem.status(slot.directory, followLinks: false), status.isOwn else {
                return nil
            }
            // Without a record it is in the making, or its maker was killed.
            let record = try? FileSystem.status(Path.join(slot.directory, "record"), followLinks: false)
            let used = (record ?? nil)?.modified.seconds ?? status.changed.seconds
            guard now - used >= days * 86_400, slot.isFree else { return nil }
            return slot
        }
    }
}
