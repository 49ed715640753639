// SPDX-License-Identifier: BSD-3-Clause

package import Codecs
import Conda
package import Failures
package import Platform

/// The environment that a plan would link, path by path and without a directory to link it into: what archives and image
/// layers are written from. What stands at a path is decided by the plan, the rewriting and the records that `create` has.
package struct PackedTree: Sendable {
    /// One path of one package.
    package struct Member: Sendable {
        /// Relative to the prefix.
        package let path: String
        /// The number of its package.
        package let package: Int
        let source: Source

        /// Listed by the package as a directory.
        package var isDirectory: Bool { if case .directory = source { true } else { false } }
    }

    /// Where the contents of a path come from.
    enum Source: Sendable {
        case claim(PathRegistry.Claim)
        case directory
        case compiled(PackedCompilation.File)
        case record
    }

    /// What stands at a path.
    package enum Contents: ~Copyable {
        case directory
        case softLink(target: String)
        /// Made for this prefix.
        case bytes([UInt8], isExecutable: Bool)
        /// The package's own, with the time that it has there.
        case file(Descriptor, size: UInt64, isExecutable: Bool, time: Int64)
    }

    package let plan: LinkPlan
    private let contents: LinkedContents
    /// The files that were compiled for it.
    package var compiled: PackedCompilation
    /// The time of all that is made, if the user has set one; else each package's own.
    private let sourceDateEpoch: Int64?
    /// By package: its groups.
    private let groups: [[Int32]]

    /// The tree of `plan` with the files that were compiled for it.
    package init(_ plan: LinkPlan, compiled: PackedCompilation) {
        self.plan = plan
        self.compiled = compiled
        contents = LinkedContents(plan, prefix: plan.target.prefix)
        sourceDateEpoch = plan.options.sourceDateEpoch
        var groups = [[Int32]](repeating: [], count: plan.registry.packages.count)
        for (number, group) in plan.registry.groups.enumerated() { groups[Int(group.package)].append(Int32(number)) }
        self.groups = groups
    }

    /// The packages by their numbers.
    package var packages: [LinkPackage] { plan.registry.packages }

    /// Pairs of packages that want the same path.
    package var overlaps: [(Int, Int)] {
        plan.registry.conflicts.compactMap { conflict in
            let loser = Int(plan.registry.groups[Int(conflict.loser.group)].package)
            // Where a directory has the name, whoever made it is meant.
            let winner =
                conflict.winner.map { Int(plan.registry.groups[Int($0.group)].package) }
                ?? owner(ofDirectory: plan.destination(of: conflict.loser))
            return winner.map { ($0, loser) }
        }
    }

    private func owner(ofDirectory path: String) -> Int? {
        let number = plan.registry.directories.indices.first { plan.registry.path(of: Int32($0)) == path }
        return number.map { Int(plan.registry.directories[$0].owner) }
    }

    /// SHA-256 over all that decides about the bytes of a package's paths apart from prefix and options; nil when its archive
    /// is known by no hash.
    package func identity(of package: Int) -> SHA256Digest? {
        guard let archive = plan.registry.packages[package].record.sha256 else { return nil }
        var text = RecordText(capacity: 4096)
        text.head(of: plan.registry.packages[package], link: .move)
        return sha256(of: Array(archive.hex.utf8) + text.bytes)
    }

    /// What decides about where the files of python packages go and what they become when compiled.
    package var pythonIdentity: String? {
        guard let python = plan.python else { return nil }
        let version = plan.registry.packages.first { $0.record.name == "python" }?.record.version ?? ""
        return "\(version) \(python.executable) \(python.sitePackages)"
    }

    /// The time of what is made for a package: the user's, else when the package was built. Seconds since 1970.
    package func time(of package: Int) -> Int64 {
        if let sourceDateEpoch { return sourceDateEpoch }
        guard let stamp = plan.registry.packages[package].record.timestamp else { return Self.oldest }
        // Old channels write seconds.
        return Int64(clamping: stamp > 100_000_000_000 ? stamp / 1000 : stamp)
    }

    /// Where nothing tells a time: 1980, the first year that every archive can hold.
    package static let oldest: Int64 = 315_532_800

    /// Every path of a package, its record among them, in no order.
    package func members(of package: Int) -> [Member] {
        var members: [Member] = []
        func add(_ path: String, _ source: Source) {
            members.append(Member(path: path, package: package, source: source))
        }
        let manifest = plan.registry.packages[package].manifest
        for number in groups[package] {
            let group = plan.registry.groups[Int(number)]
            for entry in plan.registry.entries(of: group) {
                let claim = PathRegistry.Claim(group: number, entry: entry)
                guard let path = plan.place(of: claim) else { continue }
                if entry >= 0, manifest.entries[Int(entry)].kind == .directory {
                    add(path, .directory)
                } else {
                    add(path, .claim(claim))
                }
            }
        }
        for file in compiled.files[package] { add(file.path, .compiled(file)) }
        add("\(TransactionDirectory.metadata)/\(plan.registry.packages[package].record.distribution).json", .record)
        return members
    }

    /// What of an unpacked package its paths are made of: paths in ``LinkPackage/source``, each with whether it is a
    /// directory.
    package func sources(of package: Int) -> [(path: String, isDirectory: Bool)] {
        let manifest = plan.registry.packages[package].manifest
        var found: [(path: String, isDirectory: Bool)] = []
        for number in groups[package] {
            for entry in plan.registry.entries(of: plan.registry.groups[Int(number)]) where entry >= 0 {
                guard plan.place(of: PathRegistry.Claim(group: number, entry: entry)) != nil else { continue }
                let entry = manifest.entries[Int(entry)]
                found.append((manifest.path(of: entry), entry.kind == .directory))
            }
        }
        return found
    }

    /// The compiled files of a package that a store has, or would have, by their paths in it.
    package func shelved(of package: Int) -> [(name: String, source: String)] {
        compiled.files[package].compactMap { file in file.shelf.map { ($0, file.source) } }
    }

    /// Paths that are left out, as the records tell them.
    package var leftOut: [String] {
        plan.exceptions.filter { $0.value == .leftOut }.map { plan.destination(of: $0.key) }.sorted()
    }

    /// What stands at the path of `member`.
    package func contents(of member: Member) throws(Failure) -> Contents {
        switch member.source {
        case .directory: return .directory
        case .record: return .bytes(try record(of: member.package), isExecutable: false)
        case .compiled(let file): return .bytes(try file.bytes(madeAt: time(of: member.package)), isExecutable: false)
        case .claim(let claim): return try contents(of: claim)
        }
    }

    private func contents(of claim: PathRegistry.Claim) throws(Failure) -> Contents {
        let package = plan.package(of: claim)
        let bytes = try contents.bytes(of: claim)
        guard claim.entry >= 0 else { return .bytes(bytes ?? [], isExecutable: true) }
        let entry = package.manifest.entries[Int(claim.entry)]
        if entry.kind == .softLink { return .softLink(target: package.manifest.target(of: entry)) }
        let isExecutable = entry.mode & 0o111 != 0 || isScript(claim, package)
        if let bytes { return .bytes(bytes, isExecutable: isExecutable) }
        let path = package.manifest.path(of: entry)
        guard let file = try Descriptor.openRegularIfPresent("\(package.source)/\(path)") else {
            throw DamagedSource.loss(package, path)
        }
        do throws(Errno) {
            let status = try SystemCall.status(of: file)
            guard status.size == entry.size else { throw .inputOutput }
            return .file(file, size: entry.size, isExecutable: isExecutable, time: status.modified.seconds)
        } catch {
            if error == .inputOutput { throw DamagedSource.failure(package, path) }
            throw Failure(error, path, "look at")
        }
    }

    /// What `python-scripts` holds becomes a command (Rules §12.2).
    private func isScript(_ claim: PathRegistry.Claim, _ package: LinkPackage) -> Bool {
        let group = plan.registry.groups[Int(claim.group)]
        guard package.isNoarchPython, plan.python != nil, group.manifestDirectory >= 0 else { return false }
        let directory = package.manifest.directories[Int(group.manifestDirectory)]
        return package.manifest.path(of: directory).hasPrefix("python-scripts")
    }

    /// The record of a package. It tells of no cache, for where the files will be there is none.
    private func record(of package: Int) throws(Failure) -> [UInt8] {
        var placed = [[Int32: PlacedFile]](repeating: [:], count: groups.count)
        for number in groups[package] {
            let group = plan.registry.groups[Int(number)]
            for entry in plan.registry.entries(of: group) {
                let claim = PathRegistry.Claim(group: number, entry: entry)
                guard plan.place(of: claim) != nil, let file = try placedFile(claim, package) else { continue }
                placed[package][entry] = file
            }
        }
        var records = RecordBuilder(
            plan, placed: placed, methods: Array(repeating: LinkMethod.move, count: groups.count))
        records.compiled[package] = compiled.files[package].map { PrefixPath(path: $0.path, kind: .compiled) }
        return records.bytes(package)
    }

    /// The digest and size of what is not as in the package, or of what the package tells no digest of.
    private func placedFile(_ claim: PathRegistry.Claim, _ number: Int) throws(Failure) -> PlacedFile? {
        let package = plan.registry.packages[number]
        if let bytes = try contents.bytes(of: claim) {
            return PlacedFile(
                package: Int32(number), entry: claim.entry, digest: sha256(of: bytes), size: UInt64(bytes.count))
        }
        let entry = package.manifest.entries[Int(claim.entry)]
        guard entry.kind == .hardLink, !entry.hasDigest else { return nil }
        let path = package.manifest.path(of: entry)
        guard let bytes = try readFileIfPresent("\(package.source)/\(path)") else {
            throw DamagedSource.loss(package, path)
        }
        return PlacedFile(package: Int32(number), entry: claim.entry, digest: sha256(of: bytes), size: entry.size)
    }
}
