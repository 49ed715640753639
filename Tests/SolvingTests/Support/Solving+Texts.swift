// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Solving

/// A channel and an environment in a few words, and what solving them gives, in words.
struct Scene {
    var builder = ChannelBuilder()
    var request = SolveRequest()

    init(channels: String...) {
        for channel in channels.isEmpty ? ["main"] : channels { _ = builder.channel(channel) }
    }

    /// The names and versions of the solution in its order, or the lines of the explanation.
    func solve() throws -> [String] {
        var builder = builder
        builder.finish()
        switch try Solving.solve(request, candidates: builder.table) {
        case .unsolvable(let explanation): return explanation.lines()
        case .solved(let solution):
            let checker = SolutionChecker(request: request, table: builder.table)
            let isFiltered = request.noDependencies || request.onlyDependencies
            if !isFiltered {
                let violations = checker.violations(solution.chosen)
                if !violations.isEmpty { return ["invalid:"] + violations }
            }
            return solution.chosen.map { choice in
                switch choice {
                case .candidate(let row):
                    let record = checker.record(row)
                    return "\(record.name) \(record.version)"
                case .installed(let index):
                    return "\(request.installed[index].name) \(request.installed[index].version) ="
                }
            }
        }
    }

    func solution() throws -> Solution? {
        var builder = builder
        builder.finish()
        guard case .solved(let solution) = try Solving.solve(request, candidates: builder.table) else { return nil }
        return solution
    }

    mutating func want(_ specs: String...) throws { request.specs = try specs.map { try MatchSpec($0) } }
    mutating func update(_ specs: String...) throws { request.update = try specs.map { try MatchSpec($0) } }
    mutating func pin(_ specs: String...) throws { request.pins = try specs.map { try MatchSpec($0) } }
    mutating func keep(_ specs: String...) throws { request.keep = try specs.map { try MatchSpec($0) } }
    mutating func remove(_ specs: String...) throws { request.remove = try specs.map { try MatchSpec($0) } }

    /// Adds an installed package: `install("numpy 1.2 py_0", depends: ["python"])`.
    mutating func install(
        _ text: String, depends: [String] = [], constrains: [String] = [], noarch: Noarch = .none,
        channel: String = "main"
    ) {
        let words = text.split(separator: " ").map(String.init)
        let build = words.count > 2 ? words[2] : "0"
        var record = PackageRecord(
            name: words[0], version: words[1], build: build,
            buildNumber: UInt64(build.split(separator: "_").last ?? "0") ?? 0, subdir: "linux-64", fileName: "",
            url: "", channel: "https://conda.test/\(channel)")
        record.depends = depends
        record.constrains = constrains
        record.noarch = noarch
        request.installed.append(record)
    }
}
