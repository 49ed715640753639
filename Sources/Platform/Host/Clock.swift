// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// Nanoseconds on a clock that never goes back.
package func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Seconds since 1970.
package func wallClockSeconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec)
}

/// Nanoseconds since 1970.
package func wallClockNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// A date and time of day.
package struct CivilTime: Sendable, Equatable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    /// Seconds east of Greenwich.
    package var offset: Int
}

/// Seconds since 1970 as the local time zone shows it.
package func localTime(_ seconds: Int64) -> CivilTime { civilTime(seconds, localtime_r) }

/// Seconds since 1970 as UTC shows it.
package func universalTime(_ seconds: Int64) -> CivilTime { civilTime(seconds, gmtime_r) }

private func civilTime(
    _ seconds: Int64, _ convert: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?
) -> CivilTime {
    var time = time_t(seconds)
    var fields = tm()
    _ = convert(&time, &fields)
    return CivilTime(
        year: Int(fields.tm_year) + 1900, month: Int(fields.tm_mon) + 1, day: Int(fields.tm_mday),
        hour: Int(fields.tm_hour), minute: Int(fields.tm_min), second: Int(fields.tm_sec),
        offset: fields.tm_gmtoff)
}

/// Lets this thread rest.
package func pause(nanoseconds: UInt64) {
    var wanted = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    var left = timespec()
    while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
}
