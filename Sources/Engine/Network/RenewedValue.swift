// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Synchronization

/// What a service has given for a while: found out at the first call, for which others wait, and again when it is old.
final class RenewedValue<Value: Sendable>: Sendable {
    private let known = Mutex<(value: Value, until: Int64)?>(nil)
    /// Seconds that a value is used.
    private let lifetime: Int64

    init(lifetime: Int64) { self.lifetime = lifetime }

    /// The value; throws what `find` does, which is asked again at the next call then.
    func value(anew: Bool = false, _ find: () throws(Failure) -> Value) throws(Failure) -> Value {
        try known.withLock { (known) throws(Failure) in
            let now = wallClockSeconds()
            if !anew, let known, known.until > now { return known.value }
            let value = try find()
            known = (value, now + lifetime)
            return value
        }
    }
}
