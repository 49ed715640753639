// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Foundation
import Solving
import Testing

/// Every request of the corpus against py-rattler's answer.
@Suite struct SolveCorpusTests {
    @Test(.enabled(if: TestData.hasCorpus, Comment(rawValue: TestData.missing)))
    func agreesWithRattler() throws {
        let corpus = try Corpus.shared.get()
        var report = CorpusReport()
        for request in CorpusReport.selection(corpus.requests) { report.add(request, corpus) }
        try report.timeMissingName(corpus)
        try report.write()
        print(report.summary)
        #expect(report.disagreements == [])
        #expect(report.invalid == [])
        #expect(report.isGoodEnough)
    }
}
