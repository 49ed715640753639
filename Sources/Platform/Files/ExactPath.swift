// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// A path that is compared byte by byte, as file systems do: the two Unicode forms of an accented letter, equal as
/// texts, name two files.
package struct ExactPath: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: Self, right: Self) -> Bool {
        var (left, right) = (left.text, right.text)
        guard left.utf8.count == right.utf8.count else { return false }
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard let one = left.baseAddress, let other = right.baseAddress else { return true }
                return memcmp(one, other, left.count) == 0
            }
        }
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// The directories above, the nearest first; the root (the empty path) is not among them.
    package var ancestors: some Sequence<ExactPath> {
        sequence(first: self) { path in
            let parent = Path.parent(path.text)
            return parent.isEmpty || parent == "/" ? nil : ExactPath(parent)
        }.dropFirst()
    }

    /// True when one of ``ancestors`` is in `paths`.
    package func isBelow(_ paths: Set<ExactPath>) -> Bool {
        !paths.isEmpty && ancestors.contains { paths.contains($0) }
    }
}
