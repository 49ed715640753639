// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Synchronization

/// Where packages are unpacked for one environment when there is no cache: beside it, so that files can be moved.
///
/// Its maker holds a lock on it; one that nobody holds was left by a process that was killed, and the next that works
/// on the same environment removes it.
final class UnpackingDirectory: Sendable {
    let path: String
    private let parent: String
    private let held = Mutex<Held?>(nil)

    private final class Held: Sendable {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// Names the directory and removes what others have left; it is made by ``make()``.
    init(for prefix: String) {
        parent = Path.parent(prefix)
        let start = ".krait-unpack-\(String(decoding: Path.name(prefix).utf8.suffix(200), as: UTF8.self))-"
        path = Path.join(parent, temporaryName(prefix: start))
        guard let names = try? FileSystem.entries(parent) else { return }
        // The random part is 16 long, so that `a` does not take what is of `a-b`.
        for name in names where name.name.hasPrefix(start) && name.name.utf8.count == start.utf8.count + 16 {
            Self.removeIfLeft(Path.join(parent, name.name))
        }
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
        if wasMade { try? FileSystem.removeTree(path) }
        held.withLock { $0 = nil }
    }

    private static func removeIfLeft(_ path: String) {
        guard let opened = try? Descriptor.openDirectory(path, followLinks: false),
            (try? FileLock.tryExclusive(opened, subject: path)) ?? false
        else { return }
        try? FileSystem.removeTree(path)
    }
}
