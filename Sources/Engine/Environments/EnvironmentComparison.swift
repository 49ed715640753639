// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Manifests
import Prefix

/// What of a file's requests an environment does not have (`compare`).
package struct EnvironmentComparison: Sendable {
    /// One sentence for each spec that no installed package answers, by name.
    package let differences: [String]

    /// - Throws: `Failure` for what is no environment, and for a file that cannot be read.
    package init(prefix: String, file: String, context: Context) throws(Failure) {
        guard let environment = try InstalledEnvironment.whole(prefix, root: context.settings.rootPrefix) else {
            throw notAnEnvironment(prefix)
        }
        var request = ChangeRequest(.install, prefix: prefix)
        request.files = [file]
        let inputs = try Inputs(request, platform: try context.targetPlatform(), context: context)
        let records = try environment.records()
        var differences: [String] = []
        for spec in inputs.specs where !records.contains(where: { spec.matches($0) }) {
            let found = records.first { $0.name == spec.exactName }
            differences.append(
                found.map {
                    "\($0.name) found but mismatch. Specification pkg: \(spec), Running pkg: \($0.distribution)"
                }
                    ?? "\(spec) not found")
        }
        for package in inputs.locked?.packages ?? []
        where !records.contains(where: { $0.isSamePackage(as: package.record) }) {
            differences.append("\(package.record.distribution) not found")
        }
        self.differences = differences.sorted()
    }
}
