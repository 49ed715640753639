// SPDX-License-Identifier: BSD-3-Clause

/// A `.netrc` file: users and passwords by host, and perhaps one for all others.
struct Netrc: Sendable, Equatable {
    private var machines: [String: Secret] = [:]
    private var fallback: Secret?

    init() {}

    /// Reads what is understood; the first entry of a host counts, macros are passed over.
    init(_ bytes: [UInt8]) {
        var words = NetrcWords(bytes)
        var host: String?
        var isDefault = false
        var user = ""
        var password: String?
        func keep(_ netrc: inout Netrc) {
            guard let password else { return }
            let secret = Secret.basic(user: user, password: password)
            if isDefault, netrc.fallback == nil { netrc.fallback = secret }
            if let host, netrc.machines[host] == nil { netrc.machines[host] = secret }
        }
        while let word = words.next() {
            switch word {
            case "machine", "default":
                keep(&self)
                isDefault = word == "default"
                host = isDefault ? nil : words.next()?.lowercased()
                user = ""
                password = nil
            case "login": user = words.next() ?? ""
            case "password": password = words.next()
            case "account": _ = words.next()
            case "macdef": words.skipMacro()
            default: break
            }
        }
        keep(&self)
    }

    /// What the file has for `host`; its `default`, which names no host, is only for protected connections.
    func secret(for host: String, isProtected: Bool) -> Secret? { machines[host] ?? (isProtected ? fallback : nil) }
}

/// Words between white space, in quotes with backslashes if need be; `#` at the start of a word begins a comment.
private struct NetrcWords {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> String? {
        while index < bytes.count {
            if bytes[index] <= 0x20 {
                index += 1
            } else if bytes[index] == UInt8(ascii: "#") {
                while index < bytes.count, bytes[index] != 0x0a { index += 1 }
            } else {
                break
            }
        }
        guard index < bytes.count else { return nil }
        var word: [UInt8] = []
        let isQuoted = bytes[index] == UInt8(ascii: "\"")
        if isQuoted { index += 1 }
        while index < bytes.count {
            var byte = bytes[index]
            index += 1
            if isQuoted, byte == UInt8(ascii: "\"") { break }
            if !isQuoted, byte <= 0x20 { break }
            if isQuoted, byte == UInt8(ascii: "\\"), index < bytes.count {
                byte = bytes[index]
                index += 1
            }
            word.append(byte)
        }
        return String(decoding: word, as: UTF8.self)
    }

    /// A macro ends at an empty line.
    mutating func skipMacro() {
        while index < bytes.count {
            if bytes[index] == 0x0a, index + 1 >= bytes.count || bytes[index + 1] == 0x0a { return }
            index += 1
        }
    }
}
