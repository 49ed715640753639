// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Synchronization

/// Where packages are unpacked for one environment when there is no cache: beside it, so that files can be moved.
///
/// All processes that make or change one environment share a directory with a fixed name, so that one look tells
/// whether something was left; in it each has its own and holds a lock on that. One that nobody holds was left by a
/// process that was killed.
final class UnpackingDirectory: Sendable {
    let path: String
    private let shared: String
    private let held = Mutex<Held?>(nil)

    private final class Held: Sendable {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// Names the directory and removes what others have left; it is made by ``make()``.
    init(for prefix: String) {
        shared = Self.shared(prefix)
        path = Path.join(shared, temporaryName(prefix: ""))
        Self.removeLeft(for: prefix)
    }

    /// Beside the environment, or in it where its parent directory belongs to somebody else.
    private static func shared(_ prefix: String) -> String {
        if FileSystem.isDirectory(prefix), !FileSystem.isWritableDirectory(Path.parent(prefix)) {
            return Path.join(prefix, ".krait-unpack")
        }
        return Path.join(
            Path.parent(prefix), ".krait-unpack-\(String(decoding: Path.name(prefix).utf8.suffix(200), as: UTF8.self))")
    }

    /// Removes what killed processes have left for the environment at `prefix`; one look when that is nothing.
    static func removeLeft(for prefix: String) {
        let shared = shared(prefix)
        guard FileSystem.exists(shared), let names = try? FileSystem.entries(shared) else { return }
        for name in names {
            let path = Path.join(shared, name.name)
            guard let opened = try? Descriptor.openDirectory(path, followLinks: false),
                (try? FileLock.tryExclusive(opened, subject: path)) ?? false
            else { continue }
            try? FileSystem.removeTree(path)
        }
        try? SystemCall.removeDirectory(shared)
    }

    /// Makes the directory and takes its lock.
    func make() throws(Failure) {
        for _ in 0..<100 {
            try FileSystem.createDirectories(path)
            guard let opened = try? Descriptor.openDirectory(path, followLinks: false),
                try FileLock.tryExclusive(opened, subject: path),
                let mine = try? SystemCall.status(of: opened),
                let now = try FileSystem.status(path, followLinks: false), now.inode == mine.inode
            else { continue }
            let taken = Held(opened)
            held.withLock { $0 = taken }
            return
        }
        throw Failure(.lockTimeout, path, "other processes keep removing this directory")
    }

    /// Removes it, if it was made.
    func remove() {
        let wasMade = held.withLock { $0 != nil }
        guard wasMade else { return }
        try? FileSystem.removeTree(path)
        held.withLock { $0 = nil }
        try? SystemCall.removeDirectory(shared)
    }
}
