// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Failures

/// Gives the full record of a row of the candidates.
package typealias FullRecord = @Sendable (Int) throws(Failure) -> PackageRecord

/// Finds the environment that a request asks for, or says why there is none.
///
/// libsolv decides; what matches what, and which record is better, is decided here (Design §3). A request is first
/// tried in full. Where that fails, wishes are given up one by one: `pip` beside python, then what was asked for
/// earlier; the explanation is that of the full request.
package func solve(_ request: SolveRequest, candidates: CandidateTable) throws(Failure) -> SolveOutcome {
    try request.check(against: candidates)
    guard let timeout = request.timeout, timeout > 0 else { return request.solve(candidates) }
    // libsolv cannot be stopped: a run that takes too long is left behind on its thread, and the process ends soon.
    if let outcome = try runLimited("solve", seconds: timeout, { request.solve(candidates) }) { return outcome }
    throw Failure(
        .other, "the solver", "found no answer within \(timeout.formattedSeconds)",
        hint: "name fewer or narrower specs, or raise `--solver-timeout`")
}

extension Double {
    /// `90 s`, `0.5 s`
    fileprivate var formattedSeconds: String { self == rounded() ? "\(Int(self)) s" : "\(self) s" }
}

extension SolveRequest {
    /// Tries the request in full, then without what may be given up.
    fileprivate func solve(_ candidates: CandidateTable) -> SolveOutcome {
        var attempts = [Attempt(addsPip: addPip, keepsEarlier: true)]
        if addPip { attempts.append(Attempt(addsPip: false, keepsEarlier: true)) }
        if !keep.isEmpty {
            attempts.append(Attempt(addsPip: addPip, keepsEarlier: false))
            if addPip { attempts.append(Attempt(addsPip: false, keepsEarlier: false)) }
        }
        for attempt in attempts {
            if let solution = attempt.solveToEnd(self, candidates) { return .solved(solution) }
        }
        return .unsolvable(Explanation(self, candidates, seconds: 3))
    }
}

extension SolveRequest {
    /// Refuses what no solve could make sense of, by name.
    fileprivate func check(against table: CandidateTable) throws(Failure) {
        for spec in specs + update + pins {
            guard spec.exactName != nil else {
                throw Failure(.usage, "\(spec)", "a package name is needed here, not a pattern")
            }
            guard let channel = spec.channel, !channel.isAny else { continue }
            if !table.channels.contains(where: { spec.matches(channel: $0) }) {
                throw Failure(
                    .unsatisfiable, "\(spec)", "channel `\(channel.text)` is not among the channels in use",
                    hint: "add `-c \(channel.text)`")
            }
        }
    }
}
