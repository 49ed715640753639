// SPDX-License-Identifier: BSD-3-Clause

extension History {
    /// What the user asked for, by package name, after all that was done (Rules §14.1). The caller drops names
    /// that are no longer installed.
    package func requestedSpecs() -> [String: String] {
        var requested: [String: String] = [:]
        for revision in revisions {
            for spec in revision.removeSpecs { requested[Self.name(of: spec)] = nil }
            for spec in revision.updateSpecs { requested[Self.name(of: spec)] = spec }
            for spec in revision.neuteredSpecs { requested[Self.name(of: spec)] = spec }
        }
        requested[""] = nil
        return requested
    }

    /// Every package name that a request spoke of, whatever became of it.
    package func mentionedNames() -> Set<String> {
        Set(revisions.flatMap { $0.updateSpecs + $0.removeSpecs + $0.neuteredSpecs }.map(Self.name))
    }

    /// True when something else than krait made or changed the environment.
    var isByOthers: Bool { revisions.isEmpty || revisions.contains { !$0.tool.hasPrefix("krait ") } }

    /// The environment as it was after revision `number` (0 is the first): `channel/subdir::name-version-build` by
    /// `name-version-build`; nil when there is no such revision.
    package func packages(after number: Int) -> [String: String]? {
        guard revisions.indices.contains(number) else { return nil }
        var packages: [String: String] = [:]
        for revision in revisions[...number] {
            for line in revision.unlinked { packages[Self.distribution(of: line)] = nil }
            for line in revision.linked { packages[Self.distribution(of: line)] = line }
        }
        return packages
    }

    /// `name-version-build` of a line.
    package static func distribution(of line: String) -> String {
        guard let range = line.utf8.lastIndex(of: UInt8(ascii: ":")) else { return line }
        return String(line[line.utf8.index(after: range)...])
    }

    /// The package name of a spec, in lower case.
    static func name(of spec: String) -> String {
        var bytes = Array(spec.utf8)[...]
        if let bracket = bytes.firstIndex(of: UInt8(ascii: "[")) { bytes = bytes[..<bracket] }
        if let colon = bytes.lastIndex(of: UInt8(ascii: ":")) { bytes = bytes[(colon + 1)...] }
        while bytes.first == 0x20 { bytes.removeFirst() }
        let name = bytes.prefix { !" =<>!~[,|(".utf8.contains($0) }
        return String(decoding: name, as: UTF8.self).lowercased()
    }
}
