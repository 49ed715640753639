// SPDX-License-Identifier: BSD-3-Clause
import Locations

/// A URL as it may be shown.
package func masked(_ url: String) -> String { url.maskingSecrets }

/// Replaces each secret in a text that another library made.
func scrubbed(_ text: String, of secrets: [String]) -> String {
    var bytes = Array(text.utf8)
    for secret in secrets {
        let pattern = Array(secret.utf8)
        guard pattern.count >= 3 else { continue }
        var index = 0
        while index + pattern.count <= bytes.count {
            if bytes[index..<(index + pattern.count)].elementsEqual(pattern) {
                bytes.replaceSubrange(index..<(index + pattern.count), with: "*****".utf8)
                index += 5
            } else {
                index += 1
            }
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
