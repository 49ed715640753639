// SPDX-License-Identifier: BSD-3-Clause
import Glibc

extension SystemCall {
    /// Copies the bytes of one open file to another from where both stand, inside the kernel where it can.
    package static func copyContents(
        from source: borrowing Descriptor, to destination: borrowing Descriptor
    ) throws(Errno) {
        var copied = false
        do throws(Errno) {
            while try copyRange(from: source, to: destination, count: 1 << 30) > 0 { copied = true }
            if copied { return }
        } catch {
            guard !copied, unsupportedCopies.contains(error) else { throw error }
        }
        // Some file systems answer 0 at once (/proc) or not at all; then by hand.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try read(source, into: buffer)
            if count == 0 { return }
            try writeAll(destination, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Copies what is there of a hollow file, and its length.
    private static func copyHollow(
        from source: borrowing Descriptor, to destination: borrowing Descriptor, size: UInt64
    ) throws(Errno) {
        // Linux, lseek(2): the next data, and the next hole.
        let (nextData, nextHole): (Int32, Int32) = (3, 4)
        let (from, to) = (source.rawValue, destination.rawValue)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        var place = lseek(from, 0, nextData)
        while place >= 0 {
            let end = lseek(from, place, nextHole)
            guard end > place, lseek(from, place, SEEK_SET) >= 0, lseek(to, place, SEEK_SET) >= 0 else {
                throw .current
            }
            while place < end {
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, end - place)])
                let count = try read(source, into: room)
                if count == 0 { break }
                try writeAll(destination, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                place += count
            }
            place = lseek(from, end, nextData)
        }
        guard errno == ENXIO else { throw .current }
        guard ftruncate(to, off_t(clamping: size)) == 0 else { throw .current }
    }

    private static let unsupportedCopies: [Errno] = [
        .crossDevice, .invalid, .noSystemCall, .notSupported, .notPermitted, .badDescriptor,
    ]

    /// Copies a regular file to a new name with its mode, or with `mode`, and its time; shares blocks when `clone` and the
    /// file system can.
    package static func copyFile(
        from: UnsafePointer<CChar>, at fromDirectory: DirectoryReference,
        to: UnsafePointer<CChar>, at toDirectory: DirectoryReference, mode: UInt32? = nil, clone: Bool = true,
        keepTime: Bool = true
    ) throws(Errno) {
        let source = try open(from, [.readOnly, .noFollow, .nonBlocking], at: fromDirectory)
        try copyFile(from: source, to: to, at: toDirectory, mode: mode, clone: clone, keepTime: keepTime)
    }

    /// Copies an open regular file to a new name with its mode and time.
    package static func copyFile(
        from source: borrowing Descriptor, to: UnsafePointer<CChar>, at toDirectory: DirectoryReference,
        mode: UInt32? = nil, clone: Bool = true, keepTime: Bool = true
    ) throws(Errno) {
        let status = try status(of: source)
        guard status.kind == .regular else { throw .invalid }
        // What everybody may write to stays with its owner and group here.
        let mode = (mode ?? status.mode) & 0o775
        let destination = try open(to, .newFile, mode: mode | 0o200, at: toDirectory)
        var cloned = false
        if clone, (try? cloneFile(from: source, to: destination)) != nil { cloned = true }
        if !cloned, status.isHollow {
            try copyHollow(from: source, to: destination, size: status.size)
        } else if !cloned {
            try copyContents(from: source, to: destination)
        }
        do throws(Errno) {
            if keepTime { try setModified(of: destination, status.modified) }
            if mode & 0o200 == 0 { try setMode(of: destination, mode & ~creationMask) }
        } catch {
            // A file system that refuses times and modes is no reason to fail.
            if error.isFault { throw error }
        }
    }
}
