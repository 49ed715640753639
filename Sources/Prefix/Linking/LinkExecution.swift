// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Platform
import Synchronization

/// Does a ``LinkPlan``: directories once, then files, spread over threads by directory.
final class LinkExecution: Sendable {
    /// An open directory that several threads start paths from.
    final class OpenDirectory: Sendable {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// Where a package's files are read from.
    struct Source: Sendable {
        /// Nil when too many packages are open; then paths are made absolute.
        var opened: OpenDirectory?
        var prefix: [UInt8]
        /// What the umask of who unpacked it took from the modes of its files.
        var taken = creationMask

        var reference: DirectoryReference { opened?.descriptor.reference ?? .currentDirectory }
    }

    let plan: LinkPlan
    let root: DirectoryReference
    /// The prefix written into files.
    let prefix: [UInt8]
    let sources: [Source]
    /// What is tried first for the files of each package.
    let methods: Mutex<[LinkMethod]>
    let placed = Mutex<[PlacedFile]>([])
    let report: Mutex<LinkReport>
    let cancellation: Cancellation?
    /// What a name means that is taken already.
    let taken: TakenNames
    /// Whether files are moved out of staging; where links are refused they are copied, for links become copies of them.
    let movesStaged: Bool
    /// Entries that went below `__clobbers__` because their name was taken.
    let late = Mutex<[PathRegistry.Claim]>([])

    /// What a name means that is taken when its file comes.
    enum TakenNames {
        /// The plan has made sure that there is none: a failure.
        case refused
        /// Nothing stood in the root before, so the names differ in case only: the later has it.
        case replaced
        /// Packages come one by one, and an earlier one has it: the later goes below `__clobbers__`.
        case putAside
    }

    /// More packages than this are read by absolute paths, lest descriptors run out.
    private static let openSourcesLimit = 200

    init(
        _ plan: LinkPlan, root: DirectoryReference, taken: TakenNames, cancellation: Cancellation? = nil
    ) throws(Failure) {
        self.plan = plan
        self.root = root
        self.taken = taken
        self.cancellation = cancellation
        prefix = Array(plan.target.prefix.utf8)
        var sources: [Source] = []
        for package in plan.registry.packages {
            if sources.count < Self.openSourcesLimit {
                let opened = try Descriptor.open(package.source, [.directory, .pathOnly])
                sources.append(Source(opened: OpenDirectory(opened), prefix: []))
            } else {
                sources.append(Source(opened: nil, prefix: Array(package.source.utf8) + [UInt8(ascii: "/")]))
            }
            if !package.isStaged, let info = try FileSystem.status("\(package.source)/info", followLinks: false) {
                sources[sources.count - 1].taken = info.takenBits
            }
        }
        self.sources = sources
        let moves = !plan.registry.packages.contains { $0.isStaged && Self.hasStandIns($0) }
        movesStaged = moves
        methods = Mutex(
            plan.registry.packages.map { $0.isStaged ? (moves ? .move : .copy) : plan.options.mode.firstMethod })
        var report = LinkReport()
        report.clobbers = plan.clobbers
        self.report = Mutex(report)
    }

    /// Whether unpacking `package` had to put files in the place of links.
    private static func hasStandIns(_ package: LinkPackage) -> Bool {
        guard let link = package.manifest.entries.first(where: { $0.kind == .softLink }) else { return false }
        let path = Path.join(package.source, package.manifest.path(of: link))
        return (try? FileSystem.status(path, followLinks: false))??.kind == .regular
    }

    /// Makes all directories and files.
    func run() throws(Failure) {
        let workers = plan.options.workers ?? processorCount()
        let work = LinkJobs(plan, workers: workers)
        let places = LinkPlaces(self)
        for directory in work.spine { try makeDirectory(directory, places) }
        let done = Atomic<Int>(0)
        try forEachInParallel(work.jobs.count, workers: workers, name: "link") { (index) throws(Failure) in
            try self.cancellation?.check()
            let places = LinkPlaces(self)
            switch work.jobs[index].kind {
            case .files(let directory): try self.fill(directory, places)
            case .subtree(let range): try self.makeSubtree(work.ordered[range], places)
            }
            if let progressed = self.plan.options.progressed {
                progressed(done.wrappingAdd(1, ordering: .relaxed).newValue, work.jobs.count)
            }
        }
        report.withLock { $0.directories = work.spine.count + work.ordered.count }
    }

    private func makeDirectory(_ directory: Int32, _ places: LinkPlaces) throws(Failure) {
        let above = try places.opened(plan.registry.directories[Int(directory)].parent)
        do throws(Errno) {
            try withPath(of: directory, in: above) { (path) throws(Errno) in
                try SystemCall.createDirectory(path, at: above?.descriptor.reference ?? root)
            }
        } catch {
            let path = plan.registry.path(of: directory)
            // In a living prefix the plan has looked at links; in a new one no package's link may lead another astray.
            if error == .exists, let status = try FileSystem.status(path, followLinks: taken == .refused, at: root) {
                if status.kind == .directory { return }
                throw Failure(
                    .other, path, "is a file or link in one package and a directory in another", cause: error)
            }
            throw Failure(error, path, "make the directory")
        }
    }

    /// Calls `body` with the path of a directory, or with its name when the one `above` it is open.
    func withPath<Result>(
        of directory: Int32, in above: OpenDirectory?, _ body: (UnsafePointer<CChar>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        try plan.registry.text.withBytes { (text) throws(Errno) in
            let place = plan.registry.directories[Int(directory)]
            let start = Int(place.path + (above == nil ? 0 : place.nameOffset))
            guard let base = text.baseAddress else { preconditionFailure("the text is never empty") }
            return try body((base + start).assumingMemoryBound(to: CChar.self))
        }
    }

    /// Makes directories of one package and what is in them.
    private func makeSubtree(_ directories: ArraySlice<Int32>, _ places: LinkPlaces) throws(Failure) {
        guard let first = directories.first else { return }
        let owner = Int(plan.registry.directories[Int(first)].owner)
        let moves =
            movesStaged && plan.registry.packages[owner].isStaged
            && !plan.registry.packages[owner].manifest.hasUnlistedFiles
            && plan.exceptions.isEmpty
        var moved: Set<Int32> = []
        for directory in directories {
            if moves {
                let parent = plan.registry.directories[Int(directory)].parent
                if moved.contains(parent) {
                    moved.insert(directory)
                } else if try moveWhole(directory, places) {
                    moved.insert(directory)
                }
                if moved.contains(directory) {
                    try fillMoved(directory, places)
                    continue
                }
            }
            try makeDirectory(directory, places)
            try fill(directory, places)
        }
    }

    /// Puts everything into a directory that exists.
    private func fill(_ directory: Int32, _ places: LinkPlaces) throws(Failure) {
        var next = plan.registry.directories[Int(directory)].firstGroup
        while next >= 0 {
            try place(group: next, places)
            next = plan.registry.groups[Int(next)].next
        }
    }

    /// The digests and sizes of files that are not as in the package, by package.
    func placedFiles() -> [[Int32: PlacedFile]] {
        var byPackage = [[Int32: PlacedFile]](repeating: [:], count: plan.registry.packages.count)
        for file in placed.withLock({ $0 }) { byPackage[Int(file.package)][file.entry] = file }
        return byPackage
    }

    /// Notes what became of an entry.
    func note(_ claim: PathRegistry.Claim, _ digest: SHA256Digest, size: UInt64) {
        let package = plan.registry.groups[Int(claim.group)].package
        placed.withLock {
            $0.append(PlacedFile(package: package, entry: claim.entry, digest: digest, size: size))
        }
    }

    /// Makes room below `__clobbers__` for an entry whose name is taken, and tells where; nil when that is no way out.
    func asideForLate(_ claim: PathRegistry.Claim, _ failure: Failure) throws(Failure) -> String? {
        guard taken == .putAside, failure.errno == .exists, plan.exceptions[claim] == nil else { return nil }
        let path = plan.asidePath(of: claim)
        try makeDirectoryAside(of: path)
        late.withLock { $0.append(claim) }
        return path
    }

    /// Makes the directory of a file that goes below `__clobbers__`, which may not be a package's link elsewhere.
    func makeDirectoryAside(of path: String) throws(Failure) {
        var tree = Beneath(root)
        do throws(Errno) {
            try tree.createDirectories(Path.parent(path))
        } catch {
            throw Failure(error, Path.join(plan.target.root, path), "make the directory for")
        }
    }
}
