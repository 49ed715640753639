// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Packages
import Platform
import Prefix

extension ChangeExecution {
    /// Changes an environment that stands, as one transaction.
    func linkLiving(
        _ packages: [LinkPackage], _ order: [String], _ report: inout ChangeReport
    ) throws(Failure) {
        let prefix = plan.request.prefix
        try requireStillFree()
        let state = try PrefixState.read(prefix)
        let gone = Set((plan.removals + plan.links.compactMap(\.replaced)).map(\.distribution))
        var change = PrefixChange(target: LinkTarget(prefix), revision: revision(packages))
        change.removed = state?.records.filter { gone.contains($0.distribution) } ?? []
        change.installed = packages
        change.order = order
        change.requestedSpecs = plan.newSpecs
        if !plan.removals.contains(where: { $0.name == "python" }) { change.python = try state?.pythonLayout() }
        change.options = try plan.linkOptions(context)
        change.synchronization = context.settings[.fsync]
        change.lockSeconds = context.settings[.lockTimeout]
        change.key = context.changeKey
        change.overridesFrozen = !context.settings[.protectFrozenEnvs]
        let transaction: PrefixTransaction
        do throws(Failure) {
            transaction = try PrefixTransaction(change, cancellation: context.cancellation)
        } catch {
            if error.code != .lockTimeout { try requireUnchanged() }
            throw error
        }
        // Again, now that nobody else can.
        try requireStillFree()
        try requireUnchanged()
        let scripts = LinkScriptStage(plan, transaction.plan, context: context)
        try transaction.begin()
        try scripts.beforeUnlink(plan.removals + plan.links.compactMap(\.replaced), &report)
        try scripts.beforeLink(&report)
        var linked = try transaction.apply()
        do throws(Failure) {
            try compile(&linked, at: transaction.root, rootPath: prefix, &report)
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
        if plan.isNew { try keepPlatform(in: prefix) }
    }

    /// A prefix that was free when the change was planned still is.
    private func requireStillFree() throws(Failure) {
        guard plan.isNew, try InstalledEnvironment.find(plan.request.prefix) != nil else { return }
        throw Failure(
            .lockTimeout, plan.request.prefix, "another process has made an environment here in the meantime",
            hint: "add to it with `krait install -p \(plan.request.prefix)`, or choose another prefix",
            cause: OutdatedPlan())
    }

    /// What the plan was made for is what is there: no other process has changed it while this one fetched or waited.
    private func requireUnchanged() throws(Failure) {
        let expected = Set((plan.unchanged + plan.removals + plan.links.compactMap(\.replaced)).map(\.distribution))
        let records = try PrefixState.read(plan.request.prefix)?.records ?? []
        guard expected == Set(records.map(\.distribution)) else { throw plan.outdated }
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
}
