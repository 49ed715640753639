// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// What a text field of a record must be (CEP 29 "String matching"): a text, a `*` glob, or a `^…$` pattern.
package enum StringMatcher: Sendable, Hashable {
    case exact(String)
    case glob(Glob)
    case regularExpression(RegularExpression)

    /// Reads the text of a matcher.
    package init(_ text: String) throws(Failure) {
        if text.utf8.first == UInt8(ascii: "^"), text.utf8.last == UInt8(ascii: "$"), text.utf8.count > 1 {
            do throws(RegularExpressionProblem) {
                self = .regularExpression(try RegularExpression(text))
            } catch {
                throw Failure(.parse, text, error.reason)
            }
        } else if text.utf8.contains(UInt8(ascii: "*")) {
            self = .glob(Glob(text))
        } else {
            self = .exact(text)
        }
    }

    /// The text it was made from.
    package var text: String {
        switch self {
        case .exact(let text): text
        case .glob(let glob): glob.text
        case .regularExpression(let expression): expression.text
        }
    }

    /// The text, when no other one matches.
    package var exactText: String? {
        if case .exact(let text) = self { return text }
        return nil
    }

    /// Whether everything matches.
    package var isAny: Bool {
        if case .glob(let glob) = self { return glob.isAny }
        return false
    }

    /// Whether `candidate` is what was asked for, letters of either case alike.
    package func matches(_ candidate: String) -> Bool {
        switch self {
        case .exact(let text): text == candidate || text.asciiLowered == candidate.asciiLowered
        case .glob(let glob): glob.matches(candidate.asciiLowered, lowered: true)
        case .regularExpression(let expression): expression.matches(candidate)
        }
    }

    /// Whether `candidate` is what was asked for, letter by letter (builds; Rules §9.4).
    package func matchesExactly(_ candidate: String) -> Bool {
        switch self {
        case .exact(let text): text == candidate
        case .glob(let glob): glob.matches(candidate, lowered: false)
        case .regularExpression(let expression): expression.matches(candidate)
        }
    }
}

/// A text in which `*` stands for any run of characters; every other sign is itself, and both ends are held.
package struct Glob: Sendable, Hashable {
    /// As it was written.
    package let text: String

    init(_ text: String) { self.text = text }

    /// Only stars.
    var isAny: Bool { text.utf8.allSatisfy { $0 == UInt8(ascii: "*") } }

    /// Matches, with the pattern's letters in lower case if `lowered`.
    func matches(_ candidate: String, lowered: Bool) -> Bool {
        var candidate = candidate
        var pattern = text
        return pattern.withUTF8 { pattern in
            candidate.withUTF8 {
                Self.matches(UnsafeRawBufferPointer($0), UnsafeRawBufferPointer(pattern), lowered: lowered)
            }
        }
    }

    /// Matches bytes; the last star alone is tried again, so the time is at most length × length.
    private static func matches(
        _ candidate: UnsafeRawBufferPointer, _ pattern: UnsafeRawBufferPointer, lowered: Bool
    ) -> Bool {
        var (place, index) = (0, 0)
        var retry: (place: Int, index: Int)?
        while index < candidate.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                place += 1
                retry = (place, index)
            } else if place < pattern.count,
                (lowered ? pattern[place].lowered : pattern[place]) == candidate[index]
            {
                place += 1
                index += 1
            } else if let last = retry {
                retry = (last.place, last.index + 1)
                (place, index) = (last.place, last.index + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
