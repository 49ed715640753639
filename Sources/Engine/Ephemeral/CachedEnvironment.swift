// SPDX-License-Identifier: BSD-3-Clause
import Configuration
package import Failures
import Platform
import Prefix

/// An environment for one request that nobody gave a name or a place: made when it is asked for first, in the user's cache
/// directory, and there for everybody who asks for the same.
///
/// One of many processes that ask at once makes it and the others wait; should that one be killed, another does. What is
/// there counts until the channels offer something else; then a new one is made beside it.
package struct CachedEnvironment: Sendable {
    /// An environment that stays for as long as this process, and what it becomes.
    package struct Held: Sendable {
        package var prefix: String
        /// What was done; nil when it was there.
        package var made: (plan: ChangePlan, report: ChangeReport)?
        package var warnings: [String] = []
    }

    private let request: ChangeRequest
    private let context: Context
    private let key: String
    private let root: String
    private let slot: EnvironmentSlot
    /// When it was asked for, in nanoseconds since 1970.
    private let asked = wallClockNanoseconds()

    /// The environment of `request`, whose prefix does not matter.
    ///
    /// - Throws: `Failure` for specs and files that are not understood, channels that may not be used, and a user without
    ///   a place for caches.
    package init(_ request: ChangeRequest, context: Context) throws(Failure) {
        self.request = request
        self.context = context
        key = try Self.key(of: request, context)
        root = try Self.root(context)
        // 96 bits; the record has all of them.
        slot = EnvironmentSlot(directory: Path.join(root, String(key.prefix(24))))
    }

    /// Where all of them are.
    static func root(_ context: Context) throws(Failure) -> String {
        try UserDirectory.cache("exec-v1", context.environment)
    }

    /// The environment if it is there and need not be looked after; nothing is written but, once a day, that it is used.
    package func ready() -> Held? { ready(since: oldest) }

    /// From when on the channels need not be asked again.
    private var oldest: Int64 {
        let settings = context.settings
        // What only has this machine to ask, or a lock to go by, cannot become newer.
        if settings[.offline] || settings[.useIndexCache] { return Int64.min }
        return asked - Int64(clamping: min(settings[.execMaxAge], 1 << 31) * 1_000_000_000)
    }

    private func ready(since oldest: Int64) -> Held? {
        // One from the future says nothing of today.
        guard let record = record(), record.checked >= oldest, record.checked <= wallClockNanoseconds(),
            let held = hold(record)
        else { return nil }
        noteUse()
        return held
    }

    private func record() -> Record? {
        guard (try? UserDirectory.isOwn(slot.directory)) ?? false, let record = Record(in: slot.directory),
            record.key == key
        else { return nil }
        return record
    }

    private func hold(_ record: Record) -> Held? {
        guard let prefix = slot.prefix(named: record.name), EnvironmentSlot.hold(prefix) else { return nil }
        return Held(prefix: prefix)
    }

    /// Marks the record as used today, for those who look for what is not.
    private func noteUse() {
        let path = Path.join(slot.directory, Record.fileName)
        guard let status = try? FileSystem.status(path, followLinks: false),
            asked / 1_000_000_000 - status.modified.seconds > 86_400
        else { return }
        try? FileSystem.setModified(path, FileTime(seconds: asked / 1_000_000_000))
    }

    /// The environment, which is made when it is not there, or when `refreshes` and the channels offer something else.
    ///
    /// - Throws: `Failure` when it cannot be made; what was there before is still there.
    package func obtain(refreshes: Bool) throws(Failure) -> Held {
        let oldest = refreshes ? asked : self.oldest
        try UserDirectory.make(root)
        let end = monotonicNanoseconds() + min(context.settings[.lockTimeout], 1 << 20) * 1_000_000_000
        while true {
            // Another process may have made it in the meantime.
            if let held = ready(since: oldest) { return held }
            if let lock = try slot.tryLock() {
                if let held = ready(since: oldest) { return held }
                let held = try renew(refreshes: refreshes)
                _ = consume lock
                return held
            }
            // A maker that takes longer than anybody waits, or hangs, is left alone: names of environments are never shared.
            if monotonicNanoseconds() >= end { return try renew(refreshes: refreshes) }
            try context.cancellation.check()
            pause(nanoseconds: 20_000_000)
        }
    }

    /// Looks whether what is there is still the answer, and makes what is.
    private func renew(refreshes: Bool) throws(Failure) -> Held {
        try context.renewingIndexes { () throws(Failure) in try renewed(refreshes: refreshes) }
    }

    private func renewed(refreshes: Bool) throws(Failure) -> Held {
        var request = request
        request.prefix = slot.newPrefix()
        let old = record()
        let plan: ChangePlan
        do throws(Failure) {
            plan = try Planner(context).plan(request)
        } catch {
            guard !refreshes, error.code == .network, let old, var held = hold(old) else { throw error }
            held.warnings.append(
                "the channels cannot be checked for something newer (\(error.subject): \(error.reason)); what was there is used"
            )
            return held
        }
        // What pip would choose today only pip knows.
        let isOpen = refreshes && plan.pipRequirementCount > 0
        if !isOpen, let old, let prefix = slot.prefix(named: old.name), try plan.isInstalled(in: prefix),
            let held = hold(old)
        {
            try write(Record(key: key, name: old.name, checked: wallClockNanoseconds()))
            return held
        }
        let report = try apply(plan)
        guard EnvironmentSlot.hold(request.prefix) else {
            throw Failure(.other, request.prefix, "another process removed it as soon as it was made")
        }
        try write(Record(key: key, name: Path.name(request.prefix), checked: wallClockNanoseconds()))
        removeUnused()
        return Held(prefix: request.prefix, made: (plan, report), warnings: plan.warnings + report.warnings)
    }

    private func apply(_ plan: ChangePlan) throws(Failure) -> ChangeReport {
        do throws(Failure) {
            return try ChangeExecution(plan, context).run()
        } catch {
            guard error.code == .pip else { throw error }
            // Its conda part stands, and is nobody's.
            _ = EnvironmentSlot.remove(plan.request.prefix, key: context.changeKey)
            var failure = error
            failure.hint = nil
            throw failure
        }
    }

    private func write(_ record: Record) throws(Failure) {
        let directory = try Descriptor.openDirectory(slot.directory, followLinks: false)
        try writeFileAtomically(Record.fileName, record.bytes, mode: 0o600, at: directory.reference)
    }

    /// Removes earlier environments of this request, and of others what was not used for long.
    private func removeUnused() {
        let current = record()?.name
        for prefix in slot.unused(besides: current, olderThan: 3600) {
            _ = EnvironmentSlot.remove(prefix, key: context.changeKey)
        }
        let days = Int64(clamping: min(context.settings[.execKeepDays], 1 << 20))
        for other in CachedEnvironments(context)?.unused(days: days) ?? [] where other.directory != slot.directory {
            _ = other.removeAll(key: context.changeKey)
        }
    }
}
