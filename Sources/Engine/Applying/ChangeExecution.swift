// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Packages
import Platform
import Prefix

/// Carries out what was planned: fetches and links, and lets pip do its part.
package final class ChangeExecution: Sendable {
    let plan: ChangePlan
    let context: Context

    package init(_ plan: ChangePlan, _ context: Context) {
        self.plan = plan
        self.context = context
    }

    /// Does it. On failure the environment is as it was; a new one is not there.
    package func run() throws(Failure) -> ChangeReport {
        var report = ChangeReport(prefix: plan.request.prefix)
        let staging = UnpackingDirectory(for: plan.request.prefix, key: context.changeKey)
        defer { staging.remove() }
        do throws(Failure) {
            try fetchAndLink(staging, &report)
        } catch {
            // A cache entry that somebody else has damaged is made again, once.
            guard let damaged = error.cause as? DamagedSource, context.isCached(damaged.directory) else { throw error }
            context.packageCache.discard(damaged.directory)
            report = ChangeReport(prefix: plan.request.prefix)
            report.warnings.append("\(error.subject): \(error.reason); it was made again")
            var again = plan
            for index in again.links.indices where again.links[index].cached?.directory == damaged.directory {
                again.links[index].cached = nil
            }
            try ChangeExecution(again, context).fetchAndLink(staging, &report)
        }
        if !context.settings[.downloadOnly] { try PipStage(plan, context: context).run(&report) }
        return report
    }

    private func fetchAndLink(_ staging: UnpackingDirectory, _ report: inout ChangeReport) throws(Failure) {
        // A cache below the prefix, as that of the root prefix is, would be in the way of the finished environment.
        if plan.isNew, context.settings.packageDirectories.contains(where: { $0.hasPrefix(plan.request.prefix + "/") })
        {
            try FileSystem.createDirectories(plan.request.prefix)
        }
        let fetch = PackageFetch(context: context, staging: staging)
        var found = fetch.lookup(plan.links)
        if context.settings[.extraSafetyChecks] { try verify(&found, &report) }
        let isNew = plan.isNew && !FileSystem.exists(plan.request.prefix)
        // What is staged is moved as whole directories where all packages allow it, which only the plan of all tells.
        let streams = isNew && !context.settings[.downloadOnly] && !fetch.isStaged && found.contains { $0 == nil }
        let arriving =
            streams ? try ArrivingPackages(plan, options: try plan.linkOptions(context), context: context) : nil
        let fetched = try fetch.fetch(plan.links, found: found) { [plan] (index, entry) throws(Failure) in
            try arriving?.link(plan.links[index], entry)
        }
        report.fetched = fetched.count
        report.fetchedBytes = fetched.bytes
        report.warnings += fetched.warnings
        if context.settings[.downloadOnly] { return }
        try context.cancellation.check()
        // Everything that can fail for want of a network or of room in the cache lies behind.
        if plan.replaces { try EnvironmentRemoval(prefix: plan.request.prefix, context: context).run() }
        let packages = zip(plan.links, fetched.entries).map { link, entry in
            var package =
                arriving?.package(named: link.record.name) ?? LinkPackage(link, entry, isStaged: fetched.isStaged)
            package.isStaged = package.isStaged || plan.movesFiles
            return package
        }
        let (ordered, names) = plan.inOrder(packages)
        try link(ordered, order: names, arriving, &report)
    }

    private func link(
        _ packages: [LinkPackage], order: [String], _ arriving: ArrivingPackages?, _ report: inout ChangeReport
    ) throws(Failure) {
        context.progress.begin(.linking)
        if let arriving {
            try finish(packages, arriving.fresh, &report) { (report) throws(Failure) in
                try arriving.finish(packages, &report)
            }
        } else if plan.isNew, !FileSystem.exists(plan.request.prefix) {
            try linkNew(packages, &report)
        } else {
            try linkLiving(packages, order, &report)
        }
        context.register(plan.request.prefix)
        noteSoftLinks()
    }

    /// What the history says of it.
    func revision(_ packages: [LinkPackage]) -> History.Revision {
        History.Revision(
            seconds: context.sourceDateEpoch ?? wallClockSeconds(), arguments: context.commandWords,
            version: ToolVersion.text, unlinked: plan.removals + plan.links.compactMap(\.replaced),
            linked: packages.map(\.record), updateSpecs: plan.updateSpecs, removeSpecs: plan.removeSpecs,
            channels: plan.channels, isList: plan.isList)
    }

    /// Compiles the python files of noarch packages, unless the environment is for another platform.
    func compile(
        _ linked: inout LinkedPackages, at root: DirectoryReference, rootPath: String,
        _ report: inout ChangeReport
    ) throws(Failure) {
        guard !plan.isForeign, let compiled = try context.compile(&linked, at: root, rootPath: rootPath) else { return }
        if let failure = compiled.failure { report.warnings.append("python files were not compiled: \(failure)") }
        if let first = compiled.lost.first {
            report.warnings.append(
                "python died or hung over \(compiled.lost.count) of the files it compiled, first \(first): they have no .pyc"
            )
        }
    }

    /// Notes in a new environment that it is for another platform than this machine's, as conda does: later changes
    /// choose packages for the same one.
    func keepPlatform(in prefix: String) throws(Failure) {
        let path = Path.join(prefix, ".condarc")
        guard plan.isForeign, !FileSystem.exists(path) else { return }
        try writeFileAtomically(path, Array("subdir: \(plan.platform)\n".utf8))
    }
}

extension ChangePlan {
    /// The failure of a plan for an environment that another process has changed since.
    package var outdated: Failure {
        Failure(
            .lockTimeout, request.prefix, "another process has changed this environment in the meantime",
            hint: "run the command again: it is planned anew from what is there now", cause: OutdatedPlan())
    }
}

/// Marks the failure of a change that was planned for another state of the environment: planned anew it may succeed.
package struct OutdatedPlan: Error {}

/// Marks the failure of what was planned with an index that was damaged or out of date: it is fetched anew by now, and what
/// is planned with it may succeed.
package struct RenewedIndex: Error {
    /// The channel and subdir, as the user knows them.
    package let place: String
}

extension Context {
    /// Plans and does something, and again where an index turned out to be wrong: each is fetched anew once.
    package func renewingIndexes<T>(_ body: () throws(Failure) -> T) throws(Failure) -> T {
        for _ in 0..<20 {
            do throws(Failure) {
                return try body()
            } catch {
                guard error.cause is RenewedIndex else { throw error }
            }
        }
        return try body()
    }
}
