// SPDX-License-Identifier: BSD-3-Clause

/// A requirement of an installed python package that what is installed does not meet, as `pip check` finds them.
package struct PythonConflict: Sendable, Equatable {
    /// Who asks, as its metadata names it.
    package var package: String
    package var version: String
    /// What is asked for, as written.
    package var requirement: String
    package var requiredName: String
    /// The version that is there; nil when the package is missing.
    package var found: String?

    /// All conflicts among `installed`, in its order; requirements that are not of PEP 508 are read past, as pip does.
    package static func all(
        among installed: [PythonMetadata], in environment: PythonMarkerEnvironment
    ) -> [PythonConflict] {
        var versions: [String: String] = [:]
        for package in installed { versions[package.normalizedName] = package.version }
        var conflicts: [PythonConflict] = []
        for package in installed {
            for text in package.requirements {
                guard let requirement = PythonRequirement(text), requirement.marker?.holds(in: environment) ?? true
                else {
                    continue
                }
                let found = versions[requirement.normalizedName]
                // A version that PEP 440 does not know cannot be compared.
                if let found, PythonVersion(found).map({ requirement.specifiers.contains($0) }) ?? true { continue }
                conflicts.append(
                    PythonConflict(
                        package: package.name, version: package.version, requirement: text,
                        requiredName: requirement.name, found: found))
            }
        }
        return conflicts
    }
}

extension PythonConflict: CustomStringConvertible {
    package var description: String {
        "\(package) \(version) needs \(requirement), "
            + (found.map { "but \(requiredName) \($0) is installed" } ?? "but \(requiredName) is not installed")
    }
}
