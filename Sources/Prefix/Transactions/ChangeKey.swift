// SPDX-License-Identifier: BSD-3-Clause

import Codecs
package import Platform
import Synchronization

/// The secret by which krait knows what it began itself: journals, markers and directories in the making carry a keyed
/// hash of their contents and of the inode of their directory. A repository or an archive that somebody handed on is
/// owned by whoever unpacked it, but cannot have such a mark.
///
/// It lies in the user's state directory. Without one (no home, or a home that is somebody else's) there are no marks,
/// and ownership alone decides.
package final class ChangeKey: Sendable {
    private static let length = 32
    private static let name = "change-key"

    private let directory: String?
    /// Outer nil: not read yet.
    private let known = Mutex<[UInt8]??>(nil)

    /// The key of the user whose state directory is `directory`, absolute; nil when there is none.
    package init(directory: String?) {
        self.directory = directory
    }

    /// No state directory.
    package static let none = ChangeKey(directory: nil)

    /// False where there is no key, and ownership alone decides.
    var isThere: Bool { secret() != nil }

    /// The mark of `contents` in the directory with the number `inode`: 64 hexadecimal digits, or empty without a key.
    func mark(_ contents: [UInt8], in inode: UInt64) -> String {
        guard let secret = secret() else { return "" }
        return hmacSHA256(key: secret, Array("krait \(inode)\n".utf8) + contents).hex
    }

    /// Whether `mark` shows that this user's krait wrote `contents` into that directory; always where there is no key.
    func vouches(for contents: [UInt8], in inode: UInt64, mark: String) -> Bool {
        guard isThere else { return true }
        return self.mark(contents, in: inode) == mark
    }

    /// The open file of the key, for its lock.
    final class File: Sendable {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// The file of the key, which only its user can open; nil where there is none.
    func opened() -> File? {
        guard isThere, let directory, let place = try? Descriptor.openDirectory(directory, followLinks: false),
            let file = try? SystemCall.open(Self.name, [.readOnly, .noFollow, .nonBlocking], at: place.reference)
        else { return nil }
        return File(file)
    }

    /// The key, which is made when there is none yet; nil where that is impossible.
    private func secret() -> [UInt8]? {
        known.withLock { known in
            if let known { return known }
            let found = directory.flatMap(Self.read)
            known = .some(found)
            return found
        }
    }

    private static func read(in path: String) -> [UInt8]? {
        guard (try? FileSystem.createDirectories(path, mode: 0o700)) != nil,
            let directory = try? Descriptor.openDirectory(path, followLinks: false),
            let status = try? SystemCall.status(of: directory), status.isOwn, !status.isWritableByOthers
        else { return nil }
        if let key = readKey(at: directory.reference) { return key }
        return makeKey(in: directory)
    }

    private static func readKey(at directory: DirectoryReference) -> [UInt8]? {
        guard let file = try? SystemCall.open(name, [.readOnly, .noFollow, .nonBlocking], at: directory),
            let status = try? SystemCall.status(of: file), status.kind == .regular, status.isOwn,
            status.mode & 0o077 == 0, status.size == length,
            let bytes = try? readAll(file, limit: length, subject: name), bytes.count == length
        else { return nil }
        return bytes
    }

    private static func makeKey(in directory: borrowing Descriptor) -> [UInt8]? {
        let draft = temporaryName()
        let place = directory.reference
        defer { try? SystemCall.unlink(draft, at: place) }
        do throws(Errno) {
            let file = try SystemCall.open(draft, .newFile, mode: 0o600, at: place)
            try randomBytes(length).withBytes { (bytes) throws(Errno) in try SystemCall.writeAll(file, bytes) }
            do throws(Errno) {
                try put(draft, at: place)
            } catch {
                guard error == .exists else { throw error }
                // One that another process has just made stays: it uses it already. One that is not as it should be,
                // readable by others say, goes.
                if let key = readKey(at: place) { return key }
                try SystemCall.unlink(name, at: place)
                try put(draft, at: place)
            }
        } catch {
            if error != .exists { return nil }
        }
        return readKey(at: place)
    }

    /// Gives the file `draft` the name of the key where that is free.
    private static func put(_ draft: String, at place: DirectoryReference) throws(Errno) {
        do throws(Errno) {
            try SystemCall.link(from: draft, at: place, to: name, at: place)
        } catch {
            if error == .exists { throw error }
            try FileSystem.renameWithoutReplacing(from: draft, at: place, to: name, at: place)
        }
    }
}

extension ChangeKey {
    /// The key of the user that this process works for: in `XDG_STATE_HOME`, else below the home; one that somebody
    /// else owns, as that of the user who called sudo, is not used.
    package convenience init(_ environment: ProcessEnvironment) {
        var base: String?
        if let state = environment["XDG_STATE_HOME"], Path.isAbsolute(state) {
            base = state
        } else {
            base = environment.ownHomeDirectory.map { Path.join($0, ".local/state") }
        }
        self.init(directory: base.map { Path.join($0, "krait") })
    }
}
