// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
package import Failures
import Prefix

extension Packer {
    /// Decides which packages are packed for each of `platforms`, or for the one of the settings.
    package func plans(
        packing request: ChangeRequest, for platforms: [String], environment prefix: String?
    ) throws(Failure) -> [ChangePlan] {
        if platforms.isEmpty { return [try plan(packing: request, environment: prefix)] }
        var plans: [ChangePlan] = []
        for name in platforms {
            var request = request
            request.platform = try Subdir(name)
            if plans.contains(where: { $0.platform == request.platform }) {
                throw Failure(.usage, "--platform", "names \(name) twice", hint: "name it once")
            }
            plans.append(try plan(packing: request, environment: prefix))
        }
        return plans
    }

    /// Decides which packages are packed: those that `request` asks for, or those of an environment that stands.
    package func plan(packing request: ChangeRequest, environment prefix: String?) throws(Failure) -> ChangePlan {
        var request = request
        guard let prefix else {
            guard !request.specs.isEmpty || !request.files.isEmpty else {
                throw Failure(
                    .usage, "krait pack", "needs a lock, an environment or specs",
                    hint: "krait pack -f conda-lock.yml --format oci -o image")
            }
            return try Planner(context).plan(request)
        }
        let state = try PrefixState.existing(prefix)
        let environment = InstalledEnvironment(state)
        try environment.requireOneRecordEach()
        let records = try environment.records()
        // Its packages are taken as they are, and their files from the cache or the channel: what was changed in it stays there.
        request.specs = records.map { record in
            let hash = record.sha256.map { "sha256:\($0.hex)" } ?? record.md5?.hex
            return record.url + (hash.map { "#\($0)" } ?? "")
        }
        var plan = try Planner(context).plan(request)
        let requested = try environment.requestedSpecs()
        var known: [String: PackageRecord] = [:]
        for record in records { known[record.name] = record }
        for index in plan.links.indices {
            let name = plan.links[index].record.name
            plan.links[index].specs = requested[name].map { [$0] } ?? []
            if let record = known[name] { plan.links[index].record = record }
        }
        plan.updateSpecs = requested.sorted { $0.key < $1.key }.map(\.value)
        plan.isList = false
        plan.variables = try PrefixFiles.variables(prefix)
        let found = try PipPackage.survey(state).packages
        if let first = found.first {
            plan.warnings.append(
                "what pip installed is not packed: \(found.count == 1 ? "" : "\(found.count) packages, first ")\(first.requirement)"
            )
        }
        return plan
    }
}
