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

    /// Takes the lock, asking again until `seconds` have passed; false then.
    package static func exclusive(
        _ descriptor: borrowing Descriptor, subject: String, seconds: UInt64, cancellation: Cancellation? = nil
    ) throws(Failure) -> Bool {
        let end = monotonicNanoseconds() + seconds * 1_000_000_000
        while true {
            if try tryExclusive(descriptor, subject: subject) { return true }
            if monotonicNanoseconds() >= end { return false }
            try cancellation?.check()
            pause(nanoseconds: 50_000_000)
        }
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
