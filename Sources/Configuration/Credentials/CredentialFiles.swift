// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Locations

/// micromamba's `authentication.json`: host or `host/path` to `{type, …}`; passwords are base64 (Rules §3.4).
func mambaSecrets(_ json: JSON) -> [String: Secret] {
    var result: [String: Secret] = [:]
    for member in json.object ?? [] {
        let entry = member.value
        let secret: Secret? =
            switch entry["type"]?.string {
            case "CondaToken": entry["token"]?.string.map { .condaToken($0) }
            case "BearerToken": entry["token"]?.string.map { .bearer($0) }
            case "BasicHTTPAuthentication":
                if let user = entry["user"]?.string, let encoded = entry["password"]?.string,
                    let password = base64Decoded(encoded)
                {
                    .basic(user: user, password: String(decoding: password, as: UTF8.self))
                } else {
                    nil
                }
            default: nil
            }
        if let secret { result[member.key.withoutTrailingSlashes] = secret }
    }
    return result
}

/// rattler's `credentials.json`: host, `*.domain` or `s3://bucket/path` to `{Kind: …}` (Rules §3.4).
func rattlerSecrets(_ json: JSON) -> [String: Secret] {
    var result: [String: Secret] = [:]
    for member in json.object ?? [] {
        guard let kind = member.value.object?.first else { continue }
        let value = kind.value
        let secret: Secret? =
            switch kind.key {
            case "BearerToken": (value.string ?? value["token"]?.string).map { .bearer($0) }
            case "CondaToken": (value.string ?? value["token"]?.string).map { .condaToken($0) }
            case "S3Credentials" where member.key.hasPrefix("s3://"):
                if let identifier = value["access_key_id"]?.string, let text = value["secret_access_key"]?.string {
                    .keys(identifier: identifier, secret: text, sessionToken: value["session_token"]?.string)
                } else {
                    nil
                }
            case "OAuth": value["access_token"]?.string.map { .bearer($0) }
            case "BasicHTTP":
                if let user = value["username"]?.string, let password = value["password"]?.string {
                    .basic(user: user, password: password)
                } else {
                    nil
                }
            default: nil
            }
        if let secret { result[member.key.withoutTrailingSlashes.lowercased()] = secret }
    }
    return result
}

/// Base 64 in its usual or URL-safe letters, padding optional; nil for anything else.
package func base64Decoded(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text.utf8 where byte != UInt8(ascii: "=") && byte > 0x20 {
        let value: UInt8
        switch byte {
        case 0x41...0x5a: value = byte - 0x41
        case 0x61...0x7a: value = byte - 0x61 + 26
        case 0x30...0x39: value = byte - 0x30 + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
        default: return nil
        }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }
    return result
}
