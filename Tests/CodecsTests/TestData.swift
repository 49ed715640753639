// SPDX-License-Identifier: BSD-3-Clause
import Foundation
import Testing

/// The folder of real data, or nil where it is absent.
let testData: URL? = {
    let environment = ProcessInfo.processInfo.environment["KRAIT_TEST_DATA"]
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().resolvingSymlinksInPath()
    let folder = environment.map { URL(fileURLWithPath: $0) } ?? root.appendingPathComponent("../shared/data")
    return FileManager.default.fileExists(atPath: folder.path) ? folder.standardizedFileURL : nil
}()

/// All files below `folder` of the real data whose name ends in one of `endings`.
func dataFiles(_ folder: String, _ endings: [String]) -> [URL] {
    guard let base = testData?.appendingPathComponent(folder),
        let walker = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
    else { return [] }
    return walker.compactMap { $0 as? URL }.filter { file in endings.contains { file.path.hasSuffix($0) } }
        .sorted { $0.path < $1.path }
}

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
