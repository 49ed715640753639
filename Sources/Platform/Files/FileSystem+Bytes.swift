// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Glibc

/// The bytes of the regular file `path`; refuses more than `limit`.
package func readFile(
    _ path: String, limit: Int = 1 << 30, at directory: DirectoryReference = .currentDirectory
) throws(Failure) -> [UInt8] {
    try readAll(Descriptor.openRegular(path, at: directory), limit: limit, subject: path)
}

/// The bytes of the regular file `path`, or nil when there is no such file.
package func readFileIfPresent(
    _ path: String, limit: Int = 1 << 30, at directory: DirectoryReference = .currentDirectory
) throws(Failure) -> [UInt8]? {
    guard let descriptor = try Descriptor.openRegularIfPresent(path, at: directory) else { return nil }
    return try readAll(descriptor, limit: limit, subject: path)
}

/// Everything that is left to read; refuses more than `limit`.
package func readAll(
    _ descriptor: borrowing Descriptor, limit: Int, subject: String
) throws(Failure) -> [UInt8] {
    do throws(Errno) {
        let status = try SystemCall.status(of: descriptor)
        if status.kind == .directory { throw .isDirectory }
        if status.size > UInt64(limit) { throw Errno(EFBIG) }
        // Files of /proc say 0; one byte more than the size finds the end without growing.
        var room = max(Int(status.size) + 1, status.size == 0 ? 4096 : 0)
        var bytes: [UInt8] = []
        while true {
            let piece = try readPiece(descriptor, room)
            // Nearly always the first piece is everything, and is not copied.
            if bytes.isEmpty { bytes = piece } else { bytes += piece }
            if bytes.count > limit { throw Errno(EFBIG) }
            if piece.count < room { return bytes }
            room = bytes.count
        }
    } catch {
        throw Failure(error, subject, "read")
    }
}

/// Up to `count` bytes, fewer only at the end; not filled with zeros before.
private func readPiece(_ descriptor: borrowing Descriptor, _ count: Int) throws(Errno) -> [UInt8] {
    var failed: Errno?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        let room = UnsafeMutableRawBufferPointer(buffer)
        do throws(Errno) {
            while filled < count {
                let got = try SystemCall.read(
                    descriptor, into: UnsafeMutableRawBufferPointer(rebasing: room[filled..<count]))
                if got == 0 { break }
                filled += got
            }
        } catch {
            failed = error
        }
    }
    if let failed { throw failed }
    return bytes
}

/// Writes `bytes` to a new file beside `path` and renames it into place, so that readers see the old or the new one.
package func writeFileAtomically(
    _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o664, synchronize: Bool = false,
    at directory: DirectoryReference = .currentDirectory
) throws(Failure) {
    try bytes.withBytes { (buffer) throws(Failure) in
        try writeFileAtomically(path, buffer, mode: mode, synchronize: synchronize, at: directory)
    }
}

/// Writes `bytes` to a new file beside `path` and renames it into place, so that readers see the old or the new one.
package func writeFileAtomically(
    _ path: String, _ bytes: UnsafeRawBufferPointer, mode: UInt32 = 0o664, synchronize: Bool = false,
    at directory: DirectoryReference = .currentDirectory
) throws(Failure) {
    let temporary = Path.join(Path.parent(path), temporaryName())
    do throws(Errno) {
        let descriptor = try SystemCall.open(temporary, .newFile, mode: mode, at: directory)
        do throws(Errno) {
            try SystemCall.writeAll(descriptor, bytes)
            if synchronize { try SystemCall.synchronize(descriptor) }
            try SystemCall.rename(from: temporary, at: directory, to: path, at: directory)
        } catch {
            try? SystemCall.unlink(temporary, at: directory)
            throw error
        }
    } catch {
        throw Failure(error, path, "write")
    }
}

/// Writes a new file at `path`; fails when the name is taken.
package func writeNewFile(
    _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o664, at directory: DirectoryReference = .currentDirectory
) throws(Failure) {
    do throws(Errno) {
        let descriptor = try SystemCall.open(path, .newFile, mode: mode, at: directory)
        try bytes.withBytes { (buffer) throws(Errno) in try SystemCall.writeAll(descriptor, buffer) }
    } catch {
        throw Failure(error, path, "write")
    }
}

/// Adds `bytes` at the end of `path` with one write, creating it when absent.
package func appendToFile(
    _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o664, at directory: DirectoryReference = .currentDirectory
) throws(Failure) {
    do throws(Errno) {
        // A pipe that nobody reads is refused here, and one that somebody reads below.
        let descriptor = try SystemCall.open(
            path, [.writeOnly, .create, .append, .nonBlocking, .noTerminal], mode: mode, at: directory)
        guard try SystemCall.status(of: descriptor).isRegular else { throw .invalid }
        try bytes.withBytes { (buffer) throws(Errno) in try SystemCall.writeAll(descriptor, buffer) }
    } catch {
        throw Failure(error, path, "write")
    }
}

/// A name that nobody else uses: `.krait-` and 16 random characters.
package func temporaryName(prefix: String = ".krait-") -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz012345".utf8)
    var name = Array(prefix.utf8)
    for byte in randomBytes(16) { name.append(letters[Int(byte & 31)]) }
    return String(decoding: name, as: UTF8.self)
}

/// Puts `bytes` in the place of what the file at `path` holds; it stays the same file.
package func overwriteFile(_ path: String, _ bytes: [UInt8]) throws(Failure) {
    do throws(Errno) {
        let descriptor = try SystemCall.open(
            path, [.writeOnly, .truncate, .nonBlocking, .noTerminal], mode: 0, at: .currentDirectory)
        guard try SystemCall.status(of: descriptor).isRegular else { throw .invalid }
        try bytes.withBytes { (buffer) throws(Errno) in try SystemCall.writeAll(descriptor, buffer) }
    } catch {
        throw Failure(error, path, "write")
    }
}
