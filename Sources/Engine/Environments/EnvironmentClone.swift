// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Packages
import Platform
import Prefix

/// A new environment that is like another one: its packages linked again from the cache, all else copied, nothing
/// fetched.
package struct EnvironmentClone: Sendable {
    /// Absolute.
    package let source: String
    package let prefix: String
    /// How many packages are linked from a cache, and how many are copied because no cache has them.
    package let cachedCount: Int
    package let copiedCount: Int
    private let state: PrefixState
    private let heads: [PrefixRecord]
    /// In topological order.
    private let cached: [LinkPackage]
    private let context: Context

    /// What was done.
    package struct Report: Sendable {
        package var files = 0
        package var warnings: [String] = []
        /// Files that are not as their packages shipped them.
        package var differing: [String] = []
        /// Files in which the source's path stands still.
        package var stillHolding: [String] = []
        package var rewritten = 0
    }

    /// Looks at both places and at the cache.
    ///
    /// - Throws: `Failure(.usage)` when there is no environment at `source`, or something at `prefix`.
    package init(source: String, prefix: String, context: Context) throws(Failure) {
        try context.settings.requireHonoured()
        if let pending = EnvironmentRecovery.notice(source) {
            throw Failure(.other, source, pending, hint: "end it with `krait doctor -p \(source) --fix`")
        }
        let state = try PrefixState.existing(source)
        _ = try context.endInterrupted(prefix)
        if try FileSystem.status(prefix, followLinks: false) != nil {
            let isEmpty = FileSystem.isDirectory(prefix) ? try FileSystem.entries(prefix).isEmpty : false
            guard isEmpty else {
                throw Failure(.usage, prefix, "already exists", hint: "choose another name, or remove it first")
            }
        }
        if FileSystem.isWithin(prefix, source), !FileSystem.isWithin(prefix, source + "/envs") {
            throw Failure(.usage, prefix, "is inside the environment that would be copied")
        }
        self.source = source
        self.prefix = prefix
        self.state = state
        self.context = context
        heads = try state.heads()
        var packages: [String: LinkPackage] = [:]
        for (head, entry) in zip(heads, context.packageCache.lookup(heads.map(\.record))) {
            guard let entry else { continue }
            packages[head.record.name] = LinkPackage(
                record: head.record, source: entry.directory, manifest: entry.manifest,
                requestedSpecs: head.requestedSpecs, archivePath: head.archivePath)
        }
        cached = topologicallySorted(heads.map(\.record)).compactMap { packages[$0.name] }
        cachedCount = cached.count
        copiedCount = heads.count - cached.count
    }

    /// Makes the clone; nothing is there when it fails.
    ///
    /// - Parameter isPristine: packages' files that were changed in the source are taken as they were shipped.
    package func run(isPristine: Bool) throws(Failure) -> Report {
        let context = context
        context.progress.begin(.linking, packages: heads.count)
        if FileSystem.isDirectory(prefix) { try FileSystem.removeDirectory(prefix) }
        let fresh = try FreshPrefix(prefix, key: context.changeKey)
        let plan = try LinkPlan(
            cached, target: LinkTarget(root: fresh.buildDirectory, prefix: prefix), python: try state.pythonLayout(),
            options: options())
        let survey = try CloneSurvey.run(state, plan, cancellation: context.cancellation)
        var linked = try plan.execute(at: fresh.root, isFresh: true, cancellation: context.cancellation)
        var report = Report()
        var copy = CloneCopy(survey, at: fresh.root, prefix: prefix)
        let copied = try copy.run(pristine: isPristine, cancellation: context.cancellation)
        // Afterwards, since python itself may be among what was copied.
        try compile(&linked, fresh, &report)
        try linked.writeRecords(into: "conda-meta", at: fresh.root)
        try History.append(try revision(), at: fresh.root, sourceDateEpoch: context.sourceDateEpoch)
        try context.cancellation.check()
        try fresh.commit(synchronize: context.settings[.fsync] == .always)
        context.register(prefix)
        report.files = copied.files
        report.rewritten = copied.rewritten.count
        report.stillHolding = copied.stillHolding
        report.differing = survey.differences.map(\.path)
        report.warnings += warnings(survey, copied, isPristine: isPristine)
        return report
    }

    private func options() -> LinkOptions {
        var options = context.linkOptions()
        let leftOut = Set(heads.flatMap(\.leftOut))
        // What the user left out of the source stays left out.
        if !leftOut.isEmpty { options.exclusion = { path, _ in leftOut.contains(path) ? 0 : nil } }
        options.clobber = .lastWins
        return options
    }

    private func compile(
        _ linked: inout LinkedPackages, _ fresh: FreshPrefix, _ report: inout Report
    ) throws(Failure) {
        guard let python = heads.first(where: { $0.record.name == "python" })?.record,
            python.subdir == (try context.hostPlatform()).name
        else { return }
        let compiled = try context.compile(&linked, at: fresh.root, rootPath: fresh.buildDirectory)
        if let failure = compiled?.failure { report.warnings.append("python files were not compiled: \(failure)") }
    }

    /// The clone's own entry after the copied history; it tells again what was asked for, which records alone may know.
    private func revision() throws(Failure) -> History.Revision {
        let history = try History.read(source)
        let present = Set(heads.map(\.record.name))
        let requested = try InstalledEnvironment(state).requestedSpecs().filter { present.contains($0.key) }
        return History.Revision(
            seconds: context.sourceDateEpoch ?? wallClockSeconds(), arguments: context.commandWords,
            version: ToolVersion.text, linked: history.revisions.isEmpty ? heads.map(\.record) : [],
            updateSpecs: requested.values.sorted(), channels: history.revisions.last?.channels ?? [])
    }

    private func warnings(
        _ survey: CloneSurvey, _ copied: CloneCopy.Report, isPristine: Bool
    ) -> [String] {
        var warnings: [String] = []
        let changed = survey.differences.filter { !$0.isMissing }.map(\.path)
        let missing = survey.differences.filter(\.isMissing).map(\.path)
        if !changed.isEmpty {
            warnings.append(
                "\(Self.count(changed)) of packages were changed in \(source), and "
                    + (isPristine ? "are as shipped here" : "are copied as they are (--pristine takes them as shipped)")
                    + ": \(Self.list(changed))")
        }
        if !missing.isEmpty {
            warnings.append(
                "\(Self.count(missing)) of packages are missing in \(source), and "
                    + (isPristine ? "are here again" : "are missing here (--pristine brings them back)")
                    + ": \(Self.list(missing))")
        }
        if isPristine, !survey.uncached.isEmpty {
            warnings.append(
                "not in any package cache, so copied from the source as they are: \(Self.list(survey.uncached.map(\.distribution)))"
            )
        }
        if !copied.stillHolding.isEmpty {
            warnings.append(
                "\(Self.count(copied.stillHolding)) still hold the path \(source), since nobody knows how they may be "
                    + "changed: \(Self.list(copied.stillHolding, limit: 20))")
        }
        return warnings
    }

    private static func count(_ paths: [String]) -> String { "\(paths.count) \(paths.count == 1 ? "file" : "files")" }

    private static func list(_ paths: [String], limit: Int = 5) -> String {
        paths.prefix(limit).joined(separator: ", ") + (paths.count > limit ? " and \(paths.count - limit) more" : "")
    }
}
