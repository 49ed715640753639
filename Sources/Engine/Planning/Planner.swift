// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Locations
import Manifests
import Packages
import Platform
import Prefix
import Repodata
import Solving
import Transport

/// Decides what a change will do, without touching anything.
package struct Planner {
    let context: Context

    package init(_ context: Context) { self.context = context }

    /// Decides what a request will do.
    ///
    /// - Throws: `Failure` for files and specs that are not understood, channels that cannot be read, requests without
    ///   a solution, and environments that may not be changed.
    package func plan(_ request: ChangeRequest) throws(Failure) -> ChangePlan {
        try context.settings.requireHonoured()
        let platform: Subdir
        if let wanted = request.platform { platform = wanted } else { platform = try context.targetPlatform() }
        _ = try LeftOutFiles(request.excludes)
        try RemoteCache.check(context.settings)
        let inputs = try Inputs(request, platform: platform, context: context)
        var plan = ChangePlan(request, platform: platform, inputs: inputs)
        plan.isForeign = try platform != context.hostPlatform()
        plan.variables = inputs.variables.map { ($0.name, $0.value) }
        try plan.pip.check()
        let existing = try existingEnvironment(request, &plan)
        if let locked = inputs.locked {
            try planLocked(locked, existing, &plan)
        } else {
            try addPip(existing, &plan)
            try planSolved(existing, &plan)
        }
        if request.action != .remove, TrustSettings(context.settings, environment: context.environment).insecure {
            plan.warnings.append("certificates are not verified, as `--insecure` or `ssl_verify: false` says")
        }
        try PlanPolicy(context.settings).check(plan)
        try requireInstaller(existing, plan)
        markCached(&plan)
        return plan
    }

    /// What stands at the prefix; refuses what the action cannot deal with.
    private func existingEnvironment(
        _ request: ChangeRequest, _ plan: inout ChangePlan
    ) throws(Failure) -> InstalledEnvironment? {
        let prefix = request.prefix
        // What is planned starts from a whole environment; one whose maker was killed before it was whole is none.
        plan.warnings += context.cacheWarnings
        if let repaired = try context.endInterrupted(prefix), request.action != .create {
            plan.warnings.append(repaired)
        }
        let found = try InstalledEnvironment.whole(prefix)
        if found == nil, EmptyRoot.contains(prefix, root: context.settings.rootPrefix) {
            if context.settings[.protectFrozenEnvs] { try PrefixFiles.checkFrozen(prefix) }
            return nil
        }
        if request.action == .create {
            if found != nil {
                let isMeant = request.place.mayBeReplaced && (context.settings[.alwaysYes] || context.settings[.dryRun])
                let isBase = EnvironmentRemoval.holdsOthers(prefix, root: context.settings.rootPrefix)
                guard isMeant, !isBase else {
                    throw Failure(
                        .usage, prefix, "already holds an environment",
                        hint: "add to it with `krait install -p \(prefix)`"
                            + (isBase ? "" : ", or replace it with `create -y`"))
                }
                if context.settings[.protectFrozenEnvs] { try PrefixFiles.checkFrozen(prefix) }
                plan.replaces = true
                plan.replacedCount = found?.state.records.count ?? 0
                return nil
            }
            let isForced = request.place.mayHoldFiles && context.settings[.alwaysYes]
            if FileSystem.exists(prefix), !isForced, try !FreePrefix.isFree(prefix) {
                throw Failure(
                    .usage, prefix, "exists and is neither empty nor an environment", hint: "choose another prefix")
            }
            return nil
        }
        if found == nil, request.place.mayBeMissing {
            let isFree = try FreePrefix.isFree(prefix)
            if isFree || !FileSystem.exists(prefix) { return nil }
        }
        guard let found else {
            throw notAnEnvironment(prefix)
        }
        plan.isNew = false
        try found.requireOneRecordEach()
        if context.settings[.protectFrozenEnvs] { try PrefixFiles.checkFrozen(prefix) }
        return found
    }

    /// Takes the packages as a lock or the command line lists them.
    private func planLocked(
        _ locked: Inputs.LockedInput, _ existing: InstalledEnvironment?, _ plan: inout ChangePlan
    ) throws(Failure) {
        var records = locked.packages.map(\.record)
        var sources: [String: String] = [:]
        let directory = Path.parent(locked.file)
        for index in records.indices where !records[index].url.hasURLScheme {
            let path = Path.absolute(records[index].url, base: directory)
            records[index].url = "file://" + path.percentEncodedPath
            records[index].channel = Path.parent(Path.parent(records[index].url))
            sources[records[index].fileName] = path
        }
        records = try distinct(records)
        try checkHashes(records, &plan)
        plan.warnings += try AgeLimits(context.settings, context.environment).warningsForLocked(context.settings)
        try checkPlatforms(records, plan.platform)
        plan.channels = plan.inputs.channels
        let ordered = locked.hasDependencies ? topologicallySorted(records) : records
        var specs: [String: [String]] = [:]
        if plan.inputs.asWanted.isEmpty {
            for record in ordered { specs[record.name] = ["\(record.name)==\(record.version)=\(record.build)"] }
            plan.isList = locked.isList
        } else {
            for spec in plan.inputs.asWanted { specs[spec.exactName ?? "", default: []].append(spec.description) }
        }
        plan.updateSpecs = specs.sorted { $0.key < $1.key }.flatMap(\.value)
        try plan.compare(
            ordered, existing: existing, specs: { specs[$0] ?? [] }, replaceOnly: existing != nil,
            names: ChannelConfiguration(context.settings, context.environment))
        for index in plan.links.indices { plan.links[index].source = sources[plan.links[index].record.fileName] }
    }

    /// The archives, each once; two of one name cannot both be installed.
    private func distinct(_ records: [PackageRecord]) throws(Failure) -> [PackageRecord] {
        var known: [String: PackageRecord] = [:]
        for record in records {
            guard let other = known.updateValue(record, forKey: record.name), other.url != record.url else { continue }
            throw Failure(
                .usage, record.name, "is requested twice: \(other.fileName) and \(record.fileName)",
                hint: "keep one of the two")
        }
        return records.filter { known.removeValue(forKey: $0.name) != nil }
    }

    /// Counts archives without a strong hash in one warning, or refuses them (`--require-sha256`).
    private func checkHashes(_ records: [PackageRecord], _ plan: inout ChangePlan) throws(Failure) {
        let weak = records.filter { $0.sha256 == nil }
        guard let first = weak.first else { return }
        if context.settings[.requireSha256] {
            throw Failure(
                .integrity, first.fileName, "has \(first.md5 == nil ? "no hash" : "only an MD5 hash")",
                hint: "write the lock with SHA-256, or leave out --require-sha256")
        }
        let unknown = weak.count { $0.md5 == nil }
        var parts: [String] = []
        if weak.count > unknown { parts.append("\(weak.count - unknown) with an MD5 hash only") }
        if unknown > 0 { parts.append("\(unknown) with no hash at all") }
        plan.warnings.append(
            "of \(records.count) archives, \(parts.joined(separator: " and ")); the SHA-256 found is recorded")
    }

    private func checkPlatforms(_ records: [PackageRecord], _ platform: Subdir) throws(Failure) {
        guard let other = records.first(where: { $0.subdir != platform.name && $0.subdir != "noarch" }) else { return }
        throw Failure(
            .unsatisfiable, other.fileName, "is for \(other.subdir), not for \(platform)",
            hint: "use a lock for \(platform), or use --platform \(other.subdir)")
    }

    /// Solves, and compares the solution with what is installed.
    private func planSolved(_ existing: InstalledEnvironment?, _ plan: inout ChangePlan) throws(Failure) {
        let stage = try SolveStage(
            plan.request, plan.inputs, platform: plan.platform, existing: existing, context: context)
        // What goes comes from no channel: those of the configuration say nothing of this environment.
        if plan.request.action != .remove { plan.channels = stage.channels.texts }
        let solved = try stage.solve()
        plan.warnings += stage.absent.map { "\($0) is not installed in \(plan.request.prefix)" }
        plan.warnings += solved.warnings
        plan.hints += solved.hints
        plan.details += solved.details
        plan.updateSpecs = stage.updateSpecs
        plan.removeSpecs = stage.removeSpecs
        let specs = stage.requestedSpecs
        try plan.compare(
            solved.records, existing: existing, specs: { specs[$0] ?? [] }, replaceOnly: false,
            names: ChannelConfiguration(context.settings, context.environment), relinked: solved.relinked,
            forced: plan.request.forceReinstall ? Set(stage.requestedNames) : [])
        if plan.request.action == .install, let existing, !plan.newSpecs.isEmpty {
            let known = try existing.requestedSpecs()
            plan.asksAnew = plan.newSpecs.contains { known[$0.key] != $0.value.last }
        }
        if context.settings[.requireSha256] { try checkHashes(plan.links.map(\.record), &plan) }
        for index in plan.links.indices {
            let url = plan.links[index].record.url
            let channel = stage.channels.channels.first { url.hasPrefix($0.baseURL + "/") }
            plan.links[index].credential = channel?.credentials.flatMap(Credential.init)
        }
    }

    /// Notes what the cache has of what will be linked.
    func markCached(_ plan: inout ChangePlan) {
        for (index, entry) in context.packageCache.lookup(plan.links.map(\.record)).enumerated() {
            plan.links[index].cached = entry
        }
    }
}

extension ChangePlan {
    /// Fills links, removals and unchanged from the packages that should be there.
    ///
    /// - Parameters:
    ///   - replaceOnly: what is installed and not among `records` stays.
    ///   - names: what channels are called where packages change theirs.
    mutating func compare(
        _ records: [PackageRecord], existing: InstalledEnvironment?, specs: (String) -> [String], replaceOnly: Bool,
        names: ChannelConfiguration, relinked: Set<String> = [], forced: Set<String> = []
    ) throws(Failure) {
        var installed: [String: PackageRecord] = [:]
        for record in try existing?.records() ?? [] { installed[record.name] = record }
        for record in records {
            let old = installed.removeValue(forKey: record.name)
            var link = Link(record: record, specs: specs(record.name), reason: .install, replaced: old)
            if let old {
                if old.isSamePackage(as: record) {
                    guard relinked.contains(record.name) || forced.contains(record.name) else {
                        unchanged.append(old)
                        if !link.specs.isEmpty { newSpecs[record.name] = link.specs }
                        continue
                    }
                    link.reason = .reinstall
                } else {
                    link.reason = try Self.reason(from: old, to: record)
                }
            }
            links.append(link)
        }
        warnOfOtherChannels(names)
        order = records.map(\.name)
        let rest = installed.values.sorted { $0.name < $1.name }
        if replaceOnly {
            unchanged += rest
            order = rest.map(\.name) + order
        } else {
            removals = rest
        }
    }

    /// Tells of packages that come from another channel than the ones they replace: whoever may write to that one has them now.
    private mutating func warnOfOtherChannels(_ names: ChannelConfiguration) {
        let moved = links.filter { link in
            guard let old = link.replaced, !old.url.isEmpty, !link.record.url.isEmpty else { return false }
            return old.channelURL != link.record.channelURL
        }
        guard let first = moved.first, let old = first.replaced else { return }
        let rest = moved.dropFirst().map(\.record.name)
        let (new, before) = (names.displayName(of: first.record.channelURL), names.displayName(of: old.channelURL))
        warnings.append(
            "\(first.record.name) comes from another channel: \(new) in place of \(before)"
                + (rest.isEmpty ? "" : ", and so do \(rest.joined(separator: ", "))"))
    }

    private static func reason(from old: PackageRecord, to new: PackageRecord) throws(Failure) -> Reason {
        guard old.version != new.version, let before = try? Version(old.version), let after = try? Version(new.version)
        else { return .change }
        return before < after ? .upgrade : before == after ? .change : .downgrade
    }
}

extension PackageRecord {
    /// Whether both are the same archive: the same SHA-256 where both know one, else the same name, version, build and
    /// subdir (Rules §21).
    func isSamePackage(as other: PackageRecord) -> Bool {
        if let sha256, let theirs = other.sha256 { return sha256 == theirs }
        return name == other.name && version == other.version && build == other.build && subdir == other.subdir
    }
}
