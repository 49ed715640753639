// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Manifests
import Platform
import Prefix

extension Planner {
    /// A `pip:` part needs pip: adds it to the specs when nobody asks for it, as conda does.
    func addPip(_ existing: InstalledEnvironment?, _ plan: inout ChangePlan) throws(Failure) {
        guard !plan.pip.isEmpty, plan.request.action != .remove else { return }
        if plan.isForeign, !plan.request.isForLock {
            plan.warnings.append(
                "\(plan.pip.file): its requirements for pip are left out, since nothing of \(plan.platform) runs here: "
                    + plan.pip.requirements.joined(separator: ", "))
            return
        }
        let names = Set(plan.inputs.specs.compactMap(\.exactName))
        if names.contains("pip") || existing?.state["pip"] != nil { return }
        if let existing, Self.hasPip(existing.state) { return }
        // Who wants uv and no pip gets that.
        let wanted =
            names.contains("uv") && !context.settings[.addPipAsPythonDependency] ? "python" : "pip"
        if names.contains(wanted) || existing?.state[wanted] != nil { return }
        plan.inputs.specs.append(try MatchSpec(wanted))
        plan.warnings.append(
            "\(plan.pip.file) has a `pip:` part and no `\(wanted)` in its dependencies, so it is added")
    }

    /// Whether something other than a conda package brought pip.
    private static func hasPip(_ state: PrefixState) -> Bool {
        guard let layout = try? state.pythonLayout() else { return false }
        return FileSystem.exists("\(state.prefix)/\(layout.sitePackages)/pip/__init__.py")
    }

    /// Refuses a plan with requirements for pip in which nothing can install them.
    func requireInstaller(_ existing: InstalledEnvironment?, _ plan: ChangePlan) throws(Failure) {
        guard !plan.pip.isEmpty, !plan.isForeign, !context.settings[.downloadOnly] else { return }
        if context.settings[.requireSha256], let weak = plan.inputs.locked?.requirements.first(where: \.isUnverified) {
            throw Failure(
                .integrity, plan.pip.file, "`\(weak.name)` has \(weak.md5 == nil ? "no hash" : "only an MD5 hash")",
                hint: "write the lock with SHA-256, or leave out --require-sha256")
        }
        let names = Set(plan.order)
        guard names.contains("python") else {
            throw Failure(
                .usage, plan.pip.file, "has requirements for pip, and the environment has no python",
                hint: "add python, or leave them out with --no-pip-section")
        }
        if names.contains("pip") || names.contains("uv") { return }
        if let existing, Self.hasPip(existing.state) { return }
        for program in ["uv", "pip"] {
            if (try? findProgram(program, environment: context.environment.variables)) != nil { return }
        }
        throw Failure(
            .usage, plan.pip.file, "has requirements for pip, and neither pip nor uv will be there",
            hint: "add pip, or leave them out with --no-pip-section")
    }
}
