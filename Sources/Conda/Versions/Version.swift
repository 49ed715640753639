// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// A version as conda orders it (CEP 33, Rules §7), with the text it was written in.
///
/// Versions are compared a hundred thousand times in a solve, so the order is put into a key of bytes once, when the
/// text is read: after that comparing, equality and the prefix test are comparisons of two integers (``VersionKey``).
/// `1.0` equals `1.0.0` and hashes alike; ``text`` tells them apart.
package struct Version: Sendable {
    /// The version as it was written, without surrounding space.
    package let text: String
    /// Bytes whose order is the version's order.
    let key: VersionKey

    /// Reads a version; the failure says what is wrong with it.
    package init(_ text: String) throws(Failure) {
        var copy = text
        let result = copy.withUTF8 { Self.read(UnsafeRawBufferPointer($0)) }
        switch result {
        case .success(let version): self = version
        case .failure(let problem): throw problem.failure(text)
        }
    }

    /// Reads a version from UTF-8 bytes.
    package init(bytes: UnsafeRawBufferPointer) throws(Failure) {
        switch Self.read(bytes) {
        case .success(let version): self = version
        case .failure(let problem): throw problem.failure(String(decoding: bytes, as: UTF8.self))
        }
    }

    init(text: String, key: VersionKey) {
        self.text = text
        self.key = key
    }

    /// Reads a version without making an error text.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Result<Version, VersionProblem> {
        let trimmed = bytes.trimmingSpace
        return VersionLexer.lex(trimmed) { pieces, local in
            Version(
                text: String(decoding: trimmed, as: UTF8.self),
                key: VersionKey(main: pieces[..<local], local: pieces[local...]))
        }
    }
}

extension Version: Comparable, Hashable {
    package static func == (left: Version, right: Version) -> Bool { left.key == right.key }
    package static func < (left: Version, right: Version) -> Bool { left.key < right.key }
    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension Version: CustomStringConvertible {
    package var description: String { text }
}

/// What can be wrong with a version (CEP 33).
enum VersionProblem: Error, Equatable {
    case empty, badCharacter(UInt8), mixedDash, manyEpochs, badEpoch, manyLocals, emptyComponent

    /// The problem as a failure about `text`.
    func failure(_ text: String) -> Failure {
        Failure(.parse, text, "not a version: \(reason)")
    }

    private var reason: String {
        switch self {
        case .empty: "it is empty"
        case .badCharacter(let byte):
            byte < 0x80 && byte > 0x20
                ? "`\(String(decoding: [byte], as: UTF8.self))` is not allowed in it"
                : "it has a character that is not allowed"
        case .mixedDash: "`-` and `_` are both in it"
        case .manyEpochs: "more than one `!`"
        case .badEpoch: "the epoch before `!` is not a number"
        case .manyLocals: "more than one `+`"
        case .emptyComponent: "a component is empty"
        }
    }
}
