// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// What the `METADATA` (or `PKG-INFO`) of an installed python package says (core metadata, PEP 566).
package struct PythonMetadata: Sendable, Equatable {
    /// As written.
    package var name: String
    package var version: String
    /// The `Requires-Dist` lines, as written.
    package var requirements: [String] = []
    package var requiredPython: String?
    package var extras: [String] = []

    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }

    /// The name in its one spelling (PEP 503).
    package var normalizedName: String { PythonPackageName.normalized(name) }

    /// Reads the headers; the description behind them is not looked at.
    /// - Throws: `Failure(.parse)` when name or version is missing.
    package init(bytes: [UInt8], subject: String) throws(Failure) {
        var name: String?
        var version: String?
        for (key, value) in Self.headers(bytes) {
            switch key {
            case "name": name = name ?? value
            case "version": version = version ?? value
            case "requires-dist": requirements.append(value)
            case "requires-python": requiredPython = value
            case "provides-extra": extras.append(value)
            default: break
            }
        }
        guard let name, !name.isEmpty else { throw Failure(.parse, subject, "has no `Name:`") }
        guard let version, !version.isEmpty else { throw Failure(.parse, subject, "has no `Version:`") }
        self.name = name
        self.version = version
    }

    /// What an `INSTALLER` file says: `pip`, `uv`, `conda`.
    package static func installer(_ bytes: [UInt8]) -> String {
        lines(of: String(decoding: bytes, as: UTF8.self)).lazy.map { trimmed($0) }.first { !$0.isEmpty } ?? ""
    }

    /// The headers up to the first empty line, keys in lower case; lines that begin with white space go on with the one before.
    private static func headers(_ bytes: [UInt8]) -> [(key: String, value: String)] {
        var headers: [(key: String, value: String)] = []
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let line = bytes[start..<end]
            start = end + 1
            // A line of blanks alone goes on with a licence's text.
            guard let first = line.first, !line.elementsEqual([0x0D]) else { break }
            if first == 0x20 || first == 0x09 {
                guard let last = headers.indices.last else { continue }
                headers[last].value += " " + trimmed(String(decoding: line, as: UTF8.self))
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let key = String(decoding: line[..<colon].map(ByteCursor.lowered), as: UTF8.self)
                headers.append((key, trimmed(String(decoding: line[(colon + 1)...], as: UTF8.self))))
            }
        }
        return headers
    }
}
