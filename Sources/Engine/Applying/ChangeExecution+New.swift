// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Packages
import Platform
import Prefix

extension ChangeExecution {
    /// Builds a new environment of packages that are all there.
    func linkNew(_ packages: [LinkPackage], _ report: inout ChangeReport) throws(Failure) {
        let fresh = try FreshPrefix(plan.request.prefix, key: context.changeKey)
        let linkPlan = try LinkPlan(
            packages, target: LinkTarget(root: fresh.buildDirectory, prefix: plan.request.prefix),
            options: try plan.linkOptions(context))
        try finish(packages, fresh, &report) { (report) throws(Failure) in
            try LinkScriptStage(plan, linkPlan, context: context).beforeLink(&report)
            return try linkPlan.execute(at: fresh.root, isFresh: true, cancellation: context.cancellation)
        }
    }

    /// Makes a new environment whole with what `link` puts into the building directory, and renames it to its place.
    func finish(
        _ packages: [LinkPackage], _ fresh: FreshPrefix, _ report: inout ChangeReport,
        link: (inout ChangeReport) throws(Failure) -> LinkedPackages
    ) throws(Failure) {
        var linked = try link(&report)
        let scripts = LinkScriptStage(plan, linked.plan, context: context)
        try compile(&linked, at: fresh.root, rootPath: fresh.buildDirectory, &report)
        report.clobbers = linked.report.clobbers.map { ($0.path, $0.winner, $0.loser) }
        report.leftOut = try LeftOutFiles(plan.request.excludes)?.savings(of: linked.plan) ?? []
        try linked.writeRecords(into: "conda-meta", at: fresh.root)
        try History.append(revision(packages), at: fresh.root, sourceDateEpoch: context.sourceDateEpoch)
        if !plan.variables.isEmpty { try PrefixFiles.setVariables(plan.variables, fresh.buildDirectory) }
        try keepPlatform(in: fresh.buildDirectory)
        try plan.completion?(fresh.root)
        try context.cancellation.check()
        let hasScripts = scripts.hasPostLink
        if hasScripts { try fresh.markUnfinished() }
        try fresh.commit(synchronize: context.settings[.fsync] == .always, sourceDateEpoch: context.sourceDateEpoch)
        do throws(Failure) {
            try scripts.afterLink(&report)
            if hasScripts { try fresh.finish(sourceDateEpoch: context.sourceDateEpoch) }
        } catch {
            fresh.takeBack()
            throw error
        }
    }
}
