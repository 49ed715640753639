// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Glibc

/// Advisory locks on open files and directories (flock): they end with the descriptor, whatever happens to the process.
package enum FileLock {
    /// Takes the lock if nobody has it. A file system that knows no locks counts as taken: there is nothing better.
    package static func tryExclusive(_ descriptor: borrowing Descriptor, subject: String) throws(Failure) -> Bool {
        take(descriptor, LOCK_EX)
    }

    /// Takes the lock beside others who share it, if nobody has it alone. Where there are no locks it counts as taken.
    package static func tryShared(_ descriptor: borrowing Descriptor) -> Bool { take(descriptor, LOCK_SH) }

    private static func take(_ descriptor: borrowing Descriptor, _ kind: Int32) -> Bool {
        let rawValue = descriptor.rawValue
        while flock(rawValue, kind | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return false
            default: return true
            }
        }
        return true
    }

    /// Takes the lock, or a share of it, asking again until `seconds` have passed; false then.
    package static func exclusive(
        _ descriptor: borrowing Descriptor, subject: String, seconds: UInt64, isShared: Bool = false,
        cancellation: Cancellation? = nil
    ) throws(Failure) -> Bool {
        // No setting waits longer than an age, whatever number it has.
        let end = monotonicNanoseconds() + min(seconds, 1 << 32) * 1_000_000_000
        while true {
            if take(descriptor, isShared ? LOCK_SH : LOCK_EX) { return true }
            if monotonicNanoseconds() >= end { return false }
            try cancellation?.check()
            pause(nanoseconds: 50_000_000)
        }
    }

    /// Keeps other kraits from what this one does as long as the value lives.
    package final class Held: Sendable {
        private let descriptor: Descriptor
        fileprivate init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// For who reads a file in `directory` and writes it anew: what one krait adds would be missing from what another one
    /// writes meanwhile. A lock that cannot be had, or that somebody keeps, is done without.
    package static func held(in directory: String) -> Held? {
        guard let opened = try? Descriptor.openDirectory(directory) else { return nil }
        _ = try? exclusive(opened, subject: directory, seconds: 10)
        return Held(opened)
    }

    /// The user that a process works as, where the system tells (`/proc/PID/status`).
    package static func user(ofProcess number: Int32) -> UInt32? {
        guard let bytes = try? readFile("/proc/\(number)/status", limit: 1 << 16) else { return nil }
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "Uid:".utf8) {
            // Uid: real effective saved of-files
            let words = line.split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            return words.count > 2 ? UInt32(String(decoding: words[2], as: UTF8.self)) : nil
        }
        return nil
    }

    /// The process that holds the lock, where the system tells (`/proc/locks`).
    package static func holder(of descriptor: borrowing Descriptor) -> Int32? {
        guard let status = try? SystemCall.status(of: descriptor),
            let bytes = try? readFile("/proc/locks", limit: 1 << 22)
        else { return nil }
        let inode = ":\(status.inode)"
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            // 1: FLOCK ADVISORY WRITE 4711 08:01:1234 0 EOF
            if words.count >= 6, words[1] == "FLOCK", words[5].hasSuffix(inode) { return Int32(words[4]) }
        }
        return nil
    }
}
