// SPDX-License-Identifier: BSD-3-Clause

extension MatchSpec: CustomStringConvertible {
    /// The canonical text (CEP 29 appendix A, Rules §9.8); reading it gives an equal spec.
    package var description: String {
        var head = ""
        var keys: [String] = []
        if let channel, Self.standsBeforeName(channel) {
            head = channel.text
            // An unknown subdir would be read as a part of the channel.
            if let subdir = subdir?.exactText, Subdir.known.contains(subdir) {
                head += "/\(subdir)"
            } else {
                add("subdir", subdir?.text, to: &keys)
            }
            head += "::"
        } else {
            add("channel", channel?.text, to: &keys)
            add("subdir", subdir?.text, to: &keys)
        }
        head += name.text
        var isExact = false
        if let version {
            switch version.condition {
            case .equal(let exact):
                head += "==\(exact.text)"
                isExact = true
            case .startsWith(let prefix): head += "=\(prefix.version.text)"
            default:
                let isSingle = !version.text.utf8.contains { "><$^|,()".utf8.contains($0) }
                if isSingle, build == nil, version.text.hasPrefix("!=") || version.text.hasPrefix("~=") {
                    head += version.text
                } else {
                    keys.append("version=\(MatchSpecBrackets.quoted(version.text, always: true))")
                }
            }
        }
        if let build {
            if isExact, Self.standsBehindVersion(build) {
                head += "=\(build.text)"
            } else {
                add("build", build.text, to: &keys)
            }
        }
        // `a-1-0.conda` is a name here, and would be read as a file.
        if PackageLocation(head) != nil { head += " *" }
        add("build_number", buildNumber?.description, to: &keys)
        if hasDetails { addDetails(to: &keys) }
        return keys.isEmpty ? head : "\(head)[\(keys.joined(separator: ","))]"
    }

    /// Name and version without brackets where that is possible, as in conditions: `python>=3.10`.
    package var compactDescription: String {
        guard let version, build == nil, buildNumber == nil, channel == nil, subdir == nil, !hasDetails,
            version.exactVersion == nil, version.prefix == nil,
            version.text.utf8.first.map(VersionClause.isOperatorSign) == true,
            !version.text.utf8.contains(where: { "|^()".utf8.contains($0) })
        else { return description }
        return name.text + version.text
    }

    private func addDetails(to keys: inout [String]) {
        let details = details
        if !details.trackFeatures.isEmpty {
            add("track_features", details.trackFeatures.joined(separator: " "), to: &keys)
        }
        if !details.features.isEmpty { add("features", details.features.joined(separator: " "), to: &keys) }
        add("url", details.url?.text, to: &keys)
        add("md5", details.md5, to: &keys)
        add("sha256", details.sha256, to: &keys)
        add("license", details.license?.text, to: &keys)
        add("license_family", details.licenseFamily?.text, to: &keys)
        add("fn", details.fileName?.text, to: &keys)
        addList("extras", details.extras, to: &keys)
        addList("flags", details.flags.map(\.text), to: &keys)
        add("when", details.when?.description, to: &keys)
    }

    private func add(_ key: String, _ value: String?, to keys: inout [String]) {
        if let value { keys.append("\(key)=\(MatchSpecBrackets.quoted(value))") }
    }

    private func addList(_ key: String, _ values: [String], to keys: inout [String]) {
        if !values.isEmpty { keys.append("\(key)=[\(values.map { "'\($0)'" }.joined(separator: ","))]") }
    }

    /// Whether the channel can be written before `::` and read back.
    private static func standsBeforeName(_ channel: StringMatcher) -> Bool {
        guard let text = channel.exactText else { return false }
        return !text.utf8.contains { "#^[]'\"".utf8.contains($0) }
    }

    /// Whether the build can be written behind an exact version and read back.
    private static func standsBehindVersion(_ build: StringMatcher) -> Bool {
        guard let text = build.exactText else { return false }
        return !text.utf8.contains { "-=,|<>!~[](){}\"'`;:#*^$".utf8.contains($0) }
            && !text.utf8.contains { $0.isSpace && $0 != UInt8(ascii: " ") }
    }
}
