// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// Where an index is written to.
protocol IndexOutput: AnyObject {
    /// Bytes so far.
    var count: Int { get }
    func append(_ bytes: UnsafeRawBufferPointer) throws(Failure)
    /// Writes the header over the first bytes: from here on the index is whole.
    func finish(header: UnsafeRawBufferPointer) throws(Failure)
}

/// An index kept in memory; for small channels and machines without a writable place.
final class MemoryIndexOutput: IndexOutput {
    private var bytes = ByteBuffer(capacity: 1 << 16)

    var count: Int { bytes.count }

    func append(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(bytes) }

    func finish(header: UnsafeRawBufferPointer) { bytes.replace(at: 0, header) }

    /// What was written; valid as long as this object lives and is not written to.
    var raw: UnsafeRawBufferPointer { bytes.raw }
}

/// An index in a new file, which the caller renames into place or throws away.
final class FileIndexOutput: IndexOutput {
    let path: String
    private let descriptor: Descriptor
    private(set) var count = 0

    /// Makes the file; it must not be there.
    init(creating path: String) throws(Failure) {
        self.path = path
        do throws(Errno) {
            descriptor = try SystemCall.open(path, .newFile, mode: 0o664)
        } catch {
            throw Failure(error, path, "write")
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        do throws(Errno) {
            try SystemCall.writeAll(descriptor, bytes)
        } catch {
            throw Failure(error, path, "write")
        }
        count += bytes.count
    }

    func finish(header: UnsafeRawBufferPointer) throws(Failure) {
        do throws(Errno) {
            try SystemCall.writeAll(descriptor, at: 0, header)
        } catch {
            throw Failure(error, path, "write")
        }
    }
}
