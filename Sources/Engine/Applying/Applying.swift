// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Packages
import Platform
import Prefix

extension Context {
    /// Carries out a plan. On failure the environment is as it was; a new one is not there.
    package func apply(_ plan: ChangePlan) throws(Failure) -> ChangeReport {
        var report = ChangeReport(prefix: plan.request.prefix)
        let staging = UnpackingDirectory(for: plan.request.prefix, key: changeKey)
        defer { staging.remove() }
        do throws(Failure) {
            try fetchAndLink(plan, staging, &report)
        } catch {
            // A cache entry that somebody else has damaged is made again, once.
            guard let damaged = error.cause as? DamagedSource, isCached(damaged.directory) else { throw error }
            packageCache.discard(damaged.directory)
            report = ChangeReport(prefix: plan.request.prefix)
            report.warnings.append("\(error.subject): \(error.reason); it was made again")
            var again = plan
            for index in again.links.indices where again.links[index].cached?.directory == damaged.directory {
                again.links[index].cached = nil
            }
            try fetchAndLink(again, staging, &report)
        }
        if !settings[.downloadOnly] { try PipStage(plan, context: self).run(&report) }
        return report
    }

    func isCached(_ directory: String) -> Bool {
        packageCache.directories.contains { directory.hasPrefix($0 + "/") }
    }

    private func fetchAndLink(
        _ plan: ChangePlan, _ staging: UnpackingDirectory, _ report: inout ChangeReport
    ) throws(Failure) {
        // A cache below the prefix, as that of the root prefix is, would be in the way of the finished environment.
        if plan.isNew, settings.packageDirectories.contains(where: { $0.hasPrefix(plan.request.prefix + "/") }) {
            try FileSystem.createDirectories(plan.request.prefix)
        }
        let fetch = PackageFetch(context: self, staging: staging)
        var found = fetch.lookup(plan.links)
        if settings[.extraSafetyChecks] { try verify(&found, &report) }
        let isNew = plan.isNew && !FileSystem.exists(plan.request.prefix)
        // What is staged is moved as whole directories where all packages allow it, which only the plan of all tells.
        let streams = isNew && !settings[.downloadOnly] && !fetch.isStaged && found.contains { $0 == nil }
        let arriving = streams ? try ArrivingPackages(plan, options: try linkOptions(plan), context: self) : nil
        let fetched = try fetch.fetch(plan.links, found: found) { (index, entry) throws(Failure) in
            try arriving?.link(plan.links[index], entry)
        }
        report.fetched = fetched.count
        report.fetchedBytes = fetched.bytes
        report.warnings += fetched.warnings
        if settings[.downloadOnly] { return }
        try cancellation.check()
        // Everything that can fail for want of a network or of room in the cache lies behind.
        if plan.replaces { try EnvironmentRemoval(prefix: plan.request.prefix, context: self).run() }
        let packages = zip(plan.links, fetched.entries).map { link, entry in
            var package =
                arriving?.package(named: link.record.name) ?? LinkPackage(link, entry, isStaged: fetched.isStaged)
            package.isStaged = package.isStaged || plan.movesFiles
            return package
        }
        let (ordered, names) = inOrder(plan, packages)
        try link(plan, ordered, order: names, arriving, &report)
    }

    /// A prefix that was free when the change was planned still is.
    private func requireStillFree(_ plan: ChangePlan) throws(Failure) {
        guard plan.isNew, try InstalledEnvironment.find(plan.request.prefix) != nil else { return }
        throw Failure(
            .lockTimeout, plan.request.prefix, "another process has made an environment here in the meantime",
            hint: "add to it with `krait install -p \(plan.request.prefix)`, or choose another prefix",
            cause: OutdatedPlan())
    }

    /// What the plan was made for is what is there: no other process has changed it while this one fetched or waited.
    private func requireUnchanged(_ plan: ChangePlan) throws(Failure) {
        let expected = Set((plan.unchanged + plan.removals + plan.links.compactMap(\.replaced)).map(\.distribution))
        let records = try PrefixState.read(plan.request.prefix)?.records ?? []
        guard expected == Set(records.map(\.distribution)) else { throw plan.outdated }
    }

    /// What is linked, and the names of all that will be there, both with what each needs before it. Only now: records
    /// that came from bare URLs learn what they need when they are unpacked.
    func inOrder(_ plan: ChangePlan, _ packages: [LinkPackage]) -> (packages: [LinkPackage], names: [String]) {
        var byName: [String: LinkPackage] = [:]
        for package in packages { byName[package.record.name] = package }
        let names = topologicallySorted(plan.unchanged + packages.map(\.record)).map(\.name)
        return (names.compactMap { byName[$0] }, names)
    }

    private func link(
        _ plan: ChangePlan, _ packages: [LinkPackage], order: [String], _ arriving: ArrivingPackages?,
        _ report: inout ChangeReport
    ) throws(Failure) {
        progress.begin(.linking)
        if let arriving {
            try finish(plan, packages, arriving.fresh, &report) { (report) throws(Failure) in
                try arriving.finish(packages, &report)
            }
        } else if plan.isNew, !FileSystem.exists(plan.request.prefix) {
            try linkNew(plan, packages, &report)
        } else {
            try linkLiving(plan, packages, order, &report)
        }
        register(plan.request.prefix)
        noteSoftLinks(plan)
    }

    /// How files are linked, as the configuration says.
    func linkOptions() -> LinkOptions {
        var options = LinkOptions()
        options.mode = settings.effectiveLinkMode
        options.sourceDateEpoch = sourceDateEpoch
        options.verifiesFiles = settings[.extraSafetyChecks]
        options.verifiesSizes = settings[.safetyChecks] == .enabled
        options.allowsSoftLinks = settings[.allowSoftlinks]
        options.clobber = settings[.pathConflict]
        options.compiles = settings.compilingMode != .none
        options.progressed = { [progress] (done, total) in progress.advance(to: done, of: total) }
        return options
    }

    /// The same with what this plan leaves out.
    func linkOptions(_ plan: ChangePlan) throws(Failure) -> LinkOptions {
        var options = linkOptions()
        if let wished = try LeftOutFiles(plan.request.excludes) {
            options.exclusion = { wished.rule(of: $0, source: $1) }
        }
        if let leftOut = plan.leftOut { options.exclusion = { path, _ in leftOut.contains(path) ? 0 : nil } }
        return options
    }

    private func revision(_ plan: ChangePlan, _ packages: [LinkPackage]) -> History.Revision {
        History.Revision(
            seconds: sourceDateEpoch ?? wallClockSeconds(), arguments: commandWords, version: ToolVersion.text,
            unlinked: plan.removals + plan.links.compactMap(\.replaced), linked: packages.map(\.record),
            updateSpecs: plan.updateSpecs, removeSpecs: plan.removeSpecs, channels: plan.channels, isList: plan.isList)
    }

    /// Changes an environment that stands, as one transaction.
    private func linkLiving(
        _ plan: ChangePlan, _ packages: [LinkPackage], _ order: [String], _ report: inout ChangeReport
    ) throws(Failure) {
        let prefix = plan.request.prefix
        try requireStillFree(plan)
        let state = try PrefixState.read(prefix)
        let gone = Set((plan.removals + plan.links.compactMap(\.replaced)).map(\.distribution))
        var change = PrefixChange(target: LinkTarget(prefix), revision: revision(plan, packages))
        change.removed = state?.records.filter { gone.contains($0.distribution) } ?? []
        change.installed = packages
        change.order = order
        change.requestedSpecs = plan.newSpecs
        if !plan.removals.contains(where: { $0.name == "python" }) { change.python = try state?.pythonLayout() }
        change.options = try linkOptions(plan)
        change.synchronization = settings[.fsync]
        change.lockSeconds = settings[.lockTimeout]
        change.key = changeKey
        change.overridesFrozen = !settings[.protectFrozenEnvs]
        let transaction: PrefixTransaction
        do throws(Failure) {
            transaction = try PrefixTransaction(change, cancellation: cancellation)
        } catch {
            if error.code != .lockTimeout { try requireUnchanged(plan) }
            throw error
        }
        // Again, now that nobody else can.
        try requireStillFree(plan)
        try requireUnchanged(plan)
        let scripts = LinkScriptStage(plan, transaction.plan, context: self)
        try transaction.begin()
        try scripts.beforeUnlink(plan.removals + plan.links.compactMap(\.replaced), &report)
        try scripts.beforeLink(&report)
        var linked = try transaction.apply()
        do throws(Failure) {
            try compile(&linked, at: transaction.root, rootPath: prefix, plan, &report)
            try scripts.afterLink(&report)
        } catch {
            try transaction.rollBack()
            throw error
        }
        report.clobbers = transaction.clobbers.map { ($0.path, $0.winner, $0.loser) }
        report.leftOut = try LeftOutFiles(plan.request.excludes)?.savings(of: transaction.plan) ?? []
        if !transaction.replacedFiles.isEmpty {
            report.warnings.append(
                "\(transaction.replacedFiles.count) files that no package owned were replaced, first \(transaction.replacedFiles[0])"
            )
        }
        if !transaction.replacedDistributions.isEmpty {
            report.warnings.append(
                "conda packages replaced, or took with them, python packages that pip had installed: "
                    + transaction.replacedDistributions.joined(separator: ", "))
        }
        if let first = transaction.sharedFiles.first {
            report.warnings.append(
                "\(transaction.sharedFiles.count) files of removed packages were kept because packages that stay have them too, "
                    + "first \(first): `krait doctor -p \(prefix) --fix` gives them the content of those")
        }
        try transaction.commit(linked)
        try addVariables(plan.variables, to: prefix)
        if plan.isNew { try keepPlatform(plan, in: prefix) }
    }

    /// Notes in a new environment that it is for another platform than this machine's, as conda does: later changes
    /// choose packages for the same one.
    private func keepPlatform(_ plan: ChangePlan, in prefix: String) throws(Failure) {
        let path = Path.join(prefix, ".condarc")
        guard plan.isForeign, !FileSystem.exists(path) else { return }
        try writeFileAtomically(path, Array("subdir: \(plan.platform)\n".utf8))
    }

    /// Sets variables beside those that are set already.
    private func addVariables(_ variables: [(name: String, value: String)], to prefix: String) throws(Failure) {
        if variables.isEmpty { return }
        let names = Set(variables.map(\.name))
        let lock = FileLock.held(in: prefix)
        defer { withExtendedLifetime(lock) {} }
        try PrefixFiles.setVariables(
            try PrefixFiles.variables(prefix).filter { !names.contains($0.name) } + variables, prefix)
    }

    /// Builds a new environment of packages that are all there.
    private func linkNew(
        _ plan: ChangePlan, _ packages: [LinkPackage], _ report: inout ChangeReport
    ) throws(Failure) {
        let fresh = try FreshPrefix(plan.request.prefix, key: changeKey)
        let linkPlan = try LinkPlan(
            packages, target: LinkTarget(root: fresh.buildDirectory, prefix: plan.request.prefix),
            options: try linkOptions(plan))
        try finish(plan, packages, fresh, &report) { (report) throws(Failure) in
            try LinkScriptStage(plan, linkPlan, context: self).beforeLink(&report)
            return try linkPlan.execute(at: fresh.root, isFresh: true, cancellation: self.cancellation)
        }
    }

    /// Makes a new environment whole with what `link` puts into the building directory, and renames it to its place.
    private func finish(
        _ plan: ChangePlan, _ packages: [LinkPackage], _ fresh: FreshPrefix, _ report: inout ChangeReport,
        link: (inout ChangeReport) throws(Failure) -> LinkedPackages
    ) throws(Failure) {
        var linked = try link(&report)
        let scripts = LinkScriptStage(plan, linked.plan, context: self)
        try compile(&linked, at: fresh.root, rootPath: fresh.buildDirectory, plan, &report)
        report.clobbers = linked.report.clobbers.map { ($0.path, $0.winner, $0.loser) }
        report.leftOut = try LeftOutFiles(plan.request.excludes)?.savings(of: linked.plan) ?? []
        try linked.writeRecords(into: "conda-meta", at: fresh.root)
        try History.append(revision(plan, packages), at: fresh.root, sourceDateEpoch: sourceDateEpoch)
        if !plan.variables.isEmpty { try PrefixFiles.setVariables(plan.variables, fresh.buildDirectory) }
        try keepPlatform(plan, in: fresh.buildDirectory)
        try plan.completion?(fresh.root)
        try cancellation.check()
        let hasScripts = scripts.hasPostLink
        if hasScripts { try fresh.markUnfinished() }
        try fresh.commit(synchronize: settings[.fsync] == .always, sourceDateEpoch: sourceDateEpoch)
        do throws(Failure) {
            try scripts.afterLink(&report)
            if hasScripts { try fresh.finish(sourceDateEpoch: sourceDateEpoch) }
        } catch {
            fresh.takeBack()
            throw error
        }
    }

    /// Compiles the python files of noarch packages, unless the environment is for another platform.
    private func compile(
        _ linked: inout LinkedPackages, at root: DirectoryReference, rootPath: String, _ plan: ChangePlan,
        _ report: inout ChangeReport
    ) throws(Failure) {
        guard !plan.isForeign, let compiled = try compile(&linked, at: root, rootPath: rootPath) else { return }
        report.compiled = compiled.compiled
        if let failure = compiled.failure { report.warnings.append("python files were not compiled: \(failure)") }
        if let first = compiled.lost.first {
            report.warnings.append(
                "python died or hung over \(compiled.lost.count) of the files it compiled, first \(first): they have no .pyc"
            )
        }
    }

    /// Compiles the python files of noarch packages in the way the configuration says; nil when that is not at all.
    func compile(
        _ linked: inout LinkedPackages, at root: DirectoryReference, rootPath: String
    ) throws(Failure) -> Compiling.Report? {
        guard let compiling = compiling(settings.compilingMode) else { return nil }
        progress.begin(.compiling)
        return try compiling.run(&linked, at: root, rootPath: rootPath, cancellation: cancellation)
    }

    /// How python files are compiled and where they are kept; nil when they are not.
    func compiling(_ mode: CompilingMode) -> Compiling? {
        if mode == .none { return nil }
        let store = packageCache.writableDirectory.map {
            CompiledStore(directory: Path.join(Path.parent($0), CompiledStore.folder))
        }
        var compiling = Compiling(
            mode: mode, store: store, environment: environment.variables,
            workers: settings[.lowMemory] ? 1 : nil)
        compiling.trustsStore = !settings[.extraSafetyChecks]
        compiling.silence = settings[.pycTimeout]
        compiling.progressed = { [progress] (done, total) in progress.advance(to: done, of: total) }
        return compiling
    }

    /// Notes the environment in the user's list; best effort.
    func register(_ prefix: String) {
        guard settings[.registerEnvs], let home = environment.homeDirectory, home == environment.ownHomeDirectory
        else { return }
        EnvironmentsFile(home: home).register(prefix)
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
