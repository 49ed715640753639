// SPDX-License-Identifier: BSD-3-Clause

package import Failures
package import Platform

/// A file of a prefix that no conda record has.
package struct UnownedFile: Sendable, Equatable {
    /// Where it comes from, as far as can be told.
    package enum Origin: Sendable, Equatable {
        /// Listed by the RECORD of a Python distribution: its directory, e.g. `six-1.16.0.dist-info`.
        case pip(String)
        /// Compiled from a source that is there.
        case compiled
        case unknown
    }

    /// Relative to the prefix.
    package let path: String
    package let kind: FileKind
    package let origin: Origin

    /// All such files in `prefix`, sorted by path; what tools keep for themselves is not among them.
    package static func find(in prefix: String, owned: Set<ExactPath>) throws(Failure) -> [UnownedFile] {
        let listing = try PrefixListing(prefix, isIgnored: isTools)
        return try classify(
            listing.files.filter { !owned.contains($0.key) }.map { ($0.key.text, $0.value) }, in: prefix,
            isOwned: { owned.contains(ExactPath($0)) })
    }

    /// Tells of each file where it comes from; sorted by path.
    static func classify(
        _ found: [(path: String, kind: FileKind)], in prefix: String, isOwned: (String) -> Bool
    ) throws(Failure) -> [UnownedFile] {
        var sources: Set<ExactPath> = []
        for (path, _) in found where path.hasSuffix(".py") { sources.insert(ExactPath(path)) }
        let pip = try pipOwners(found.map(\.path), in: prefix)
        return found.sorted { ExactPath($0.path) < ExactPath($1.path) }.map { file in
            var origin = Origin.unknown
            if let distribution = pip[ExactPath(file.path)] {
                origin = .pip(distribution)
            } else if let source = source(of: file.path), isOwned(source) || sources.contains(ExactPath(source)) {
                origin = .compiled
            }
            return UnownedFile(path: file.path, kind: file.kind, origin: origin)
        }
    }

    /// What installers keep in a prefix for themselves (Rules §14).
    @Sendable static func isTools(_ path: String) -> Bool {
        [
            "conda-meta", ".messages.txt", ".trash", ".nonadmin", "CACHEDIR.TAG", "pkgs", "envs", ".condarc",
            "condarc", "condarc.d", ".mambarc",
        ].contains(path) || path.hasPrefix(".krait-")
    }

    /// `a/__pycache__/m.cpython-311.pyc` is compiled from `a/m.py`.
    static func source(of path: String) -> String? {
        guard path.hasSuffix(".pyc") else { return nil }
        let cache = Path.parent(path)
        guard Path.name(cache) == "__pycache__", let dot = Path.name(path).firstIndex(of: ".") else { return nil }
        let stem = Path.name(path)[..<dot]
        let directory = Path.parent(cache)
        return directory.isEmpty ? "\(stem).py" : "\(directory)/\(stem).py"
    }

    /// Which of `paths` the RECORD files among them list, and in which distribution.
    private static func pipOwners(_ paths: [String], in prefix: String) throws(Failure) -> [ExactPath: String] {
        var owners: [ExactPath: String] = [:]
        for path in paths where path.hasSuffix(".dist-info/RECORD") {
            guard let bytes = try? readFile(Path.join(prefix, path), limit: 1 << 26) else { continue }
            let information = Path.parent(path)
            for path in self.paths(inRecord: bytes, of: information) {
                owners[ExactPath(path)] = Path.name(information)
            }
        }
        return owners
    }

    /// The paths that a distribution's RECORD lists, relative to the prefix as `information`, its directory, is.
    static func paths(inRecord bytes: [UInt8], of information: String) -> [String] {
        let base = "/" + Path.parent(information)
        return bytes.split(separator: 0x0a).compactMap { line in
            let listed = firstField(line)
            if listed.isEmpty || listed.hasPrefix("/") { return nil }
            return String(Path.absolute(listed, base: base).dropFirst())
        }
    }

    /// The first field of a line of comma-separated values.
    private static func firstField(_ line: ArraySlice<UInt8>) -> String {
        guard line.first == UInt8(ascii: "\"") else {
            return String(decoding: line.prefix { $0 != UInt8(ascii: ",") && $0 != 0x0d }, as: UTF8.self)
        }
        var field: [UInt8] = []
        var index = line.startIndex + 1
        while index < line.endIndex {
            if line[index] == UInt8(ascii: "\"") {
                guard index + 1 < line.endIndex, line[index + 1] == UInt8(ascii: "\"") else { break }
                index += 1
            }
            field.append(line[index])
            index += 1
        }
        return String(decoding: field, as: UTF8.self)
    }
}
