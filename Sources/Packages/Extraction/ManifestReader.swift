// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Platform

/// Makes the link manifest of an extracted package from its `info/` files and from what was written (Rules §11).
struct ManifestReader: ~Copyable {
    private let table: EntryTable
    private let information: InformationFiles
    private let subject: String

    init(table: EntryTable, information: InformationFiles, subject: String) {
        self.table = table
        self.information = information
        self.subject = subject
    }

    /// Reads; files that hold a placeholder are read back from `sink` to find where.
    consuming func read(_ sink: any ExtractionSink) throws(Failure) -> LinkManifest {
        var builder = LinkManifestBuilder(subject: subject)
        try readNoarch(into: &builder)
        let listed = try list()
        var listedFiles = 0
        for path in listed {
            if try add(path, to: &builder, sink) { listedFiles += 1 }
        }
        let present = table.entries.count {
            $0.kind != .directory && !isInformation($0.path)
        }
        builder.hasUnlistedFiles = present > listedFiles
        return try builder.finish()
    }

    private func list() throws(Failure) -> [ListedPath] {
        guard let bytes = information[.paths] else {
            return try LegacyPaths(information, table).list(subject: subject)
        }
        return try bytes.withBytes { (bytes) throws(Failure) in
            try ListedPath.fromPathsFile(bytes, subject: subject)
        }
    }

    /// Adds one listed path; answers whether it is a file or link outside of `info/`.
    private func add(
        _ listed: ListedPath, to builder: inout LinkManifestBuilder, _ sink: any ExtractionSink
    ) throws(Failure) -> Bool {
        guard SafePath.isSafe(listed.path) else {
            throw Failure(.integrity, subject, "`\(listed.path)` in info/paths.json is not a plain relative path")
        }
        if listed.isDirectory {
            if let present = table.find(listed.path), present.kind != .directory {
                throw Failure(.integrity, subject, "`\(listed.path)` is a file where info/paths.json has a directory")
            }
            try builder.add(LinkManifestBuilder.Path(path: listed.path, kind: .directory, mode: 0o755))
            return false
        }
        guard let entry = table.find(listed.path), entry.kind != .directory else {
            throw Failure(.integrity, subject, "`\(listed.path)` is listed but not in the archive")
        }
        var file = entry
        while file.kind == .hardLink, let next = table.find(file.target) { file = next }
        var path = LinkManifestBuilder.Path(
            path: listed.path, mode: file.mode, size: file.size, digest: listed.sha256, noLink: listed.noLink)
        if file.kind == .symbolicLink {
            path.kind = .softLink
            path.target = table.text(file.target)
            path.size = listed.size ?? 0
        } else if listed.placeholder != nil || listed.sha256 == nil {
            try look(into: &path, listed, sink)
        }
        try builder.add(path)
        return !listed.path.utf8.starts(with: "info/".utf8)
    }

    /// Finds the placeholders of a file, and its digest where the package does not tell.
    private func look(
        into path: inout LinkManifestBuilder.Path, _ listed: ListedPath, _ sink: any ExtractionSink
    ) throws(Failure) {
        var search = PlaceholderSearch(listed.placeholder?.text ?? "")
        var hasher = listed.sha256 == nil ? SHA256Hasher() : nil
        try sink.readBack(listed.path) { (bytes) throws(Failure) in
            hasher?.update(bytes)
            search.add(bytes)
        }
        path.digest = listed.sha256 ?? finish(hasher.take())
        if let placeholder = listed.placeholder {
            path.placeholder = .init(text: placeholder.text, mode: placeholder.mode, offsets: search.offsets)
        }
    }

    private func finish(_ hasher: consuming SHA256Hasher?) -> SHA256Digest? {
        guard let hasher else { return nil }
        return hasher.finish()
    }

    private func readNoarch(into builder: inout LinkManifestBuilder) throws(Failure) {
        guard let indexBytes = information[.index] else {
            throw Failure(.integrity, subject, "the archive has no info/index.json")
        }
        let index = try parse(indexBytes, "info/index.json")
        guard index.object != nil else { throw Failure(.integrity, subject, "info/index.json is not an object") }
        builder.noarch = noarch(index["noarch"])
        guard let bytes = information[.link] else { return }
        let link = try parse(bytes, "info/link.json")
        if let type = link["noarch"]?["type"] { builder.noarch = noarch(type) }
        guard builder.noarch == .python, let points = link["noarch"]?["entry_points"], !points.isNull else { return }
        guard let texts = points.strings else {
            throw Failure(.integrity, subject, "the entry points of info/link.json are not a list of strings")
        }
        for text in texts {
            do throws(Failure) {
                builder.entryPoints.append(try EntryPoint(text))
            } catch {
                throw Failure(.integrity, subject, "\(error.subject): \(error.reason)", cause: error)
            }
        }
    }

    /// Old packages say `true` for generic.
    private func noarch(_ value: JSON?) -> Noarch {
        switch value {
        case .some(.string("python")): .python
        case .some(.string("generic")), .some(.bool(true)): .generic
        default: .none
        }
    }

    private func parse(_ bytes: [UInt8], _ name: String) throws(Failure) -> JSON {
        do throws(Failure) {
            return try JSON.parse(bytes, subject: name)
        } catch {
            throw Failure(.integrity, subject, "\(name) of the archive is damaged", cause: error)
        }
    }

    private func isInformation(_ path: StringID) -> Bool {
        table.strings.withBytes(of: path) { $0.starts(with: "info/".utf8) }
    }
}
