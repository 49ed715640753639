// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Platform

extension RecordReader {
    /// The files that the record at `path` tells of: `paths_data`, or the older `files`.
    static func paths(_ path: String) throws(Failure) -> [PrefixPath] {
        let file = try MappedFile(path)
        return try file.withBytes { (bytes) throws(Failure) in try paths(bytes, path) }
    }

    /// Calls `body` with the bytes of each path that the record at `path` tells of; reads no further than the list.
    static func forEachFile(_ path: String, _ body: (UnsafeRawBufferPointer) -> Void) throws(Failure) {
        let file = try MappedFile(path)
        try file.withBytes { (bytes) throws(Failure) in
            var scanner = JSONScanner(bytes, subject: path)
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                guard key == "files", try scanner.peek() == .array else {
                    try scanner.skip()
                    continue
                }
                try scanner.beginArray()
                var isEmpty = true
                while try scanner.nextElement() {
                    isEmpty = false
                    let text = try scanner.text()
                    if text.bytes.isEmpty { throw scanner.failure("a file has no name") }
                    if text.hasEscapes, let plain = text.string {
                        Array(plain.utf8).withUnsafeBytes(body)
                    } else {
                        body(text.bytes)
                    }
                }
                if !isEmpty { return }
            }
            for path in try paths(bytes, path) { Array(path.path.utf8).withUnsafeBytes(body) }
        }
    }

    /// The files that a record tells of.
    static func paths(_ bytes: UnsafeRawBufferPointer, _ subject: String) throws(Failure) -> [PrefixPath] {
        var scanner = JSONScanner(bytes, subject: subject)
        var files: [PrefixPath] = []
        var paths: [PrefixPath]?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key == "files", try scanner.peek() == .array {
                try scanner.beginArray()
                while try scanner.nextElement() {
                    files.append(PrefixPath(path: try scanner.string()))
                    if files.last?.path.isEmpty == true { throw scanner.failure("a file has no name") }
                }
            } else if key == "paths_data", try scanner.peek() == .object {
                paths = try data(&scanner)
            } else {
                try scanner.skip()
            }
        }
        guard var paths, !paths.isEmpty || files.isEmpty else { return try safe(files, subject) }
        findPlaces(of: &paths, files)
        return try safe(paths, subject)
    }

    /// `paths`, none of which leads out of the prefix.
    private static func safe(_ paths: [PrefixPath], _ subject: String) throws(Failure) -> [PrefixPath] {
        for path in paths where !SafePath.isSafe(path.path) {
            throw Failure(.integrity, subject, "the record's path `\(path.path)` leads out of the environment")
        }
        return paths
    }

    /// conda's records tell of a noarch python package where its files were in the archive (`site-packages/…`,
    /// `python-scripts/…`); where they are is then only in `files`.
    private static func findPlaces(of paths: inout [PrefixPath], _ files: [PrefixPath]) {
        func isArchived(_ path: String) -> Bool {
            switch path.utf8.first {
            case UInt8(ascii: "s"): path.hasPrefix("site-packages/")
            case UInt8(ascii: "p"): path.hasPrefix("python-scripts/")
            default: false
            }
        }
        guard paths.contains(where: { isArchived($0.path) }) else { return }
        // Of the kind that ``PhysicalDirectories`` has, so that it is compiled once.
        var places: [ExactPath: String?] = [:]
        for file in files {
            // A package may have such a directory of its own.
            if isArchived(file.path) { places[ExactPath(file.path)] = file.path }
            let parts = file.path.split(separator: "/")
            if let index = parts.firstIndex(of: "site-packages"), index > 0 {
                let name = ExactPath(parts[index...].joined(separator: "/"))
                if places[name] == nil { places[name] = file.path }
            } else if file.path.hasPrefix("bin/") {
                places[ExactPath("python-scripts/\(file.path.dropFirst(4))")] = file.path
            }
        }
        for index in paths.indices where isArchived(paths[index].path) {
            if let place = places[ExactPath(paths[index].path)] ?? nil { paths[index].path = place }
        }
    }

    private static func data(_ scanner: inout JSONScanner) throws(Failure) -> [PrefixPath] {
        var paths: [PrefixPath] = []
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            guard key == "paths", try scanner.peek() == .array else {
                try scanner.skip()
                continue
            }
            try scanner.beginArray()
            while try scanner.nextElement() { paths.append(try element(&scanner)) }
        }
        return paths
    }

    private static func element(_ scanner: inout JSONScanner) throws(Failure) -> PrefixPath {
        var path = PrefixPath(path: "")
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key == "_path" {
                path.path = try scanner.string()
            } else if key == "path_type" {
                path.kind = PrefixPath.Kind(rawValue: try scanner.stringOrNull() ?? "") ?? .hardLink
            } else if key == "sha256" {
                path.digest = try digest(&scanner)
            } else if key == "sha256_in_prefix" {
                path.digestInPrefix = try digest(&scanner)
            } else if key == "size_in_bytes" {
                let text = String(decoding: try scanner.skip(), as: UTF8.self)
                path.size = UInt64(text)
            } else if key == "no_link" {
                path.noLink = String(decoding: try scanner.skip(), as: UTF8.self) == "true"
            } else if key == "file_mode" {
                path.fileMode = try scanner.stringOrNull()
            } else if key == "prefix_placeholder" {
                path.placeholder = try scanner.stringOrNull()
            } else if key == "original_path" {
                path.originalPath = try scanner.stringOrNull()
            } else {
                try scanner.skip()
            }
        }
        guard !path.path.isEmpty else { throw scanner.failure("a path has no `_path`") }
        // conda's records tell only one digest of a file that was not changed.
        if path.digestInPrefix == nil, path.placeholder == nil { path.digestInPrefix = path.digest }
        return path
    }

    private static func digest(_ scanner: inout JSONScanner) throws(Failure) -> SHA256Digest? {
        guard try scanner.peek() == .string else {
            try scanner.skip()
            return nil
        }
        return SHA256Digest(hex: try scanner.text().bytes)
    }
}
