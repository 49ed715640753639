// SPDX-License-Identifier: BSD-3-Clause

import Failures

/// A place in TOML text, and what is read from there on.
struct TOMLReader {
    let bytes: [UInt8]
    private let subject: String
    var position = 0
    var line: Int
    private static let maximumDepth = 64
    /// How many values and tables are still taken: far more than anybody writes by hand.
    private var valuesLeft = 50_000

    init(_ bytes: [UInt8], subject: String, line: Int) {
        self.bytes = bytes
        self.subject = subject
        self.line = line
    }

    mutating func document() throws(Failure) -> JSON {
        let root = TOMLTable()
        var table = root
        while true {
            skipBlank(lines: true)
            guard let byte = peek else { return root.json }
            if byte == UInt8(ascii: "[") {
                table = try header(root)
            } else {
                try member(of: table, depth: 0)
            }
            skipBlank(lines: false)
            guard peek == nil || peek == 0x0a else { throw failure("there is more on the line than one value") }
        }
    }

    // MARK: Tables

    /// `[a.b]` or `[[a.b]]`: the table that the next lines belong to.
    private mutating func header(_ root: TOMLTable) throws(Failure) -> TOMLTable {
        try count()
        position += 1
        let isArray = take("[")
        let keys = try keys()
        guard take("]"), !isArray || take("]") else { throw failure("`]` is missing") }
        guard let last = keys.last else { throw failure("a table has no name") }
        let parent = try descend(root, keys.dropLast())
        let table: TOMLTable
        switch (parent[last], isArray) {
        case (nil, _): table = TOMLTable()
        case (.table(let known), false) where !known.isDefined: table = known
        case (.tables, true): table = TOMLTable()
        default: throw failure("`\(last)` is defined twice")
        }
        table.isDefined = true
        guard isArray else {
            parent[last] = .table(table)
            return table
        }
        var tables: [TOMLTable] = []
        if case .tables(let known) = parent[last] { tables = known }
        parent[last] = .tables(tables + [table])
        return table
    }

    /// The table at the end of `keys`; those that are missing are begun.
    private func descend(_ start: TOMLTable, _ keys: ArraySlice<String>) throws(Failure) -> TOMLTable {
        var table = start
        for key in keys {
            switch table[key] {
            case nil:
                let new = TOMLTable()
                table[key] = .table(new)
                table = new
            case .table(let known): table = known
            case .tables(let known):
                guard let last = known.last else { throw failure("`\(key)` is not a table") }
                table = last
            default: throw failure("`\(key)` is not a table")
            }
        }
        return table
    }

    /// `a.b = value`
    private mutating func member(of table: TOMLTable, depth: Int) throws(Failure) {
        let keys = try keys()
        guard take("=") else { throw failure("`=` is missing") }
        let parent = try descend(table, keys.dropLast())
        guard let last = keys.last, parent[last] == nil else { throw failure("`\(keys.last ?? "")` is defined twice") }
        skipBlank(lines: false)
        parent[last] = .value(try value(depth))
    }

    /// Names with dots between them; what follows them is next.
    private mutating func keys() throws(Failure) -> [String] {
        var keys: [String] = []
        repeat {
            skipBlank(lines: false)
            if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") {
                keys.append(try string())
            } else {
                let start = position
                while let byte = peek, Self.isBare(byte) { position += 1 }
                guard position > start else { throw failure("a name is missing") }
                keys.append(String(decoding: bytes[start..<position], as: UTF8.self))
            }
            skipBlank(lines: false)
            guard keys.count <= Self.maximumDepth else { throw failure("tables are nested too deep") }
        } while take(".")
        return keys
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == 0x2d || byte == 0x5f
    }

    // MARK: Values

    private mutating func value(_ depth: Int) throws(Failure) -> JSON {
        guard depth < Self.maximumDepth else { throw failure("values are nested too deep") }
        try count()
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try string())
        case UInt8(ascii: "["):
            position += 1
            return try array(depth)
        case UInt8(ascii: "{"):
            position += 1
            return try inlineTable(depth)
        default: return try scalar()
        }
    }

    private mutating func array(_ depth: Int) throws(Failure) -> JSON {
        var values: [JSON] = []
        while true {
            skipBlank(lines: true)
            if take("]") { return .array(values) }
            values.append(try value(depth + 1))
            skipBlank(lines: true)
            if take(",") { continue }
            guard take("]") else { throw failure("`,` or `]` is missing in a list") }
            return .array(values)
        }
    }

    private mutating func inlineTable(_ depth: Int) throws(Failure) -> JSON {
        let table = TOMLTable()
        skipBlank(lines: false)
        if take("}") { return table.json }
        while true {
            try member(of: table, depth: depth + 1)
            skipBlank(lines: false)
            if take("}") { return table.json }
            guard take(",") else { throw failure("`,` or `}` is missing in a table") }
        }
    }

    /// `true`, a number, a date.
    private mutating func scalar() throws(Failure) -> JSON {
        let start = position
        while let byte = peek, Self.isBare(byte) || "+.:".utf8.contains(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard !text.isEmpty else { throw failure("a value is missing") }
        if text == "true" || text == "false" { return .bool(text == "true") }
        let digits = text.filter { $0 != "_" }
        if let number = Int64(digits.hasPrefix("+") ? String(digits.dropFirst()) : digits) { return .integer(number) }
        guard let first = text.utf8.first, (0x30...0x39).contains(first) || first == 0x2b || first == 0x2d else {
            throw failure("`\(text)` is not a value; strings have to be quoted")
        }
        return .string(text)
    }

    private mutating func count() throws(Failure) {
        guard valuesLeft > 0 else { throw failure("there are too many values") }
        valuesLeft -= 1
    }

    // MARK: Bytes

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    mutating func skipSpace(lines: Bool) {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a && lines {
            if byte == 0x0a { line += 1 }
            position += 1
        }
    }

    /// Goes over blanks and comments, and over line ends if `lines`.
    private mutating func skipBlank(lines: Bool) {
        while true {
            skipSpace(lines: lines)
            guard peek == UInt8(ascii: "#") else { return }
            while let byte = peek, byte != 0x0a { position += 1 }
            if !lines { return }
        }
    }

    func failure(_ reason: String) -> Failure { Failure(.parse, "\(subject):\(line)", reason) }
}
