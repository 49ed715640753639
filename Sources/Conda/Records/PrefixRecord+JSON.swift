// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures

extension PrefixRecord {
    /// Keys that belong to the installed package and not to the record.
    private static let ownKeys: Set<String> = [
        "package_tarball_full_path", "extracted_package_dir", "link", "files", "paths_data", "requested_spec",
        "requested_specs", "auth",
    ]

    /// The record that a file of conda-meta holds; `subject` names the file.
    package init(json: JSON, subject: String) throws(Failure) {
        self.init(package: try PackageRecord(json: json, subject: subject))
        package.otherKeys.removeAll { Self.ownKeys.contains($0.key) }
        archivePath = json["package_tarball_full_path"]?.string
        extractedDirectory = json["extracted_package_dir"]?.string
        if let source = json["link"]?["source"]?.string {
            link = Link(source: source, type: json["link"]?["type"]?.int ?? 1)
        }
        files = json["files"]?.array?.compactMap(\.string) ?? []
        if let entries = json["paths_data"]?["paths"]?.array {
            var paths: [PrefixPath] = []
            for entry in entries { paths.append(try PrefixPath(json: entry, subject: subject)) }
            self.paths = paths
        }
        requestedSpecs = json["requested_specs"]?.array?.compactMap(\.string) ?? []
        // The key of old: one text, and conda wrote its `None` out.
        if requestedSpecs.isEmpty, let old = json["requested_spec"]?.string, !old.isEmpty, old != "None" {
            requestedSpecs = [old]
        }
    }

    /// The record as a file of conda-meta.
    package var json: JSON {
        var members = package.members
        func add(_ key: String, _ value: JSON?) { if let value { members.append(JSONMember(key, value)) } }
        add("package_tarball_full_path", archivePath.map { .string($0) })
        add("extracted_package_dir", extractedDirectory.map { .string($0) })
        add(
            "link",
            link.map {
                .object([JSONMember("source", .string($0.source)), JSONMember("type", .integer(Int64($0.type)))])
            })
        add("files", .array(files.map { .string($0) }))
        if let paths {
            add(
                "paths_data",
                .object([
                    JSONMember("paths_version", .integer(1)), JSONMember("paths", .array(paths.map(\.json))),
                ]))
        }
        // Old readers know the single key only.
        add("requested_spec", requestedSpecs.first.map { .string($0) })
        add("requested_specs", requestedSpecs.isEmpty ? nil : .array(requestedSpecs.map { .string($0) }))
        return .object(members)
    }
}

extension PrefixPath {
    /// One entry of `paths_data`; a path that leads out of the prefix is refused.
    package init(json: JSON, subject: String) throws(Failure) {
        guard let path = json["_path"]?.string else { throw Failure(.parse, subject, "a path entry has no `_path`") }
        if let problem = RelativePath.problem(in: path) {
            throw Failure(.integrity, subject, "`\(path)` is not a path inside the prefix: \(problem)")
        }
        self.init(path: path, type: json["path_type"]?.string ?? "hardlink")
        sha256 = json["sha256"]?.string.flatMap { SHA256Digest(hex: $0) }
        sha256InPrefix = json["sha256_in_prefix"]?.string.flatMap { SHA256Digest(hex: $0) }
        size = json["size_in_bytes"]?.unsigned
        noLink = json["no_link"]?.bool ?? false
        fileMode = json["file_mode"]?.string
        prefixPlaceholder = json["prefix_placeholder"]?.string
        originalPath = json["original_path"]?.string
    }

    /// The entry as `paths_data` has it.
    package var json: JSON {
        var members = [JSONMember("_path", .string(path)), JSONMember("path_type", .string(type))]
        func add(_ key: String, _ value: JSON?) { if let value { members.append(JSONMember(key, value)) } }
        add("original_path", originalPath.map { .string($0) })
        if noLink { add("no_link", .bool(true)) }
        add("sha256", sha256.map { .string($0.hex) })
        add("sha256_in_prefix", sha256InPrefix.map { .string($0.hex) })
        add("size_in_bytes", size.map { .count($0) })
        add("file_mode", fileMode.map { .string($0) })
        add("prefix_placeholder", prefixPlaceholder.map { .string($0) })
        return .object(members)
    }
}
