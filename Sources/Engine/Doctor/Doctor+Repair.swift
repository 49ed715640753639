// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Packages
import Platform
import Prefix

extension Doctor {
    /// Brings back what `diagnosis` names: poisoned entries leave the cache, damaged packages are linked anew as one
    /// transaction, from the cache or fetched again.
    ///
    /// - Throws: `Failure` when a package cannot be had or linked; the environment is then as it was.
    package func repair(_ diagnosis: Diagnosis) throws(Failure) -> Repair {
        var repair = Repair()
        if context.settings[.protectFrozenEnvs] { try PrefixFiles.checkFrozen(diagnosis.prefix) }
        for entry in diagnosis.poisoned {
            context.packageCache.discard(entry.directory)
            repair.discarded.append(entry.directory)
        }
        StagingDirectory.removeLeft(in: Path.parent(diagnosis.prefix), key: context.changeKey)
        repair.removedLeftovers = diagnosis.leftovers.filter { !FileSystem.exists($0) }
        let state = try PrefixState.existing(diagnosis.prefix)
        let restored = try restoreRecords(diagnosis, state, &repair)
        let plan = try repairPlan(diagnosis, state, restored)
        guard !plan.links.isEmpty else { return repair }
        let report = try ChangeExecution(plan, context).run()
        repair.relinked = plan.links.map(\.record)
        repair.fetched = report.fetched
        repair.warnings += report.warnings
        return repair
    }

    /// The packages whose records cannot be read, from the cache; their damaged records go, for no transaction can read
    /// them either.
    private func restoreRecords(
        _ diagnosis: Diagnosis, _ state: PrefixState, _ repair: inout Repair
    ) throws(Failure) -> [PackageRecord] {
        guard !diagnosis.unreadableRecords.isEmpty else { return [] }
        var cached: [String: PackageRecord] = [:]
        for listing in context.packageCache.entries() {
            guard let bytes = try? readFile(listing.entry.recordPath, limit: 1 << 26),
                let json = try? JSON.parse(bytes, subject: listing.entry.recordPath),
                let record = try? PackageRecord(json: json, subject: listing.entry.recordPath)
            else { continue }
            cached[record.distribution] = record
        }
        var found: [PackageRecord] = []
        for (distribution, _) in diagnosis.unreadableRecords {
            guard let record = cached[distribution],
                let damaged = state.records.first(where: { $0.distribution == distribution })
            else {
                repair.warnings.append(
                    "the record of \(distribution) cannot be made again: no cache has the package; "
                        + "remove the record and install it anew")
                continue
            }
            try FileSystem.unlink(damaged.path)
            found.append(record)
        }
        return found
    }

    private func repairPlan(
        _ diagnosis: Diagnosis, _ state: PrefixState, _ restored: [PackageRecord]
    ) throws(Failure) -> ChangePlan {
        let platform = try context.targetPlatform()
        let request = ChangeRequest(.install, prefix: diagnosis.prefix)
        var plan = ChangePlan(
            request, platform: platform, inputs: try Inputs(request, platform: platform, context: context))
        plan.isNew = false
        let damaged = Set(diagnosis.damagedPackages)
        let asked = try History.read(diagnosis.prefix).requestedSpecs()
        var all = restored
        var links: [String: ChangePlan.Link] = [:]
        for record in restored {
            links[record.name] = ChangePlan.Link(
                record: record, specs: asked[record.name].map { [$0] } ?? [], reason: .reinstall)
        }
        var leftOut: Set<String> = []
        let stale = Set(diagnosis.duplicates.flatMap(\.stale))
        for record in state.records {
            guard !restored.contains(where: { $0.distribution == record.distribution }),
                let head = try? record.head()
            else { continue }
            if stale.contains(record.distribution) {
                plan.removals.append(head.record)
                continue
            }
            all.append(head.record)
            guard damaged.contains(record.name) else { continue }
            leftOut.formUnion(head.leftOut)
            links[record.name] = ChangePlan.Link(
                record: head.record, specs: head.requestedSpecs, reason: .reinstall, replaced: head.record)
        }
        let order = topologicallySorted(all)
        plan.order = order.map(\.name)
        plan.links = order.compactMap { links[$0.name] }
        plan.unchanged = order.filter { links[$0.name] == nil }
        plan.leftOut = leftOut
        return plan
    }
}
