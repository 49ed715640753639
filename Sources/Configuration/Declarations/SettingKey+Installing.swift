// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Platform

extension SettingKey {
    static let installing: [SettingKey] = [
        alwaysCopy, alwaysSoftlink, allowSoftlinks, linkMode, compilePyc, pyc, skipRunLinkScripts, safetyChecks,
        trustedCache, extraSafetyChecks, maximumPackageSize, maximumPackageEntries, maximumPackageRatio,
        maximumPackageWindow,
        extractThreads, lowMemory, lockTimeout, downloadOnly, pathConflict, fsync, noCache, requireSha256,
        protectFrozenEnvs,
        execMaxAge, execKeepDays, pycTimeout,
        SettingKey(
            "shortcuts", .flag, default: "true", .noEffect, "make entries in the desktop's menus, which krait does not"),
        SettingKey(
            "verify_artifacts", .flag, default: "false", aliases: ["verify_signatures"],
            .refused("krait cannot check signatures of packages (content trust)"), "check signatures of packages"),
        SettingKey("trusted_channels", .list, .noEffect, "channels with signed packages (content trust)"),
        SettingKey("use_lockfiles", .flag, default: "true", .noEffect, "lock the cache, which needs no locks here"),
        SettingKey(
            "prefix_data_interoperability", .flag, default: "false", aliases: ["pip_interop_enabled"], .noEffect,
            "take packages installed by pip into account; `list` always shows them, solving never counts them"),
    ]

    package static let alwaysCopy = Setting<Bool>(
        "always_copy", default: false, aliases: ["copy"], "copy files instead of linking them")
    package static let alwaysSoftlink = Setting<Bool>(
        "always_softlink", default: false, aliases: ["softlink"], "link files symbolically")
    package static let allowSoftlinks = Setting<Bool>(
        "allow_softlinks", default: false, "symbolic links where hard links cannot be made")
    package static let linkMode = Setting<LinkMode>(
        "link_mode", default: .automatic, "how package files are placed: hard link, reflink, copy or symbolic link")
    package static let compilePyc = Setting<Bool>("compile_pyc", default: true, "compile python files")
    package static let pyc = Setting<CompilingMode?>(
        "pyc", "how compiled `.pyc` files are validated; `none`: do not compile")
    package static let skipRunLinkScripts = Setting<Bool>(
        "skip_run_link_scripts", default: false, "do not run packages' link scripts")
    package static let safetyChecks = Setting<SafetyChecks>(
        "safety_checks", default: .warn,
        "`enabled`: compare sizes of cached files with the package's list before linking")
    package static let trustedCache = Setting<Bool>(
        "trusted_cache", default: false, "use package caches that other users can write to")
    package static let extraSafetyChecks = Setting<Bool>(
        "extra_safety_checks", default: false, "check the hashes of cached files before linking")
    package static let maximumPackageSize = Setting<UInt64>(
        "maximum_package_size", default: 68_719_476_736, "bytes that a package may unpack to")
    package static let maximumPackageEntries = Setting<UInt64>(
        "maximum_package_entries", default: 400_000, "files, directories and links that a package may have")
    package static let maximumPackageRatio = Setting<UInt64>(
        "maximum_package_ratio", default: 256,
        "how many times as large as its archive a package may become, beyond the first 512 MiB")
    package static let maximumPackageWindow = Setting<UInt64>(
        "maximum_package_window", default: 134_217_728, "bytes of memory that unpacking a package may use")
    package static let extractThreads = Setting<UInt64>(
        "extract_threads", default: 0, "threads that unpack; 0: as many as there are processors")
    package static let lowMemory = Setting<Bool>(
        "low_memory", default: false, "one package at a time and few transfers, for machines with little memory")
    package static let lockTimeout = Setting<UInt64>(
        "lock_timeout", default: 30, "seconds to wait for another process")
    package static let downloadOnly = Setting<Bool>("download_only", default: false, "fill the cache and stop")
    package static let pathConflict = Setting<ClobberPolicy>(
        "path_conflict", default: .lastWins, "what to do when two packages contain the same path")
    package static let fsync = Setting<Synchronization>(
        "fsync", default: .automatic, "when to wait until data is on the disk")
    package static let noCache = Setting<Bool>(
        "no_cache", default: false, aliases: ["container_build"],
        "unpack straight into the environment, keep nothing else")
    package static let requireSha256 = Setting<Bool>(
        "require_sha256", default: false, "refuse packages that have only an MD5 hash or none")
    package static let protectFrozenEnvs = Setting<Bool>(
        "protect_frozen_envs", default: true, "do not change environments marked frozen (CEP 22)")
    package static let execMaxAge = Setting<UInt64>(
        "exec_max_age", default: 86_400,
        "seconds after which `exec` asks the channels again whether its environment is still the newest")
    package static let pycTimeout = Setting<UInt64>(
        "pyc_timeout", default: 30, "seconds without progress after which compiling is stopped")
    package static let execKeepDays = Setting<UInt64>(
        "exec_keep_days", default: 30, "days without use after which an environment of `exec` is removed")
}
