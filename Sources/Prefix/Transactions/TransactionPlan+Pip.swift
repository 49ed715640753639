// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform

/// The name of a python distribution by the directory that describes it.
enum PythonDistribution {
    /// The distribution that has `path` as its metadata file, and the directory that holds both: `click` and `site-packages`
    /// for `site-packages/click-8.1.7.dist-info/METADATA`.
    static func described(by path: String) -> (name: String, directory: String)? {
        let isInformation = path.utf8.suffix(9).elementsEqual("/METADATA".utf8)
        guard isInformation || path.utf8.suffix(9).elementsEqual("/PKG-INFO".utf8) else { return nil }
        let information = Path.parent(path)
        return name(of: Path.name(information)).map { ($0, Path.parent(information)) }
    }

    /// `zope-interface` for `Zope.Interface-7.2.dist-info`, in the one spelling of PEP 503; nil for other names, and for what pip
    /// leaves as `~ope` where it could not remove.
    static func name(of information: String) -> String? {
        guard !information.hasPrefix("~") else { return nil }
        var stem = information[...]
        if stem.hasSuffix(".dist-info") {
            stem = stem.dropLast(10)
            if let end = stem.lastIndex(of: "-") { stem = stem[..<end] }
        } else if stem.hasSuffix(".egg-info") {
            stem = stem.dropLast(9).prefix { $0 != "-" }
        } else {
            return nil
        }
        return stem.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
    }
}

extension TransactionPlan {
    /// Lets what pip installed under the name of a python package that comes or goes go with it, as its RECORD lists it: else
    /// there would be two versions of one package, or one that has lost its files.
    mutating func collectPipPaths() throws(Failure) {
        var names: [String: Set<String>] = [:]
        func note(_ path: String) {
            guard let found = PythonDistribution.described(by: path) else { return }
            names[found.directory, default: []].insert(found.name)
        }
        link.forEachWanted { note($1) }
        for path in old { note(path.text) }
        for (directory, wanted) in names {
            guard let place = try physical.place(of: directory), FileSystem.isDirectory(place, at: root) else {
                continue
            }
            for entry in try FileSystem.entries(place, at: root) where entry.name.hasSuffix(".dist-info") {
                guard let name = PythonDistribution.name(of: entry.name), wanted.contains(name) else { continue }
                let metadata = ExactPath("\(place)/\(entry.name)/METADATA")
                if old.contains(metadata) { continue }
                if try owners()[metadata] == nil { try collect(distribution: "\(place)/\(entry.name)") }
            }
        }
    }

    /// Adds the files of the distribution that `information` describes, as far as no package that stays has them.
    private mutating func collect(distribution information: String) throws(Failure) {
        var paths = try FileSystem.entries(information, at: root).map { "\(information)/\($0.name)" }
        if let bytes = try? readFileIfPresent("\(information)/RECORD", limit: 1 << 26, at: root) {
            paths += UnownedFile.paths(inRecord: bytes, of: information)
        }
        let owners = try owners()
        for path in paths {
            guard SafePath.isSafe(path), !path.utf8.starts(with: "\(TransactionDirectory.metadata)/".utf8),
                let directory = try physical.place(of: Path.parent(path))
            else { continue }
            let place = Path.join(directory, Path.name(path))
            guard owners[ExactPath(place)] == nil,
                let kind = try FileSystem.status(place, followLinks: false, at: root)?.kind, kind != .directory
            else { continue }
            old.insert(ExactPath(place))
        }
        replacedDistributions.append(String(Path.name(information).dropLast(".dist-info".count)))
    }
}
