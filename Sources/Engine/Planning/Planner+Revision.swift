// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Packages
import Platform
import Prefix
import Repodata

extension Planner {
    /// Plans the way back to how an environment was after revision `number` (`install --revision`).
    ///
    /// - Throws: `Failure(.usage)` when there is no such revision, `Failure(.unsatisfiable)` for packages that neither the
    ///   cache nor their channel has any more.
    package func plan(_ request: ChangeRequest, revision number: Int) throws(Failure) -> ChangePlan {
        try context.settings.requireHonoured()
        let repaired = try context.endInterrupted(request.prefix)
        let existing = try InstalledEnvironment.existing(request.prefix)
        try existing.requireOneRecordEach()
        if context.settings[.protectFrozenEnvs] { try PrefixFiles.checkFrozen(request.prefix) }
        var history = try History.read(request.prefix)
        guard let lines = history.packages(after: number) else {
            throw Failure(
                .usage, "--revision \(number)", "there is no such revision of \(request.prefix)",
                hint: "`krait list --revisions -p \(request.prefix)` shows 0 to \(history.revisions.count - 1)")
        }
        let installed = try existing.records()
        let platform = try context.platform(of: installed)
        let inputs = try Inputs(request, platform: platform, context: context)
        var plan = ChangePlan(request, platform: platform, inputs: inputs)
        if let repaired { plan.warnings.append(repaired) }
        plan.isNew = false
        plan.isForeign = try platform != context.hostPlatform()
        let records = try PastPackages(context: context, installed: installed).records(lines)
        let now = history.requestedSpecs()
        plan.channels = history.revisions[...number].last { !$0.channels.isEmpty }?.channels ?? []
        history.revisions.removeSubrange((number + 1)...)
        let then = history.requestedSpecs()
        plan.updateSpecs = then.filter { now[$0.key] != $0.value }.map(\.value).sorted()
        plan.removeSpecs = now.keys.filter { then[$0] == nil }.sorted()
        try plan.compare(
            topologicallySorted(records), existing: existing, specs: { then[$0].map { [$0] } ?? [] },
            replaceOnly: false,
            names: ChannelConfiguration(context.settings, context.environment))
        markCached(&plan)
        return plan
    }
}

/// Finds the records of packages that a history names.
private struct PastPackages {
    let context: Context
    let installed: [PackageRecord]

    /// One line of a history.
    private struct Wanted {
        var line: String
        var name: String
        var version: String
        var build: String
        var channel: Channel?
        var subdir: String

        func matches(_ record: PackageRecord) -> Bool {
            record.name == name && record.version == version && record.build == build
        }
    }

    /// The records of `channel/subdir::name-version-build` by `name-version-build`: from what is installed, the cache, and
    /// at last the channels.
    func records(_ lines: [String: String]) throws(Failure) -> [PackageRecord] {
        var records: [PackageRecord] = []
        var missing: [Wanted] = []
        for (_, line) in lines.sorted(by: { $0.key < $1.key }) {
            let wanted = wanted(line)
            if let record = installed.first(where: wanted.matches) {
                records.append(record)
            } else {
                missing.append(wanted)
            }
        }
        if missing.isEmpty { return records }
        missing = try takeCached(missing, &records)
        if missing.isEmpty { return records }
        missing = try takeFromChannels(missing, &records)
        if let first = missing.first {
            throw Failure(
                .unsatisfiable, first.line,
                "neither the cache nor its channel has it"
                    + (missing.count > 1 ? ", nor \(missing.count - 1) other packages of that revision" : ""))
        }
        return records
    }

    private func wanted(_ line: String) -> Wanted {
        let package = RevisionList.package(line)
        var parts = package.place.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        let subdir = parts.popLast() ?? ""
        let configuration = ChannelConfiguration(context.settings, context.environment)
        let channel = (try? configuration.resolve(parts.joined(separator: "/")))?.first
        return Wanted(
            line: line, name: package.name, version: package.version, build: package.build, channel: channel,
            subdir: subdir)
    }

    private func takeCached(_ wanted: [Wanted], _ records: inout [PackageRecord]) throws(Failure) -> [Wanted] {
        let stems = Set(wanted.map { "\($0.name)-\($0.version)-\($0.build)" })
        var found: [PackageRecord] = []
        for listing in context.packageCache.entries() where stems.contains(where: { listing.name.hasPrefix($0) }) {
            guard let bytes = try? readFile(listing.entry.recordPath, limit: 1 << 24),
                let json = try? JSON.parse(bytes, subject: listing.entry.recordPath),
                let record = try? PackageRecord(json: json, subject: listing.entry.recordPath)
            else { continue }
            found.append(record)
        }
        var missing: [Wanted] = []
        let configuration = ChannelConfiguration(context.settings, context.environment)
        for package in wanted {
            // The same name and build from another channel is another package.
            let record = found.first { record in
                guard package.matches(record), !record.url.isEmpty else { return false }
                return package.channel == nil || (try? configuration.resolve(record.channel))?.first == package.channel
            }
            if let record { records.append(record) } else { missing.append(package) }
        }
        return missing
    }

    private func takeFromChannels(_ wanted: [Wanted], _ records: inout [PackageRecord]) throws(Failure) -> [Wanted] {
        var missing = wanted.filter { $0.channel == nil }
        for (channel, packages) in Dictionary(grouping: wanted, by: \.channel) {
            guard let channel else { continue }
            var subdirs: [Subdir] = []
            for name in Set(packages.map(\.subdir)) { if let subdir = try? Subdir(name) { subdirs.append(subdir) } }
            context.progress.begin(.index)
            let loaded = try context.repodata.load(
                channels: [channel], subdirs: subdirs, names: Set(packages.map(\.name)).sorted())
            for package in packages {
                if let record = try record(of: package, in: loaded) {
                    records.append(record)
                } else {
                    missing.append(package)
                }
            }
        }
        return missing
    }

    private func record(of package: Wanted, in loaded: LoadedRepodata) throws(Failure) -> PackageRecord? {
        let strings = loaded.table.strings
        guard let name = strings.find(package.name), let rows = loaded.table.names[name] else { return nil }
        for row in rows {
            let candidate = loaded.table.rows[row]
            guard strings[candidate.version] == package.version, strings[candidate.build] == package.build else {
                continue
            }
            return try loaded.record(row)
        }
        return nil
    }
}
