// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Fuzzing
import Manifests
import Testing

/// Mutations of environment files, locks and lists; `scripts/fuzz` runs them for longer.
@Suite struct ManifestFuzzTests {
    @Test func inputs() {
        let words = [
            "- ", ": ", "[", "]", "{", "}", "#", "'", "\"", "\n", "\n  ", "\n- ", "@EXPLICIT", "# platform: ",
            "package:",
            "version: ", "metadata:", "environments:", "packages:", "conda: ", "pypi: ", "sha256: ", "md5: ", "url: ",
            "- pip:", "sel(linux): ", "# [linux]", "https://h/c/noarch/a-1-0.conda", "#sha256:", "../", "\0", "é",
        ]
        let seeds = ManifestMutationTests.seeds.map { Array($0.utf8) }
        let names = ["e.yml", "conda-lock.yml", "pixi.lock", "e.txt"]
        let report = Fuzzer("input-file", seeds: seeds, words: words).run(rounds: 4000) { (bytes, random) in
            let name = names.randomElement(using: &random) ?? "e.yml"
            guard let file = try? InputFile(bytes: bytes, subject: name, platform: .linux64) else { return .refused }
            file.readThrough()
            return .accepted
        }
        #expect(report.findings.isEmpty)
        #expect(report.accepted > 0)
    }
}
