// SPDX-License-Identifier: BSD-3-Clause
import CShims
package import Failures
import Glibc

/// Owns an open file descriptor and closes it at the end of its life.
package struct Descriptor: ~Copyable, Sendable {
    package let rawValue: Int32

    /// Takes over an open descriptor.
    package init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    deinit {
        _ = Glibc.close(rawValue)
    }

    /// Ends ownership without closing.
    package consuming func take() -> Int32 {
        let value = rawValue
        discard self
        return value
    }

    /// Leaves the file open for good, also in the program that this process becomes: its locks last as long as that. The
    /// number is one that programs do not use for themselves.
    package consuming func outlive() {
        let value = take()
        if fcntl(value, F_DUPFD, 200) >= 0 {
            _ = Glibc.close(value)
        } else {
            _ = fcntl(value, F_SETFD, 0)
        }
    }

    /// Closes and reports what only closing tells (quota and network file systems).
    package consuming func close(subject: String) throws(Failure) {
        let value = take()
        // After EINTR the descriptor is gone on Linux; retrying could close somebody else's.
        if Glibc.close(value) != 0, errno != EINTR { throw Failure(.current, subject, "close") }
    }

    /// This descriptor as the start of relative paths.
    package var reference: DirectoryReference { DirectoryReference(rawValue: rawValue) }

    /// Opens `path`, always close-on-exec.
    package static func open(
        _ path: String, _ options: OpenOptions = .readOnly, mode: UInt32 = 0o664,
        at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> Descriptor {
        do throws(Errno) {
            return try SystemCall.open(path, options, mode: mode, at: directory)
        } catch {
            throw Failure(error, path, "open")
        }
    }

    /// Opens a directory for operations relative to it.
    package static func openDirectory(
        _ path: String, followLinks: Bool = true, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> Descriptor {
        try open(path, followLinks ? .directory : [.directory, .noFollow], at: directory)
    }

    /// Both ends of a new pipe.
    package static func pipe() throws(Failure) -> PipeEnds {
        var ends: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &ends) { pointer in
            pointer.withMemoryRebound(to: Int32.self, capacity: 2) { krait_pipe($0) }
        }
        if result != 0 { throw Failure(.current, "pipe", "make a pipe") }
        return PipeEnds(reading: Descriptor(owning: ends.0), writing: Descriptor(owning: ends.1))
    }

    /// Another descriptor of the same open file.
    package func duplicate() throws(Failure) -> Descriptor {
        let copy = fcntl(rawValue, F_DUPFD_CLOEXEC, 0)
        if copy < 0 { throw Failure(.current, "descriptor \(rawValue)", "duplicate") }
        return Descriptor(owning: copy)
    }
}

/// The two ends of a pipe.
package struct PipeEnds: ~Copyable {
    package var reading: Descriptor
    package var writing: Descriptor
}
