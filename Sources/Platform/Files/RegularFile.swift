// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Glibc

/// A file that was opened without waiting for anybody, and what it is.
private struct OpenedFile: ~Copyable {
    let descriptor: Descriptor
    let status: FileStatus

    /// Nil when there is no such file.
    static func open(_ path: String, at directory: DirectoryReference) throws(Failure) -> OpenedFile? {
        do throws(Errno) {
            let descriptor = try SystemCall.open(path, [.readOnly, .nonBlocking, .noTerminal], at: directory)
            let status = try SystemCall.status(of: descriptor)
            return OpenedFile(descriptor: descriptor, status: status)
        } catch {
            if error == .noEntry || error == .notDirectory { return nil }
            throw Failure(error, path, "open")
        }
    }

    consuming func take() -> Descriptor { descriptor }
}

extension Descriptor {
    /// Opens what must be a regular file for reading: a pipe that nobody writes to does not hold the caller up, and no device
    /// or socket is read.
    package static func openRegular(
        _ path: String, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> Descriptor {
        if let descriptor = try openRegularIfPresent(path, at: directory) { return descriptor }
        throw Failure(Errno.noEntry, path, "open")
    }

    /// The same; nil when there is no such file.
    package static func openRegularIfPresent(
        _ path: String, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> Descriptor? {
        guard let opened = try OpenedFile.open(path, at: directory) else { return nil }
        if opened.status.isRegular { return opened.take() }
        if opened.status.kind == .directory { throw Failure(Errno.isDirectory, path, "read") }
        throw Failure(.system, path, "is not a regular file")
    }
}

/// Waits until `descriptor` can be read. A pipe whose writer is not there yet cannot; one whose writer has gone can.
///
/// - Throws: the reason of `cancellation`.
package func waitForInput(_ descriptor: Int32, _ cancellation: Cancellation) throws(Failure) {
    while true {
        var waiting = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: cancellation.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&waiting, nfds_t(waiting.count), -1)
        try cancellation.check()
        if ready >= 0 { return }
    }
}

/// The bytes of a file that the user named: a regular one, or a pipe or terminal, which is read to its end while
/// `cancellation` is heeded. Nil when there is no such file.
///
/// - Throws: `Failure(.system)` for devices, sockets and what is longer than `limit`.
package func readInput(_ path: String, limit: Int, cancellation: Cancellation) throws(Failure) -> [UInt8]? {
    guard let opened = try OpenedFile.open(path, at: .currentDirectory) else { return nil }
    if opened.status.isRegular || opened.status.kind == .directory {
        return try readAll(opened.take(), limit: limit, subject: path)
    }
    guard opened.status.kind == .fifo || isTerminal(opened.descriptor.rawValue) else {
        throw Failure(.system, path, "is not a regular file")
    }
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { buffer.deallocate() }
    while true {
        try waitForInput(opened.descriptor.rawValue, cancellation)
        do throws(Errno) {
            let count = try SystemCall.read(opened.descriptor, into: buffer)
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw Errno(EFBIG) }
            bytes += buffer[..<count]
        } catch {
            if error != .again { throw Failure(error, path, "read") }
        }
    }
}
