// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// Which versions are wanted: `>=1.2,<2`, `1.2.*`, `3.8|3.9` (CEP 29, Rules §8).
///
/// A value is one reference: solves hold and pass on tens of thousands of these.
package struct VersionSpec: Sendable {
    private let storage: Storage

    /// Reads a spec; the failure says what is wrong with it.
    package init(_ text: String) throws(Failure) {
        try self.init(bytes: Array(text.utf8)[...])
    }

    /// Reads a spec from UTF-8.
    init(bytes: ArraySlice<UInt8>) throws(Failure) {
        let compact = bytes.contains(where: \.isSpace) ? bytes.filter { !$0.isSpace }[...] : bytes
        var parser = VersionSpecParser(compact)
        let condition = try parser.parse()
        self.init(text: parser.canonicalText, condition: condition)
    }

    /// A spec of one or several clauses that were read elsewhere.
    init(text: String, condition: Condition) {
        storage = Storage(text: text, condition: condition)
    }

    /// As it was written, without space; reading it gives an equal spec.
    package var text: String { storage.text }
    /// The tests that a version has to pass.
    package var condition: Condition { storage.condition }

    private final class Storage: Sendable {
        let text: String
        let condition: Condition
        /// The same as `condition`, flat; nil where it does not fit.
        let bounds: VersionBounds?

        init(text: String, condition: Condition) {
            self.text = text
            self.condition = condition
            bounds = VersionBounds(condition)
        }
    }

    /// Whether `version` is wanted.
    package func matches(_ version: Version) -> Bool {
        storage.bounds?.contains(version.key) ?? storage.condition.matches(version)
    }

    /// One version only, as in `==1.2`.
    package var exactVersion: Version? {
        if case .equal(let version) = condition { return version }
        return nil
    }

    /// The beginning that is wanted and nothing else, as in `=1.2` and `1.2.*`.
    package var prefix: Version? {
        if case .startsWith(let prefix) = condition { return prefix.version }
        return nil
    }

    /// Whether every version is wanted.
    package var isAny: Bool { condition == .any }
}

extension VersionSpec {
    /// A test, or several joined.
    package enum Condition: Sendable, Hashable {
        case any
        case equal(Version)
        case notEqual(Version)
        case less(Version)
        case lessOrEqual(Version)
        case greater(Version)
        case greaterOrEqual(Version)
        case startsWith(VersionPrefix)
        case notStartsWith(VersionPrefix)
        /// A glob or pattern over the version's text.
        case text(StringMatcher)
        /// `,`
        case all([Condition])
        /// `|`
        case either([Condition])

        /// Whether `version` passes.
        package func matches(_ version: Version) -> Bool {
            switch self {
            case .any: return true
            case .equal(let other): return version == other
            case .notEqual(let other): return version != other
            case .less(let other): return version < other
            case .lessOrEqual(let other): return !(other < version)
            case .greater(let other): return other < version
            case .greaterOrEqual(let other): return !(version < other)
            case .startsWith(let prefix): return prefix.contains(version)
            case .notStartsWith(let prefix): return !prefix.contains(version)
            case .text(let matcher): return matcher.matches(version.text)
            case .all(let conditions):
                for condition in conditions where !condition.matches(version) { return false }
                return true
            case .either(let conditions):
                for condition in conditions where condition.matches(version) { return true }
                return false
            }
        }
    }
}

extension VersionSpec: Hashable {
    package static func == (left: VersionSpec, right: VersionSpec) -> Bool { left.condition == right.condition }
    package func hash(into hasher: inout Hasher) { hasher.combine(condition) }
}

extension VersionSpec: CustomStringConvertible {
    package var description: String { text }
}
