// SPDX-License-Identifier: BSD-3-Clause

import Codecs
package import Failures
package import Platform
import Synchronization

/// Whether the files of an environment are what its records say.
package struct Verification: Sendable {
    /// What is wrong with a path.
    package enum Problem: Sendable, Equatable {
        case missing
        /// A file where the record has a link or a directory, or the other way round.
        case otherKind
        /// Another size or hash than recorded.
        case changed
        /// The path of another prefix was written into it: the environment was moved or copied.
        case otherPrefix
        case unreadable(String)
    }

    /// One path that is not as recorded.
    package struct Finding: Sendable, Equatable {
        /// The package's name.
        package let package: String
        /// Relative to the prefix.
        package let path: String
        package let problem: Problem
    }

    /// How far to look.
    package enum Depth: Sendable {
        /// Existence, kind and size.
        case sizes
        /// Hashes too.
        case hashes
    }

    /// In order of package and path.
    package private(set) var findings: [Finding] = []
    /// Files that no record has.
    package private(set) var unowned: [UnownedFile] = []
    /// Paths of records that were looked at.
    package private(set) var pathCount = 0
    /// Files that are there, of which their records tell neither hash nor size.
    package private(set) var uncomparedCount = 0
    /// Records that cannot be read to their end: `name-version-build` and why.
    package private(set) var unreadableRecords: [(distribution: String, reason: String)] = []

    package var isWhole: Bool { findings.isEmpty && unreadableRecords.isEmpty }

    /// Looks at every path of every record of `state`; `findsUnowned` lists the whole prefix as well. Files may hold the
    /// prefix by any of its `names`, those by which links lead to it.
    package static func run(
        _ state: PrefixState, names: [String] = [], depth: Depth = .hashes, findsUnowned: Bool = true,
        cancellation: Cancellation? = nil
    ) throws(Failure) -> Verification {
        var result = Verification()
        let root = try Descriptor.openDirectory(state.prefix)
        let reference = root.reference
        let names = ([state.prefix] + names).map { Array($0.utf8) }
        var owned: Set<ExactPath> = []
        var work: [(package: String, path: PrefixPath)] = []
        var sources: [String: [String]] = [:]
        for record in state.records {
            sources[record.name] = (try? record.head())?.linkSources
            do throws(Failure) {
                for path in try record.paths() {
                    work.append((record.name, path))
                    owned.insert(ExactPath(path.path))
                }
            } catch {
                result.unreadableRecords.append((record.distribution, "\(error.subject): \(error.reason)"))
            }
        }
        result.pathCount = work.count
        let found = Mutex<[(Int, Problem)]>([])
        let all = work
        let linkSources = sources
        result.uncomparedCount = all.count { $0.path.cannotBeCompared(depth) }
        let piece = 64
        try forEachInParallel((all.count + piece - 1) / piece, name: "verify") { (index) throws(Failure) in
            try cancellation?.check()
            for number in index * piece..<min(all.count, (index + 1) * piece) {
                let (package, path) = all[number]
                var problem = check(path, depth, at: reference, names: names)
                if problem == nil, path.kind == .hardLink,
                    leadsAside(path.path, of: state.prefix, to: linkSources[package] ?? [], at: reference)
                {
                    problem = .otherKind
                }
                if let problem {
                    found.withLock { $0.append((number, problem)) }
                }
            }
        }
        let wrong = found.withLock { $0 }.sorted { $0.0 < $1.0 }
        let others = pathsOfOthers(all.map { ExactPath($0.path.path) }, wrong)
        result.findings = wrong.filter { !others.contains($0.0) }.map {
            Finding(package: all[$0.0].package, path: all[$0.0].path.path, problem: $0.1)
        }
        result.findings += try leftAside(work, owned, at: reference)
        if findsUnowned { result.unowned = try UnownedFile.find(in: state.prefix, owned: owned) }
        return result
    }

    /// The places in `paths` that are as another package has them: conda and micromamba list a file in every package
    /// that has it, and the last one linked is there.
    private static func pathsOfOthers(_ paths: [ExactPath], _ wrong: [(Int, Problem)]) -> Set<Int> {
        if wrong.isEmpty { return [] }
        let places = Set(wrong.map(\.0))
        let disputed = Set(wrong.map { paths[$0.0] })
        var right: Set<ExactPath> = []
        for (place, path) in paths.enumerated() where disputed.contains(path) && !places.contains(place) {
            right.insert(path)
        }
        return places.filter { right.contains(paths[$0]) }
    }

    /// Files below `__clobbers__` whose own path is free: another tool removed the package that had it.
    private static func leftAside(
        _ paths: [(package: String, path: PrefixPath)], _ owned: Set<ExactPath>, at root: DirectoryReference
    ) throws(Failure) -> [Finding] {
        var findings: [Finding] = []
        for (package, path) in paths {
            guard let original = path.originalPath, !owned.contains(ExactPath(original)),
                try FileSystem.status(original, followLinks: false, at: root) == nil
            else { continue }
            findings.append(Finding(package: package, path: original, problem: .missing))
        }
        return findings
    }

    /// What is wrong with one path; nil when nothing is. Where there are `names` of the prefix, files into which a
    /// prefix was written have to hold one of them.
    static func check(
        _ path: PrefixPath, _ depth: Depth, at root: DirectoryReference, names: [[UInt8]] = []
    ) -> Problem? {
        let status: FileStatus
        do throws(Failure) {
            guard let found = try FileSystem.status(path.path, followLinks: false, at: root) else {
                // Compiled files are listed by some tools whether or not they came out.
                return path.kind == .compiled ? nil : .missing
            }
            status = found
        } catch {
            return .unreadable(error.reason)
        }
        switch path.kind {
        case .compiled, .linkedPackageRecord: return nil
        case .directory: return status.kind == .directory ? nil : .otherKind
        case .softLink:
            // Tools disagree on what a link's hash is of, and its target may be another package's: it is there.
            return status.kind == .symbolicLink || status.kind == .regular ? nil : .otherKind
        default: break
        }
        if status.kind == .symbolicLink {
            // Linked softly into the cache.
            guard let target = try? FileSystem.status(path.path, at: root), target.kind == .regular else {
                return .missing
            }
            return contents(path, target, depth, at: root, names)
        }
        guard status.kind == .regular else { return .otherKind }
        return contents(path, status, depth, at: root, names)
    }

    /// Whether a link stands in the place of a file and leads out of the prefix, but not into the unpacked package as it
    /// does when packages are linked softly: whoever may write there can change the environment.
    private static func leadsAside(
        _ path: String, of prefix: String, to sources: [String], at root: DirectoryReference
    ) -> Bool {
        guard let status = try? FileSystem.status(path, followLinks: false, at: root), status.kind == .symbolicLink,
            let target = FileSystem.realPath(Path.join(prefix, path))
        else { return false }
        return !(sources + [prefix]).contains { target.hasPrefix((FileSystem.realPath($0) ?? $0) + "/") }
    }

    private static func contents(
        _ path: PrefixPath, _ status: FileStatus, _ depth: Depth, at root: DirectoryReference, _ names: [[UInt8]]
    ) -> Problem? {
        // The recorded size is that before replacement, which text changes. micromamba records no placeholders; then
        // the digests tell.
        let maySize = path.placeholder == nil ? !path.isRewritten : path.fileMode == "binary"
        if let size = path.size, maySize, size != status.size { return .changed }
        guard depth == .hashes, let expected = path.digestInPrefix else { return nil }
        // No package ships such a file.
        if status.isHollow { return .changed }
        do throws(Failure) {
            let file = try MappedFile(path.path, at: root)
            if sha256(of: file.bytes) != expected { return .changed }
            let holdsPrefix = path.isRewritten || path.kind == .entryPoint
            return holdsPrefix && !names.isEmpty && !holds(names, file.bytes) ? .otherPrefix : nil
        } catch {
            return .unreadable(error.reason)
        }
    }

    /// Whether one of `names` is in a file, or was too long for a first line that runs what `PATH` has.
    private static func holds(_ names: [[UInt8]], _ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.starts(with: "#!/usr/bin/env ".utf8) { return true }
        return names.contains { name in
            name.withUnsafeBytes { ByteSearch.first($0, in: bytes, from: 0) } != nil
        }
    }
}

extension PrefixPath {
    /// Whether the record tells nothing of the file but that it is there.
    fileprivate func cannotBeCompared(_ depth: Verification.Depth) -> Bool {
        kind == .hardLink && size == nil && (depth == .sizes || digestInPrefix == nil)
    }
}

extension PrefixRecord {
    /// Where the package was unpacked, in whose place links may stand.
    fileprivate var linkSources: [String] {
        [extractedDirectory, linkSource].compactMap { $0.flatMap { $0.isEmpty ? nil : $0 } }
    }
}
