// SPDX-License-Identifier: BSD-3-Clause

package import Failures

/// What git leaves in a file that two sides changed at the same place.
package enum MergeConflict {
    /// The failure that names the first marker's line in the text of `subject`; nil when there is none.
    package static func failure(in bytes: [UInt8], subject: String) -> Failure? {
        guard let line = firstMarker(in: bytes) else { return nil }
        return Failure(
            .parse, "\(subject):\(line)", "is a marker that a merge left: the file has a conflict",
            hint: "choose what of the two sides should stay, and delete the lines of `<<<<<<<`, `=======`, `>>>>>>>`")
    }

    /// The number of the first line, from 1, that is a marker: seven equal signs at its start, and a space or its end.
    private static func firstMarker(in bytes: [UInt8]) -> Int? {
        var number = 0
        for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
            number += 1
            guard line.count >= 7, let sign = line.first, "<>|=".utf8.contains(sign),
                line.prefix(7).allSatisfy({ $0 == sign })
            else { continue }
            let next = line.dropFirst(7).first
            if next == nil || next == 0x0d || next == 0x20 { return number }
        }
        return nil
    }
}
