// SPDX-License-Identifier: BSD-3-Clause
package import Platform

/// Where environments and caches live, as the settings say.
package struct Directories: Sendable, Equatable {
    /// The root prefix, `base`; nil when there is neither a home nor a setting.
    package let rootPrefix: String?
    /// Directories of named environments, strongest first; absolute.
    package let environments: [String]
    /// Package caches, strongest first; absolute. Empty when nothing is known of the user.
    package let packages: [String]
    /// `~/.conda/environments.txt`; nil without a home.
    package let registry: String?
    /// The environment that a variable names, as typed, and that variable.
    let target: String?
    let targetVariable: String

    package init(_ settings: Settings, _ environment: ProcessEnvironment) {
        let base = environment.currentDirectory
        let home = environment.homeDirectory
        let root = settings[.rootPrefix] ?? Directories.defaultRootPrefix(environment)
        rootPrefix = root.map { Path.absolute(Path.expandingHome($0, home: home), base: base) }
        var environments = settings[.envsDirs].map { Path.absolute($0, base: base) }
        if let rootPrefix { environments.append(Path.join(rootPrefix, "envs")) }
        if let home { environments.append(Path.join(home, ".conda/envs")) }
        var seen: Set<String> = []
        self.environments = environments.filter { seen.insert($0).inserted }
        var packages = settings[.pkgsDirs].map { Path.absolute($0, base: base) }
        if packages.isEmpty, let rootPrefix { packages.append(Path.join(rootPrefix, "pkgs")) }
        self.packages = packages
        target = settings[.targetPrefix]
        targetVariable = settings.origin(.targetPrefix).description
        registry = home.map { Path.join($0, ".conda/environments.txt") }
    }

    /// micromamba's rule: `~/micromamba` if it looks like a root prefix, else `mamba` in the user's data directory.
    static func defaultRootPrefix(_ environment: ProcessEnvironment) -> String? {
        let home = environment.homeDirectory
        if let home {
            let old = Path.join(home, "micromamba")
            let marks = ["conda-meta", "envs", "pkgs"]
            if marks.contains(where: { FileSystem.isDirectory(Path.join(old, $0)) }) { return old }
        }
        let data = environment["XDG_DATA_HOME"] ?? home.map { Path.join($0, ".local/share") }
        return data.map { Path.join($0, "mamba") }
    }

    /// What an environment is called: `base`, the name under a directory of environments, or its path.
    package func name(of prefix: String) -> String {
        if prefix == rootPrefix { return "base" }
        let parent = Path.parent(prefix)
        return environments.contains(parent) ? Path.name(prefix) : prefix
    }
}
