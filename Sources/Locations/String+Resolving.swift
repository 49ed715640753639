// SPDX-License-Identifier: BSD-3-Clause

extension String {
    /// Whether the text begins with `scheme:/`.
    package var hasURLScheme: Bool {
        let bytes = utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon != bytes.startIndex else { return false }
        let next = bytes.index(after: colon)
        guard next < bytes.endIndex, bytes[next] == UInt8(ascii: "/") else { return false }
        // One letter is a drive of Windows.
        guard bytes.distance(from: bytes.startIndex, to: colon) > 1 else { return false }
        return bytes[..<colon].allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || "+-.".utf8.contains($0) }
    }

    /// The scheme in lower case; `file` for what has none.
    package var urlScheme: String {
        guard hasURLScheme else { return "file" }
        return String(decoding: utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
    }

    /// What the document at `self` means by `reference`, a directory: absolute, from the root of the host, or relative to
    /// the document (RFC 3986, CEP 15). The answer ends in a slash and has no credentials, query or fragment.
    ///
    /// - Returns: nil when the reference leads from the network to this machine, from TLS to what is not protected, or
    ///   to a scheme that the document does not have itself. A document of this machine is its owner's word and may name
    ///   anything.
    package func resolvingDirectory(_ reference: String?) -> String? {
        let bytes = Array(utf8)
        let span = URLSpan(bytes)
        let rootEnd = span?.host.upperBound ?? 0
        let pathEnd =
            span.map { ($0.query?.lowerBound ?? $0.fragment?.lowerBound).map { $0 - 1 } ?? bytes.count } ?? bytes.count
        let root = String(decoding: bytes[..<rootEnd], as: UTF8.self)
        let folderEnd = bytes[rootEnd..<pathEnd].lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? rootEnd
        let folder = String(decoding: bytes[rootEnd..<folderEnd], as: UTF8.self)
        guard let reference, !reference.isEmpty else { return root + (folder.isEmpty ? "/" : folder) }
        var target = reference.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        if reference.hasPrefix("//"), span != nil { target = "\(urlScheme):\(reference)".utf8[...] }
        let text = String(decoding: target, as: UTF8.self)
        if text.hasURLScheme || text.hasUnusualScheme {
            guard Self.mayLead(from: urlScheme, to: text.urlScheme), text.hasURLScheme else { return nil }
            let plain = text.escapingURLText.separatingCredentials.plain
            return plain.hasSuffix("/") ? plain : plain + "/"
        }
        let path = text.hasPrefix("/") ? text : folder + text
        var components: [Substring] = []
        for component in path.escapingURLText.split(separator: "/") {
            if component == ".." { _ = components.popLast() } else if component != "." { components.append(component) }
        }
        return root + "/" + components.map { $0 + "/" }.joined()
    }

    /// `mailto:x`, `file:x`: a scheme without a slash behind it.
    private var hasUnusualScheme: Bool {
        let word = utf8.prefix { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || "+-.".utf8.contains($0) }
        return word.endIndex < utf8.endIndex && utf8[word.endIndex] == UInt8(ascii: ":") && !word.isEmpty
    }

    /// Whether a document fetched by one scheme may send its reader to another.
    package static func mayLead(from origin: String, to target: String) -> Bool {
        origin == target || origin == "file" || (origin == "http" && target == "https")
    }

    /// Scheme and host in lower case, no port that the scheme implies, no slash at the end.
    package var canonicalURL: String {
        var bytes = Array(utf8)
        while bytes.last == UInt8(ascii: "/"), bytes.count > 1 { bytes.removeLast() }
        func lowered(_ part: ArraySlice<UInt8>) -> [UInt8] { part.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 } }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon + 2 < bytes.count,
            bytes[colon + 1] == UInt8(ascii: "/"), bytes[colon + 2] == UInt8(ascii: "/")
        else { return String(decoding: bytes, as: UTF8.self) }
        let scheme = lowered(bytes[..<colon])
        let end = bytes[(colon + 3)...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        var host = lowered(bytes[(colon + 3)..<end])
        let port = scheme.elementsEqual("https".utf8) ? ":443" : scheme.elementsEqual("http".utf8) ? ":80" : ""
        if !port.isEmpty, host.suffix(port.utf8.count).elementsEqual(port.utf8) { host.removeLast(port.utf8.count) }
        return String(decoding: scheme + bytes[colon..<(colon + 3)] + host + bytes[end...], as: UTF8.self)
    }
}
