// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures

/// An `@EXPLICIT` file: archives to install as they are, without solving (CEP 23, Rules §19.1).
package struct ExplicitFile: Sendable {
    /// One line of the file.
    package struct Entry: Sendable, Equatable {
        /// URL or path as written, without the hash.
        package var location: String
        package var md5: MD5Digest?
        package var sha256: SHA256Digest?
        /// 1-based.
        package var line: Int

        package init(location: String, md5: MD5Digest? = nil, sha256: SHA256Digest? = nil, line: Int = 0) {
            self.location = location
            self.md5 = md5
            self.sha256 = sha256
            self.line = line
        }
    }

    package var entries: [Entry] = []
    /// What the `# platform:` comment says, if there is one.
    package var platform: String?

    package init() {}

    /// What micromamba puts before the URLs of `list --explicit`, which has no `@EXPLICIT` line.
    private static let listHeading = "List of packages in environment:"

    /// Whether some line is `@EXPLICIT`, white space aside, or the first one is the heading of micromamba's list.
    package static func isExplicit(_ bytes: [UInt8]) -> Bool {
        if bytes.starts(with: listHeading.utf8) { return true }
        let mark = Array("@EXPLICIT".utf8)
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var index = 0
        while let found = bytes[index...].firstIndex(of: UInt8(ascii: "@")) {
            index = found + 1
            guard bytes[found...].starts(with: mark) else { continue }
            let end = bytes[(found + mark.count)...].first { !isSpace($0) }
            let start = bytes[..<found].last { !isSpace($0) }
            // A byte order mark ends in BF.
            let begins = start == nil || start == 0x0A || (start == 0xBF && found == 3)
            if begins, end == nil || end == 0x0A { return true }
        }
        return false
    }

    /// Reads a file whose name, for messages, is `subject`.
    /// - Throws: `Failure(.parse)` with file and line.
    package init(text: String, subject: String) throws(Failure) {
        for (index, rawLine) in lines(of: text).enumerated() {
            try LineLimit.check(rawLine, index + 1, subject)
            let line = trimmed(rawLine)
            if line.isEmpty || line == "@EXPLICIT" || (index == 0 && line.hasPrefix(Self.listHeading)) { continue }
            if line.hasPrefix("#") {
                let comment = trimmed(line.dropFirst())
                if comment.hasPrefix("platform:") { platform = trimmed(comment.dropFirst("platform:".count)) }
                continue
            }
            entries.append(try Entry(line: line, number: index + 1, subject: subject))
            try LineLimit.check(count: entries.count, LineLimit.archives, "archives", subject)
        }
    }
}

extension ExplicitFile.Entry {
    /// Reads `URL[#hash]`; a hash is 32 hex digits (md5), or 64 with or without `sha256:`.
    package init(line: String, number: Int, subject: String) throws(Failure) {
        self.line = number
        let parts = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        location = trimmed(parts[0])
        guard location.hasSuffix(".conda") || location.hasSuffix(".tar.bz2") else {
            throw Failure(
                .parse, "\(subject):\(number)", "`\(location)` is not the URL or path of a .conda or .tar.bz2 archive",
                hint: "an @EXPLICIT file holds archives only; specs go in a file without the @EXPLICIT line")
        }
        guard parts.count == 2 else { return }
        var hash = trimmed(parts[1]).lowercased()
        for prefix in ["sha256:", "sha256=", "md5:", "md5="] where hash.hasPrefix(prefix) {
            hash.removeFirst(prefix.count)
        }
        if let digest = SHA256Digest(hex: hash) {
            sha256 = digest
        } else if let digest = MD5Digest(hex: hash) {
            md5 = digest
        } else {
            throw Failure(
                .parse, "\(subject):\(number)", "`\(parts[1])` is neither an md5 (32 hex digits) nor a sha256 (64)")
        }
    }
}

extension ExplicitFile {
    /// Which hash a written line carries.
    package enum HashKind: Sendable { case none, md5, sha256 }

    /// The file as conda writes it.
    package func serialized(hash: HashKind) -> String {
        var text =
            "# This file may be used to create an environment using:\n# $ krait create --name <env> --file <this file>\n"
        if let platform { text += "# platform: \(platform)\n" }
        text += "@EXPLICIT\n"
        for entry in entries {
            text += entry.location
            switch hash {
            case .none: break
            case .md5: if let md5 = entry.md5 { text += "#\(md5.hex)" }
            case .sha256: if let sha256 = entry.sha256 { text += "#\(sha256.hex)" }
            }
            text += "\n"
        }
        return text
    }
}
