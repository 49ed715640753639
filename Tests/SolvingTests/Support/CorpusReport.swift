// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Foundation
import Solving

/// How the solutions of the corpus compare with py-rattler's.
struct CorpusReport {
    enum Verdict: String, CaseIterable {
        case equal, better = "only better", mixed, worse = "only worse"

        init(better: Int, worse: Int) {
            self = worse == 0 ? (better == 0 ? .equal : .better) : better == 0 ? .worse : .mixed
        }
    }

    private var lines: [String] = []
    private var verdicts: [Verdict: Int] = [:]
    private var requestedVerdicts: [Verdict: Int] = [:]
    private var pythonVerdicts: [Verdict: Int] = [:]
    private var identical = 0
    private var solved = 0
    private var refused = 0
    private var nanoseconds: [UInt64] = []
    private var solvedNanoseconds: [UInt64] = []
    private var peerSeconds = 0.0
    private var effort: [(Effort, String)] = []
    private(set) var disagreements: [String] = []
    private var explanations: [String] = []
    /// Requested packages that are older than py-rattler's, by the rule that made them so.
    private var reasons: [String: [String]] = [:]
    private var missingNameNanoseconds: UInt64 = 0
    private(set) var invalid: [String] = []

    /// All requests in release builds or with `KRAIT_CORPUS=full`, every sixteenth otherwise.
    static func selection(_ requests: [Corpus.Request]) -> [Corpus.Request] {
        #if DEBUG
            let isFull = ProcessInfo.processInfo.environment["KRAIT_CORPUS"] == "full"
            return isFull ? requests : requests.enumerated().filter { $0.offset % 16 == 0 }.map(\.element)
        #else
            return requests
        #endif
    }

    static func processNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    mutating func add(_ asked: Corpus.Request, _ corpus: Corpus) {
        var outcome: SolveOutcome?
        var problem = ""
        var request = SolveRequest()
        // The process's own time, since other work on the machine does not count; tests beside this one do.
        let began = Self.processNanoseconds()
        do {
            do {
                request.specs = try asked.specs.map { try MatchSpec($0) }
                request.virtualPackages = corpus.virtualPackages
                outcome = try solve(request, candidates: corpus.table)
            } catch {
                problem = "\(error)"
            }
        }
        let spent = Self.processNanoseconds() - began
        nanoseconds.append(spent)
        peerSeconds += asked.seconds ?? 0
        let label = "\(asked.source): \(asked.specs.prefix(6).joined(separator: ", "))"
        let milliseconds = String(format: "%.1f ms", Double(spent) / 1e6)
        guard case .solved(let solution)? = outcome else {
            refused += 1
            if asked.records != nil {
                disagreements.append("\(label): py-rattler solves it; \(problem)")
            }
            lines.append("unsolvable\t\(milliseconds)\t\(label)")
            guard case .unsolvable(let explanation)? = outcome else { return }
            let text = explanation.lines()
            if text.isEmpty || text.count > 40 || explanation.roots.isEmpty {
                invalid.append("\(label): \(text.count) lines")
            }
            explanations.append("== \(label)\n" + text.joined(separator: "\n"))
            return
        }
        solved += 1
        solvedNanoseconds.append(spent)
        guard let peer = asked.records else {
            disagreements.append("\(label): py-rattler says \(asked.problem?.prefix(300) ?? "")")
            return
        }
        let checker = SolutionChecker(request: request, table: corpus.table)
        let violations = checker.violations(solution.chosen)
        if !violations.isEmpty { invalid.append("\(label): \(violations.joined(separator: "; "))") }
        let effort = solution.effort
        let work = "\(effort.considered)/\(effort.reachable)/\(effort.installable)/\(effort.contenders)"
        explain(solution, peer, request, label, corpus)
        lines.append(compare(solution, peer, asked, corpus) + "\t\(milliseconds)\t\(work)\t\(label)")
    }

    /// Times what a name that nobody has costs, with the suggestion of near ones.
    mutating func timeMissingName(_ corpus: Corpus) throws {
        var request = SolveRequest()
        request.specs = [try MatchSpec("python"), try MatchSpec("scikit-lern")]
        request.virtualPackages = corpus.virtualPackages
        let began = Self.processNanoseconds()
        guard case .unsolvable = try solve(request, candidates: corpus.table) else { return }
        missingNameNanoseconds = Self.processNanoseconds() - began
    }

    private mutating func compare(
        _ solution: Solution, _ peer: [String], _ asked: Corpus.Request, _ corpus: Corpus
    ) -> String {
        let table = corpus.table
        let ours = Self.rows(solution, table)
        let theirs = peer.compactMap { corpus.rowOfFile[$0] }
        if Set(ours.values) == Set(theirs) { identical += 1 }
        let requested = Set(asked.specs.compactMap { try? MatchSpec($0).exactName })
        var counts = (better: 0, worse: 0)
        var requestedCounts = counts
        var pythonCounts = counts
        var details: [String] = []
        for row in theirs {
            guard let mine = ours[table.rows[row].name], mine != row else { continue }
            let order = Self.order(table, mine, row)
            guard order != 0 else { continue }
            let name = table.strings[table.rows[row].name]
            if order < 0 { counts.better += 1 } else { counts.worse += 1 }
            if requested.contains(name) {
                if order < 0 { requestedCounts.better += 1 } else { requestedCounts.worse += 1 }
            }
            if name == "python" {
                if order < 0 { pythonCounts.better += 1 } else { pythonCounts.worse += 1 }
            }
            if order > 0 {
                let star = requested.contains(name) ? "*" : ""
                details.append("\(star)\(corpus.fileNames[mine]) < \(corpus.fileNames[row])")
            }
        }
        let verdict = Verdict(better: counts.better, worse: counts.worse)
        verdicts[verdict, default: 0] += 1
        requestedVerdicts[Verdict(better: requestedCounts.better, worse: requestedCounts.worse), default: 0] += 1
        pythonVerdicts[Verdict(better: pythonCounts.better, worse: pythonCounts.worse), default: 0] += 1
        return "\(verdict.rawValue)\t+\(counts.better) -\(counts.worse) \(details.joined(separator: "; "))"
    }

    /// Which rule made each requested package older than py-rattler's: found by asking for theirs as well.
    private mutating func explain(
        _ solution: Solution, _ peer: [String], _ request: SolveRequest, _ label: String, _ corpus: Corpus
    ) {
        let table = corpus.table
        let ours = Self.rows(solution, table)
        let requested = request.specs.compactMap(\.exactName)
        for row in peer.compactMap({ corpus.rowOfFile[$0] }) {
            let name = table.strings[table.rows[row].name]
            guard let mine = ours[table.rows[row].name], Self.order(table, mine, row) > 0, requested.contains(name),
                let wish = try? MatchSpec(
                    "\(name) ==\(table.strings[table.rows[row].version]) \(table.strings[table.rows[row].build])")
            else { continue }
            var other = request
            other.specs.append(wish)
            var worse: [Int] = []
            var rule = "NO RULE: there is no solution with it"
            if case .solved(let changed)? = try? solve(other, candidates: table) {
                worse = Self.rows(changed, table).filter { name, row in
                    ours[name].map { Self.order(table, row, $0) > 0 } ?? false
                }.values.sorted { corpus.fileNames[$0] < corpus.fileNames[$1] }
                let names = worse.map { table.strings[table.rows[$0].name] }
                if worse.isEmpty {
                    rule = "NO RULE: nothing else would be worse"
                } else if worse.contains(where: { row in
                    ours[table.rows[row].name].map {
                        table.rows[$0].trackFeatures.count < table.rows[row].trackFeatures.count
                    } ?? false
                }) {
                    rule = "track_features: with it a package would have more of them"
                } else if names.contains(where: { requested.contains($0) }) {
                    rule = "trade: with it another requested package would be older"
                } else {
                    rule = "trade: with it packages that are needed would be older"
                }
            }
            let costs = worse.prefix(4).map { corpus.fileNames[$0] } + (worse.count > 4 ? ["…"] : [])
            reasons[rule, default: []].append(
                "\(corpus.fileNames[mine]) < \(corpus.fileNames[row]): \(worse.count) worse "
                    + "(\(costs.joined(separator: ", ")))\t\(label)")
        }
    }

    private static func rows(_ solution: Solution, _ table: CandidateTable) -> [StringID: Int] {
        var rows: [StringID: Int] = [:]
        for case .candidate(let row) in solution.chosen { rows[table.rows[row].name] = row }
        return rows
    }

    /// Below 0 when `left` is the better record by features, version and build number.
    static func order(_ table: CandidateTable, _ left: Int, _ right: Int) -> Int {
        let (one, two) = (table.rows[left], table.rows[right])
        if one.trackFeatures.count != two.trackFeatures.count {
            return one.trackFeatures.count - two.trackFeatures.count
        }
        if let first = try? Version(table.strings[one.version]), let second = try? Version(table.strings[two.version]) {
            if first > second { return -1 }
            if first < second { return 1 }
        }
        return one.buildNumber > two.buildNumber ? -1 : one.buildNumber < two.buildNumber ? 1 : 0
    }

    /// Equal or only better in 88 %, only worse in 1 % at most, an older python in 1 % at most. A sample of less than
    /// a hundred says too little about such shares.
    var isGoodEnough: Bool {
        func share(_ counts: [Verdict: Int], _ wanted: [Verdict]) -> Double {
            Double(wanted.reduce(0) { $0 + (counts[$1] ?? 0) }) / Double(max(1, counts.values.reduce(0, +)))
        }
        guard solved >= 100 else { return true }
        return share(verdicts, [.equal, .better]) >= 0.88 && share(verdicts, [.worse]) <= 0.01
            && share(pythonVerdicts, [.worse]) <= 0.01
    }

    var summary: String {
        func times(_ list: [UInt64]) -> String {
            let sorted = list.sorted()
            func milliseconds(_ fraction: Double) -> String {
                guard !sorted.isEmpty else { return "-" }
                let index = min(sorted.count - 1, Int(Double(sorted.count) * fraction))
                return String(format: "%.1f ms", Double(sorted[index]) / 1e6)
            }
            let sum = String(format: "%.2f s", Double(sorted.reduce(0, +)) / 1e9)
            return "median \(milliseconds(0.5)), p90 \(milliseconds(0.9)), p99 \(milliseconds(0.99)), "
                + "worst \(milliseconds(1)), sum \(sum)"
        }
        let rules = reasons.sorted { $0.key < $1.key }.map { "\($0.value.count) by \($0.key)" }
        func table(_ counts: [Verdict: Int]) -> String {
            let total = max(1, counts.values.reduce(0, +))
            return Verdict.allCases.map { verdict in
                let count = counts[verdict] ?? 0
                return "\(verdict.rawValue) \(count) (\(String(format: "%.1f", 100 * Double(count) / Double(total))) %)"
            }.joined(separator: ", ")
        }
        return """
            corpus: \(nanoseconds.count) requests, \(solved) solved, \(refused) refused, \
            \(disagreements.count) disagree, \(invalid.count) invalid
            all packages: \(table(verdicts)); identical \(identical)
            requested packages: \(table(requestedVerdicts))
            python: \(table(pythonVerdicts))
            time, all with explanations: \(times(nanoseconds))
            time, solved: \(times(solvedNanoseconds)) (recorded of py-rattler: sum \
            \(String(format: "%.2f", peerSeconds)) s)
            a missing name: \(String(format: "%.1f ms", Double(missingNameNanoseconds) / 1e6))
            requested packages worse than py-rattler's: \(rules.isEmpty ? "none" : rules.joined(separator: "; "))
            """
    }

    /// Writes the report beside the build: `KRAIT_REPORTS` or the temporary directory.
    func write() throws {
        let directory =
            ProcessInfo.processInfo.environment["KRAIT_REPORTS"] ?? NSTemporaryDirectory()
        let url = URL(fileURLWithPath: directory).appendingPathComponent("solve-corpus.txt")
        let why = reasons.sorted { $0.key < $1.key }.map { rule, cases in
            "== \(rule)\n" + cases.joined(separator: "\n")
        }
        let text =
            [summary, (disagreements + invalid).joined(separator: "\n")] + why + [lines.joined(separator: "\n"), ""]
        try text.joined(separator: "\n\n").write(to: url, atomically: true, encoding: .utf8)
        print("report: \(url.path)")
        let all = explanations.joined(separator: "\n\n")
        try all.write(
            to: url.deletingLastPathComponent().appendingPathComponent("solve-explanations.txt"), atomically: true,
            encoding: .utf8)
    }
}
