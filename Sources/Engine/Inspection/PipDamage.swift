// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Failures
import Manifests
import Platform
import Prefix

/// A file of a python package that pip installed which is not as the package's RECORD says (PEP 376).
package struct PipDamage: Sendable, Equatable {
    package enum Problem: String, Sendable { case missing, changed, unreadable }

    /// `idna-3.7.dist-info`
    package let distribution: String
    /// Relative to the prefix.
    package let path: String
    package let problem: Problem

    /// Looks at every file that a RECORD gives a hash of; those without one need only be there, compiled ones not even that.
    static func find(_ state: PrefixState, cancellation: Cancellation) throws(Failure) -> [PipDamage] {
        guard let python = try InstalledPython.read(state) else { return [] }
        let root = try Descriptor.openDirectory(state.prefix)
        let reference = root.reference
        var work: [(distribution: String, path: String, record: PythonFileRecord)] = []
        for name in python.packages.keys.sorted() where name.hasSuffix(".dist-info") && !python.ofConda.contains(name) {
            guard let bytes = try? readFile("\(python.sitePackages)/\(name)/RECORD", limit: 1 << 26) else { continue }
            for record in PythonFileRecord.parse(bytes) where !record.path.hasSuffix(".pyc") {
                if record.path.hasPrefix("/") { continue }
                let path = String(Path.absolute(record.path, base: "/\(python.folder)").dropFirst())
                work.append((name, path, record))
            }
        }
        let files = work
        let found = Monitor<[(Int, Problem)]>([])
        try forEachInParallel(files.count, name: "verify") { (index) throws(Failure) in
            try cancellation.check()
            if let problem = check(files[index].path, files[index].record, at: reference) {
                found.withLock { $0.append((index, problem)) }
            }
        }
        return found.withLock { $0 }.sorted { $0.0 < $1.0 }.map {
            PipDamage(distribution: files[$0.0].distribution, path: files[$0.0].path, problem: $0.1)
        }
    }

    private static func check(_ path: String, _ record: PythonFileRecord, at root: DirectoryReference) -> Problem? {
        do throws(Failure) {
            guard try FileSystem.status(path, at: root) != nil else { return .missing }
            guard let expected = digest(record.hash) else { return nil }
            let file = try MappedFile(path, at: root)
            return file.withBytes { sha256(of: $0) } == expected ? nil : .changed
        } catch {
            return .unreadable
        }
    }

    /// `sha256=` and 43 letters of URL-safe base 64; nil for other hashes.
    private static func digest(_ text: String) -> SHA256Digest? {
        guard text.hasPrefix("sha256=") else { return nil }
        return base64Decoded(String(text.dropFirst(7))).flatMap { SHA256Digest(bytes: $0) }
    }
}
