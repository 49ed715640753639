// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// Splits what follows a name into version and build (Rules §9.2).
struct MatchSpecPositionals {
    /// The version spec without space; nil for none.
    private(set) var version: ArraySlice<UInt8>?
    /// The build; nil for none.
    private(set) var build: ArraySlice<UInt8>?

    /// `text` is what follows the name, without space at its ends; `isSpaced` tells whether space was before it.
    init(_ text: ArraySlice<UInt8>, isSpaced: Bool, parser: MatchSpecParser) throws(Failure) {
        guard !text.isEmpty else { return }
        var (versionWord, end) = Self.versionWord(in: text)
        var buildWord = text[end...].trimmingSpace
        var joint = Joint.none
        if let equals = Self.buildSeparator(in: versionWord) {
            joint = .equals
            // Words behind the build belong to it with all space between, as in conda; `check` refuses them in strict mode.
            buildWord = (versionWord[(equals + 1)...] + text[end...])[...]
            versionWord = versionWord[..<equals]
        } else if !buildWord.isEmpty {
            joint = .space
            if buildWord.first == UInt8(ascii: "=") {
                joint = .equals
                buildWord = buildWord.dropFirst().trimmingSpace
            }
        }
        if joint != .none, buildWord.isEmpty { throw parser.failure("nothing follows the last `=`") }
        if joint != .none {
            try Self.check(build: buildWord, parser)
            build = buildWord
        }
        version = try Self.withoutSeparator(versionWord, joint, isSpaced: isSpaced, parser)
    }

    /// What stands between version and build.
    private enum Joint { case none, space, equals }

    /// The version with the space in it left out, and where it ends: at a space that no operator is beside.
    private static func versionWord(in text: ArraySlice<UInt8>) -> (word: ArraySlice<UInt8>, end: Int) {
        var word: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            if !byte.isSpace {
                if byte == UInt8(ascii: "^") {
                    let end = MatchSpecParser.endOfPattern(in: text, from: index)
                    word += text[index..<end]
                    index = end
                    continue
                }
                word.append(byte)
                index += 1
                continue
            }
            var next = index
            while next < text.endIndex, text[next].isSpace { next += 1 }
            guard next < text.endIndex else { break }
            let joinsLeft = word.last.map { VersionClause.isOperatorSign($0) || "|,(".utf8.contains($0) } ?? true
            // Records have `>=1 !164.3095`: the sign of an epoch is never the beginning of a build.
            let isEpoch =
                text[next] == UInt8(ascii: "!") && word.last?.isDigit == true
                && text[(next + 1)...].first?.isDigit == true
            let joinsRight = isEpoch || "|,)".utf8.contains(text[next])
            guard joinsLeft || joinsRight else { return (word[...], index) }
            index = next
        }
        return (word[...], text.endIndex)
    }

    /// The `=` before a build: not the first sign and no part of an operator.
    private static func buildSeparator(in word: ArraySlice<UInt8>) -> Int? {
        guard word.first != UInt8(ascii: "^"), let last = word.lastIndex(of: UInt8(ascii: "=")),
            last > word.startIndex
        else { return nil }
        let before = word[last - 1]
        return VersionClause.isOperatorSign(before) || "|,(".utf8.contains(before) ? nil : last
    }

    /// The version spec that the word stands for.
    ///
    /// The first `=` may be the separator and not an operator: then `name=1.8=b` is exactly 1.8 (CEP 29 "Version
    /// expression parsing"), while `name =1.8 b` keeps its operator.
    private static func withoutSeparator(
        _ word: ArraySlice<UInt8>, _ joint: Joint, isSpaced: Bool, _ parser: MatchSpecParser
    ) throws(Failure) -> ArraySlice<UInt8> {
        guard word.first == UInt8(ascii: "=") else { return word }
        let rest = word.dropFirst()
        guard let second = rest.first else { throw parser.failure("nothing follows `=`") }
        if second == UInt8(ascii: "=") {
            let literal = rest.dropFirst()
            guard let first = literal.first else { throw parser.failure("nothing follows `==`") }
            guard !VersionClause.isOperatorSign(first) else {
                throw parser.failure("`\(word.text)` has an unknown operator", hint: VersionClause.operatorHint(word))
            }
            // `==1.8.*` is the prefix test of CEP 29's examples, so the operator must not be seen by the version.
            return literal
        }
        guard !VersionClause.isOperatorSign(second) else {
            throw parser.failure("`\(word.text)` has an unknown operator", hint: VersionClause.operatorHint(word))
        }
        if rest.elementsEqual("*".utf8) { return rest }
        let isSeparator = joint == .equals || (joint == .space && !isSpaced)
        let isLiteral = !rest.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "|") }
        return isSeparator && isLiteral ? rest : word
    }

    /// CEP 26 has letters, digits, `.`, `+`, `_` in builds; `*` makes a glob, `^…$` a pattern.
    private static func check(build: ArraySlice<UInt8>, _ parser: MatchSpecParser) throws(Failure) {
        if build.first == UInt8(ascii: "^"), build.last == UInt8(ascii: "$") { return }
        for byte in build {
            if byte.isSpace {
                guard parser.strictness == .lenient else {
                    throw parser.failure(
                        "`\(build.text)` is not a build", hint: "a spec has a name, a version and a build only")
                }
                continue
            }
            guard !"-=,|<>!~[](){}\"'`;".utf8.contains(byte) else {
                throw parser.failure("`\(build.text)` is not a build")
            }
        }
    }
}
