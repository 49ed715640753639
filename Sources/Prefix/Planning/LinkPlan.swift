// SPDX-License-Identifier: BSD-3-Clause

import Conda
package import Failures

/// Where every path of a set of packages goes, decided before anything is touched (Rules §12.1–12.8).
///
/// A plan is a value: destinations, directories to be made, and who wins where packages clash. `LinkExecution` does it.
package struct LinkPlan: Sendable {
    package let target: LinkTarget
    package let options: LinkOptions
    /// The layout that noarch packages are mapped to; nil without python.
    package let python: PythonLayout?
    /// Paths that several of the packages hold.
    package private(set) var clobbers: [Clobber] = []
    /// Packages in reverse topological order: the first to come has a path.
    private(set) var registry: PathRegistry
    /// Entries that are not linked to their place, and why.
    private(set) var exceptions: [PathRegistry.Claim: Exception] = [:]
    /// By which rule of ``LinkOptions/exclusion`` entries are left out.
    private var exclusions: [PathRegistry.Claim: Int] = [:]
    /// Groups that have any such entries.
    private(set) var groupsWithExceptions: Set<Int32> = []

    /// Why an entry does not go to its place.
    enum Exception: Sendable, Equatable {
        /// Another package has the path; it goes below `__clobbers__`.
        case putAside
        case leftOut
    }

    /// The directory that holds what lost its place, and below it one directory for each package.
    package static let clobbersDirectory = "__clobbers__"

    /// Plans `packages`, given in topological order; `python` is that of the environment when none of them is python.
    package init(
        _ packages: [LinkPackage], target: LinkTarget, python installedPython: PythonLayout? = nil,
        options: LinkOptions = LinkOptions()
    ) throws(Failure) {
        self.target = target
        self.options = options
        var python = installedPython
        if let package = packages.last(where: { $0.record.name == "python" }) {
            python = try PythonLayout(record: package.record)
        }
        self.python = python
        registry = PathRegistry(expectedNames: packages.reduce(0) { $0 + $1.manifest.directories.count } * 2)
        for package in packages.reversed() {
            try Self.check(package, target: target, python: python)
            _ = registry.add(package, python: python)
        }
        registry.settle()
        try findExceptions()
    }

    /// What can be refused by looking at the package alone.
    static func check(_ package: LinkPackage, target: LinkTarget, python: PythonLayout?) throws(Failure) {
        if package.isNoarchPython, python == nil {
            throw Failure(
                .unsatisfiable, package.record.distribution, "is a python package, but the environment has no python",
                hint: "add `python` to the specs")
        }
        if let path = package.manifest.reservedPath {
            throw Failure(.integrity, package.record.distribution, "its path `\(path)` is kept for installers")
        }
        let length = target.prefix.utf8.count
        if let shortest = package.manifest.shortestBinaryPlaceholder, length > shortest {
            throw Failure(
                .system, target.prefix,
                "the path has \(length) bytes, and \(package.record.distribution) has room for \(shortest)",
                hint: "choose a shorter prefix")
        }
    }

    private mutating func findExceptions() throws(Failure) {
        for conflict in registry.conflicts {
            exceptions[conflict.loser] = .putAside
            let winner = conflict.winner.map { registry.packages[Int(registry.groups[Int($0.group)].package)] }
            let loser = registry.packages[Int(registry.groups[Int(conflict.loser.group)].package)]
            let clobber = Clobber(
                path: destination(of: conflict.loser), winner: winner?.record.name ?? "", loser: loser.record.name)
            if options.clobber == .prevent {
                throw Failure(
                    .other, clobber.path,
                    "packages \(clobber.loser) and \(clobber.winner) both have this file",
                    hint: "leave one of them out, or allow clobbering")
            }
            clobbers.append(clobber)
        }
        if let exclusion = options.exclusion { leaveOut(exclusion) }
        for claim in exceptions.keys { groupsWithExceptions.insert(claim.group) }
        addClobberDirectories()
    }

    private mutating func leaveOut(_ exclusion: (String, String) -> Int?) {
        for (number, group) in registry.groups.enumerated() {
            let source = registry.packages[Int(group.package)].source
            for entry in registry.entries(of: group) {
                let claim = PathRegistry.Claim(group: Int32(number), entry: entry)
                if exceptions[claim] == nil, let rule = exclusion(destination(of: claim), source) {
                    exceptions[claim] = .leftOut
                    exclusions[claim] = rule
                }
            }
        }
    }

    /// Makes room below `__clobbers__` for what lost its place.
    private mutating func addClobberDirectories() {
        for (claim, exception) in exceptions where exception == .putAside {
            let group = registry.groups[Int(claim.group)]
            let package = registry.packages[Int(group.package)]
            let directory = registry.path(of: group.directory)
            let path = "\(Self.clobbersDirectory)/\(package.record.name)/\(directory)"
            let number = registry.directory(Array(path.utf8), touchedBy: group.package)
            registry.share(number)
        }
    }

    /// Gives up the path of `claim` to what is not part of this plan: a package's file, or a directory (no name).
    mutating func putAside(_ claim: PathRegistry.Claim, winner: String) {
        guard exceptions.updateValue(.putAside, forKey: claim) == nil else { return }
        groupsWithExceptions.insert(claim.group)
        clobbers.append(
            Clobber(path: destination(of: claim), winner: winner, loser: package(of: claim).record.name))
    }

    /// Notes that a file of a package that stays makes way for one of this plan.
    mutating func note(_ clobber: Clobber) { clobbers.append(clobber) }

    /// Every entry that is linked somewhere, directories apart.
    func forEachPlaced(_ body: (PathRegistry.Claim, String) -> Void) {
        forEachWanted { claim, path in body(claim, exceptions[claim] == nil ? path : asidePath(of: claim)) }
    }

    /// Every entry that is not left out, with the path that it wants; directories apart.
    func forEachWanted(_ body: (PathRegistry.Claim, String) -> Void) {
        for (number, group) in registry.groups.enumerated() {
            let entries = registry.packages[Int(group.package)].manifest.entries
            for entry in registry.entries(of: group) {
                if entry >= 0, entries[Int(entry)].kind == .directory { continue }
                let claim = PathRegistry.Claim(group: Int32(number), entry: entry)
                if exceptions[claim] != .leftOut { body(claim, destination(of: claim)) }
            }
        }
    }

    /// Every entry that is left out, directories apart: the number of the rule that does so, and its bytes.
    package func forEachLeftOut(_ body: (_ rule: Int, _ size: UInt64) -> Void) {
        for (claim, rule) in exclusions where exceptions[claim] == .leftOut && claim.entry >= 0 {
            let entry = package(of: claim).manifest.entries[Int(claim.entry)]
            if entry.kind != .directory { body(rule, entry.size) }
        }
    }

    /// The package of an entry.
    func package(of claim: PathRegistry.Claim) -> LinkPackage {
        registry.packages[Int(registry.groups[Int(claim.group)].package)]
    }

    /// Directories that packages list themselves.
    var listedDirectories: [String] {
        var listed: [String] = []
        for (number, directory) in registry.directories.enumerated() where directory.manifestDirectory >= 0 {
            let manifest = registry.packages[Int(directory.owner)].manifest
            if manifest.directories[Int(directory.manifestDirectory)].isListed {
                listed.append(registry.path(of: Int32(number)))
            }
        }
        return listed
    }

    /// The path in the prefix that an entry would have if it had no exception.
    func destination(of claim: PathRegistry.Claim) -> String {
        let group = registry.groups[Int(claim.group)]
        let manifest = registry.packages[Int(group.package)].manifest
        let name: String
        if claim.entry < 0 {
            name = manifest.entryPoints[Int(-1 - claim.entry)].command
        } else {
            let entry = manifest.entries[Int(claim.entry)]
            name = String(
                decoding: manifest.text[
                    Int(entry.path) + Int(entry.nameOffset)..<Int(entry.path) + Int(entry.pathLength)],
                as: UTF8.self)
        }
        let directory = registry.path(of: group.directory)
        return directory.isEmpty ? name : "\(directory)/\(name)"
    }

    /// The path in the prefix where an entry goes; nil when it is left out.
    func place(of claim: PathRegistry.Claim) -> String? {
        let path = destination(of: claim)
        switch exceptions[claim] {
        case nil: return path
        case .leftOut: return nil
        case .putAside: return asidePath(of: claim)
        }
    }

    /// The path below `__clobbers__` for an entry whose own is another's.
    func asidePath(of claim: PathRegistry.Claim) -> String {
        let package = package(of: claim)
        return "\(Self.clobbersDirectory)/\(package.record.name)/\(destination(of: claim))"
    }
}

extension PathRegistry {
    /// The claims' numbers of a group: manifest entries, or entry points below zero.
    func entries(of group: Group) -> [Int32] {
        let manifest = packages[Int(group.package)].manifest
        if group.manifestDirectory < 0 { return manifest.entryPoints.indices.map { -1 - Int32($0) } }
        return manifest.directories[Int(group.manifestDirectory)].entries.map { Int32($0) }
    }
}

extension LinkManifest {
    /// A path that no package may have, for installers keep their own files there; nil when there is none.
    var reservedPath: String? {
        // Some file systems do not tell capitals from other letters.
        for directory in directories where Self.mayBeReserved(directory.pathLength) {
            let path = self.path(of: directory)
            let plain = path.lowercased()
            guard Self.reserved.contains(plain) else { continue }
            if plain != TransactionDirectory.metadata { return path }
            for index in directory.entries {
                let entry = self.path(of: entries[index])
                let name = entry.dropFirst(path.count + 1).lowercased()
                if name == "history" || name.hasSuffix(".json") || name.hasPrefix(".krait") { return entry }
            }
        }
        // As files or links they would lead the installer's own writes astray.
        for index in directories.first?.entries ?? 0..<0
        where entries[index].kind != .directory && Self.mayBeReserved(entries[index].pathLength) {
            let path = self.path(of: entries[index])
            if Self.reserved.contains(path.lowercased()) { return path }
        }
        return nil
    }

    private static let reserved = [
        LinkPlan.clobbersDirectory, TransactionDirectory.metadata, TransactionDirectory.path, StagingDirectory.markName,
    ]

    private static func mayBeReserved(_ length: UInt16) -> Bool {
        reserved.contains { $0.utf8.count == Int(length) }
    }
}
