// SPDX-License-Identifier: BSD-3-Clause

extension SettingKey {
    static let solving: [SettingKey] =
        [
            pinnedPackages, noPin, noPyPin, addPipAsPythonDependency, allowUninstall, allowDowngrade, excludeNewer,
            excludeNewerPackage, excludeNewerChannel,
            createDefaultPackages, disallowedPackages, virtualPackages, solverTimeout,
            SettingKey(
                "order_solver_request", .flag, default: "true", .noEffect,
                "sort the request before solving; krait's solutions do not depend on its order"),
            SettingKey("track_features", .list, .noEffect, "features to track, which packages no longer have"),
            SettingKey(
                "aggressive_update_packages", .list, .noEffect,
                "packages to update with every command; krait changes what a request needs"),
        ] + ofOneCommand

    /// What conda lets files say and is meant for one command.
    private static let ofOneCommand = [
        ("deps_modifier", "not_set", "--no-deps` or `--only-deps"),
        ("update_modifier", "update_specs", "--freeze-installed`, `--update-deps` or `--all"),
        ("force_reinstall", "false", "--force-reinstall"), ("force_remove", "false", "remove --force"),
        ("force", "false", "--force-reinstall"), ("target_prefix_override", "", "pack --prefix DIR"),
    ].map { name, usual, option in
        SettingKey(
            name, usual == "false" ? .flag : .text, default: usual,
            .refused("it is for one command; write `\(option)` with the command that needs it"),
            "conda's `\(option)` for all commands")
    }

    package static let pinnedPackages = Setting<[String]>("pinned_packages", "specs that every environment must meet")
    package static let noPin = Setting<Bool>("no_pin", default: false, aliases: ["ignore_pinned"], "ignore pins")
    package static let noPyPin = Setting<Bool>("no_py_pin", default: false, "let python change its minor version")
    package static let addPipAsPythonDependency = Setting<Bool>(
        "add_pip_as_python_dependency", default: true, "python brings pip along")
    package static let allowUninstall = Setting<Bool>(
        "allow_uninstall", default: true, "`install` and `update` may remove packages to meet a request")
    package static let allowDowngrade = Setting<Bool>(
        "allow_downgrade", default: true, "`install` and `update` may downgrade packages to meet a request")
    package static let excludeNewer = Setting<String?>(
        "exclude_newer", aliases: ["cooldown"], "ignore newer packages: a date or an age such as `7d`")
    package static let excludeNewerPackage = Setting<[String]>(
        "exclude_newer_package", aliases: ["cooldown_exclude"],
        "the same for one package, in place of the rest: `numpy=3d`; `none` lifts it")
    package static let excludeNewerChannel = Setting<[String]>(
        "exclude_newer_channel", "the same for one channel: `conda-forge=7d`; `none` lifts it")
    package static let createDefaultPackages = Setting<[String]>(
        "create_default_packages", "specs added to every new environment")
    package static let disallowedPackages = Setting<[String]>(
        "disallowed_packages", aliases: ["disallow"], "specs that are never installed")
    package static let virtualPackages = Setting<[String]>(
        "virtual_packages", aliases: ["override_virtual_packages"],
        "virtual packages to add or replace: `__cuda=12.8`")
    package static let solverTimeout = Setting<Double>(
        "solver_timeout", default: 0, "seconds that solving may take; 0: no limit")
}
