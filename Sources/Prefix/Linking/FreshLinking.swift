// SPDX-License-Identifier: BSD-3-Clause

package import Conda
package import Failures
package import Platform
import Synchronization

/// Links packages into a new environment one by one, each as soon as it is ready, from any thread.
///
/// Packages do not know of each other here: the file system tells when a name is taken, and the later file goes below
/// `__clobbers__`. When all have come, the plan of all decides who has which path, and files change places where the
/// order of arrival gave another answer; so the result does not depend on it.
package final class FreshLinking: Sendable {
    private struct Arrived {
        var package: LinkPackage
        var placed: [Int32: PlacedFile]
        var method: LinkMethod
        /// Destinations of entries whose name was taken.
        var late: Set<ExactPath>
    }

    private struct State {
        var arrived: [String: Arrived] = [:]
        var report = LinkReport()
        /// A file of one package is a directory of another: only the plan of all can tell what to do.
        var needsPlan = false
    }

    private let fresh: FreshPrefix
    private let target: LinkTarget
    /// The layout of the python that is to come, if one is.
    package let python: PythonLayout?
    private let options: LinkOptions
    private let cancellation: Cancellation?
    private let state = Mutex(State())

    /// Linking into `fresh`; `records` are those of all packages to come, among them python's if there is one.
    package init(
        _ fresh: FreshPrefix, records: [PackageRecord], options: LinkOptions = LinkOptions(),
        platform: TargetPlatform = .linux, cancellation: Cancellation? = nil
    ) throws(Failure) {
        self.fresh = fresh
        self.options = options
        self.cancellation = cancellation
        target = LinkTarget(root: fresh.buildDirectory, prefix: fresh.prefix, platform: platform)
        if let record = records.last(where: { $0.name == "python" }) {
            python = try PythonLayout(record: record)
        } else {
            python = nil
        }
    }

    /// Links one package on the caller's thread.
    ///
    /// - Returns: Whether it has all of its paths.
    @discardableResult
    package func link(_ package: LinkPackage) throws(Failure) -> Bool {
        var options = options
        options.workers = 1
        // Who links many tells of all of them.
        options.progressed = nil
        options.sourceDateEpoch = self.options.sourceDateEpoch
        let plan = try LinkPlan([package], target: target, python: python, options: options)
        let execution = try LinkExecution(plan, root: fresh.root, taken: .putAside, cancellation: cancellation)
        var isWhole = true
        do throws(Failure) {
            try execution.run()
        } catch {
            guard error.errno == .exists || error.errno == .notDirectory, !package.isStaged else { throw error }
            state.withLock { $0.needsPlan = true }
            isWhole = false
        }
        let late = Set(execution.late.withLock { $0 }.map { ExactPath(plan.destination(of: $0)) })
        let arrived = Arrived(
            package: package, placed: execution.placedFiles().first ?? [:],
            method: execution.methods.withLock { $0.first } ?? .copy, late: late)
        let report = execution.report.withLock { $0 }
        state.withLock { state in
            state.arrived[package.record.name] = arrived
            state.report.paths += report.paths
            state.report.caseCollisions += report.caseCollisions
        }
        return isWhole && late.isEmpty
    }

    /// Settles who has which path, after every package has been linked; `order` is the topological one, by name.
    package func finish(order: [String]) throws(Failure) -> LinkedPackages {
        let state = state.withLock { $0 }
        var packages: [LinkPackage] = []
        for name in order {
            if let arrived = state.arrived[name] { packages.append(arrived.package) }
        }
        precondition(packages.count == state.arrived.count, "every package that came has its place in the order")
        let plan = try LinkPlan(packages, target: target, python: python, options: options)
        // A record from a bare URL may have promised another layout than python turned out to have.
        if state.needsPlan || plan.python != python {
            try fresh.empty()
            return try plan.execute(at: fresh.root, isFresh: true, cancellation: cancellation)
        }
        var report = state.report
        try exchange(state, plan, &report)
        // The registry has the packages the other way round.
        let arrived = packages.reversed().compactMap { state.arrived[$0.record.name] }
        let methods = arrived.map(\.method)
        report.directories = plan.registry.directories.count - 1
        report.clobbers = plan.clobbers
        return LinkedPackages(
            plan, records: RecordBuilder(plan, placed: arrived.map(\.placed), methods: methods), report: report,
            methods: methods)
    }

    /// Gives each disputed path to the package that the plan of all names.
    private func exchange(
        _ state: State, _ plan: LinkPlan, _ report: inout LinkReport
    ) throws(Failure) {
        var tree = Beneath(fresh.root)
        var disputed: [ExactPath: (winner: String, claimants: Set<String>)] = [:]
        for clobber in plan.clobbers {
            disputed[ExactPath(clobber.path), default: (clobber.winner, [clobber.winner])].claimants.insert(
                clobber.loser)
        }
        for arrived in state.arrived.values {
            for path in arrived.late where disputed[path] == nil {
                // Names that differ in case only: the plan tells them apart, the file system does not.
                let aside = "\(LinkPlan.clobbersDirectory)/\(arrived.package.record.name)/\(path.text)"
                try Self.done(aside) { () throws(Errno) in try tree.unlink(aside) }
                DirectoryCleaning(removed: [aside]).removeEmpty(at: fresh.root)
                report.caseCollisions.append(path.text)
            }
        }
        for (path, dispute) in disputed {
            guard let holder = dispute.claimants.first(where: { state.arrived[$0]?.late.contains(path) == false }),
                holder != dispute.winner
            else { continue }
            let losing = "\(LinkPlan.clobbersDirectory)/\(holder)/\(path.text)"
            let winning = "\(LinkPlan.clobbersDirectory)/\(dispute.winner)/\(path.text)"
            try Self.done(path.text) { () throws(Errno) in
                try tree.createDirectories(Path.parent(losing))
                try tree.rename(from: path.text, to: losing)
                try tree.rename(from: winning, to: path.text)
            }
            DirectoryCleaning(removed: [winning]).removeEmpty(at: fresh.root)
        }
    }

    private static func done(_ path: String, _ body: () throws(Errno) -> Void) throws(Failure) {
        do throws(Errno) { try body() } catch { throw Failure(error, path, "put in its place") }
    }
}
