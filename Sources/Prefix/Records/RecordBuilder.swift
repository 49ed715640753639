// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Platform
import Synchronization

/// Makes the `conda-meta` record of each package of a plan that was carried out (Rules §13).
///
/// The head comes first and the lists of files last, so that a reader who needs no files stops early.
struct RecordBuilder: Sendable {
    private let plan: LinkPlan
    /// By package: files that are not as in the package.
    private let placed: [[Int32: PlacedFile]]
    private let methods: [LinkMethod]
    /// By package: its groups.
    private let groups: [[Int32]]
    /// By package: compiled files, once there are any.
    var compiled: [[PrefixPath]]

    init(_ execution: LinkExecution) {
        self.init(
            execution.plan, placed: execution.placedFiles(), methods: execution.methods.withLock { $0 })
    }

    /// Records of the packages of `plan`, given what is known of each by its number.
    init(_ plan: LinkPlan, placed: [[Int32: PlacedFile]], methods: [LinkMethod]) {
        self.plan = plan
        self.placed = placed
        self.methods = methods
        var groups = [[Int32]](repeating: [], count: plan.registry.packages.count)
        for (number, group) in plan.registry.groups.enumerated() {
            groups[Int(group.package)].append(Int32(number))
        }
        self.groups = groups
        compiled = Array(repeating: [], count: groups.count)
    }

    var packageCount: Int { groups.count }

    /// `numpy-2.1.0-py311_0.json`
    func fileName(_ package: Int) -> String { plan.registry.packages[package].record.distribution + ".json" }

    /// The record's bytes.
    func bytes(_ package: Int) -> [UInt8] { text(package).bytes }

    /// The record's text.
    func text(_ package: Int) -> RecordText {
        let manifest = plan.registry.packages[package].manifest
        var text = RecordText(capacity: 4096 + manifest.entries.count * 340 + manifest.text.count * 2)
        text.raw("{\n")
        text.head(of: plan.registry.packages[package], link: methods[package])
        leftOut(package, &text)
        text.raw("  \"files\": [")
        // Looked through as a whole once, and not name by name.
        let isEscaped = !manifest.text.withUnsafeBytes { RecordText.needsEscapes($0) }
        var isFirst = true
        for number in groups[package] { files(number, manifest, isEscaped, &text, &isFirst) }
        for path in compiled[package] {
            text.raw(isFirst ? "\n    " : ",\n    ")
            text.string(path.path)
            isFirst = false
        }
        text.raw(isFirst ? "],\n" : "\n  ],\n")
        text.raw("  \"paths_data\": {\n    \"paths_version\": 1,\n    \"paths\": [")
        isFirst = true
        for number in groups[package] { elements(number, package, manifest, isEscaped, &text, &isFirst) }
        for path in compiled[package] {
            text.raw(isFirst ? "\n" : ",\n")
            text.element(path)
            isFirst = false
        }
        text.raw(isFirst ? "]\n  }\n}\n" : "\n    ]\n  }\n}\n")
        return text
    }

    private func files(
        _ number: Int32, _ manifest: LinkManifest, _ isEscaped: Bool, _ text: inout RecordText,
        _ isFirst: inout Bool
    ) {
        let group = plan.registry.groups[Int(number)]
        let isPlain = !plan.groupsWithExceptions.contains(number) && group.manifestDirectory >= 0
        let directory = directoryPrefix(group)
        let isEscaped = isEscaped && !directory.withUnsafeBytes { RecordText.needsEscapes($0) }
        for entry in plan.registry.entries(of: group) {
            if isPlain {
                text.raw(isFirst ? "\n    \"" : ",\n    \"")
                directory.withUnsafeBytes { text.escaped($0, isEscaped) }
                withName(entry, manifest) { text.escaped($0, isEscaped) }
                text.raw("\"")
            } else {
                guard let path = plan.place(of: PathRegistry.Claim(group: number, entry: entry)) else { continue }
                text.raw(isFirst ? "\n    " : ",\n    ")
                text.string(path)
            }
            isFirst = false
        }
    }

    private func elements(
        _ number: Int32, _ package: Int, _ manifest: LinkManifest, _ isEscaped: Bool, _ text: inout RecordText,
        _ isFirst: inout Bool
    ) {
        let group = plan.registry.groups[Int(number)]
        let isPlain = !plan.groupsWithExceptions.contains(number) && group.manifestDirectory >= 0
        let directory = directoryPrefix(group)
        let isEscaped = isEscaped && !directory.withUnsafeBytes { RecordText.needsEscapes($0) }
        for number32 in plan.registry.entries(of: group) {
            let claim = PathRegistry.Claim(group: number, entry: number32)
            if isPlain {
                let entry = manifest.entries[Int(number32)]
                if entry.kind == .hardLink, entry.placeholder == 0, !entry.noLink,
                    let digest = manifest.digest(of: entry)
                {
                    text.raw(isFirst ? "\n" : ",\n")
                    isFirst = false
                    directory.withUnsafeBytes { directory in
                        withName(number32, manifest) { name in
                            text.plainElement(directory, name, isEscaped: isEscaped, digest: digest, size: entry.size)
                        }
                    }
                    continue
                }
            }
            guard let element = element(claim, package, manifest) else { continue }
            text.raw(isFirst ? "\n" : ",\n")
            isFirst = false
            text.element(element)
        }
    }

    /// What the record tells of an entry; nil when it was left out.
    private func element(_ claim: PathRegistry.Claim, _ package: Int, _ manifest: LinkManifest) -> PrefixPath? {
        guard let place = plan.place(of: claim) else { return nil }
        var path = PrefixPath(path: place)
        if plan.exceptions[claim] == .putAside { path.originalPath = plan.destination(of: claim) }
        guard claim.entry >= 0 else {
            path.kind = .entryPoint
            path.digest = placed[package][claim.entry]?.digest
            path.digestInPrefix = path.digest
            path.size = placed[package][claim.entry]?.size
            return path
        }
        let entry = manifest.entries[Int(claim.entry)]
        switch entry.kind {
        case .directory:
            path.kind = .directory
            return path
        case .softLink:
            path.kind = .softLink
            path.digest = manifest.digest(of: entry)
            path.digestInPrefix = digestBehind(entry, package, manifest)
        case .hardLink:
            path.digest = manifest.digest(of: entry) ?? placed[package][claim.entry]?.digest
            path.digestInPrefix = placed[package][claim.entry]?.digest ?? path.digest
        }
        path.size = entry.size
        path.noLink = entry.noLink
        if let placeholder = manifest.placeholder(of: entry) {
            path.placeholder = manifest.text(of: placeholder)
            path.fileMode = placeholder.mode == .binary ? "binary" : "text"
        }
        return path
    }

    /// The digest of the file that a soft link of the package leads to, when that is a file of the package too.
    private func digestBehind(
        _ link: LinkManifest.Entry, _ package: Int, _ manifest: LinkManifest
    ) -> SHA256Digest? {
        guard let index = manifest.indexBehind(link) else { return nil }
        let entry = manifest.entries[index]
        if entry.placeholder > 0 || !entry.hasDigest {
            // Rewritten here or hashed here: only this run knows.
            if let file = placed[package][Int32(index)] { return file.digest }
        }
        return manifest.digest(of: entry)
    }

    /// A relative link text seen from `directory`; nil when it leaves the prefix.
    static func resolve(_ target: String, in directory: String) -> String? {
        guard target.utf8.first != UInt8(ascii: "/") else { return nil }
        var parts = directory.isEmpty ? [] : directory.split(separator: "/").map(String.init)
        for part in target.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(String(part))
            } else if parts.popLast() == nil {
                return nil
            }
        }
        return parts.joined(separator: "/")
    }

    private func leftOut(_ package: Int, _ text: inout RecordText) {
        let paths = plan.exceptions.filter {
            $0.value == .leftOut && Int(plan.registry.groups[Int($0.key.group)].package) == package
        }.map { plan.destination(of: $0.key) }.sorted { ExactPath($0) < ExactPath($1) }
        guard !paths.isEmpty else { return }
        text.raw("  \"left_out\": [")
        for (index, path) in paths.enumerated() {
            text.raw(index == 0 ? "\n    " : ",\n    ")
            text.string(path)
        }
        text.raw("\n  ],\n")
    }

    private func directoryPrefix(_ group: PathRegistry.Group) -> [UInt8] {
        let directory = plan.registry.directories[Int(group.directory)]
        guard directory.pathLength > 0 else { return [] }
        return plan.registry.text[Int(directory.path)..<Int(directory.path + directory.pathLength)]
            + [UInt8(ascii: "/")]
    }

    private func withName(_ entry: Int32, _ manifest: LinkManifest, _ body: (UnsafeRawBufferPointer) -> Void) {
        let entry = manifest.entries[Int(entry)]
        manifest.text.withUnsafeBytes { text in
            let start = Int(entry.path) + Int(entry.nameOffset)
            body(UnsafeRawBufferPointer(rebasing: text[start..<Int(entry.path) + Int(entry.pathLength)]))
        }
    }
}

extension LinkManifest {
    /// The entry that a soft link leads to, when it is no link itself and of the same package.
    func indexBehind(_ link: Entry) -> Int? {
        var link = link
        for _ in 0..<8 {
            let directory = path(of: directories[Int(link.directory)])
            guard let path = RecordBuilder.resolve(target(of: link), in: directory), let index = firstEntry(at: path)
            else { return nil }
            if entries[index].kind != .softLink { return index }
            link = entries[index]
        }
        return nil
    }

    /// The file that a soft link leads to, when it is of the same package.
    func fileBehind(_ link: Entry) -> Entry? {
        indexBehind(link).map { entries[$0] }.flatMap { $0.kind == .hardLink ? $0 : nil }
    }

    /// The place of the entry at `path`, found by its directory.
    func firstEntry(at path: String) -> Int? {
        var wanted = path
        var parent = Path.parent(path)
        return parent.withUTF8 { parent in
            wanted.withUTF8 { wanted in
                text.withUnsafeBytes { text in
                    func stands(_ path: UnsafeBufferPointer<UInt8>, at start: UInt32, _ length: UInt16) -> Bool {
                        Int(length) == path.count
                            && (path.isEmpty
                                || ByteSearch.stands(UnsafeRawBufferPointer(path), in: text, at: Int(start)))
                    }
                    let directory = directories.first { stands(parent, at: $0.path, $0.pathLength) }
                    return directory?.entries.first { stands(wanted, at: entries[$0].path, entries[$0].pathLength) }
                }
            }
        }
    }
}
