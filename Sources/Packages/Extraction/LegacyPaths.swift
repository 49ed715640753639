// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures

/// The paths of a package without `info/paths.json`, from the files that came before it (Rules §11.2).
struct LegacyPaths {
    private let information: InformationFiles
    private let table: EntryTable

    init(_ information: InformationFiles, _ table: EntryTable) {
        self.information = information
        self.table = table
    }

    /// What `info/files` names, else everything outside of `info/`.
    func list(subject: String) throws(Failure) -> [ListedPath] {
        let names = information[.files].map(lines) ?? unlisted()
        let copied = Set(lines(information[.noLink] ?? []) + lines(information[.noSoftLink] ?? []))
        var placeholders: [String: (text: String, mode: LinkManifest.PlaceholderMode)] = [:]
        for line in lines(information[.hasPrefix] ?? []) {
            let words = Self.words(line)
            switch words.count {
            case 1: placeholders[words[0]] = (Self.defaultPlaceholder, .text)
            case 3...:
                let path = words[2...].joined(separator: " ")
                placeholders[path] = (words[0], words[1] == "binary" ? .binary : .text)
            default: throw Failure(.integrity, subject, "info/has_prefix has a line that is not understood")
            }
        }
        return names.map { name in
            var path = ListedPath(path: name, noLink: copied.contains(name), placeholder: placeholders[name])
            path.isDirectory = table.find(name)?.kind == .directory
            return path
        }
    }

    /// Everything outside of `info/` that is not a directory.
    private func unlisted() -> [String] {
        table.entries.compactMap { entry in
            if entry.kind == .directory { return nil }
            let path = table.text(entry.path)
            return path.utf8.starts(with: "info/".utf8) ? nil : path
        }
    }

    private func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            let trimmed = text.drop { $0 == " " }
            return trimmed.isEmpty ? nil : String(trimmed)
        }
    }

    /// Words divided by blanks; quotes hold blanks together.
    private static func words(_ line: String) -> [String] {
        var words: [[UInt8]] = []
        var word: [UInt8]?
        var quote: UInt8?
        for byte in line.utf8 {
            if let open = quote {
                if byte == open {
                    quote = nil
                } else {
                    word = (word ?? []) + [byte]
                }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                word = word ?? []
            } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        if let done = word { words.append(done) }
        return words.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The prefix that conda-build used before placeholders were written down; put together here, because conda-build
    /// would replace it in our own binary.
    private static var defaultPlaceholder: String {
        "/opt/" + (1...3).map { "anaconda\($0)" }.joined()
    }
}
