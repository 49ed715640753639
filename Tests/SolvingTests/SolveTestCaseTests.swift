// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Solving
import Testing

/// A solve written down gives the same answer when it is read again.
@Suite struct SolveTestCaseTests {
    @Test func replaysAnEnvironmentChange() throws {
        var scene = Scene(channels: "first", "second")
        scene.builder.add("a 1.0", depends: ["b >=1"], constrains: ["c <2"], channel: 0)
        scene.builder.add("a 2.0", depends: ["b >=1"], trackFeatures: ["x"], channel: 1)
        scene.builder.add("b 1.0", timestamp: 5)
        scene.builder.add(
            "b 2.0", depends: ["c[when=\"a\"]"], flags: ["gpu:x"],
            extras: [("one", ["c", "d[extras=[two]]"]), ("two", []), ("three", ["c"])])
        scene.builder.add("unrelated 1.0")
        scene.install("a 0.9", depends: ["b"], constrains: ["c <2"], noarch: .python)
        scene.install("b 1.0")
        try scene.want("a >=1")
        try scene.pin("b 1.*")
        scene.request.virtualPackages = [VirtualPackage(name: "__unix", version: "0")]
        var builder = scene.builder
        builder.finish()
        let text = SolveTestCase(scene.request, candidates: builder.table).text
        #expect(!text.contains("unrelated"))
        let replay = try TestCaseReplay(text)
        #expect(SolveTestCase(replay.request, candidates: replay.table).text == text)
        #expect(try names(replay.request, replay.table) == names(scene.request, builder.table))
    }

    @Test(.enabled(if: TestData.hasCorpus, Comment(rawValue: TestData.missing)))
    func replaysRequestsOfTheCorpus() throws {
        let corpus = try Corpus.shared.get()
        for asked in corpus.requests.prefix(4) {
            var request = SolveRequest()
            request.specs = try asked.specs.map { try MatchSpec($0) }
            request.virtualPackages = corpus.virtualPackages
            let replay = try TestCaseReplay(SolveTestCase(request, candidates: corpus.table).text)
            #expect(try names(replay.request, replay.table) == names(request, corpus.table))
        }
    }

    private func names(_ request: SolveRequest, _ table: CandidateTable) throws -> [String] {
        guard case .solved(let solution) = try solve(request, candidates: table) else { return ["unsolvable"] }
        let checker = SolutionChecker(request: request, table: table)
        return solution.chosen.map { choice in
            switch choice {
            case .candidate(let row): checker.record(row).distribution
            case .installed(let index): "= \(request.installed[index].distribution)"
            }
        }
    }
}
