// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// Bytes that come one after another and cannot be asked for twice.
package protocol ByteSource: ~Copyable {
    /// Fills the front of `buffer` and answers how many bytes; 0 is the end. May block.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int
}

extension ByteSource where Self: ~Copyable {
    /// Reads until `buffer` is full or the source ends; answers how many bytes.
    package mutating func readFully(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        var count = 0
        while count < buffer.count {
            let got = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if got == 0 { break }
            count += got
        }
        return count
    }
}

/// The bytes of an open file.
package struct FileSource: ByteSource, ~Copyable {
    private let descriptor: Descriptor
    private let subject: String

    package init(_ path: String, at directory: DirectoryReference = .currentDirectory) throws(Failure) {
        descriptor = try Descriptor.openRegular(path, at: directory)
        subject = path
    }

    package init(_ descriptor: consuming Descriptor, subject: String) {
        self.descriptor = descriptor
        self.subject = subject
    }

    package mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        do throws(Errno) {
            return try SystemCall.read(descriptor, into: buffer)
        } catch {
            throw Failure(error, subject, "read")
        }
    }
}

/// Bytes that are already in memory.
package struct MemorySource: ByteSource {
    private let bytes: [UInt8]
    private var place = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        let count = min(buffer.count, bytes.count - place)
        bytes.withUnsafeBytes { all in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[place..<place + count]))
        }
        place += count
        return count
    }
}
