// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Packages
import Platform
import Prefix
import Synchronization

/// The packages of a new environment, each linked when it is there while the others are still on their way.
final class ArrivingPackages: Sendable {
    /// Where they are linked.
    let fresh: FreshPrefix
    private let plan: ChangePlan
    private let options: LinkOptions
    private let context: Context
    private let linking: FreshLinking
    private let compiling: EarlyCompiling?
    /// Those that were linked, by name.
    private let linked = Mutex<[String: LinkPackage]>([:])

    /// Takes the place of the environment that `plan` makes.
    init(_ plan: ChangePlan, options: LinkOptions, context: Context) throws(Failure) {
        self.plan = plan
        self.options = options
        self.context = context
        fresh = try FreshPrefix(plan.request.prefix, key: context.changeKey)
        linking = try FreshLinking(
            fresh, records: plan.links.map(\.record), options: options, cancellation: context.cancellation)
        compiling = EarlyCompiling(plan, fresh, python: linking.python, options, context)
    }

    /// No python runs any more when the directory goes.
    deinit { compiling?.end() }

    /// Links a package that is complete, on the caller's thread; one with a script that wants to run before is kept
    /// for the end, when scripts run one by one and in order.
    func link(_ link: ChangePlan.Link, _ entry: CacheEntry) throws(Failure) {
        let package = LinkPackage(link, entry)
        if !LinkScript.isThere(.preLink, in: package) { try linkNow(package) }
    }

    /// A package that was linked.
    func package(named name: String) -> LinkPackage? { linked.withLock { $0[name] } }

    private func linkNow(_ package: LinkPackage) throws(Failure) {
        let isWhole = try linking.link(package)
        linked.withLock { $0[package.record.name] = package }
        if isWhole { compiling?.add(package) }
    }

    /// Links what is not linked yet and settles who has which path; `packages` are all of them, in topological order.
    func finish(_ packages: [LinkPackage], _ report: inout ChangeReport) throws(Failure) -> LinkedPackages {
        compiling?.end()
        let linked = linked.withLock { $0 }
        let rest = packages.filter { linked[$0.record.name] == nil }
        if rest.contains(where: { LinkScript.isThere(.preLink, in: $0) }) {
            let target = LinkTarget(root: fresh.buildDirectory, prefix: fresh.prefix)
            let whole = try LinkPlan(packages, target: target, options: options)
            try LinkScriptStage(plan, whole, context: context).beforeLink(&report)
        }
        let done = Atomic<Int>(0)
        try forEachInParallel(rest.count, name: "link") { (index) throws(Failure) in
            try linkNow(rest[index])
            options.progressed?(done.wrappingAdd(1, ordering: .relaxed).newValue, rest.count)
        }
        return try linking.finish(order: packages.map(\.record.name))
    }
}

extension LinkPackage {
    /// A package of a plan, once it is unpacked.
    init(_ link: ChangePlan.Link, _ entry: CacheEntry, isStaged: Bool = false) {
        self.init(
            record: entry.completing(link.record), source: entry.directory, manifest: entry.manifest,
            requestedSpecs: link.specs, isStaged: isStaged && entry.isNew)
    }
}
