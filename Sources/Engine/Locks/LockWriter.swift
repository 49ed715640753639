// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Locations
import Manifests
import Platform
import Prefix

extension ChangePlan {
    /// Everything that will be in the environment, dependencies first.
    var outcome: [PackageRecord] {
        var byName: [String: PackageRecord] = [:]
        for record in unchanged + links.map(\.record) { byName[record.name] = record }
        return order.compactMap { byName[$0] }
    }
}

/// Writes what was planned as a lock file.
package struct LockWriter {
    let context: Context

    package init(_ context: Context) { self.context = context }

    /// Writes what `plan` chose as a lock file (`--write-lock`).
    ///
    /// - Parameter isApplied: the environment is as planned, so that its own records tell the hashes that were computed.
    /// - Returns: what the lock cannot hold.
    package func write(_ plan: ChangePlan, to file: String, isApplied: Bool) throws(Failure) -> [String] {
        var lock = LockFile()
        var pip: [PipPackage] = []
        var records = plan.outcome
        if isApplied, let state = try PrefixState.read(plan.request.prefix) {
            let found = try PipPackage.survey(state)
            records = try state.heads().map(\.record).filter { found.replacing[$0.name] == nil }
            pip = found.packages
        }
        try add(plan, records, pip, to: &lock, beside: file)
        if !isApplied, let warning = plan.unlockedRequirements { lock.warn(warning) }
        try context.write(lock.text(LockFile.Format(fileName: file)), to: file)
        return lock.warnings
    }

    /// Adds a plan's outcome to `lock`, whose file will be `file`.
    private func add(
        _ plan: ChangePlan, _ records: [PackageRecord], _ pip: [PipPackage], to lock: inout LockFile,
        beside file: String
    ) throws(Failure) {
        for channel in plan.channels where !lock.channels.contains(channel) { lock.channels.append(channel) }
        let directory = Path.parent(context.absolute(file))
        for source in plan.request.files {
            let path = context.absolute(source)
            let text = Path.parent(path) == directory ? Path.name(path) : path
            if !lock.sources.contains(text) { lock.sources.append(text) }
        }
        lock.add(
            records: records, pip: pip, locked: plan.inputs.locked?.requirements ?? [], platform: plan.platform,
            contentHash: try contentHash(plan))
    }

    private func contentHash(_ plan: ChangePlan) throws(Failure) -> String {
        ContentHash.of(
            specs: plan.inputs.specs, channels: plan.channels,
            pip: plan.inputs.pip.flatMap { $0.requirements.map(\.text) },
            platform: plan.platform,
            virtualPackages: try context.virtualPackages(plan.platform).map(\.description))
    }
}

extension ChangePlan {
    /// The sentence for pip requirements of files: what they become is known when pip has run.
    fileprivate var unlockedRequirements: String? {
        let texts = inputs.pip.flatMap { $0.requirements.map(\.text) }.filter(PipSection.asks)
        if texts.isEmpty { return nil }
        return "the lock leaves out what only pip can resolve: \(texts.joined(separator: ", ").maskingSecrets); "
            + "`krait create -f \(request.files.first ?? "FILE") --write-lock LOCK` installs that and locks it too"
    }
}

extension LockWriter {
    /// One platform of a lock: the plan of an environment that is never made.
    package func addSolution(
        of request: ChangeRequest, for file: String, to lock: inout LockFile
    ) throws(Failure) {
        var request = request
        request.isForLock = true
        request.prefix = Path.join(context.environment.currentDirectory, temporaryName(prefix: ".krait-lock-"))
        let plan = try Planner(context).plan(request)
        for warning in plan.warnings { lock.warn(warning) }
        if let warning = plan.unlockedRequirements { lock.warn(warning) }
        try add(plan, plan.outcome, [], to: &lock, beside: file)
    }

    /// The platforms that environment files are for, as they say themselves.
    package func platforms(ofFiles files: [String]) throws(Failure) -> [String] {
        var platforms: [String] = []
        for file in files {
            guard let bytes = try readFileIfPresent(context.absolute(file), limit: Inputs.limit) else {
                throw Failure(.usage, file, "there is no such file")
            }
            guard
                case .environment(let environment) = try InputFile(
                    bytes: bytes, subject: file, platform: try context.targetPlatform())
            else { continue }
            for platform in environment.platforms where !platforms.contains(platform) { platforms.append(platform) }
        }
        return platforms
    }
}
