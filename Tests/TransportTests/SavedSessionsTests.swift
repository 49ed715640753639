// SPDX-License-Identifier: BSD-3-Clause
import Testing

@testable import Transport

@Suite struct SavedSessionsTests {
    private let sessions = SavedSessions(
        certificateEnds: 1_796_000_000, takesEarlyData: true, key: Array(repeating: 7, count: 64),
        sessions: [Array(repeating: 1, count: 300), Array(repeating: 2, count: 1)])

    @Test func roundTrip() {
        #expect(SavedSessions(sessions.bytes) == sessions)
    }

    /// A file that was cut, or has more, is no file of sessions, and nothing is read beyond its end.
    @Test func cut() {
        let bytes = sessions.bytes
        for count in bytes.indices where count != bytes.count - 3 {
            #expect(SavedSessions(Array(bytes[..<count])) == nil, "\(count)")
        }
        #expect(SavedSessions(bytes + [0]) == nil)
        #expect(SavedSessions(bytes + [0, 0]) == nil)
        // Where the first session ends, the file may end.
        #expect(SavedSessions(Array(bytes[..<(bytes.count - 3)]))?.sessions.count == 1)
    }
}
