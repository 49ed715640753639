// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures

/// One path that a package wants to have linked.
struct ListedPath {
    var path: String
    var isDirectory = false
    var noLink = false
    var size: UInt64?
    var sha256: SHA256Digest?
    var placeholder: (text: String, mode: LinkManifest.PlaceholderMode)?

    /// The paths of `info/paths.json` (Rules §11.1), read where they lie: packages have tens of thousands.
    static func fromPathsFile(_ bytes: UnsafeRawBufferPointer, subject: String) throws(Failure) -> [ListedPath] {
        var listed: [ListedPath]?
        var version: UInt64?
        do throws(Failure) {
            var scanner = JSONScanner(bytes, subject: "info/paths.json")
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if key == "paths", try scanner.peek() == .array {
                    listed = try elements(&scanner, subject)
                } else if key == "paths_version" {
                    version = try unsigned(&scanner)
                } else {
                    try scanner.skip()
                }
            }
            try scanner.end()
        } catch {
            if error.code == .integrity { throw error }
            throw Failure(.integrity, subject, "info/paths.json of the archive is damaged", cause: error)
        }
        guard version == 1 else { throw refusal(subject, "has a version that is not known here") }
        guard let listed else { throw refusal(subject, "has no list of paths") }
        return listed
    }

    private static func elements(_ scanner: inout JSONScanner, _ subject: String) throws(Failure) -> [ListedPath] {
        var listed: [ListedPath] = []
        try scanner.beginArray()
        while try scanner.nextElement() {
            guard try scanner.peek() == .object else { throw refusal(subject, "has a path that is not an object") }
            listed.append(try element(&scanner, subject))
        }
        return listed
    }

    private static func element(_ scanner: inout JSONScanner, _ subject: String) throws(Failure) -> ListedPath {
        var path = ListedPath(path: "")
        var mode = LinkManifest.PlaceholderMode.text
        var placeholder: String?
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key == "_path" {
                path.path = try text(&scanner)?.string ?? ""
            } else if key == "path_type" {
                path.isDirectory = try text(&scanner).map { $0 == "directory" } ?? false
            } else if key == "no_link" {
                path.noLink = String(decoding: try scanner.skip(), as: UTF8.self) == "true"
            } else if key == "size_in_bytes" {
                path.size = try unsigned(&scanner)
            } else if key == "sha256" {
                path.sha256 = try text(&scanner).flatMap { SHA256Digest(hex: $0.bytes) }
            } else if key == "file_mode" {
                mode = try text(&scanner).map { $0 == "binary" } ?? false ? .binary : .text
            } else if key == "prefix_placeholder" {
                placeholder = try text(&scanner)?.string
            } else {
                try scanner.skip()
            }
        }
        guard !path.path.isEmpty else { throw refusal(subject, "has a path without a name") }
        if let placeholder, !placeholder.isEmpty {
            guard placeholder.utf8.count < 4096 else { throw refusal(subject, "has a placeholder that is too long") }
            path.placeholder = (placeholder, mode)
        }
        return path
    }

    /// A string; anything else counts as nothing.
    private static func text(_ scanner: inout JSONScanner) throws(Failure) -> JSONText? {
        if try scanner.peek() == .string { return try scanner.text() }
        try scanner.skip()
        return nil
    }

    private static func unsigned(_ scanner: inout JSONScanner) throws(Failure) -> UInt64? {
        UInt64(String(decoding: try scanner.skip(), as: UTF8.self))
    }

    private static func refusal(_ subject: String, _ reason: String) -> Failure {
        Failure(.integrity, subject, "info/paths.json \(reason)")
    }
}
