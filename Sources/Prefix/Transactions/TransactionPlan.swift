// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform

/// A change thought through against the prefix as it stands: what moves, what is made, what is removed, whose records
/// are edited. Reads the prefix, touches nothing.
///
/// All paths of the journal are physical, without links in them, whatever way a package's own path takes.
struct TransactionPlan {
    let change: PrefixChange
    var link: LinkPlan
    var journal = Journal()
    /// Files that no package owns and that are replaced.
    var replacedFiles: [String] = []
    /// What pip installed and goes, since conda's package of that name comes or goes: `click-8.1.3`.
    var replacedDistributions: [String] = []
    /// Files of packages that go and that stay, since others that stay have them too.
    private(set) var sharedFiles: [String] = []
    private(set) var edits: [String: RecordEdit] = [:]
    /// Files of packages that stay and make way, and files that come back from `__clobbers__`.
    private(set) var transfers: [Settlement.Transfer] = []

    let root: DirectoryReference
    private let kept: [InstalledRecord]
    private let ranks: [String: Int]
    /// Who has which path; nil as long as nothing says that two may want one.
    private(set) var settlement: Settlement?
    /// Paths of packages that go, and of what pip installed in their place or in that of packages that come.
    var old: Set<ExactPath> = []
    /// Directories that packages which go list.
    private var listed: [String] = []
    private(set) var moved: Set<ExactPath> = []
    /// Those of ``moved`` that are directories.
    private var movedDirectories: Set<ExactPath> = []
    var made: Set<ExactPath> = []
    /// Directories that new paths lie in.
    var directories: [ExactPath: Directory] = [ExactPath(""): Directory(place: "", isThere: true)]
    var physical: PhysicalDirectories

    /// A directory of the prefix.
    struct Directory {
        /// Its path without links.
        var place: String
        var isThere: Bool

        func path(of name: String) -> String { place.isEmpty ? name : "\(place)/\(name)" }
    }

    init(_ change: PrefixChange, state: PrefixState?, at root: DirectoryReference) throws(Failure) {
        self.change = change
        self.root = root
        physical = PhysicalDirectories(at: root, path: change.target.root)
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
        try collectPipPaths()
        if settlement != nil || FileSystem.isDirectory(LinkPlan.clobbersDirectory, at: root) { try settle() }
        try keepSharedFiles()
        if try !planNewPaths() {
            try settle()
            let isPlanned = try planNewPaths()
            precondition(isPlanned, "who has which path is settled")
        }
        try planRemoval()
        planRecords()
        try checkPermissions()
        journal.process = processID()
    }

    private mutating func collectOldPaths() throws(Failure) {
        for record in change.removed {
            let head = try record.head()
            let python = head.record.noarch == .python ? change.python : nil
            for path in try record.paths() {
                guard SafePath.isSafe(path.path) else {
                    throw Failure(.integrity, record.path, "path `\(path.path)` leads out of the prefix")
                }
                // The record itself is no file of the package, whatever an old tool wrote.
                if path.path.utf8.starts(with: "\(TransactionDirectory.metadata)/".utf8) { continue }
                // What lies outside, by a link that somebody made, is left alone.
                let name = Self.mapped(path.path, python, at: root)
                guard let directory = try physical.place(of: Path.parent(name)) else { continue }
                let place = Path.join(directory, Path.name(name))
                if path.kind == .directory {
                    listed.append(place)
                } else if ExactPath(place) == ExactPath(name) {
                    old.insert(ExactPath(place))
                } else if try owners()[ExactPath(place)] == nil {
                    // Through a link: the file may be another package's.
                    old.insert(ExactPath(place))
                }
            }
        }
    }

    /// Old records of noarch packages have their paths as in the package.
    private static func mapped(_ path: String, _ python: PythonLayout?, at root: DirectoryReference) -> String {
        guard let python else { return path }
        for (part, place) in [("site-packages/", python.sitePackages + "/"), ("python-scripts/", "bin/")]
        where path.utf8.starts(with: part.utf8) && !FileSystem.exists(path, at: root) {
            return place + String(Substring(path.utf8.dropFirst(part.utf8.count)))
        }
        return path
    }

    // MARK: Who has which path

    /// Reads all records, and decides who has which path.
    private mutating func settle() throws(Failure) {
        _ = try owners()
        guard let settlement else { return }
        for (claim, winner) in settlement.losers { link.putAside(claim, winner: winner) }
        for clobber in settlement.clobbers { link.note(clobber) }
        if change.options.clobber == .prevent, let clobber = link.clobbers.first {
            throw Failure(
                .other, clobber.path, "packages \(clobber.loser) and \(clobber.winner) both have this file",
                hint: "leave one of them out, or allow clobbering")
        }
        transfers = settlement.transfers
        journal = Journal()
        replacedFiles = []
        moved = []
        movedDirectories = []
        made = []
        directories = [ExactPath(""): Directory(place: "", isThere: true)]
    }

    /// The packages that stay, by their files.
    mutating func owners() throws(Failure) -> [ExactPath: InstalledRecord] {
        if let settlement { return settlement.owners }
        let made = try Settlement(kept, link, ranks: ranks)
        settlement = made
        return made.owners
    }

    /// Drops the return of a file of a package that stays to its own path, which something else has.
    mutating func cancelTransfer(to path: String) {
        transfers.removeAll { ExactPath($0.to) == ExactPath(path) }
    }

    mutating func move(_ path: String, isDirectory: Bool = false) {
        guard moved.insert(ExactPath(path)).inserted else { return }
        journal.moved.append(path)
        if isDirectory { movedDirectories.insert(ExactPath(path)) }
    }

    // MARK: What goes

    /// conda, micromamba and others list a file in every package that has it, and the last one linked is there: what a
    /// package that stays has as well is not taken from it.
    private mutating func keepSharedFiles() throws(Failure) {
        guard !old.isEmpty, try History.read(change.target.root).isByOthers else { return }
        if settlement == nil { try settle() }
        var new: Set<ExactPath> = []
        link.forEachPlaced { new.insert(ExactPath($1)) }
        let owners = try owners()
        for path in old.sorted() where owners[path] != nil && !new.contains(path) {
            old.remove(path)
            sharedFiles.append(path.text)
        }
    }

    private mutating func planRemoval() throws(Failure) {
        // Scripts shall not see what is no longer there; otherwise one system call a file is saved.
        let movesAll = LinkScript.names(.postLink, in: link).isEmpty == false
        let sources = transfers.map { ExactPath($0.from) }
        for path in old.sorted() + sources
        where !made.contains(path) && !moved.contains(path) && !path.isBelow(movedDirectories) {
            if movesAll, old.contains(path) { move(path.text) } else { journal.removed.append(path.text) }
        }
        journal.emptied = listed.filter {
            !movedDirectories.contains(ExactPath($0)) && !ExactPath($0).isBelow(movedDirectories)
        }
        let cleaning = Set(
            DirectoryCleaning(removed: journal.removed + journal.moved, listed: journal.emptied).directories)
        guard !cleaning.isEmpty else { return }
        let kept = kept
        let mayList = try inParallel(kept.count) { (index) throws(Failure) in try kept[index].mayListDirectories() }
        for (record, _) in zip(kept, mayList).filter(\.1) {
            for path in try record.paths() where path.kind == .directory && cleaning.contains(ExactPath(path.path)) {
                journal.keptDirectories.append(path.path)
            }
        }
        journal.keptDirectories += link.listedDirectories.filter { cleaning.contains(ExactPath($0)) }
    }

    private mutating func planRecords() {
        let new = Set(change.installed.map { $0.record.distribution + ".json" })
        for record in change.removed {
            let name = Path.name(record.path)
            if !new.contains(name) { journal.records.append(name) }
        }
        for transfer in transfers {
            edits[transfer.record.path, default: RecordEdit()].renames
                .append(.init(from: transfer.from, to: transfer.to, original: transfer.original))
        }
        for record in kept {
            guard let specs = change.requestedSpecs[record.name] else { continue }
            edits[record.path, default: RecordEdit()].requestedSpecs = specs
        }
    }

    private func checkPermissions() throws(Failure) {
        let paths = journal.moved + journal.removed + journal.made
        var parents = Set(paths.map { ExactPath(Path.parent($0)) })
        parents.insert(ExactPath(TransactionDirectory.metadata))
        parents.subtract(journal.madeDirectories.map { ExactPath($0) })
        for parent in parents.map(\.text) {
            let path = parent.isEmpty ? "." : parent
            if SystemCall.isAccessible(path, [.write, .execute], at: root) { continue }
            // What is not there needs no permission.
            guard FileSystem.exists(path, at: root) else { continue }
            throw Failure(
                .system, Path.join(change.target.root, parent), "the directory is not writable",
                hint: "run as its owner, or choose another prefix",
                cause: UnwritableEnvironment(prefix: change.target.root))
        }
    }
}
