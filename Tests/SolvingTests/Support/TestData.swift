// SPDX-License-Identifier: BSD-3-Clause
import Foundation

/// Where the shared data is: `KRAIT_TEST_DATA`, else `../shared/data` beside the package.
enum TestData {
    static let directory: URL = {
        if let path = ProcessInfo.processInfo.environment["KRAIT_TEST_DATA"] { return URL(fileURLWithPath: path) }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("../shared/data").standardizedFileURL
    }()

    /// How many random channels properties look at in all, when more are asked for than in a usual run
    /// (`KRAIT_PROPERTY_SEEDS`).
    static let propertySeeds = UInt64(ProcessInfo.processInfo.environment["KRAIT_PROPERTY_SEEDS"] ?? "")

    /// The bytes of a file of the data.
    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: directory.appendingPathComponent(path)))
    }

    /// Whether the corpus is there.
    static var hasCorpus: Bool {
        FileManager.default.fileExists(atPath: directory.appendingPathComponent(Corpus.solutions).path)
    }

    /// What to say when it is not.
    static let missing = "no test data: set KRAIT_TEST_DATA"
}
