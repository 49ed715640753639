// SPDX-License-Identifier: BSD-3-Clause

package import Failures
import Platform

/// Reading an environment that others may be changing: records come and go one by one, so that what is read while they do
/// would be of no environment that ever was.
extension PrefixState {
    /// How long is waited for a change that is being put in place: its records take milliseconds, but others must not wait
    /// for ever for a process that was stopped.
    private static let patience: UInt64 = 10_000_000_000

    /// What every change of an environment changes: its history grows, or is there.
    private struct Mark: Equatable {
        var inode: UInt64 = 0
        var size: UInt64 = 0
    }

    /// What `body` reads of the environment at `prefix`, read again when a change came between.
    package static func steadily<Value>(
        _ prefix: String, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let end = monotonicNanoseconds() + patience
        while true {
            let before = mark(prefix, end)
            do throws(Failure) {
                let value = try body()
                if mark(prefix, end) == before || monotonicNanoseconds() >= end { return value }
            } catch {
                if mark(prefix, end) == before || monotonicNanoseconds() >= end { throw error }
            }
        }
    }

    /// The mark of the environment when no records are being put in place, or at `end`.
    private static func mark(_ prefix: String, _ end: UInt64) -> Mark {
        while Recovery.isBeingPutInPlace(prefix), monotonicNanoseconds() < end { pause(nanoseconds: 1_000_000) }
        guard let status = try? FileSystem.status(Path.join(prefix, "conda-meta/history")) else { return Mark() }
        return Mark(inode: status.inode, size: status.size)
    }
}
