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
    package enum Problem: String, Sendable {
        case missing, changed, unreadable
        /// It has a hash that krait cannot compare: of an algorithm weaker than SHA-256 or unknown, or no hash at all.
        case incomparable = "not comparable"
        /// A RECORD that lists nothing.
        case empty
    }

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
        var damages: [PipDamage] = []
        var work: [(distribution: String, path: String, record: PythonFileRecord)] = []
        for name in python.packages.keys.sorted() where name.hasSuffix(".dist-info") && !python.ofConda.contains(name) {
            let list = "\(python.folder)/\(name)/RECORD"
            var records: [PythonFileRecord] = []
            do throws(Failure) {
                let bytes = try readFileIfPresent(Path.join(state.prefix, list), limit: 1 << 26)
                records = PythonFileRecord.parse(bytes ?? [])
                // Nobody can tell then what the package's files should be.
                if records.isEmpty {
                    damages.append(PipDamage(distribution: name, path: list, problem: bytes == nil ? .missing : .empty))
                }
            } catch {
                damages.append(PipDamage(distribution: name, path: list, problem: .unreadable))
            }
            for record in records where !record.path.hasSuffix(".pyc") {
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
        return damages
            + found.withLock { $0 }.sorted { $0.0 < $1.0 }.map {
                PipDamage(distribution: files[$0.0].distribution, path: files[$0.0].path, problem: $0.1)
            }
    }

    private static func check(_ path: String, _ record: PythonFileRecord, at root: DirectoryReference) -> Problem? {
        do throws(Failure) {
            guard try FileSystem.status(path, at: root) != nil else { return .missing }
            if record.hash.isEmpty { return nil }
            let file = try MappedFile(path, at: root)
            guard let equals = record.hash.firstIndex(of: "="),
                let expected = base64Decoded(String(record.hash[record.hash.index(after: equals)...])),
                let found = file.withBytes({ digest(named: String(record.hash[..<equals]), of: $0) }),
                found.count == expected.count
            else { return .incomparable }
            return found == expected ? nil : .changed
        } catch {
            return .unreadable
        }
    }
}
