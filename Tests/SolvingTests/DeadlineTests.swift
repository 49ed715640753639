// SPDX-License-Identifier: BSD-3-Clause
import Dispatch
import Testing

@testable import Solving

/// What takes too long is left behind (`--solver-timeout`).
@Suite struct DeadlineTests {
    @Test func anAnswerInTime() throws {
        #expect(try runLimited("answer", seconds: 60) { 42 } == 42)
    }

    @Test func noAnswerInTime() throws {
        let gate = DispatchSemaphore(value: 0)
        let answer = try runLimited("hang", seconds: 0.01) {
            gate.wait()
            return 42
        }
        #expect(answer == nil)
        gate.signal()
    }
}
