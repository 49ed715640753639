// SPDX-License-Identifier: BSD-3-Clause
import Failures
package import Platform

/// One profile of Amazon's `config` and `credentials` files, joined; what stands in `credentials` counts first.
package struct AWSProfile: Sendable, Equatable {
    private var values: [String: String] = [:]

    /// Reads the profile that `AWS_PROFILE` names, else `default`. Files that are not there or cannot be read hold nothing.
    package init(_ environment: ProcessEnvironment) {
        let name = environment["AWS_PROFILE"] ?? environment["AWS_DEFAULT_PROFILE"] ?? "default"
        let home = environment.homeDirectory
        let files = [
            (environment["AWS_SHARED_CREDENTIALS_FILE"] ?? home.map { Path.join($0, ".aws/credentials") }, [name]),
            (environment["AWS_CONFIG_FILE"] ?? home.map { Path.join($0, ".aws/config") }, ["profile \(name)", name]),
        ]
        for (path, sections) in files {
            guard let path, let bytes = try? readFileIfPresent(path, limit: 1 << 20) else { continue }
            take(sections, of: bytes)
            // Where services are, named apart from who asks them.
            if let services = values["services"] { take(["services \(services)"], of: bytes) }
        }
    }

    private mutating func take(_ sections: [String], of bytes: [UInt8]) {
        for (key, value) in AWSProfile.values(of: sections, in: bytes) where values[key] == nil { values[key] = value }
    }

    /// `nested`: the key of a group, as `s3` in `s3 =` above `  addressing_style = path`.
    package subscript(key: String, in nested: String? = nil) -> String? {
        values[nested.map { "\($0).\(key)" } ?? key]
    }

    /// The pairs of the sections with these names; keys of a group as `group.key`.
    static func values(of sections: [String], in bytes: [UInt8]) -> [String: String] {
        var result: [String: String] = [:]
        var isMeant = false
        var group: String?
        for line in bytes.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            let text = String(decoding: line, as: UTF8.self)
            let isIndented = line.first == 0x20 || line.first == 0x09
            let trimmed = text[...].trimmingSpaces
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            if trimmed.hasPrefix("["), trimmed.hasSuffix("]") {
                isMeant = sections.contains(String(trimmed.dropFirst().dropLast()[...].trimmingSpaces))
                group = nil
                continue
            }
            guard isMeant, let equals = trimmed.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let key = String(trimmed[..<equals].trimmingSpaces).lowercased()
            let value = String(trimmed[trimmed.utf8.index(after: equals)...].trimmingSpaces)
            if isIndented, let group {
                result["\(group).\(key)"] = value
            } else if value.isEmpty {
                group = key
            } else {
                group = nil
                result[key] = value
            }
        }
        return result
    }
}
