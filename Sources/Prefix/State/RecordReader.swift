// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Platform

/// Reads `conda-meta` records of any writer, no further than needed: a hundred of them are 6 MB (Rules §13).
enum RecordReader {
    /// The head of the record at `path`.
    static func head(_ path: String) throws(Failure) -> PrefixRecord {
        let descriptor = try Descriptor.openRegular(path)
        let first = try read(descriptor, limit: 16 * 1024, path)
        if first.count < 16 * 1024 { return try first.withBytes { (bytes) throws(Failure) in try head(bytes, path) } }
        let early: PrefixRecord? = first.withUnsafeBytes { bytes in
            var parser = HeadParser(bytes, path)
            return (try? parser.parse()) == .files ? try? parser.finished() : nil
        }
        if let early { return early }
        let rest = try read(descriptor, limit: sizeLimit, path)
        return try (first + rest).withBytes { (bytes) throws(Failure) in try head(bytes, path) }
    }

    /// Far more than a record is long.
    private static let sizeLimit = 64 << 20

    /// The head of a whole record.
    static func head(_ bytes: UnsafeRawBufferPointer, _ subject: String) throws(Failure) -> PrefixRecord {
        var parser = HeadParser(bytes, subject)
        _ = try parser.parse()
        return try parser.finished()
    }

    private static func read(
        _ descriptor: borrowing Descriptor, limit: Int, _ subject: String
    ) throws(Failure) -> [UInt8] {
        if limit > 1 << 20 { return try readAll(descriptor, limit: limit, subject: subject) }
        var bytes = [UInt8](repeating: 0, count: limit)
        do throws(Errno) {
            let count = try bytes.withMutableBytes { (room) throws(Errno) in
                try SystemCall.read(descriptor, into: room)
            }
            bytes.removeLast(limit - count)
            return bytes
        } catch {
            throw Failure(error, subject, "read")
        }
    }
}

/// Reads the members of a record one after another.
private struct HeadParser {
    /// Where reading ended.
    enum End { case files, whole }

    private var scanner: JSONScanner
    private let subject: String
    private var head = PrefixRecord(
        record: PackageRecord(name: "", version: "", build: "", subdir: "", fileName: "", url: "", channel: ""))
    private var requestedSpec: String?
    private var hasLink = false

    init(_ bytes: UnsafeRawBufferPointer, _ subject: String) {
        scanner = JSONScanner(bytes, subject: subject)
        self.subject = subject
    }

    /// Reads all members, or those before the files where krait itself wrote the record.
    mutating func parse() throws(Failure) -> End {
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            if key == "files" {
                // Only krait puts both before the files; then nothing that matters comes after them.
                if hasLink, !head.record.name.isEmpty { return .files }
                try scanner.skip()
            } else if key == "paths_data" {
                try scanner.skip()
            } else {
                try member(key)
            }
        }
        return .whole
    }

    /// What was read, when it is a record.
    func finished() throws(Failure) -> PrefixRecord {
        var head = head
        guard !head.record.name.isEmpty, !head.record.version.isEmpty else {
            throw Failure(.parse, subject, "the record has no name or version")
        }
        // They become parts of paths.
        let record = head.record
        for part in [record.name, record.version, record.build, record.subdir, record.fileName]
        where !part.isEmpty && !SafePath.isSafe(part) || part.utf8.contains(UInt8(ascii: "/")) {
            throw Failure(.integrity, subject, "the record's `\(part)` cannot be a part of a file name")
        }
        // conda and micromamba write the channel with its subdir.
        let end = "/\(head.record.subdir)"
        if !head.record.subdir.isEmpty, head.record.channel.hasSuffix(end) {
            head.record.channel.removeLast(end.count)
        }
        // conda wrote its `None` out, and micromamba for years what was still to be done.
        if head.requestedSpecs.isEmpty, let spec = requestedSpec, !["", "None", "TODO"].contains(spec) {
            head.requestedSpecs = [spec]
        }
        return head
    }

    private mutating func member(_ key: JSONText) throws(Failure) {
        if let field = RecordField(key) {
            head.record.set(field, try scanner.value())
        } else {
            try installedMember(key)
        }
    }

    /// Members that the installer writes, and those nobody here knows.
    private mutating func installedMember(_ key: JSONText) throws(Failure) {
        if key == "requested_specs" {
            head.requestedSpecs = try strings()
        } else if key == "requested_spec" {
            requestedSpec = try text()
        } else if key == "extracted_package_dir" {
            head.extractedDirectory = try text()
        } else if key == "package_tarball_full_path" {
            head.archivePath = try text()
        } else if key == "left_out" {
            head.leftOut = try strings()
        } else if key == "link" {
            hasLink = true
            let link = try scanner.value()
            head.linkType = link["type"]?.int
            head.linkSource = link["source"]?.string
        } else if let name = key.string {
            head.record.otherKeys.append(JSONMember(name, try scanner.value()))
        } else {
            try scanner.skip()
        }
    }

    /// A string; anything else counts as nothing.
    private mutating func text() throws(Failure) -> String? {
        guard try scanner.peek() == .string else {
            try scanner.skip()
            return nil
        }
        return try scanner.string()
    }

    private mutating func strings() throws(Failure) -> [String] {
        guard try scanner.peek() == .array else {
            try scanner.skip()
            return []
        }
        var strings: [String] = []
        try scanner.beginArray()
        while try scanner.nextElement() {
            if let string = try text() { strings.append(string) }
        }
        return strings
    }
}
