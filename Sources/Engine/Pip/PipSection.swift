// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Locations
import Manifests
import Platform

/// What pip has to install after the conda packages: the `pip:` parts of files, and the entries of locks that no
/// channel has (Rules §19.2, Requirements R-21).
struct PipSection: Sendable {
    /// Requirements that go to the installer in one call.
    struct Group: Sendable {
        /// The file they stand in; relative paths start from its directory, where the installer runs.
        var file: String
        var requirements: [EnvironmentFile.PipRequirement]
        /// A lock names everything, so the installer looks for nothing more.
        var isLocked = false
        /// Indexes that a lock names.
        var indexes: [String] = []

        /// Where the installer runs; a file of the web has no directory here, and no paths in it.
        var directory: String { file.hasURLScheme ? "/" : Path.parent(file) }

        /// `FILE:LINE`, as failures name it.
        func place(_ requirement: EnvironmentFile.PipRequirement) -> String {
            requirement.line > 0 ? "\(file):\(requirement.line)" : file
        }
    }

    var groups: [Group] = []

    init(_ inputs: Inputs) {
        groups = inputs.pip.map { Group(file: $0.file, requirements: $0.requirements) }
        guard let locked = inputs.locked else { return }
        // pip takes hashes for all or for none of a list.
        for hashed in [true, false] {
            let lines = locked.requirements.filter { $0.isHashed == hashed }
                .map { EnvironmentFile.PipRequirement(text: $0.line) }
            guard !lines.isEmpty else { continue }
            groups.append(Group(file: locked.file, requirements: lines, isLocked: true, indexes: locked.indexes))
        }
    }

    /// The first file, for messages that are about all of it.
    var file: String { groups.first?.file ?? "pip" }
    var isEmpty: Bool { groups.allSatisfy(\.requirements.isEmpty) }
    /// Every line in order.
    var lines: [String] { groups.flatMap { $0.requirements.map(\.text) } }
    /// The lines that ask for something, and do not only say where and how to look.
    var requirements: [String] { lines.filter(Self.asks) }

    /// Whether a line asks for something.
    static func asks(_ line: String) -> Bool {
        let kind = PipRequirementLine(line).kind
        return kind != .options && kind != .constraintsFile
    }

    /// The names of packages that are asked for by name, in their one spelling, once each.
    var names: [String] {
        var seen: Set<String> = []
        return groups.filter { !$0.isLocked }.flatMap(\.requirements).compactMap { requirement in
            let line = PipRequirementLine(requirement.text)
            guard line.kind == .package, let name = line.name, seen.insert(name).inserted else { return nil }
            return name
        }
    }
}

extension LockedRequirement {
    /// Where it comes from; pixi marks URLs that stand for themselves.
    private var source: String { location.hasPrefix("direct+") ? String(location.dropFirst(7)) : location }

    private var isRepository: Bool { ["git+", "hg+", "svn+", "bzr+"].contains { source.hasPrefix($0) } }

    /// True when the installer can hold it to a SHA-256.
    var isHashed: Bool {
        sha256 != nil && !isEditable && !isRepository
            && (source.isEmpty || source.hasURLScheme || PipRequirementLine.isArchive(source))
    }

    /// True when what is installed may be something else than what was locked.
    var isUnverified: Bool { !isHashed && !isEditable && !isRepository && source.hasURLScheme }

    /// The line for the installer: `name @ URL --hash=sha256:…`, `-e PATH`.
    var line: String {
        var text = source
        if source.isEmpty {
            text = "\(name)==\(version)"
        } else if isEditable {
            if isRepository, !name.isEmpty, !source.holds("#egg=") { text += "#egg=\(name)" }
            text = "-e \(source.hasURLScheme ? text : relative)"
        } else if source.hasURLScheme {
            if !isHashed, let md5, !isRepository, !source.holds("#") { text += "#md5=\(md5.hex)" }
            if !name.isEmpty { text = "\(name) @ \(text)" }
        } else {
            text = relative
        }
        if isHashed, let sha256 { text += " --hash=sha256:\(sha256.hex)" }
        return text
    }

    /// The path, in a form that nobody takes for a name.
    private var relative: String {
        source.hasPrefix("/") || source.hasPrefix("./") || source.hasPrefix("../") ? source : "./\(source)"
    }
}
