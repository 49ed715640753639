// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Platform
import Synchronization

/// An environment beside the cache entries of its packages, directory by directory: a file that has the name and the
/// number of the cache's is the cache's own, and nothing else of it is looked at.
struct CacheComparison: Sendable {
    struct Unclaimed: Sendable {
        var path: String
        var kind: FileKind
    }

    /// Paths whose files are not the cache's own: those with the prefix in them, copies, changed and missing ones.
    private(set) var doubts: [PathRegistry.Claim] = []
    /// Files where the plan has none.
    private(set) var unclaimed: [Unclaimed] = []
    /// Directories that no package has.
    private var others: [String] = []
    /// Packages' directories where the environment has a file or a link.
    private var blocked: [String] = []

    /// Compares the environment at `prefix`, open as `root`, with what `plan` would link there.
    static func run(
        _ plan: LinkPlan, _ prefix: String, at root: DirectoryReference, _ cancellation: Cancellation?
    ) throws(Failure) -> CacheComparison {
        let device = try FileSystem.status(prefix)?.device
        // Numbers mean nothing across file systems.
        let isNear = plan.registry.packages.map { package in
            (try? FileSystem.status(package.source))?.device == device
        }
        let result = Mutex(CacheComparison())
        let count = plan.registry.directories.count
        let piece = 32
        try forEachInParallel((count + piece - 1) / piece, name: "compare") { (number) throws(Failure) in
            try cancellation?.check()
            var found = CacheComparison()
            var names = NameTable()
            for directory in number * piece..<min(count, (number + 1) * piece) {
                try found.compare(Int32(directory), plan, at: root, isNear, &names)
            }
            let part = found
            result.withLock { $0.append(part) }
        }
        var whole = result.withLock { $0 }
        // What was seen through a link is not the environment's.
        for path in whole.blocked {
            whole.unclaimed.removeAll { $0.path.utf8.starts(with: "\(path)/".utf8) }
            whole.others.removeAll { $0.utf8.starts(with: "\(path)/".utf8) }
        }
        if !whole.others.isEmpty {
            let listing = try PrefixListing(prefix, below: whole.others)
            whole.unclaimed += listing.files.map { Unclaimed(path: $0.key.text, kind: $0.value) }
        }
        return whole
    }

    private mutating func append(_ other: CacheComparison) {
        doubts += other.doubts
        unclaimed += other.unclaimed
        others += other.others
        blocked += other.blocked
    }

    private mutating func compare(
        _ directory: Int32, _ plan: LinkPlan, at root: DirectoryReference, _ isNear: [Bool], _ names: inout NameTable
    ) throws(Failure) {
        let path = plan.registry.path(of: directory)
        try list(path, at: root, &names)
        var next = plan.registry.directories[Int(directory)].firstGroup
        while next >= 0 {
            let group = plan.registry.groups[Int(next)]
            if isNear[Int(group.package)], group.manifestDirectory >= 0 { Self.mark(group, plan, &names) }
            claim(next, group, plan, &names)
            next = group.next
        }
        let top = path.prefix { $0 != "/" }
        if directory > 0, UnownedFile.isTools(String(top)) { return }
        for (place, file) in names.files.enumerated() where !file.isClaimed {
            let name = names.name(place)
            let whole = path.isEmpty ? name : "\(path)/\(name)"
            if UnownedFile.isTools(whole) { continue }
            if file.kind != .directory {
                unclaimed.append(Unclaimed(path: whole, kind: file.kind))
            } else if plan.registry.existingChild(of: directory, named: Array(name.utf8)) == nil {
                others.append(whole)
            }
        }
    }

    /// Puts the names in a directory of the environment into `names`; none when it is not there.
    private mutating func list(
        _ path: String, at root: DirectoryReference, _ names: inout NameTable
    ) throws(Failure) {
        names.removeAll()
        do throws(Failure) {
            try PrefixListing.forEachFile(in: path, at: root) { names.insert($0, $1, $2) }
        } catch {
            if error.errno == .noEntry { return }
            guard error.errno == .notDirectory || error.errno == .loop else { throw error }
            blocked.append(path)
        }
    }

    /// Marks the names under which the cache entry of a group's package has the same files.
    private static func mark(_ group: PathRegistry.Group, _ plan: LinkPlan, _ names: inout NameTable) {
        let manifest = plan.registry.packages[Int(group.package)].manifest
        let path = manifest.path(of: manifest.directories[Int(group.manifestDirectory)])
        let source = plan.registry.packages[Int(group.package)].source
        guard let opened = try? Descriptor.openDirectory("\(source)/\(path)") else { return }
        try? FileSystem.forEachNumberedEntry(of: opened) { name, kind, inode in
            guard kind == .regular, let place = names.find(UnsafeRawBufferPointer(cString: name)) else { return }
            if names.files[place].kind == .regular, names.files[place].inode == inode {
                names.files[place].cachedBy = group.package
            }
        }
    }

    /// Claims what a group has, and notes what of it is not the cache's.
    private mutating func claim(
        _ number: Int32, _ group: PathRegistry.Group, _ plan: LinkPlan, _ names: inout NameTable
    ) {
        let manifest = plan.registry.packages[Int(group.package)].manifest
        let hasExceptions = plan.groupsWithExceptions.contains(number)
        guard group.manifestDirectory >= 0 else {
            for (index, point) in manifest.entryPoints.enumerated() {
                let claim = PathRegistry.Claim(group: number, entry: -1 - Int32(index))
                if hasExceptions, plan.exceptions[claim] == .leftOut { continue }
                doubts.append(claim)
                if hasExceptions, plan.exceptions[claim] != nil { continue }
                let name = Array(point.command.utf8)
                if let place = name.withUnsafeBytes({ names.find($0) }) { names.files[place].isClaimed = true }
            }
            return
        }
        manifest.text.withUnsafeBytes { text in
            for index in manifest.directories[Int(group.manifestDirectory)].entries {
                let entry = manifest.entries[index]
                if entry.kind == .directory { continue }
                let claim = PathRegistry.Claim(group: number, entry: Int32(index))
                if hasExceptions, let exception = plan.exceptions[claim] {
                    if exception != .leftOut { doubts.append(claim) }
                    continue
                }
                let start = Int(entry.path) + Int(entry.nameOffset)
                let name = UnsafeRawBufferPointer(rebasing: text[start..<Int(entry.path) + Int(entry.pathLength)])
                guard let place = names.find(name) else {
                    doubts.append(claim)
                    continue
                }
                names.files[place].isClaimed = true
                let file = names.files[place]
                let isSame =
                    entry.kind == .softLink
                    ? file.kind == .symbolicLink || file.kind == .regular : file.cachedBy == group.package
                if !isSame { doubts.append(claim) }
            }
        }
    }
}
