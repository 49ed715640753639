// SPDX-License-Identifier: BSD-3-Clause
package import Failures
package import Platform

/// Writes extracted files below a new, private directory: the staging of the package cache or of a prefix.
///
/// Nothing below it is a link until all files are written, so no write can be led outside; every file is made new.
/// One open, one write for each buffer, one call for the time and one close for each file: no directory is opened,
/// no mode is set afterwards (the umask applies at creation).
package final class DirectorySink: ExtractionSink {
    private let root: Descriptor
    private let rootPath: String
    private var file: Int32 = -1
    private var fileTime = FileTime(seconds: 0)
    /// Where files are read back into.
    private var reading: [UInt8] = []

    /// Times before 1980 trouble ZIP tools, and zero means unknown (Rules §10.3).
    private static let earliest: Int64 = 315_532_800

    /// Writes below the open directory `root`, called `path` in failures.
    package init(_ root: consuming Descriptor, path: String) {
        self.root = root
        rootPath = path
    }

    deinit { closeFile() }

    package func makeDirectory(_ path: UnsafePointer<CChar>) throws(Failure) {
        do throws(Errno) {
            // As linking makes them, for whole directories may be moved into a prefix.
            try SystemCall.createDirectory(path, at: root.reference)
        } catch {
            // On a file system without case two names can meet; then both contents share one directory.
            if error == .exists, FileSystem.isDirectory(String(cString: path), at: root.reference) { return }
            throw failure(error, path, "make the directory")
        }
    }

    package func beginFile(
        _ path: UnsafePointer<CChar>, mode: UInt32, modified: Int64, size: UInt64
    ) throws(Failure) {
        do throws(Errno) {
            do throws(Errno) {
                file = try SystemCall.open(path, .newFile, mode: mode, at: root.reference).take()
            } catch {
                // The table of names knows this one as new, so it differs from another in case only; the later wins.
                guard error == .exists else { throw error }
                try SystemCall.unlink(path, at: root.reference)
                file = try SystemCall.open(path, .newFile, mode: mode, at: root.reference).take()
            }
        } catch {
            throw failure(error, path, "make the file")
        }
        fileTime = FileTime(seconds: max(modified, Self.earliest))
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        do throws(Errno) {
            try SystemCall.writeAll(rawDescriptor: file, bytes)
        } catch {
            throw Failure(error, rootPath, "write into")
        }
    }

    package func endFile() throws(Failure) {
        let descriptor = Descriptor(owning: file)
        file = -1
        do throws(Errno) {
            // A shipped .pyc is valid only with its source's time.
            try SystemCall.setModified(of: descriptor, fileTime)
        } catch {
            // A file system that refuses times is no reason to fail.
            if error.isFault { throw Failure(error, rootPath, "set the time of a file in") }
        }
        try descriptor.close(subject: rootPath)
    }

    package func makeHardLink(
        _ path: UnsafePointer<CChar>, to existing: UnsafePointer<CChar>
    ) throws(Failure) {
        do throws(Errno) {
            do throws(Errno) {
                try SystemCall.link(from: existing, at: root.reference, to: path, at: root.reference)
            } catch {
                // Without hard links a copy has the same bytes.
                guard [.notPermitted, .notSupported, .tooManyLinks, .noSystemCall, .crossDevice].contains(error) else {
                    throw error
                }
                try SystemCall.copyFile(from: existing, at: root.reference, to: path, at: root.reference)
            }
        } catch {
            throw failure(error, path, "make the hard link")
        }
    }

    package func makeSymbolicLink(
        _ path: UnsafePointer<CChar>, target: UnsafePointer<CChar>
    ) throws(Failure) {
        do throws(Errno) {
            do throws(Errno) {
                try SystemCall.symbolicLink(target: target, path: path, at: root.reference)
            } catch {
                // The manifest knows the target; where links are refused a file with its text stands for the link.
                guard Errno.linkRefusals.contains(error) else { throw error }
                let file = try SystemCall.open(path, .newFile, mode: 0o644, at: root.reference)
                let text = Array(String(cString: target).utf8)
                try text.withBytes { (bytes) throws(Errno) in try SystemCall.writeAll(file, bytes) }
            }
        } catch {
            throw failure(error, path, "make the symbolic link")
        }
    }

    package func readBack(
        _ path: UnsafePointer<CChar>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let descriptor: Descriptor
        do throws(Errno) {
            descriptor = try SystemCall.open(path, [.readOnly, .noFollow], at: root.reference)
        } catch {
            throw failure(error, path, "open")
        }
        // Read, not mapped: the pages of a large library would count as our memory.
        if reading.isEmpty { reading = [UInt8](repeating: 0, count: 256 * 1024) }
        while true {
            let count: Int
            do throws(Errno) {
                count = try readPiece(descriptor)
            } catch {
                throw failure(error, path, "read")
            }
            if count == 0 { return }
            try reading.withBytes { (bytes) throws(Failure) in
                try body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            }
        }
    }

    private func readPiece(_ descriptor: borrowing Descriptor) throws(Errno) -> Int {
        try reading.withMutableBytes { (bytes) throws(Errno) in try SystemCall.read(descriptor, into: bytes) }
    }

    private func closeFile() {
        if file >= 0 { _ = Descriptor(owning: file) }
        file = -1
    }

    private func failure(_ error: Errno, _ path: UnsafePointer<CChar>, _ action: String) -> Failure {
        Failure(error, Path.join(rootPath, String(cString: path)), action)
    }
}
