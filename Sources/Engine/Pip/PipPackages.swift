// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Locations
import Manifests
import Platform
import Prefix

/// A python package in an environment that no conda package brought.
struct PipPackage: Sendable {
    /// As its metadata write it.
    var name: String
    var version: String
    /// Where it came from when that was no index (PEP 610).
    var origin: PythonOrigin?
    /// True when the user asked for it, not another package (PEP 376).
    var isRequested = false

    /// The name in its one spelling (PEP 503).
    var normalizedName: String { PythonPackageName.normalized(name) }

    /// The line for pip that installs the same.
    var requirement: String { origin?.requirement(name: name) ?? "\(name)==\(version)" }
}

extension PipPackage {
    /// The python packages of an environment that pip, uv or the like installed, by name.
    static func find(_ state: PrefixState) throws(Failure) -> [PipPackage] { try survey(state).packages }

    /// The same, and by the names of conda's packages those that are there in their place: of a python package only one is
    /// there, and what pip did came last. What has the name alone, as the program and the python package `graphviz`, stays,
    /// and so does what brought several python packages while one of them is there.
    /// `unread` are those whose metadata do not tell name and version, by the name of what should.
    static func survey(
        _ state: PrefixState
    ) throws(Failure) -> (packages: [PipPackage], replacing: [String: PipPackage], unread: [String]) {
        guard let layout = try state.pythonLayout() else { return ([], [:], []) }
        let directory = Path.join(state.prefix, layout.sitePackages)
        let names = ((try? FileSystem.entries(directory)) ?? []).map(\.name).filter(isMetadata)
        if names.isEmpty { return ([], [:], []) }
        let metadata = try state.pythonMetadata(directlyIn: layout.sitePackages)
        let (packages, unread) = read(names, in: directory, besides: metadata.reduce(into: []) { $0.formUnion($1) })
        let byName = Dictionary(packages.map { ($0.normalizedName, $0) }) { one, _ in one }
        var replacing: [String: PipPackage] = [:]
        for (record, described) in zip(state.records, metadata) {
            let parts = described.map { PrefixState.pythonPackage(describedBy: $0).flatMap { byName[$0] } }
            let found = parts.compactMap(\.self)
            if found.count == parts.count { replacing[record.name] = found.first }
        }
        return (packages, replacing, unread)
    }

    private static func read(
        _ names: [String], in directory: String, besides owned: Set<String>
    ) -> (packages: [PipPackage], unread: [String]) {
        var packages: [(package: PipPackage, written: FileTime)] = []
        var unread: [String] = []
        for name in names.sorted() where !owned.contains(name) {
            let path = "\(directory)/\(name)"
            if let package = try? read(path), let status = try? FileSystem.status(path) {
                packages.append((package, status.modified))
            } else {
                unread.append(PrefixState.pythonPackage(describedBy: name) ?? name)
            }
        }
        // Of several metadata of one package the last written are of what is there.
        let last = Dictionary(packages.map { ($0.package.normalizedName, $0) }) { $0.written < $1.written ? $1 : $0 }
        let sorted = last.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return (sorted.map(\.value.package), unread.sorted())
    }

    private static func isMetadata(_ name: String) -> Bool {
        // pip leaves `~ame` behind where it could not remove.
        !name.hasPrefix("~") && [".dist-info", ".egg-info", ".egg-link"].contains { name.hasSuffix($0) }
    }

    private static func read(_ path: String) throws(Failure) -> PipPackage {
        if path.hasSuffix(".egg-link") { return try linked(path) }
        let isFile = !FileSystem.isDirectory(path)
        let file = isFile ? path : path + (path.hasSuffix(".egg-info") ? "/PKG-INFO" : "/METADATA")
        let metadata = try PythonMetadata(bytes: try readFile(file, limit: 1 << 24), subject: file)
        var package = PipPackage(name: metadata.name, version: metadata.version)
        if isFile { return package }
        let origin = path + "/direct_url.json"
        if let bytes = try readFileIfPresent(origin, limit: 1 << 20) {
            package.origin = try? PythonOrigin(bytes: bytes, subject: origin)
        }
        package.isRequested = FileSystem.exists(path + "/REQUESTED")
        return package
    }

    /// `setup.py develop`: the link's first line is the directory of the project.
    private static func linked(_ path: String) throws(Failure) -> PipPackage {
        let text = String(decoding: try readFile(path, limit: 1 << 16), as: UTF8.self)
        let project = text.split(separator: "\n").first.map { String($0) } ?? ""
        let name = String(Path.name(path).dropLast(".egg-link".utf8.count))
        var package = PipPackage(name: name, version: "")
        for entry in (try? FileSystem.entries(project)) ?? [] where entry.name.hasSuffix(".egg-info") {
            let file = "\(project)/\(entry.name)/PKG-INFO"
            let metadata = try PythonMetadata(bytes: try readFile(file, limit: 1 << 24), subject: file)
            guard PythonPackageName.normalized(metadata.name) == PythonPackageName.normalized(name) else { continue }
            package = PipPackage(name: metadata.name, version: metadata.version)
        }
        package.origin = .directory(url: "file://" + project.percentEncodedPath, isEditable: true, subdirectory: nil)
        package.isRequested = true
        return package
    }
}
