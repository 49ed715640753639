// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Platform
import Prefix

/// Runs the scripts that packages bring for their own linking (CEP 34), each named in the report.
struct LinkScriptStage {
    private let link: LinkPlan
    private let runner: LinkScripts
    private let prefix: String
    /// False for other platforms and on the user's wish.
    private let runs: Bool

    init(_ plan: ChangePlan, _ link: LinkPlan, context: Context) {
        self.link = link
        prefix = plan.request.prefix
        runs = !plan.isForeign && !context.settings[.skipRunLinkScripts]
        var variables = context.environment.variables
        variables["CONDA_PREFIX"] = prefix
        variables["PATH"] = "\(prefix)/bin:" + (variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        runner = LinkScripts(
            prefix: prefix, rootPrefix: context.settings.rootPrefix ?? prefix, variables: variables,
            cancellation: context.cancellation)
    }

    /// Scripts of packages that go, while they are still there.
    func beforeUnlink(_ records: [PackageRecord], _ report: inout ChangeReport) throws(Failure) {
        try run(LinkScript.preUnlink(records, in: prefix), &report)
    }

    /// Scripts that want to run before anything of their package is linked, from the cache.
    func beforeLink(_ report: inout ChangeReport) throws(Failure) {
        guard runs else { return }
        for script in LinkScript.names(.preLink, in: link) {
            _ = try runner.run(script, source: script.source(in: link))
            report.scripts.append("\(script.name) (\(script.action.rawValue))")
        }
    }

    /// Whether ``afterLink(_:)`` has something to run.
    var hasPostLink: Bool { runs && !LinkScript.names(.postLink, in: link).isEmpty }

    /// Scripts of linked packages, in topological order, and what they want to tell.
    func afterLink(_ report: inout ChangeReport) throws(Failure) {
        try run(LinkScript.names(.postLink, in: link), &report)
        if runs { report.messages += try runner.takeMessages() }
    }

    private func run(_ scripts: [LinkScript], _ report: inout ChangeReport) throws(Failure) {
        guard runs else {
            if let first = scripts.first {
                report.warnings.append("link scripts were not run, first that of \(first.name)")
            }
            return
        }
        do throws(Failure) {
            for script in scripts {
                _ = try runner.run(script)
                report.scripts.append("\(script.name) (\(script.action.rawValue))")
            }
        } catch {
            // What scripts left to be told is no part of the environment, which will be as before.
            _ = try? runner.takeMessages()
            throw error
        }
    }
}
