// SPDX-License-Identifier: BSD-3-Clause
import Platform

/// The rc files that may exist, weakest first (Rules §16.1); of a path that comes twice the weakest place counts.
///
/// Those of an environment may come from a stranger, and say less (``SettingSource/withoutTrust()``).
func rcFiles(
    _ environment: ProcessEnvironment, rootPrefix: String?, targetPrefix: String?
) -> [(path: String, isForeign: Bool)] {
    let home = environment.homeDirectory
    let configuration = environment["XDG_CONFIG_HOME"] ?? home.map { Path.join($0, ".config") }
    var paths: [String] = []
    var foreign: Set<String> = []
    func environmentFiles(_ prefix: String) -> [String] {
        let files = condaFiles(prefix) + [Path.join(prefix, ".mambarc")]
        if prefix != rootPrefix || !isOwn(prefix) { foreign.formUnion(files) }
        return files
    }
    for directory in ["/etc/conda", "/var/lib/conda"] { paths += condaFiles(directory) + [directory + "/.mambarc"] }
    if let rootPrefix { paths += environmentFiles(rootPrefix) }
    if let configuration { paths += condaFiles(Path.join(configuration, "conda")) }
    if let home { paths += condaFiles(Path.join(home, ".conda")) + [Path.join(home, ".condarc")] }
    if let active = environment["CONDA_PREFIX"] { paths += environmentFiles(active).dropLast() }
    if let file = environment["CONDARC"] { paths += namedFiles(file, home) }
    if let configuration { paths += mambaFiles(Path.join(configuration, "mamba")) }
    if let home { paths += mambaFiles(Path.join(home, ".mamba")) + [Path.join(home, ".mambarc")] }
    if let file = environment["MAMBARC"] { paths += namedFiles(file, home) }
    if let targetPrefix { paths += environmentFiles(targetPrefix) }
    var seen: Set<String> = []
    return paths.filter { seen.insert($0).inserted }.map { ($0, foreign.contains($0)) }
}

/// The file that a variable names, or the files of that directory.
private func namedFiles(_ file: String, _ home: String?) -> [String] {
    let path = Path.expandingHome(file, home: home)
    return FileSystem.isDirectory(path) ? rcPieces(path) : [path]
}

/// Whether a directory belongs to this user or root, and nobody else can write to it.
private func isOwn(_ directory: String) -> Bool {
    guard let status = try? FileSystem.status(directory) else { return true }
    return (status.owner == effectiveUserID() || status.owner == 0) && status.mode & 0o002 == 0
}

private func condaFiles(_ directory: String) -> [String] {
    [Path.join(directory, ".condarc"), Path.join(directory, "condarc")] + rcPieces(Path.join(directory, "condarc.d"))
}

private func mambaFiles(_ directory: String) -> [String] {
    [Path.join(directory, ".mambarc"), Path.join(directory, "mambarc")] + rcPieces(Path.join(directory, "mambarc.d"))
}

/// `*.yml` and `*.yaml` of a directory by name; none when it cannot be read.
func rcPieces(_ directory: String) -> [String] {
    guard let entries = try? FileSystem.entries(directory) else { return [] }
    return entries.map(\.name).filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }.sorted()
        .map { directory + "/" + $0 }
}
