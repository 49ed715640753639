// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Packages
import Platform
import Prefix

/// Fills the store of compiled files from an environment, with what Python has written into it when it was used: other
/// environments with the same packages then begin with it.
package struct CacheLearning: Sendable {
    package struct Report: Sendable {
        /// Files that the store has now and had not.
        package var learned = 0
        /// Compiled files of sources that are not as their packages shipped them.
        package var changed = 0
        /// Sources that could not be compiled.
        package var failed = 0
        /// Packages with python files that no cache has.
        package var unknown = 0
    }

    private let prefix: String
    private let context: Context

    package init(prefix: String, context: Context) {
        self.prefix = prefix
        self.context = context
    }

    /// - Throws: `Failure` when there is no environment, no python in it, or no cache that can be written to.
    package func run() throws(Failure) -> Report {
        try EnvironmentRecovery.requireEnvironment(prefix, root: nil)
        guard let state = try PrefixState.read(prefix), let python = try state.pythonLayout() else {
            throw Failure(.usage, prefix, "has no python, and so nothing that is compiled")
        }
        let mode = context.settings.compilingMode
        guard var compiling = context.compiling(mode == .none ? .timestamp : mode), compiling.store != nil else {
            throw Failure(.system, prefix, "there is no package cache that can be written to")
        }
        compiling.trustsStore = true
        // Python itself says for which of its versions files are kept.
        let heads = try state.heads().filter { $0.record.noarch == .python || $0.record.name == "python" }
        var report = Report()
        var packages: [LinkPackage] = []
        for (head, entry) in zip(heads, context.packageCache.lookup(heads.map(\.record))) {
            guard let entry else {
                if head.record.noarch == .python { report.unknown += 1 }
                continue
            }
            packages.append(LinkPackage(record: head.record, source: entry.directory, manifest: entry.manifest))
        }
        let plan = try LinkPlan(
            packages, target: LinkTarget(prefix), python: python, options: context.linkOptions())
        let root = try Descriptor.openDirectory(prefix)
        let lesson = try compiling.learn(
            of: plan, at: root.reference, rootPath: prefix, cancellation: context.cancellation)
        (report.learned, report.changed, report.failed) = (lesson.learned, lesson.changed, lesson.failed)
        return report
    }
}
