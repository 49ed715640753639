// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Manifests
import Platform
import Prefix

/// The python packages of an environment as their own metadata tell, whoever installed them.
struct InstalledPython: Sendable {
    let version: String
    /// Absolute.
    let sitePackages: String
    /// Relative to the prefix.
    let folder: String
    /// By the name of the directory or file that describes them: `idna-3.7.dist-info`.
    let packages: [String: PythonMetadata]
    /// Names of those that conda packages brought, there or not.
    let ofConda: Set<String>

    /// Nil without python.
    static func read(_ state: PrefixState) throws(Failure) -> InstalledPython? {
        guard let python = state["python"], let layout = try state.pythonLayout() else { return nil }
        let directory = Path.join(state.prefix, layout.sitePackages)
        var packages: [String: PythonMetadata] = [:]
        for entry in (try? FileSystem.entries(directory)) ?? [] where !entry.name.hasPrefix("~") {
            let isEgg = entry.name.hasSuffix(".egg-info")
            guard isEgg || entry.name.hasSuffix(".dist-info") else { continue }
            let path = "\(directory)/\(entry.name)"
            let file = !isEgg ? path + "/METADATA" : FileSystem.isDirectory(path) ? path + "/PKG-INFO" : path
            guard let bytes = try? readFile(file, limit: 1 << 24) else { continue }
            packages[entry.name] = try? PythonMetadata(bytes: bytes, subject: file)
        }
        return InstalledPython(
            version: python.version, sitePackages: directory, folder: layout.sitePackages, packages: packages,
            ofConda: try state.pythonMetadata(directlyIn: layout.sitePackages).reduce(into: []) { $0.formUnion($1) })
    }

    private init(
        version: String, sitePackages: String, folder: String, packages: [String: PythonMetadata], ofConda: Set<String>
    ) {
        self.version = version
        self.sitePackages = sitePackages
        self.folder = folder
        self.packages = packages
        self.ofConda = ofConda
    }

    /// `name==version` of what conda packages brought, for pip to leave alone; without what `lines` themselves ask for from
    /// elsewhere or in another version, as an export does where pip had replaced what another conda package needs.
    func constraints(besides lines: [String]) -> [String] {
        let asked = lines.map { PipRequirementLine($0) }
        return packages.compactMap { described, package in
            guard ofConda.contains(described), let version = PythonVersion(package.version) else { return nil }
            let isReplaced = asked.contains { line in
                line.name == package.normalizedName
                    && (line.kind != .package || line.requirement?.specifiers.contains(version) == false)
            }
            return isReplaced ? nil : "\(package.name)==\(package.version)"
        }.sorted()
    }

    /// What is not as packages need it, in order of their names.
    func conflicts(_ environment: PythonMarkerEnvironment) -> [PythonConflict] {
        PythonConflict.all(among: packages.values.sorted { $0.normalizedName < $1.normalizedName }, in: environment)
    }
}
