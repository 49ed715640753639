// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// What a fuzzed function did with an input.
package enum FuzzOutcome {
    case refused
    /// Read without complaint; such inputs are mutated further.
    case accepted
    /// A property does not hold.
    case wrong(String)
}

/// What came of fuzzing one target.
package struct FuzzReport: Sendable, CustomStringConvertible {
    package var name: String
    package var executions = 0
    package var accepted = 0
    package var slowest = 0.0
    package var findings: [String] = []

    package var description: String {
        "fuzz \(name): \(executions) executions, \(accepted) accepted, slowest \(Int(slowest * 1000)) ms, "
            + "\(findings.count) findings"
    }
}

/// Mutates seeds and feeds them to one function, for `rounds` rounds, or as long as `KRAIT_FUZZ_SECONDS` says.
///
/// Under that variable the seed is another one each time. With `KRAIT_FUZZ_DIRECTORY` each input lies in a mapped file while
/// it runs, so that one that ends the process is not lost, and findings are kept beside it. `KRAIT_FUZZ_INPUT` names a file
/// that is tried instead of all mutations.
package struct Fuzzer {
    private let name: String
    private let seeds: [[UInt8]]
    private let mutation: Mutation
    private let directory = getenv("KRAIT_FUZZ_DIRECTORY").map { String(cString: $0) }
    /// What one input may take; more is a finding of its own.
    private static let patience = 5.0

    package init(_ name: String, seeds: [[UInt8]], words: [String]) {
        precondition(!seeds.isEmpty)
        self.name = name
        self.seeds = seeds
        mutation = Mutation(words: words)
    }

    /// Runs `body`, which gets an input and a generator for choices of its own.
    package func run(
        rounds: Int, _ body: (_ input: [UInt8], _ random: inout SeededGenerator) throws -> FuzzOutcome
    ) rethrows -> FuzzReport {
        let seconds = getenv("KRAIT_FUZZ_SECONDS").flatMap { Double(String(cString: $0)) }
        var random = SeededGenerator(seed: seconds == nil ? 1 : .random(in: .min ... .max))
        var report = FuzzReport(name: name)
        let present = directory.flatMap { PresentInput("\($0)/\(name).input") }
        // Inputs that were read are starting points too; the seeds themselves stay.
        var grown: [[UInt8]] = []
        if let path = getenv("KRAIT_FUZZ_INPUT") {
            let input = Self.read(path)
            if case .wrong(let reason) = try body(input, &random) { note(reason, input, &report) }
            return report
        }
        let begin = Self.now()
        var last = begin
        while seconds.map({ last - begin < $0 }) ?? (report.executions < rounds) {
            var input = pick(grown, &random)
            mutation.apply(to: &input, other: pick(grown, &random), &random)
            present?.set(input, before: report.executions)
            let outcome = try body(input, &random)
            let end = Self.now()
            report.executions += 1
            report.slowest = max(report.slowest, end - last)
            if end - last > Self.patience { note("took \(end - last) s", input, &report) }
            last = end
            switch outcome {
            case .refused: break
            case .accepted:
                report.accepted += 1
                guard input.count < 1 << 16, Int.random(in: 0..<16, using: &random) == 0 else { break }
                if grown.count < 512 {
                    grown.append(input)
                } else {
                    grown[.random(in: 0..<512, using: &random)] = input
                }
            case .wrong(let reason): note(reason, input, &report)
            }
        }
        if seconds != nil { print(report) }
        return report
    }

    private func pick(_ grown: [[UInt8]], _ random: inout SeededGenerator) -> [UInt8] {
        let known = Bool.random(using: &random) ? grown : seeds
        return known.randomElement(using: &random) ?? seeds[0]
    }

    private func note(_ reason: String, _ input: [UInt8], _ report: inout FuzzReport) {
        report.findings.append("\(reason): \(String(decoding: input.prefix(2000), as: UTF8.self).debugDescription)")
        guard let directory, let file = fopen("\(directory)/\(name)-\(report.findings.count).finding", "w") else {
            return
        }
        fwrite(input, 1, input.count, file)
        fclose(file)
    }

    private static func read(_ path: UnsafePointer<CChar>) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 22)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
        return bytes
    }

    /// Seconds of some clock that only goes forward.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
