// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Glibc

/// The words and variables that this process was started with, byte for byte: names in other encodings than UTF-8 are
/// repaired when a `String` is made of them, and must not reach another program in that shape.
enum OriginalWords {
    /// A copy, to be freed, of the word that `text` was made from when it is one that had to be repaired.
    static func copy(of text: String) -> UnsafeMutablePointer<CChar>? {
        guard text.unicodeScalars.contains("\u{FFFD}") else { return nil }
        return copy(of: text, in: krait_argument_vector()) ?? copy(of: text, in: krait_environment())
    }

    private static func copy(
        of text: String, in vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> UnsafeMutablePointer<CChar>? {
        guard var entry = vector else { return nil }
        while let word = entry.pointee {
            if String(cString: word).utf8.elementsEqual(text.utf8) { return strdup(word) }
            entry += 1
        }
        return nil
    }
}
