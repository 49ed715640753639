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
        var options = Listing.Options()
        options.includesPip = true
        let records = try Listing(prefix: prefix, root: context.settings.rootPrefix, options: options).packages
        var request = ChangeRequest(.install, prefix: prefix)
        request.files = [file]
        let inputs = try Inputs(request, platform: try context.targetPlatform(), context: context)
        var differences: [String] = []
        for spec in inputs.specs where !records.contains(where: { spec.matches($0) }) {
            let found = records.first { $0.name == spec.exactName }
            differences.append(found.map { Self.mismatch("\(spec)", $0) } ?? "\(spec.exactName ?? "\(spec)") not found")
        }
        for line in inputs.pip.flatMap(\.requirements).map({ PipRequirementLine($0.text) }) {
            guard let name = line.name else { continue }
            if let found = records.first(where: { PythonPackageName.normalized($0.name) == name }) {
                guard line.kind == .package, let requirement = line.requirement,
                    let version = PythonVersion(found.version), !requirement.specifiers.contains(version)
                else { continue }
                differences.append(Self.mismatch("\(requirement.name)\(requirement.specifiers)", found))
            } else {
                differences.append("\(name) not found")
            }
        }
        for package in inputs.locked?.packages ?? []
        where !records.contains(where: { $0.isSamePackage(as: package.record) }) {
            differences.append("\(package.record.distribution) not found")
        }
        self.differences = differences.sorted()
    }

    private static func mismatch(_ spec: String, _ found: PackageRecord) -> String {
        "\(found.name) found but mismatch. Specification pkg: \(spec), Running pkg: \(found.exportedSpec)"
    }
}
