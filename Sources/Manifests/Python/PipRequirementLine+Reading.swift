// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Locations

extension PipRequirementLine {
    /// Takes a line apart; nothing is refused, what pip would not understand is `.unknown`.
    package init(_ line: String) {
        text = trimmed(Self.withoutComment(line))
        var target = text
        if let split = Self.firstOption(in: text) {
            target = trimmed(text[..<split])
            options = Self.options(in: String(text[split...]))
        }
        if target.isEmpty, let editable = options.last(where: { $0.name == "--editable" }) {
            isEditable = true
            target = editable.value ?? ""
        }
        if !target.isEmpty {
            readTarget(target)
        } else if options.contains(where: { $0.name == "--requirement" }) {
            kind = .requirementsFile
        } else if options.contains(where: { $0.name == "--constraint" }) {
            kind = .constraintsFile
        } else if !options.isEmpty, !isEditable {
            kind = .options
        }
    }

    private mutating func readTarget(_ target: String) {
        if let requirement = PythonRequirement(target) {
            self.requirement = requirement
            name = requirement.normalizedName
            if let url = requirement.url {
                kind = Self.isRepository(url) ? .repository(url) : .url(url)
            } else if Self.isArchive(target) {
                // `wheel-1.0-py3-none-any.whl` reads as a name, yet pip takes it for a file.
                self.requirement = nil
                kind = .path(target)
                name = Self.name(inFragmentOrFileOf: target)
            } else {
                kind = .package
            }
            return
        }
        // A marker is told from a part of the URL by the white space around its `;`.
        let location = Self.splitMarker(target).location
        name = Self.name(inFragmentOrFileOf: location)
        if Self.isRepository(location) {
            kind = .repository(location)
        } else if location.hasURLScheme || location.hasPrefix("file:") {
            kind = .url(location)
        } else if Self.looksLikePath(location) {
            kind = .path(Self.withoutExtras(location))
        }
    }

    /// pip: `#` begins a comment at the start or after white space.
    private static func withoutComment(_ line: String) -> Substring {
        var previous: UInt8 = 0x20
        for index in line.utf8.indices {
            let byte = line.utf8[index]
            if byte == UInt8(ascii: "#"), previous == 0x20 || previous == 0x09 { return line[..<index] }
            previous = byte
        }
        return line[...]
    }

    /// Where the first word that begins with `-` starts.
    private static func firstOption(in text: String) -> String.Index? {
        var previous: UInt8 = 0x20
        for index in text.utf8.indices {
            if text.utf8[index] == UInt8(ascii: "-"), previous == 0x20 || previous == 0x09 { return index }
            previous = text.utf8[index]
        }
        return nil
    }

    private static func isRepository(_ url: String) -> Bool {
        ["git+", "hg+", "svn+", "bzr+"].contains { url.hasPrefix($0) }
    }

    /// Whether a path or URL ends as the archives that pip installs do.
    package static func isArchive(_ location: String) -> Bool {
        var path = Substring(location)
        if let end = path.utf8.firstIndex(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "?") }) {
            path = path[..<end]
        }
        let endings = [
            ".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz",
        ]
        return endings.contains { path.hasSuffix($0) }
    }

    /// pip takes for a path what has a separator in it or begins with a dot.
    private static func looksLikePath(_ text: String) -> Bool {
        text.hasPrefix(".") || text.utf8.contains(UInt8(ascii: "/")) || text.utf8.contains(UInt8(ascii: "\\"))
            || isArchive(text)
    }

    /// `./project[extra]` without the extras.
    private static func withoutExtras(_ path: String) -> String {
        guard path.hasSuffix("]"), let bracket = path.utf8.lastIndex(of: UInt8(ascii: "[")) else { return path }
        return String(path[..<bracket])
    }

    private static func splitMarker(_ text: String) -> (location: String, marker: String?) {
        var previous: UInt8 = 0
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            let after = text.utf8.index(after: index)
            let isFollowed = after < text.utf8.endIndex && (text.utf8[after] == 0x20 || text.utf8[after] == 0x09)
            if byte == UInt8(ascii: ";"), isFollowed || previous == 0x20 || previous == 0x09 {
                return (trimmed(text[..<index]), trimmed(text[after...]))
            }
            previous = byte
        }
        return (text, nil)
    }

    /// The name in `#egg=NAME`, or in a wheel's file name.
    private static func name(inFragmentOrFileOf location: String) -> String? {
        var path = Substring(location)
        if let hash = path.utf8.firstIndex(of: UInt8(ascii: "#")) {
            for item in path[path.utf8.index(after: hash)...].split(separator: "&") where item.hasPrefix("egg=") {
                let egg = item.dropFirst(4).prefix { $0 != "[" }
                return PythonPackageName.normalized(String(egg))
            }
            path = path[..<hash]
        }
        if let query = path.utf8.firstIndex(of: UInt8(ascii: "?")) { path = path[..<query] }
        guard path.hasSuffix(".whl"), let file = path.split(separator: "/").last,
            let stem = file.split(separator: "-").first
        else { return nil }
        return PythonPackageName.normalized(String(stem))
    }

    /// The path that `location` names: itself, or that of a `file:` URL; nil for other URLs.
    static func localPath(_ location: String) -> String? {
        guard location.hasPrefix("file:") else { return location.hasURLScheme ? nil : location }
        var path = location.dropFirst("file:".count)
        if path.hasPrefix("//") {
            path = path.dropFirst(2)
            if let slash = path.utf8.firstIndex(of: UInt8(ascii: "/")) { path = path[slash...] }
        }
        if let end = path.utf8.firstIndex(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "?") }) {
            path = path[..<end]
        }
        return String(path).percentDecoded
    }
}
