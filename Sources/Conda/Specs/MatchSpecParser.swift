// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Locations

/// Reads match specs in all their forms (CEP 29; the order of steps is Rules §9.1).
struct MatchSpecParser {
    let source: String
    let strictness: MatchSpec.Strictness
    /// What is still to be read; shrinks from both ends.
    private var rest: ArraySlice<UInt8>

    init(_ source: String, _ strictness: MatchSpec.Strictness) {
        self.source = source
        self.strictness = strictness
        rest = Array(source.utf8)[...]
    }

    func failure(_ reason: String, hint: String? = nil) -> Failure {
        Failure(.parse, source.trimmingSpace.maskingSecrets, "not a match spec: \(reason)", hint: hint)
    }

    mutating func parse() throws(Failure) -> MatchSpec {
        rest = rest.trimmingSpace
        guard !rest.isEmpty else { throw failure("it is empty") }
        guard !rest.contains(0) else { throw failure("it has a NUL byte") }
        let isLocation = Self.beginsLocation(rest)
        if !isLocation { rest = Self.droppingComment(rest).trimmingSpace }
        let pairs = try takeBrackets()
        guard !rest.isEmpty || !pairs.isEmpty else { throw failure("it is empty") }
        var spec: MatchSpec
        if let location = PackageLocation(rest.text) {
            spec = try location.spec(self)
        } else {
            spec = try parsePositionals()
        }
        try apply(pairs, to: &spec)
        return spec
    }

    private mutating func parsePositionals() throws(Failure) -> MatchSpec {
        let (channel, remainder) = try splitChannel()
        rest = remainder.trimmingSpace
        let (name, isSpaced) = try takeName()
        // conda took a group of options in parentheses at the end; CEP 29 left them out, and neither is meant here.
        guard rest.last != UInt8(ascii: ")") else {
            throw failure(
                "parentheses at the end are not understood",
                hint: "put a version spec that needs them in brackets: `name[version='>=1,(<2|>3)']`")
        }
        var spec = MatchSpec(name: name)
        if let channel { try setChannel(channel, of: &spec) }
        let positionals = try MatchSpecPositionals(rest, isSpaced: isSpaced, parser: self)
        if let version = positionals.version { spec.version = try versionSpec(version) }
        if let build = positionals.build { spec.build = try StringMatcher(build.text) }
        return spec
    }

    /// Reads a version spec; any version is no condition at all.
    func versionSpec(_ bytes: ArraySlice<UInt8>) throws(Failure) -> VersionSpec? {
        do throws(Failure) {
            let spec = try VersionSpec(bytes: bytes)
            return spec.isAny ? nil : spec
        } catch {
            throw failure(error.reason, hint: error.hint)
        }
    }

    /// Takes the channel and a known subdir at its end from what stands before `::`.
    func setChannel(_ text: String, of spec: inout MatchSpec) throws(Failure) {
        var channel = text
        func trimSlashes() {
            while channel.utf8.last == UInt8(ascii: "/"), channel.utf8.count > 1 { channel.removeLast() }
        }
        trimSlashes()
        if let slash = channel.utf8.lastIndex(of: UInt8(ascii: "/")) {
            let tail = String(channel[channel.index(after: slash)...]).asciiLowered
            if Subdir.known.contains(tail) {
                spec.subdir = .exact(tail)
                channel = String(channel[..<slash])
            }
        }
        trimSlashes()
        guard !channel.isEmpty, channel != "*" else {
            spec.channel = nil
            return
        }
        guard channel.hasURLScheme || !channel.utf8.contains(where: \.isSpace),
            !channel.utf8.contains(where: { "[](),'\"".utf8.contains($0) })
        else {
            throw failure("`\(channel.maskingSecrets)` is not a channel")
        }
        let (plain, credentials) = (channel.hasURLScheme ? channel.escapingURLText : channel).separatingCredentials
        spec.channel = try StringMatcher(plain)
        if let credentials { spec.details.channelCredentials = credentials }
    }

    /// Splits at the last two colons: `channel::name`, `channel:namespace:name`, `namespace:name`; the namespace is
    /// read and left out.
    private func splitChannel() throws(Failure) -> (channel: String?, rest: ArraySlice<UInt8>) {
        // A pattern may have colons; nothing else behind a name has.
        let head = rest[..<(rest.firstIndex(of: UInt8(ascii: "^")) ?? rest.endIndex)]
        guard let last = head.lastIndex(of: UInt8(ascii: ":")) else { return (nil, rest) }
        let first = head[..<last].lastIndex(of: UInt8(ascii: ":"))
        let namespace = head[(first.map { $0 + 1 } ?? head.startIndex)..<last].trimmingSpace
        guard namespace.allSatisfy({ PackageName.isAllowed($0.lowered) }) else {
            throw failure(
                "`\(head[..<last].text.maskingSecrets)` is neither a channel nor a namespace",
                hint: "write a channel as `channel::name`")
        }
        return (first.map { head[..<$0].trimmingSpace.text }, rest[(last + 1)...])
    }

    /// The name, and whether space follows it.
    private mutating func takeName() throws(Failure) -> (StringMatcher, isSpaced: Bool) {
        var end = rest.startIndex
        if rest.first == UInt8(ascii: "^") {
            end = Self.endOfPattern(in: rest, from: rest.startIndex)
        } else {
            while end < rest.endIndex, !rest[end].isSpace, !VersionClause.isOperatorSign(rest[end]) { end += 1 }
        }
        let text = rest[..<end].text
        guard !text.isEmpty else {
            throw failure("the package's name is missing", hint: "write `*` for any package")
        }
        let isSpaced = end < rest.endIndex && rest[end].isSpace
        rest = rest[end...].trimmingSpace
        if text.utf8.first == UInt8(ascii: "^") {
            do throws(Failure) {
                let matcher = try StringMatcher(text)
                if case .regularExpression = matcher { return (matcher, isSpaced) }
            } catch {
                throw failure(error.reason)
            }
            throw failure("`\(text)` is not a pattern for package names", hint: "a pattern ends with `$`")
        }
        let name = text.asciiLowered
        if name.utf8.contains(UInt8(ascii: "*")) {
            guard name.utf8.allSatisfy({ $0 == UInt8(ascii: "*") || PackageName.isAllowed($0) }) else {
                throw failure("`\(text)` is not a pattern for package names")
            }
            return (.glob(Glob(name)), isSpaced)
        }
        if let reason = PackageName.problem(in: name) { throw failure("`\(text)` is not a package's name: \(reason)") }
        return (.exact(name), isSpaced)
    }

    /// Takes `[key=value, …]` at the end.
    private mutating func takeBrackets() throws(Failure) -> [MatchSpecBrackets.Pair] {
        guard let open = Self.firstBracket(in: rest) else { return [] }
        var brackets = MatchSpecBrackets(rest[(open + 1)...], parser: self)
        let (pairs, end) = try brackets.parse()
        let tail = rest[end...].trimmingSpace
        guard tail.isEmpty || tail.first == UInt8(ascii: "#") else {
            throw failure("`\(tail.text)` follows the brackets", hint: "put it before the brackets")
        }
        rest = rest[..<open].trimmingSpace
        return pairs
    }
}

extension MatchSpecParser {
    /// The end of a `^…$` that begins at `start`: the first `$` that a space, sign, bracket or the end follows.
    static func endOfPattern(in bytes: ArraySlice<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 2
                continue
            }
            if bytes[index] == UInt8(ascii: "$") {
                guard index + 1 < bytes.endIndex else { return bytes.endIndex }
                let next = bytes[index + 1]
                if next.isSpace || next == UInt8(ascii: "[") || VersionClause.isOperatorSign(next) { return index + 1 }
            }
            index += 1
        }
        return bytes.endIndex
    }

    /// The first `[` that opens the keys: outside quotes and patterns.
    private static func firstBracket(in bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex
        var quote: UInt8?
        while index < bytes.endIndex {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "[") {
                return index
            } else if byte == UInt8(ascii: "^") {
                index = endOfPattern(in: bytes, from: index)
                continue
            }
            index += 1
        }
        return nil
    }

    /// What stands before a `#` that comes before any brackets; behind them ``takeBrackets()`` looks.
    private static func droppingComment(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let head = bytes[..<(bytes.firstIndex(of: UInt8(ascii: "[")) ?? bytes.endIndex)]
        return head.firstIndex(of: UInt8(ascii: "#")).map { bytes[..<$0] } ?? bytes
    }

    /// Whether a `#` in the text is a fragment and no comment.
    private static func beginsLocation(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard !bytes.contains(UInt8(ascii: " ")) else { return false }
        return PackageLocation.looksLikeOne(bytes.text)
    }
}
