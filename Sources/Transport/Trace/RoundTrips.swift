// SPDX-License-Identifier: BSD-3-Clause

extension NetworkTrace {
    /// The round trips of the longest chain of requests each of which began after the one before it had ended.
    ///
    /// A request is one; opening its connection is one more, and TLS another. So this is how often the latency of the way
    /// to the servers was waited for, whatever it is.
    package static func roundTrips(_ entries: [Entry]) -> Int {
        var openers: [Int: Entry] = [:]
        for entry in entries where entry.opened { openers[entry.connection] = entry }
        // Ends and beginnings in order of time; of the same moment ends come first.
        let byBeginning = entries.sorted { $0.began < $1.began }
        var chains: [(ended: UInt64, length: Int)] = []
        var longest = 0
        for entry in byBeginning {
            let before = chains.lazy.filter { $0.ended <= entry.began }.map(\.length).max() ?? 0
            let opener = openers[entry.connection]
            let waits = entry.opened || opener.map { entry.began < $0.connected } ?? false
            let length = before + 1 + (waits ? (entry.isSecure ? 2 : 1) : 0)
            chains.append((entry.ended, length))
            longest = max(longest, length)
        }
        return longest
    }
}
