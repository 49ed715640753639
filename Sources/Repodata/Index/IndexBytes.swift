// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// The bytes of an index, read piece by piece.
///
/// Files are read with `pread` and not mapped: the kernel maps sixteen pages around each one that is touched, which for the
/// few names of an install made more than half of a large index resident, and a file cut short would end the process.
final class IndexBytes: @unchecked Sendable {
    // A descriptor that is only read at given offsets, or bytes that never change; hence `@unchecked Sendable`.
    private let descriptor: Descriptor?
    private let memory: MemoryIndexOutput?
    let count: Int
    let subject: String

    /// Opens the file at `path`.
    init(_ path: String) throws(Failure) {
        let descriptor = try Descriptor.openRegular(path)
        do throws(Errno) {
            count = Int(try SystemCall.status(of: descriptor).size)
        } catch {
            throw Failure(error, path, "read")
        }
        self.descriptor = consume descriptor
        memory = nil
        subject = path
    }

    /// An index that was made in memory.
    init(_ memory: MemoryIndexOutput, subject: String) {
        descriptor = nil
        self.memory = memory
        count = memory.count
        self.subject = subject
    }

    /// A part of the bytes; valid as long as the piece.
    func piece(_ offset: Int, _ length: Int) throws(Failure) -> Piece {
        guard offset >= 0, length >= 0, length <= count - offset else {
            throw Failure(.integrity, subject, "the index is damaged: it is truncated")
        }
        if let memory {
            return Piece(UnsafeRawBufferPointer(rebasing: memory.raw[offset..<offset + length]), owner: memory)
        }
        let piece = Piece(byteCount: length)
        var filled = 0
        while filled < length {
            let target = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(mutating: piece.raw)[filled...])
            let got: Int
            do throws(Errno) {
                got = try read(at: UInt64(offset + filled), into: target)
            } catch {
                throw Failure(error, subject, "read")
            }
            guard got > 0 else { throw Failure(.integrity, subject, "the index is damaged: it is truncated") }
            filled += got
        }
        return piece
    }

    private func read(at offset: UInt64, into target: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        switch descriptor {
        case .some(let descriptor): try SystemCall.read(descriptor, at: offset, into: target)
        case .none: throw .badDescriptor
        }
    }

    /// Some bytes, and whoever keeps them.
    final class Piece: @unchecked Sendable {
        // Written only before anyone else sees it.
        let raw: UnsafeRawBufferPointer
        private let owner: AnyObject?

        fileprivate init(_ raw: UnsafeRawBufferPointer, owner: AnyObject) {
            self.raw = raw
            self.owner = owner
        }

        fileprivate init(byteCount: Int) {
            raw = UnsafeRawBufferPointer(
                UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 16))
            owner = nil
        }

        deinit {
            if owner == nil { raw.deallocate() }
        }
    }
}
