// SPDX-License-Identifier: BSD-3-Clause

/// A URL as it may be shown: user, password, conda token and query values are replaced (users.md R-19).
package func masked(_ url: String) -> String {
    guard let address = Address(url), !address.isLocal else { return url }
    var target = Array(address.target.utf8)
    if let token = tokenRange(target) { target.replaceSubrange(token, with: mask) }
    if let question = target.firstIndex(of: UInt8(ascii: "?")), question + 1 < target.endIndex {
        target.replaceSubrange((question + 1)..., with: mask)
    }
    let user = address.credential == nil ? "" : "*****@"
    return "\(address.scheme)://\(user)\(address.authority)\(String(decoding: target, as: UTF8.self))"
}

private let mask = Array("*****".utf8)

/// Where the token stands in `/t/<token>/…`; the form of conda-spec §3.4.
func tokenRange(_ target: [UInt8]) -> Range<Int>? {
    guard target.count > 3, target[0] == UInt8(ascii: "/"), target[1] == UInt8(ascii: "t"),
        target[2] == UInt8(ascii: "/")
    else { return nil }
    let end = target[3...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? target.endIndex
    return end > 3 ? 3..<end : nil
}

/// Replaces each secret in a text that another library made.
func scrubbed(_ text: String, of secrets: [String]) -> String {
    var bytes = Array(text.utf8)
    for secret in secrets {
        let pattern = Array(secret.utf8)
        guard pattern.count >= 3 else { continue }
        var index = 0
        while index + pattern.count <= bytes.count {
            if bytes[index..<(index + pattern.count)].elementsEqual(pattern) {
                bytes.replaceSubrange(index..<(index + pattern.count), with: mask)
                index += mask.count
            } else {
                index += 1
            }
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
