// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// What `body` returns, or nil when that takes longer than `seconds`; it then goes on unheard until the process ends.
func runLimited<Result: Sendable>(
    _ name: String, seconds: Double, _ body: @escaping @Sendable () -> Result
) throws(Failure) -> Result? {
    let answer = Monitor<Result?>(nil)
    // Not joined: dropping the thread lets it run on alone.
    _ = try Thread(name, stackSize: 8 << 20) {
        let result = body()
        answer.withLock { $0 = result }
        answer.wakeAll()
    }
    return answer.waitFor(nanoseconds: UInt64(min(seconds, 1e6) * 1e9)) { $0 }
}
