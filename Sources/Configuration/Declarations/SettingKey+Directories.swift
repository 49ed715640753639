// SPDX-License-Identifier: BSD-3-Clause

extension SettingKey {
    static let directories: [SettingKey] = [rootPrefix, envsDirs, pkgsDirs, registerEnvs, subdir]

    package static let rootPrefix = Setting<String?>(
        "root_prefix", as: .path, aliases: ["root_dir"],
        "where environments and caches live by default (`~/micromamba` if it is one, else `~/.local/share/mamba`)")
    package static let envsDirs = Setting<[String]>(
        "envs_dirs", as: .paths, aliases: ["envs_path"],
        "directories of named environments; a new one is made in the first writable one")
    package static let pkgsDirs = Setting<[String]>(
        "pkgs_dirs", as: .paths, "package caches; the first writable one is written to, the others are read")
    package static let registerEnvs = Setting<Bool>(
        "register_envs", default: true, "list new environments in `~/.conda/environments.txt`")
    package static let subdir = Setting<String?>(
        "subdir", aliases: ["platform"], "the platform that packages are chosen for")
}
