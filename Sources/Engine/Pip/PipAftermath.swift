// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Manifests
import Platform
import Prefix

/// What pip's work means for what conda installed, each a sentence for the user.
struct PipAftermath {
    let state: PrefixState
    let before: InstalledPython
    let after: InstalledPython
    let platform: Subdir

    func warnings() throws(Failure) -> [String] {
        let conflicts = newConflicts
        var warnings = conflicts.prefix(10).map(\.description)
        if conflicts.count > 10 { warnings.append("and \(conflicts.count - 10) more such conflicts") }
        return try replaced() + warnings
    }

    /// Requirements that were met, or that nobody had, before pip ran.
    private var newConflicts: [PythonConflict] {
        let environment = PythonMarkerEnvironment(pythonVersion: after.version, platform: platform)
        let old = before.conflicts(environment)
        return after.conflicts(environment).filter { !old.contains($0) }
    }

    /// Conda packages whose files pip overwrote or removed.
    private func replaced() throws(Failure) -> [String] {
        let gone = after.ofConda.filter { before.packages[$0] != nil && after.packages[$0] == nil }
        let new = after.packages.keys.filter { before.packages[$0] == nil }.sorted()
        if gone.isEmpty, new.isEmpty { return [] }
        var taken: Set<String> = []
        for name in new {
            guard let bytes = try? readFile("\(after.sitePackages)/\(name)/RECORD", limit: 1 << 26) else { continue }
            for file in PythonFileRecord.parse(bytes) where !file.path.hasSuffix(".pyc") && !file.path.hasPrefix("/") {
                taken.insert(String(Path.absolute(file.path, base: "/" + after.folder).dropFirst()))
            }
        }
        var sentences: [String] = []
        for record in state.records {
            let paths = try record.paths().lazy.map(\.path).filter { !$0.hasSuffix(".pyc") }
            let isGone = gone.contains { name in paths.contains { $0.hasPrefix("\(after.folder)/\(name)") } }
            let lost = paths.filter { path in
                taken.contains(path) || (isGone && !FileSystem.exists(Path.join(state.prefix, path)))
            }
            guard let first = lost.first else { continue }
            let count = lost.count
            sentences.append(
                "pip replaced or removed \(count) \(count == 1 ? "file" : "files") of conda's \(record.name) "
                    + "\(record.version), first \(first); `krait install --force-reinstall \(record.name)` brings "
                    + (count == 1 ? "it back" : "them back"))
        }
        return sentences
    }
}
