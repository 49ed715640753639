// SPDX-License-Identifier: BSD-3-Clause

/// A version of a python package (PEP 440).
package struct PythonVersion: Sendable {
    /// `a`, `b` or `rc` with its number.
    struct PreRelease: Sendable, Hashable {
        let phase: UInt8
        let number: UInt64
    }

    /// One part of what stands behind `+`.
    enum LocalPart: Sendable, Hashable {
        case text(String)
        case number(UInt64)
    }

    let epoch: UInt64
    /// As written, zeros at the end included.
    let release: [UInt64]
    let pre: PreRelease?
    let post: UInt64?
    let dev: UInt64?
    let local: [LocalPart]

    /// Reads a version in any spelling PEP 440 admits; nil when it is none.
    package init?(_ text: String) {
        var cursor = ByteCursor(text)
        cursor.skipSpace()
        _ = cursor.take("v")
        guard var first = cursor.takeNumber() else { return nil }
        if cursor.take("!") {
            epoch = first
            guard let number = cursor.takeNumber() else { return nil }
            first = number
        } else {
            epoch = 0
        }
        var release = [first]
        while cursor.next == UInt8(ascii: ".") {
            let place = cursor.index
            cursor.index += 1
            guard let byte = cursor.next, ByteCursor.isDigit(byte) else {
                cursor.index = place
                break
            }
            guard let number = cursor.takeNumber() else { return nil }
            release.append(number)
        }
        self.release = release
        guard let suffixes = Suffixes(&cursor) else { return nil }
        (pre, post, dev) = (suffixes.pre, suffixes.post, suffixes.dev)
        guard let local = Self.local(&cursor) else { return nil }
        self.local = local
        cursor.skipSpace()
        guard cursor.isAtEnd else { return nil }
    }

    private init(epoch: UInt64, release: [UInt64], pre: PreRelease?, post: UInt64?, dev: UInt64?) {
        (self.epoch, self.release, self.pre, self.post, self.dev, local) = (epoch, release, pre, post, dev, [])
    }

    /// The version without what stands behind `+`.
    var withoutLocal: PythonVersion {
        local.isEmpty ? self : PythonVersion(epoch: epoch, release: release, pre: pre, post: post, dev: dev)
    }

    /// Epoch and release alone.
    var base: PythonVersion { PythonVersion(epoch: epoch, release: release, pre: nil, post: nil, dev: nil) }

    package var isPreRelease: Bool { pre != nil || dev != nil }
    var isPostRelease: Bool { post != nil }

    private static func local(_ cursor: inout ByteCursor) -> [LocalPart]? {
        guard cursor.take("+") else { return [] }
        var parts: [LocalPart] = []
        repeat {
            let text = cursor.takeWhile(ByteCursor.isWord)
            if text.isEmpty { return nil }
            if text.utf8.allSatisfy(ByteCursor.isDigit) {
                guard let number = UInt64(text) else { return nil }
                parts.append(.number(number))
            } else {
                parts.append(.text(text.lowercased()))
            }
        } while cursor.take(".") || cursor.take("-") || cursor.take("_")
        return parts
    }
}

/// What may follow a release: pre, post and development numbers.
private struct Suffixes {
    var pre: PythonVersion.PreRelease?
    var post: UInt64?
    var dev: UInt64?

    /// Nil when a number is too large.
    init?(_ cursor: inout ByteCursor) {
        let start = cursor.index
        Self.separator(&cursor)
        if let phase = Self.phase(&cursor) {
            Self.separator(&cursor)
            guard let number = Self.number(&cursor) else { return nil }
            pre = PythonVersion.PreRelease(phase: phase, number: number)
        } else {
            cursor.index = start
        }
        guard readPost(&cursor) else { return nil }
        let place = cursor.index
        Self.separator(&cursor)
        if cursor.take("dev") {
            Self.separator(&cursor)
            guard let number = Self.number(&cursor) else { return nil }
            dev = number
        } else {
            cursor.index = place
        }
    }

    private mutating func readPost(_ cursor: inout ByteCursor) -> Bool {
        let start = cursor.index
        if cursor.take("-"), let byte = cursor.next, ByteCursor.isDigit(byte) {
            post = cursor.takeNumber()
            return post != nil
        }
        cursor.index = start
        Self.separator(&cursor)
        guard cursor.take("post") || cursor.take("rev") || cursor.take("r") else {
            cursor.index = start
            return true
        }
        Self.separator(&cursor)
        post = Self.number(&cursor)
        return post != nil
    }

    /// Longer words first, since `a` begins `alpha`.
    private static func phase(_ cursor: inout ByteCursor) -> UInt8? {
        if cursor.take("alpha") || cursor.take("a") { return 0 }
        if cursor.take("beta") || cursor.take("b") { return 1 }
        if cursor.take("preview") || cursor.take("pre") || cursor.take("rc") || cursor.take("c") { return 2 }
        return nil
    }

    private static func separator(_ cursor: inout ByteCursor) {
        _ = cursor.take(".") || cursor.take("-") || cursor.take("_")
    }

    /// A missing number is 0.
    private static func number(_ cursor: inout ByteCursor) -> UInt64? {
        guard let byte = cursor.next, ByteCursor.isDigit(byte) else { return 0 }
        return cursor.takeNumber()
    }
}
