// SPDX-License-Identifier: BSD-3-Clause

extension String {
    /// The text with the secrets of every URL in it made unreadable: user and password, the token of `/t/<token>/`
    /// wherever it stands, the query, and a fragment that is not a checksum.
    ///
    /// Every message goes through this; a text without a colon and a slash costs two looks at its bytes.
    package var maskingSecrets: String {
        guard utf8.contains(UInt8(ascii: ":")) || utf8.contains(UInt8(ascii: "/")) else { return self }
        let bytes = Array(utf8)
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: ":"), let span = URLSpan(bytes, at: index, isInText: true) else {
                let bare = URLSpan.password(in: bytes, at: index) ?? URLSpan.token(in: bytes, at: index)
                if let bare, index >= copied {
                    result += bytes[copied..<bare.lowerBound] + Array("*****".utf8)
                    copied = bare.upperBound
                }
                index += 1
                continue
            }
            for range in span.secrets(in: bytes) where range.lowerBound >= copied && !range.isEmpty {
                result += bytes[copied..<range.lowerBound]
                result += "*****".utf8
                copied = range.upperBound
            }
            // A secret may look like a URL itself; what is not one may have another one in it.
            index = max(index + 3, copied)
        }
        if copied == 0 { return self }
        result += bytes[copied...]
        return String(decoding: result, as: UTF8.self)
    }
}

extension URLSpan {
    /// The password of `user:password@host`, where somebody has forgotten what begins a URL; nil where none is.
    fileprivate static func password(in bytes: [UInt8], at colon: Int) -> Range<Int>? {
        guard bytes[colon] == UInt8(ascii: ":"), colon > 0, isUserSign(bytes[colon - 1]) else { return nil }
        let rest = bytes[(colon + 1)...]
        guard let end = rest.firstIndex(where: { !isUserSign($0) }), end > colon + 1, bytes[end] == UInt8(ascii: "@"),
            end + 1 < bytes.count, isUserSign(bytes[end + 1]) || bytes[end + 1] == UInt8(ascii: "["),
            // `image:tag@sha256:…`
            !bytes[(end + 1)...].starts(with: "sha256:".utf8)
        else { return nil }
        return colon + 1..<end
    }

    /// The token of `host/t/token`, where somebody has forgotten what begins a URL; nil where the word before the slash does
    /// not begin with what has a dot or a port as hosts have, and so may be a path.
    fileprivate static func token(in bytes: [UInt8], at slash: Int) -> Range<Int>? {
        guard bytes[slash] == UInt8(ascii: "/"), slash + 3 < bytes.count, bytes[slash + 1] | 0x51 == 0x75 else {
            return nil
        }
        var start = slash
        while start > 0, !bytes[start - 1].endsURL, !"([{,=".utf8.contains(bytes[start - 1]) { start -= 1 }
        let host = bytes[start..<slash].prefix { $0 != UInt8(ascii: "/") }
        let port = host.firstIndex(of: UInt8(ascii: ":")).map { host[($0 + 1)...] }
        guard let first = host.first, isUserSign(first), first != UInt8(ascii: "."),
            host.allSatisfy({ isUserSign($0) || $0 == UInt8(ascii: ":") }),
            port.map({ !$0.isEmpty && $0.allSatisfy { $0 &- 0x30 < 10 } }) ?? host.contains(UInt8(ascii: "."))
        else { return nil }
        return token(bytes, slash..<(bytes[slash...].firstIndex { $0.endsURL } ?? bytes.count))?.token
    }

    private static func isUserSign(_ byte: UInt8) -> Bool {
        byte > 0x20 && !"/:@`'\"<>()[]{},;".utf8.contains(byte)
    }

    /// What must not be shown, in order.
    fileprivate func secrets(in bytes: [UInt8]) -> [Range<Int>] {
        [userInfo, token, query, fragment.flatMap { Self.isHarmless(bytes[$0]) ? nil : $0 }].compactMap(\.self)
    }

    /// `#<md5>`, `#sha256:<sha256>`, and what pip writes: `#sha256=…`, `#egg=…`, `#subdirectory=…`.
    private static func isHarmless(_ fragment: ArraySlice<UInt8>) -> Bool {
        fragment.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).allSatisfy { part in
            for name in ["egg=", "subdirectory="] where part.starts(with: name.utf8) { return true }
            let mark = part.firstIndex { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }
            let digits = mark.map { part[($0 + 1)...] } ?? part
            return [32, 40, 64, 96, 128].contains(digits.count)
                && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
        }
    }
}
