// SPDX-License-Identifier: BSD-3-Clause
import CArchive

/// The version of libarchive in this process.
package enum LibarchiveVersion {
    package static var text: String {
        // `libarchive 3.7.4`
        let words = archive_version_string().map { String(cString: $0).split(separator: " ") } ?? []
        return words.last.map { String($0) } ?? ""
    }
}
