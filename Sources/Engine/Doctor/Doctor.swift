// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Packages
import Platform
import Prefix

/// Compares an environment with its records, and brings back what differs.
package struct Doctor {
    let context: Context

    package init(_ context: Context) { self.context = context }

    /// Looks at every file of the environment at `prefix`, by size and hash, and at the cache entries that share the
    /// changed ones.
    ///
    /// - Throws: `Failure(.usage)` when there is no environment, `Failure` of an interrupted change that nobody's krait
    ///   can have begun.
    package func diagnose(_ prefix: String) throws(Failure) -> Diagnosis {
        try requireNotBusy(prefix)
        let diagnosis = try PrefixState.steadily(prefix) { () throws(Failure) in try look(at: prefix) }
        // What was begun in the meantime may have moved what was looked for.
        try requireNotBusy(prefix)
        return diagnosis
    }

    private func requireNotBusy(_ prefix: String) throws(Failure) {
        guard case .busy(let process) = Recovery.standing(prefix, key: context.changeKey) else { return }
        throw Failure(
            .lockTimeout, prefix, "\(process.map { "process \($0)" } ?? "another process") is changing it",
            hint: "ask again when it has ended")
    }

    private func look(at prefix: String) throws(Failure) -> Diagnosis {
        var diagnosis = Diagnosis(prefix: prefix)
        diagnosis.interrupted = try Recovery.description(prefix)
        let state = try PrefixState.existing(prefix, root: context.settings.rootPrefix)
        let verification = try Verification.run(
            state, names: otherNames(of: prefix), cancellation: context.cancellation)
        diagnosis.packageCount = state.records.count
        diagnosis.pathCount = verification.pathCount
        diagnosis.uncomparedCount = verification.uncomparedCount
        // Cut behind its head a record still tells its package, but not what the files should be.
        diagnosis.unreadableRecords = verification.unreadableRecords
        let unreadable = Set(verification.unreadableRecords.map(\.distribution))
        diagnosis.damages = verification.findings.map(Diagnosis.Damage.init)
        let lost = try lostExecution(state, besides: Set(verification.findings.map { ExactPath($0.path) }))
        diagnosis.damages = (diagnosis.damages + lost).sorted { $0.package < $1.package }
        diagnosis.strays = verification.unowned.map(Diagnosis.Stray.init)
        diagnosis.duplicates = try duplicates(state)
        diagnosis.replaced = try replacedByPip(state)
        diagnosis.leftovers = StagingDirectory.left(in: Path.parent(prefix), key: context.changeKey)
        for record in state.records where !unreadable.contains(record.distribution) {
            do throws(Failure) {
                let head = try record.head()
                if !head.leftOut.isEmpty { diagnosis.leftOut.append((record.name, head.leftOut)) }
                if diagnosis.damages.contains(where: { $0.package == record.name }),
                    let entry = poisonedEntry(head.record, diagnosis)
                {
                    diagnosis.poisoned.append(entry)
                }
            } catch {
                diagnosis.unreadableRecords.append((record.distribution, "\(error.subject): \(error.reason)"))
            }
        }
        return diagnosis
    }

    /// The paths by which links lead to `prefix`, as far as they are known: an environment made by one of them holds it.
    private func otherNames(of prefix: String) -> [String] {
        guard let real = FileSystem.realPath(prefix) else { return [] }
        let known = (try? EnvironmentList(context))?.environments.map(\.prefix) ?? []
        return [real] + known.filter { $0 != prefix && $0 != real && FileSystem.realPath($0) == real }
    }

    /// Packages with several records: the history tells which of them is installed, else the time of the records.
    private func duplicates(_ state: PrefixState) throws(Failure) -> [Diagnosis.Duplicate] {
        let several = Dictionary(grouping: state.records, by: \.name).filter { $0.value.count > 1 }
        if several.isEmpty { return [] }
        let history = try History.read(state.prefix)
        let linked = history.packages(after: history.revisions.count - 1) ?? [:]
        func rank(_ record: InstalledRecord) -> (Int, Int64) {
            let modified = (try? FileSystem.status(record.path))??.modified.seconds ?? 0
            return (linked[record.distribution] == nil ? 0 : 1, modified)
        }
        return several.values.map { records in
            let sorted = records.sorted { rank($0) > rank($1) }.map(\.distribution)
            return Diagnosis.Duplicate(package: records[0].name, installed: sorted[0], stale: Array(sorted[1...]))
        }.sorted { $0.package < $1.package }
    }

    /// Packages that pip has put another version in the place of.
    private func replacedByPip(_ state: PrefixState) throws(Failure) -> [Diagnosis.Replaced] {
        let replacing = try PipPackage.survey(state).replacing
        return state.records.compactMap { record in
            replacing[record.name].map {
                Diagnosis.Replaced(package: record.distribution, name: $0.name, version: $0.version)
            }
        }
    }

    /// The cache's entry of a damaged package, when its files are not what the package shipped.
    private func poisonedEntry(_ record: PackageRecord, _ diagnosis: Diagnosis) -> Diagnosis.PoisonedEntry? {
        guard let entry = context.packageCache.lookup(record) else { return nil }
        let problems = entry.problems(contents: true, modes: .execution, cancellation: context.cancellation)
        guard !problems.isEmpty else { return nil }
        var sharers: [String] = []
        let others = (try? EnvironmentList(context))?.environments.map(\.prefix).filter { $0 != diagnosis.prefix } ?? []
        // A file of a noarch package has another path in a prefix; its damage here tells which.
        let paths = Set(diagnosis.damages.filter { $0.package == record.name }.map(\.path) + problems.map(\.path))
        for other in others {
            let shares = paths.contains { path in
                guard let status = try? FileSystem.status(Path.join(other, path), followLinks: false) else {
                    return false
                }
                return problems.contains { $0.status?.inode == status.inode && $0.status?.device == status.device }
            }
            if shares { sharers.append(other) }
        }
        return Diagnosis.PoisonedEntry(
            package: record.name, directory: entry.directory, paths: problems.map(\.path), sharers: sharers)
    }
}

extension Diagnosis.Damage {
    fileprivate init(_ finding: Verification.Finding) {
        self.init(package: finding.package, path: finding.path, problem: .missing)
        switch finding.problem {
        case .missing: break
        case .otherKind: problem = .kind
        case .changed: problem = .changed
        case .otherPrefix: problem = .prefix
        case .unreadable(let text):
            problem = .unreadable
            reason = text
        }
    }
}

extension Diagnosis.Stray {
    fileprivate init(_ file: UnownedFile) {
        self.init(path: file.path, origin: .unknown)
        switch file.origin {
        case .pip(let name):
            origin = .pip
            distribution = name
        case .compiled: origin = .compiled
        case .unknown: break
        }
    }
}
