// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures

/// What the configuration forbids, whatever a plan was made from.
struct PlanPolicy {
    /// `disallowed_packages`
    let disallowed: [MatchSpec]
    private let settings: Settings

    init(_ settings: Settings) throws(Failure) {
        var specs: [MatchSpec] = []
        for text in settings[.disallowedPackages] { specs.append(try MatchSpec(text)) }
        disallowed = specs
        self.settings = settings
    }

    /// - Throws: `Failure(.unsatisfiable)` for a plan that links what is disallowed, or removes or downgrades what may
    ///   not be.
    func check(_ plan: ChangePlan) throws(Failure) {
        if let link = plan.links.first(where: { link in disallowed.contains { $0.matches(link.record) } }) {
            throw forbidden(link.record.distribution, "may not be installed", by: .disallowedPackages)
        }
        guard plan.request.action != .remove else { return }
        if !settings[.allowUninstall], plan.replaces {
            throw forbidden(plan.request.prefix, "would be replaced", by: .allowUninstall)
        }
        if !settings[.allowUninstall], plan.request.prune != true, let gone = plan.removals.first {
            let more = plan.removals.count > 1 ? " and \(plan.removals.count - 1) more" : ""
            throw forbidden("\(gone.distribution)\(more)", "would be removed", by: .allowUninstall)
        }
        if !settings[.allowDowngrade], let link = plan.links.first(where: { $0.reason == .downgrade }) {
            let old = link.replaced?.version ?? ""
            throw forbidden(link.record.name, "\(old) would become \(link.record.version)", by: .allowDowngrade)
        }
    }

    private func forbidden(_ subject: String, _ what: String, by key: SettingKey) -> Failure {
        Failure(
            .unsatisfiable, subject, "\(what), which `\(key.name)` forbids",
            hint: "it is set by \(settings.origin(key))")
    }
}
