// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// A body that is sent. Such a request is made once, unless who sends it says that it may be repeated as it is.
package struct Upload: Sendable {
    /// Where the bytes are.
    package enum Body: Sendable {
        case bytes([UInt8])
        /// A part of a file.
        case file(String, offset: UInt64, count: UInt64)
    }

    /// `POST`, `PUT` or `PATCH`.
    package var method: String
    package var body: Body
    /// Sending it again does no more than sending it once.
    package var mayRepeat: Bool

    package init(_ method: String, _ body: Body = .bytes([]), mayRepeat: Bool = false) {
        self.method = method
        self.body = body
        self.mayRepeat = mayRepeat
    }

    /// How many bytes are sent.
    package var count: UInt64 {
        switch body {
        case .bytes(let bytes): UInt64(bytes.count)
        case .file(_, _, let count): count
        }
    }
}

/// The body of one attempt, read piece by piece on the network thread.
final class UploadReader {
    private let upload: Upload
    private let file: OpenFile?
    private var sent: UInt64 = 0

    private final class OpenFile {
        let descriptor: Descriptor
        init(_ path: String) throws(Failure) { descriptor = try Descriptor.openRegular(path) }
    }

    init(_ upload: Upload) throws(Failure) {
        self.upload = upload
        if case .file(let path, _, _) = upload.body { file = try OpenFile(path) } else { file = nil }
    }

    /// Puts the next bytes into `room` and tells how many; nil when they cannot be read.
    func read(into room: UnsafeMutableRawBufferPointer) -> Int? {
        let count = Int(min(UInt64(room.count), upload.count - sent))
        guard count > 0 else { return 0 }
        switch upload.body {
        case .bytes(let bytes):
            room.copyBytes(from: bytes[Int(sent)..<Int(sent) + count])
            sent += UInt64(count)
            return count
        case .file(_, let offset, _):
            let rest = UnsafeMutableRawBufferPointer(rebasing: room[..<count])
            guard let file, let got = try? SystemCall.read(file.descriptor, at: offset + sent, into: rest), got > 0
            else { return nil }
            sent += UInt64(got)
            return got
        }
    }
}
