// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Engine
import Failures
import Platform

/// What `create`, `install`, `update` and `remove` have in common: plan, show, ask, do, tell.
struct Change {
    let session: Session
    let invocation: Invocation

    /// Plans `request`, and carries it out unless `--dry-run` or the user says no.
    func run(_ request: ChangeRequest, _ context: Context) throws(Failure) -> Int32 {
        try run(context) { () throws(Failure) in try Planner(context).plan(request) }
    }

    /// Shows what `planned` says, and carries it out unless `--dry-run` or the user says no. Where another process was
    /// faster with a change of the same environment, it is planned again from what is there then, and where an index was
    /// wrong, from what its channel says by now.
    func run(_ context: Context, planned: () throws(Failure) -> ChangePlan) throws(Failure) -> Int32 {
        limitHeapGrowth()
        installSignalHandlers(session.cancellation)
        var first: ChangePlan?
        for _ in 1..<Self.attempts {
            do throws(Failure) {
                return try attempt(context, &first, planned)
            } catch {
                if let renewed = error.cause as? RenewedIndex {
                    first = nil
                    session.console.say(
                        "The index of \(renewed.place) was damaged or out of date, so it was fetched again, and this is planned again."
                    )
                    continue
                }
                guard error.cause is OutdatedPlan, first?.request.action != .create else { throw error }
            }
        }
        return try attempt(context, &first, planned)
    }

    /// How often a plan may be too late.
    private static let attempts = 20

    /// - Parameter first: What was planned for the environment as it was before another process changed it.
    private func attempt(
        _ context: Context, _ first: inout ChangePlan?, _ planned: () throws(Failure) -> ChangePlan
    ) throws(Failure) -> Int32 {
        let console = session.console
        let plan = try session.withProgress(of: context, invocation, planned)
        if let first {
            // What another process has only just put there does not go unless somebody sees it go.
            let isSeen = asks(plan, context) && isTerminal(console.inputDescriptor)
            if !isSeen, !plan.displaced.isSubset(of: first.displaced) { throw plan.outdated }
            console.say("Another process has changed the environment in the meantime, so this is planned again.")
        }
        first = first ?? plan
        for warning in plan.warnings { if !console.isJSON { console.warn(warning) } }
        if !console.isJSON { for line in plan.details { console.detail(line) } }
        if plan.isEmpty {
            // What was there for others only is from now on there for itself; no reason to fail where nothing can be written.
            if plan.asksAnew, !context.settings[.dryRun] { _ = try? ChangeExecution(plan, context).run() }
            try writeLock(plan, context, isApplied: true)
            if console.isJSON {
                try console.data(table.changeDocument(plan, nil, names(context)))
            } else {
                try tell(table.nothingToDo(plan))
            }
            return 0
        }
        if !console.isJSON {
            try tell(table.plan(plan, names(context)))
            for hint in plan.hints { console.say("hint: \(hint)") }
        }
        if context.settings[.dryRun] {
            try writeLock(plan, context, isApplied: false)
            if console.isJSON { try console.data(table.changeDocument(plan, nil, names(context))) }
            return 0
        }
        if asks(plan, context) {
            guard try console.confirm("Proceed?", session.cancellation) else {
                console.say("Aborted; nothing was changed.")
                return 0
            }
        }
        return try apply(plan, context, since: monotonicNanoseconds())
    }

    private func apply(_ plan: ChangePlan, _ context: Context, since start: UInt64) throws(Failure) -> Int32 {
        let console = session.console
        let report = try session.withProgress(of: context, invocation) { () throws(Failure) in
            try ChangeExecution(plan, context).run()
        }
        try writeLock(plan, context, isApplied: !context.settings[.downloadOnly])
        session.keepRootScripts(context.settings)
        if console.isJSON {
            try console.data(table.changeDocument(plan, report, names(context)))
            return 0
        }
        for warning in report.warnings { console.warn(warning) }
        if !report.clobbers.isEmpty { console.say(clobberLine(report)) }
        if let line = ChangeTable.leftOutLine(report.leftOut) { console.say(line) }
        if !report.scripts.isEmpty { console.say("Link scripts ran: \(report.scripts.joined(separator: ", "))") }
        if !report.messages.isEmpty { console.say(report.messages) }
        if let done = table.done, !context.settings[.downloadOnly] {
            try tell(done(plan))
            return 0
        }
        let verb = context.settings[.downloadOnly] ? "Fetched" : "Done"
        console.say("\(verb) in \(Units.duration(monotonicNanoseconds() - start)): \(ChangeTable.summary(of: plan))")
        if plan.isNew, !context.settings[.downloadOnly] {
            console.say("\nRun a command in it:  krait run -p \(plan.request.prefix) COMMAND")
        }
        return 0
    }

    private var table: DialectTable { session.dialect.table }

    private func names(_ context: Context) -> ChannelNames { session.channelNames(context.settings) }

    /// Says something where the dialect has it; quiet ones say nothing.
    private func tell(_ text: @autoclosure () -> String) throws(Failure) {
        guard session.console.verbosity >= 0 else { return }
        let text = text()
        if text.isEmpty { return }
        guard table.talksOnStdout else { return session.console.say(text) }
        try session.console.data(text + (text.hasSuffix("\n") ? "" : "\n"))
    }

    /// Nobody is asked about an empty environment, nor by `env create` and `env update`, as with the peers.
    private func asks(_ plan: ChangePlan, _ context: Context) -> Bool {
        if context.settings[.alwaysYes] || session.console.isJSON { return false }
        let isMadeEmpty = plan.request.action == .create && plan.links.isEmpty && plan.pipRequirementCount == 0
        return !isMadeEmpty && invocation.verbPath.first != "env"
    }

    /// Writes the lock that `--write-lock` asks for.
    private func writeLock(_ plan: ChangePlan, _ context: Context, isApplied: Bool) throws(Failure) {
        guard let file = invocation[.writeLock] else { return }
        let warnings = try LockWriter(context).write(plan, to: file, isApplied: isApplied)
        for warning in warnings { session.console.warn(warning) }
    }

    /// One line for all files that several packages hold (Rules §12.8).
    private func clobberLine(_ report: ChangeReport) -> String {
        let first = report.clobbers[0]
        let rest = report.clobbers.count - 1
        return "\(Units.count(report.clobbers.count, "file")) in several packages, the last one wins: "
            + "\(first.path) (\(first.winner) over \(first.loser))" + (rest > 0 ? " and \(rest) more" : "")
    }
}

extension ChangeRequest {
    /// The options that the changing verbs share.
    mutating func take(_ invocation: Invocation) {
        specs = invocation.operands
        files = invocation[.file]
        channels = invocation.channels
        overrideChannels = invocation[.overrideChannels]
        dependencies = invocation[.onlyDeps] ? .only : invocation[.noDeps] ? .none : .all
        freezeInstalled = invocation[.freezeInstalled]
        updateDependencies = invocation[.updateDeps]
        forceReinstall = invocation[.forceReinstall]
        all = invocation[.all] || invocation[.updateAll]
        noDefaultPackages = invocation[.noDefaultPackages]
        prune = invocation[.noPrune] ? false : invocation[.prune] ? true : nil
        force = invocation[.force]
        pins = invocation[.pin]
        categories = invocation[.category]
        lockEnvironment = invocation[.lockEnvironment]
        locked = invocation[.locked]
        pip.isUnconstrained = invocation[.pipNoConstraints]
        pip.isLeftOut = invocation[.noPipSection]
        excludes = invocation[.exclude] + (invocation[.slim] ? LeftOutFiles.slim : [])
        testcase = invocation[.debugTestcase]
    }
}
