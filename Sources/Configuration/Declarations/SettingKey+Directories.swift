// SPDX-License-Identifier: BSD-3-Clause

extension SettingKey {
    static let directories: [SettingKey] =
        [rootPrefix, envsDirs, pkgsDirs, registerEnvs, subdir, relocatePrefix] + ofRun

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

    /// What only a variable can say, as with micromamba: each is about one run.
    static let ofRun: [SettingKey] = [noRc, noEnv, targetPrefix]

    private static let relocatePrefix = SettingKey(
        "relocate_prefix", .path, .refused("an environment is made for the place where it stands"),
        "make an environment for another place")
    static let noRc = Setting<Bool>("no_rc", default: false, "read no configuration file; only a variable can set it")
    static let noEnv = Setting<Bool>(
        "no_env", default: false, "ignore all variables but the root prefix; only a variable can set it")
    static let targetPrefix = Setting<String?>(
        "target_prefix", as: .path, "the environment when neither -n nor -p is given; only a variable can set it")
}
