// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform

/// A change thought through against the prefix as it stands: what moves, what is made, what is removed, whose records
/// are edited. Reads the prefix, touches nothing.
struct TransactionPlan {
    /// A file of the prefix that gets another name: linked there, the old name goes.
    struct Transfer {
        var from: String
        var to: String
    }

    let change: PrefixChange
    var link: LinkPlan
    var journal = Journal()
    /// Files that no package owns and that are replaced.
    private(set) var replacedFiles: [String] = []
    /// Files of packages that go and that stay, since others that stay have them too.
    private(set) var sharedFiles: [String] = []
    private(set) var edits: [String: RecordEdit] = [:]
    /// Files of packages that stay and make way, and files that come back from `__clobbers__`.
    private(set) var transfers: [Transfer] = []

    private let root: DirectoryReference
    private let kept: [InstalledRecord]
    private let ranks: [String: Int]
    private var owned: OwnedPaths?
    /// Paths of packages that go.
    private var old: Set<String> = []
    private var moved: Set<String> = []
    private var made: Set<String> = []
    /// Known directories of the prefix: whether they are there.
    private var directories: [String: Bool] = ["": true]

    init(_ change: PrefixChange, state: PrefixState?, at root: DirectoryReference) throws(Failure) {
        self.change = change
        self.root = root
        link = try LinkPlan(
            change.installed, target: change.target, python: change.python, options: change.options)
        let gone = Set(change.removed.map(\.distribution))
        kept = state?.records.filter { !gone.contains($0.distribution) } ?? []
        var ranks: [String: Int] = [:]
        for (rank, name) in change.order.enumerated() { ranks[name] = rank + 1 }
        for package in change.installed where ranks[package.record.name] == nil {
            ranks[package.record.name] = ranks.count + change.order.count + 1
        }
        self.ranks = ranks
        try collectOldPaths()
        try planRestoration()
        try keepSharedFiles()
        try planNewPaths()
        planRemoval()
        try planRecords()
        try checkPermissions()
        journal.process = processID()
    }

    private mutating func collectOldPaths() throws(Failure) {
        for record in change.removed {
            let head = try record.head()
            let python = head.record.noarch == .python ? change.python : nil
            for path in try record.paths() {
                guard LinkManifestBuilder.isSafe(path.path) else {
                    throw Failure(.integrity, record.path, "path `\(path.path)` leads out of the prefix")
                }
                if path.kind == .directory {
                    journal.emptied.append(path.path)
                    continue
                }
                // The record itself is no file of the package, whatever an old tool wrote.
                if path.path.hasPrefix(TransactionDirectory.metadata + "/") { continue }
                old.insert(Self.mapped(path.path, python, at: root))
            }
        }
    }

    /// Old records of noarch packages have their paths as in the package.
    private static func mapped(_ path: String, _ python: PythonLayout?, at root: DirectoryReference) -> String {
        guard let python else { return path }
        for (part, place) in [("site-packages/", python.sitePackages + "/"), ("python-scripts/", "bin/")]
        where path.hasPrefix(part) && !FileSystem.exists(path, at: root) {
            return place + path.dropFirst(part.utf8.count)
        }
        return path
    }

    // MARK: New paths

    private mutating func planNewPaths() throws(Failure) {
        var places: [(claim: PathRegistry.Claim?, path: String)] = []
        link.forEachPlaced { places.append(($0, $1)) }
        for path in CompiledFiles.expected(of: link) { places.append((nil, path)) }
        for transfer in transfers { places.append((nil, transfer.to)) }
        var index = 0
        while index < places.count {
            let (claim, path) = places[index]
            index += 1
            // A transfer's path may be a new package's as well: the package has it.
            guard !made.contains(path) else { continue }
            try planDirectory(Path.parent(path))
            if directories[Path.parent(path)] == true {
                if old.contains(path) {
                    move(path)
                } else if let status = try FileSystem.status(path, followLinks: false, at: root) {
                    if let aside = try makeWay(claim, path, isDirectory: status.kind == .directory) {
                        places.append(aside)
                        // The new file goes aside itself.
                        if aside.claim != nil { continue }
                    }
                }
            }
            made.insert(path)
            journal.made.append(path)
        }
        for path in link.listedDirectories { try planDirectory(path) }
    }

    /// Decides about something that stands where a new path shall be; answers what goes aside because of it.
    private mutating func makeWay(
        _ claim: PathRegistry.Claim?, _ path: String, isDirectory: Bool
    ) throws(Failure) -> (claim: PathRegistry.Claim?, path: String)? {
        if isDirectory {
            if let owner = try owners().owner(below: path) {
                throw Failure(
                    .other, path, "package \(owner.name) has a directory where another package has a file")
            }
            move(path)
            return nil
        }
        guard let claim, let owner = try owners().owners[path] else {
            if claim != nil { replacedFiles.append(path) }
            move(path)
            return nil
        }
        let package = link.registry.packages[Int(link.registry.groups[Int(claim.group)].package)]
        if change.options.clobber == .prevent {
            throw Failure(.other, path, "packages \(owner.name) and \(package.record.name) both have this file")
        }
        if ranks[package.record.name] ?? 0 < ranks[owner.name] ?? 0 {
            link.putAside(claim, winner: owner.name)
            guard let aside = link.place(of: claim) else { return nil }
            return (claim, aside)
        }
        let aside = "\(LinkPlan.clobbersDirectory)/\(owner.name)/\(path)"
        link.note(Clobber(path: path, winner: package.record.name, loser: owner.name))
        edits[owner.path, default: RecordEdit()].renames.append(.init(from: path, to: aside, original: path))
        transfers.append(Transfer(from: path, to: aside))
        move(path)
        return (nil, aside)
    }

    /// Notes whether the directory `path` is there, and that it is made if not.
    private mutating func planDirectory(_ path: String) throws(Failure) {
        if directories[path] != nil { return }
        let parent = Path.parent(path)
        try planDirectory(parent)
        if directories[parent] == true, let status = try FileSystem.status(path, followLinks: false, at: root) {
            switch status.kind {
            case .directory:
                directories[path] = true
                return
            case .symbolicLink where !old.contains(path):
                try checkLinkedDirectory(path)
                directories[path] = true
                return
            default:
                if !old.contains(path) {
                    if let owner = try owners().owners[path] {
                        throw Failure(
                            .other, path, "package \(owner.name) has a file where another package has a directory")
                    }
                    replacedFiles.append(path)
                }
                move(path)
            }
        }
        directories[path] = false
        journal.madeDirectories.append(path)
    }

    /// Files go through a link to a directory only if that lies in the prefix.
    private func checkLinkedDirectory(_ path: String) throws(Failure) {
        let whole = Path.join(change.target.root, path)
        guard let real = FileSystem.realPath(whole), let base = FileSystem.realPath(change.target.root),
            real.hasPrefix(base + "/"), FileSystem.isDirectory(whole)
        else {
            throw Failure(
                .other, whole, "is a link that leads out of the prefix, and packages have files below it",
                hint: "replace the link by a directory")
        }
    }

    private mutating func move(_ path: String) {
        guard moved.insert(path).inserted else { return }
        journal.moved.append(path)
    }

    private mutating func owners() throws(Failure) -> OwnedPaths {
        if let owned { return owned }
        let read = try OwnedPaths(kept)
        owned = read
        return read
    }

    // MARK: What goes

    /// Files that had lost their path to a package that goes come back.
    private mutating func planRestoration() throws(Failure) {
        guard !old.isEmpty, FileSystem.isDirectory(LinkPlan.clobbersDirectory, at: root) else { return }
        var new: Set<String> = []
        link.forEachPlaced { new.insert($1) }
        for (path, losers) in try owners().putAside.sorted(by: { $0.key < $1.key })
        where old.contains(path) && !new.contains(path) {
            guard let winner = losers.max(by: { ranks[$0.record.name] ?? 0 < ranks[$1.record.name] ?? 0 }) else {
                continue
            }
            edits[winner.record.path, default: RecordEdit()].renames
                .append(.init(from: winner.place, to: path, original: nil))
            transfers.append(Transfer(from: winner.place, to: path))
            journal.removed.append(winner.place)
        }
    }

    /// conda, micromamba and others list a file in every package that has it, and the last one linked is there: what a
    /// package that stays has as well is not taken from it.
    private mutating func keepSharedFiles() throws(Failure) {
        guard !old.isEmpty, try History.read(change.target.root).isByOthers else { return }
        var new: Set<String> = []
        link.forEachPlaced { new.insert($1) }
        let owners = try owners().owners
        for path in old.sorted() where owners[path] != nil && !new.contains(path) {
            old.remove(path)
            sharedFiles.append(path)
        }
    }

    private mutating func planRemoval() {
        // Scripts shall not see what is no longer there; otherwise one system call a file is saved.
        let movesAll = LinkScript.names(.postLink, in: link).isEmpty == false
        for path in old.sorted() where !made.contains(path) && !moved.contains(path) {
            if movesAll { move(path) } else { journal.removed.append(path) }
        }
    }

    private mutating func planRecords() throws(Failure) {
        let new = Set(change.installed.map { $0.record.distribution + ".json" })
        for record in change.removed {
            let name = Path.name(record.path)
            if !new.contains(name) { journal.records.append(name) }
        }
        for record in kept {
            guard let specs = change.requestedSpecs[record.name] else { continue }
            edits[record.path, default: RecordEdit()].requestedSpecs = specs
        }
    }

    private func checkPermissions() throws(Failure) {
        var parents = Set((journal.moved + journal.removed + journal.made).map { Path.parent($0) })
        parents.insert(TransactionDirectory.metadata)
        for parent in parents where directories[parent] != false {
            let path = parent.isEmpty ? "." : parent
            if SystemCall.isAccessible(path, [.write, .execute], at: root) { continue }
            // What is not there needs no permission.
            guard FileSystem.exists(path, at: root) else { continue }
            throw Failure(
                .system, Path.join(change.target.root, parent), "the directory is not writable",
                hint: "run as its owner, or choose another prefix")
        }
    }
}
