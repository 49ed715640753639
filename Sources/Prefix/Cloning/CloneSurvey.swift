// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures
package import Platform
import Synchronization

/// What a clone of an environment has to do beyond linking its packages from the cache again: which files differ from
/// their records, which no record has, and which packages no cache has.
package struct CloneSurvey: Sendable {
    /// A file of a package that is not as its record says.
    package struct Difference: Sendable, Equatable {
        package let package: String
        package let path: String
        package let isMissing: Bool
    }

    package let source: PrefixState
    /// Files that were edited or removed in the source.
    package private(set) var differences: [Difference] = []
    /// Files that no record has.
    package private(set) var unowned: [UnownedFile] = []
    /// Packages that no cache has; their files come from the source.
    package private(set) var uncached: [InstalledRecord] = []
    /// The recorded paths of those packages.
    private(set) var uncachedPaths: [[PrefixPath]] = []

    /// Looks at `source`, whose packages `plan` links again from where a cache has them.
    package static func run(
        _ source: PrefixState, _ plan: LinkPlan, cancellation: Cancellation? = nil
    ) throws(Failure) -> CloneSurvey {
        var survey = CloneSurvey(source: source)
        let opened = try Descriptor.openDirectory(source.prefix)
        let root = opened.reference
        let comparison = try CacheComparison.run(plan, source.prefix, at: root, cancellation)
        var packages: [String: Int] = [:]
        for (number, package) in plan.registry.packages.enumerated() { packages[package.record.distribution] = number }
        let numbers = source.records.map { packages[$0.distribution] }
        survey.uncached = zip(source.records, numbers).filter { $0.1 == nil }.map(\.0)

        // The records tell what is in question only, and who has the files that the plan does not have.
        let owners = try Self.owners(comparison.unclaimed, source.records)
        var suspects = try survey.suspects(comparison.doubts, plan, at: root)
        for (file, owner) in zip(comparison.unclaimed, owners) {
            guard let owner, let number = numbers[owner] else { continue }
            // Compiled here: of no interest, and not told of by the package.
            if plan.registry.packages[number].isNoarchPython, file.path.hasSuffix(".pyc") { continue }
            suspects[number, default: []].insert(ExactPath(file.path))
        }
        try survey.compare(numbers, suspects, at: root, cancellation)
        survey.differences.sort { ($0.package, ExactPath($0.path)) < ($1.package, ExactPath($1.path)) }
        survey.unowned = try UnownedFile.classify(
            zip(comparison.unclaimed, owners).filter { $0.1 == nil }.map { ($0.0.path, $0.0.kind) },
            in: source.prefix, isOwned: { FileSystem.exists($0, at: root) })
        return survey
    }

    private init(source: PrefixState) {
        self.source = source
    }

    /// Which of `records` lists each of `files`.
    private static func owners(
        _ files: [CacheComparison.Unclaimed], _ records: [InstalledRecord]
    ) throws(Failure) -> [Int?] {
        var owners = [Int?](repeating: nil, count: files.count)
        if files.isEmpty { return owners }
        var table = NameTable()
        for file in files { Array(file.path.utf8).withUnsafeBytes { table.insert($0, file.kind, 0) } }
        let names = table
        let found = try inParallel(records.count) { (index) throws(Failure) in
            var places: [Int] = []
            try RecordReader.forEachFile(records[index].path) { if let place = names.find($0) { places.append(place) } }
            return places
        }
        for (record, places) in found.enumerated() {
            for place in places { owners[place] = record }
        }
        return owners
    }

    /// The paths among `doubts` that do not hold what linking puts there, by the number of their package.
    private func suspects(
        _ doubts: [PathRegistry.Claim], _ plan: LinkPlan, at root: DirectoryReference
    ) throws(Failure) -> [Int: Set<ExactPath>] {
        let found = Mutex<[Int: Set<ExactPath>]>([:])
        let made = LinkedContents(plan, prefix: source.prefix)
        try forEachInParallel(doubts.count, name: "compare") { (index) throws(Failure) in
            let claim = doubts[index]
            guard let path = plan.place(of: claim), !made.stands(claim, at: path, root) else { return }
            found.withLock {
                _ = $0[Int(plan.registry.groups[Int(claim.group)].package), default: []].insert(ExactPath(path))
            }
        }
        return found.withLock { $0 }
    }

    /// Compares what is in question with its record: all of packages that no cache has, of others their `suspects`.
    private mutating func compare(
        _ numbers: [Int?], _ suspects: [Int: Set<ExactPath>], at root: DirectoryReference, _ cancellation: Cancellation?
    ) throws(Failure) {
        let records = source.records
        let lists = try inParallel(records.count) { (index) throws(Failure) in
            if let number = numbers[index], suspects[number] == nil { return [PrefixPath]() }
            var paths = try records[index].paths()
            if numbers[index] == nil { try MissingPlaceholders.fill(&paths, of: records[index]) }
            return paths
        }
        uncachedPaths = zip(lists, numbers).filter { $0.1 == nil }.map(\.0)
        var work: [(package: String, path: PrefixPath)] = []
        for (index, paths) in lists.enumerated() {
            let wanted = numbers[index].map { suspects[$0] ?? [] }
            for path in paths where wanted?.contains(ExactPath(path.path)) ?? true {
                if path.kind != .directory, path.kind != .compiled { work.append((records[index].name, path)) }
            }
        }
        let found = Mutex<[Difference]>([])
        let all = work
        try forEachInParallel(all.count, name: "compare") { (index) throws(Failure) in
            try cancellation?.check()
            let (package, path) = all[index]
            guard Verification.check(path, .hashes, at: root) != nil else { return }
            let isMissing = try FileSystem.status(path.path, followLinks: false, at: root) == nil
            found.withLock { $0.append(Difference(package: package, path: path.path, isMissing: isMissing)) }
        }
        differences = found.withLock { $0 }
    }
}
