// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Foundation
import Testing

/// The project's root, through symlinks.
let packageRoot = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// The folder of real data, or nil where it is absent.
let testData: URL? = {
    let environment = ProcessInfo.processInfo.environment["KRAIT_TEST_DATA"]
    let folder = environment.map { URL(fileURLWithPath: $0) } ?? packageRoot.appendingPathComponent("../shared/data")
    return FileManager.default.fileExists(atPath: folder.path) ? folder.standardizedFileURL : nil
}()

/// All files below `folder` of the real data, by path; none where the data is absent.
func dataFiles(_ folder: String) -> [URL] {
    guard let base = testData?.appendingPathComponent(folder),
        let walker = FileManager.default.enumerator(at: base, includingPropertiesForKeys: [.isRegularFileKey])
    else { return [] }
    return walker.compactMap { $0 as? URL }
        .filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
        .sorted { $0.path < $1.path }
}

/// The bytes of a file.
func bytes(of file: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }

/// A generator whose numbers are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

/// Whether a failure's subject ends in `:line` or `:line:column`.
func hasPlace(_ failure: Failure) -> Bool {
    failure.subject.range(of: #":[0-9]+(:[0-9]+)?$"#, options: .regularExpression) != nil
}

/// What `body` fails with; records an issue when it does not fail, or with something else.
func failure(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) -> Failure? {
    do {
        try body()
        Issue.record("nothing was refused", sourceLocation: sourceLocation)
    } catch let failure as Failure {
        return failure
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
    return nil
}
