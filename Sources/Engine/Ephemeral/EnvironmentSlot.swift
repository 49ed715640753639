// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Prefix

/// A directory of this user in which one environment follows the other. Each is made under a new name beside the one in
/// effect, so that nothing changes under a process that runs; who runs in one shares its lock until the end of the program,
/// and what is locked is not removed.
struct EnvironmentSlot: Sendable {
    let directory: String

    private static let prefix = "env-"

    /// A prefix for the next environment, which nobody else chooses.
    func newPrefix() -> String { Path.join(directory, temporaryName(prefix: Self.prefix)) }

    /// The prefix of the environment `name`; nil for what is no name of one.
    func prefix(named name: String) -> String? {
        let letters = name.utf8.dropFirst(Self.prefix.utf8.count)
        let isPlain = letters.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }
        guard name.hasPrefix(Self.prefix), isPlain, (1...32).contains(letters.count) else { return nil }
        return Path.join(directory, name)
    }

    /// Keeps the environment at `prefix` from being removed for as long as this process and what it becomes live; false when
    /// it is not there.
    static func hold(_ prefix: String) -> Bool {
        guard let opened = try? Descriptor.openDirectory(prefix, followLinks: false) else { return false }
        // Who only looks whether something runs has the lock for a moment; who removes it has it until it is gone.
        for _ in 0..<200 where isThere(opened, prefix) {
            if FileLock.tryShared(opened) {
                guard isThere(opened, prefix), FileSystem.exists("conda-meta/history", at: opened.reference) else {
                    return false
                }
                opened.outlive()
                return true
            }
            pause(nanoseconds: 5_000_000)
        }
        return false
    }

    /// Whether what is open is what stands at `path` now.
    private static func isThere(_ opened: borrowing Descriptor, _ path: String) -> Bool {
        guard let mine = try? SystemCall.status(of: opened),
            let now = try? SystemCall.status(path, followLinks: false)
        else { return false }
        return mine.inode == now.inode && mine.device == now.device && mine.isOwn
    }

    /// Takes the right to make the next environment, if nobody has it.
    func tryLock() throws(Failure) -> SlotLock? {
        try UserDirectory.make(directory)
        let opened = try Descriptor.openDirectory(directory, followLinks: false)
        // Somebody may have removed the directory before the lock was ours.
        guard try FileLock.tryExclusive(opened, subject: directory), Self.isThere(opened, directory) else { return nil }
        return SlotLock(opened)
    }

    /// The environments beside `current` in which nothing runs; those that are younger than `seconds` may be in the making.
    func unused(besides current: String?, olderThan seconds: Int64) -> [String] {
        let now = wallClockSeconds()
        return ((try? FileSystem.entries(directory)) ?? []).compactMap { entry in
            guard let path = prefix(named: entry.name), entry.name != current,
                let status = try? FileSystem.status(path, followLinks: false), status.kind == .directory,
                now - status.changed.seconds >= seconds, Self.isFree(path)
            else { return nil }
            return path
        }
    }

    /// Whether nothing runs in the environment at `prefix`.
    static func isFree(_ prefix: String) -> Bool {
        guard let opened = try? Descriptor.openDirectory(prefix, followLinks: false) else { return false }
        return (try? FileLock.tryExclusive(opened, subject: prefix)) ?? false
    }

    /// Whether nothing runs in any of its environments and nobody makes one.
    var isFree: Bool {
        guard let opened = try? Descriptor.openDirectory(directory, followLinks: false),
            (try? FileLock.tryExclusive(opened, subject: directory)) ?? false
        else { return false }
        return ((try? FileSystem.entries(directory)) ?? []).allSatisfy { entry in
            prefix(named: entry.name).map(Self.isFree) ?? true
        }
    }

    /// Removes an environment unless something runs in it; whether it is gone.
    static func remove(_ prefix: String, key: ChangeKey) -> Bool {
        guard let opened = try? Descriptor.openDirectory(prefix, followLinks: false),
            (try? FileLock.tryExclusive(opened, subject: prefix)) ?? false
        else { return false }
        return (try? StagingDirectory.removeTree(prefix, key: key)) != nil
    }

    /// Removes all of the slot unless something runs in one of its environments or makes one; whether it is gone.
    func removeAll(key: ChangeKey) -> Bool {
        guard let lock = try? tryLock() else { return false }
        let environments = ((try? FileSystem.entries(directory)) ?? []).compactMap { prefix(named: $0.name) }
        var isGone = true
        for environment in environments { isGone = Self.remove(environment, key: key) && isGone }
        if isGone { isGone = (try? StagingDirectory.removeTree(directory, key: key)) != nil }
        _ = consume lock
        return isGone
    }
}

/// The right to make an environment in a slot; it ends with this value, or with the process.
struct SlotLock: ~Copyable {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}
