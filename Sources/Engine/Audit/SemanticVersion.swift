// SPDX-License-Identifier: BSD-3-Clause

/// A version by the rules of semver.org 2.0, as advisories of the kind SEMVER count: `1.2.3-rc.1+build`. Missing numbers
/// are 0, a `v` before it and what stands behind `+` do not count.
package struct SemanticVersion: Sendable, Hashable {
    private let release: [UInt64]
    private let preRelease: [Substring]

    /// Nil for text that is not a version.
    package init?(_ text: String) {
        var rest = text[...]
        if let first = rest.first, first == "v" || first == "V" { rest = rest.dropFirst() }
        if let plus = rest.firstIndex(of: "+") { rest = rest[..<plus] }
        let dash = rest.firstIndex(of: "-")
        var release: [UInt64] = []
        for part in rest[..<(dash ?? rest.endIndex)].split(separator: ".", omittingEmptySubsequences: false) {
            guard part.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let number = UInt64(part) else { return nil }
            release.append(number)
        }
        guard release.count <= 3 else { return nil }
        while release.count < 3 { release.append(0) }
        self.release = release
        guard let dash else {
            preRelease = []
            return
        }
        preRelease = rest[rest.index(after: dash)...].split(separator: ".", omittingEmptySubsequences: false)
        guard preRelease.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isWord) }) else { return nil }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "-")
    }
}

extension SemanticVersion: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        for (one, other) in zip(left.release, right.release) where one != other { return one < other }
        // What leads to a release is before it.
        if left.preRelease.isEmpty || right.preRelease.isEmpty {
            return !left.preRelease.isEmpty && right.preRelease.isEmpty
        }
        for (one, other) in zip(left.preRelease, right.preRelease) where one != other {
            switch (UInt64(one), UInt64(other)) {
            case (let one?, let other?): return one < other
            case (.some, nil): return true
            case (nil, .some): return false
            case (nil, nil): return one.utf8.lexicographicallyPrecedes(other.utf8)
            }
        }
        return left.preRelease.count < right.preRelease.count
    }
}
