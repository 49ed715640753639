// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration

/// Options on solving, fetching and linking.
extension Option {
    // Solving
    static let platform = SettingOption(
        "platform", also: ["subdir"], takes: "SUBDIR", sets: .subdir, "solve for this platform, e.g. linux-aarch64")
    static let noDeps = Flag("no-deps", "only the named packages, without dependencies")
    static let onlyDeps = Flag("only-deps", also: ["deps-only"], "only the dependencies of the named packages")
    static let freezeInstalled = Flag(
        "freeze-installed", also: ["no-update-deps"], "keep every installed package as it is")
    static let updateDeps = Flag("update-deps", "also bring up to date what the named packages need")
    static let forceReinstall = Flag("force-reinstall", "install the named packages again")
    static let noDefaultPackages = Flag(
        "no-default-packages", "without what `create_default_packages` adds")
    static let all = Flag("all", letter: "a", "every package")
    /// What conda calls `--all` beside `install` and `update`.
    static let updateAll = Flag("update-all", "the same as --all")
    static let keepEnvironment = Flag("keep-env", "with --all: only the packages, the environment stays")
    static let prune = Flag("prune", also: ["prune-deps"], "also remove packages that no requested package needs")
    static let noPrune = Flag("no-prune-deps", "keep dependencies that nothing needs any more")
    static let force = Flag(
        "force", also: ["force-remove"], letter: "f", "remove only the named packages, even if others need them")
    static let pin = ListOption("pin", takes: "SPEC", "hold a package to this spec if it is installed")
    static let pinned = SettingOption("pinned", sets: .noPin, to: false, "hold what is pinned (the default)")
    static let noPin = SettingOption("no-pin", sets: .noPin, "ignore pins")
    static let noPyPin = SettingOption("no-py-pin", sets: .noPyPin, "let python change its minor version")
    static let pyPin = SettingOption("py-pin", sets: .noPyPin, to: false, "keep python's minor version (the default)")
    static let noPip = SettingOption(
        "no-pip", sets: .addPipAsPythonDependency, to: false, "python does not pull in pip")
    static let allowUninstall = SettingOption(
        "allow-uninstall", sets: .allowUninstall, "packages may be removed to meet the request (the default)")
    static let noAllowUninstall = SettingOption(
        "no-allow-uninstall", sets: .allowUninstall, to: false, "fail rather than remove a package")
    static let allowDowngrade = SettingOption(
        "allow-downgrade", sets: .allowDowngrade, "packages may be downgraded to meet the request (the default)")
    static let noAllowDowngrade = SettingOption(
        "no-allow-downgrade", sets: .allowDowngrade, to: false, "fail rather than downgrade a package")
    static let excludeNewer = SettingOption(
        "exclude-newer", takes: "TIME", sets: .excludeNewer,
        "ignore packages younger than a date or age (2026-01-31, 7d)")
    static let excludeNewerPackage = SettingOption(
        "exclude-newer-package", takes: "NAME=TIME", sets: .excludeNewerPackage,
        "the same for one package, in place of the rest; TIME may be none")
    static let excludeNewerChannel = SettingOption(
        "exclude-newer-channel", takes: "CHANNEL=TIME", sets: .excludeNewerChannel, "the same for one channel")
    static let virtualPackage = SettingOption(
        "virtual-package", takes: "SPEC", sets: .virtualPackages, "add or replace a virtual package, e.g. __cuda=12.8")
    static let solverTimeout = SettingOption(
        "solver-timeout", takes: "SECONDS", sets: .solverTimeout, "stop solving after this many seconds")
    static let debugTestcase = ValueOption(
        "debug-testcase", takes: "FILE", "write the solver's input for a bug report")

    static var solving: [Option] {
        [
            platform, noDeps, onlyDeps, updateDeps, pin, noPin, pinned, noPyPin, pyPin, noPip, excludeNewer,
            excludeNewerPackage,
            excludeNewerChannel, virtualPackage,
            solverTimeout,
            debugTestcase, allowUninstall, noAllowUninstall, allowDowngrade, noAllowDowngrade,
        ] + solvingOfOthers
    }

    // Fetching and linking
    static let file = ListOption(
        "file", letter: "f", takes: "FILE", "environment.yml, spec list, @EXPLICIT, conda-lock.yml or pixi.lock")
    static let linkMode = SettingOption(
        "link-mode", takes: "MODE", sets: .linkMode, "auto, hardlink, reflink, copy or softlink")
    static let alwaysCopy = SettingOption(
        "always-copy", also: ["copy"], sets: .linkMode, to: .copy, "copy files, never link")
    static let noAlwaysCopy = SettingOption(
        "no-always-copy", sets: .alwaysCopy, to: false, "link where `always_copy` is configured")
    static let alwaysSoftlink = SettingOption(
        "always-softlink", also: ["softlink"], sets: .linkMode, to: .softLink, "link symbolically")
    static let noAlwaysSoftlink = SettingOption(
        "no-always-softlink", sets: .alwaysSoftlink, to: false, "do not, where `always_softlink` is configured")
    static let allowSoftlinks = SettingOption(
        "allow-softlinks", sets: .allowSoftlinks, "symbolic links where hard links cannot be made")
    static let noAllowSoftlinks = SettingOption(
        "no-allow-softlinks", sets: .allowSoftlinks, to: false, "copies where hard links cannot be made (the default)")
    static let pyc = SettingOption(
        "pyc", takes: "MODE", sets: .pyc, "none, timestamp, checked-hash or unchecked-hash")
    static let noPyc = SettingOption("no-pyc", sets: .pyc, toText: "none", "do not compile python files")
    static let compilePyc = SettingOption("compile-pyc", sets: .compilePyc, "compile python files (the default)")
    static let noLinkScripts = SettingOption(
        "no-link-scripts", also: ["skip-run-link-scripts"], sets: .skipRunLinkScripts,
        "do not run packages' link scripts")
    static let linkScripts = SettingOption(
        "run-link-scripts", sets: .skipRunLinkScripts, to: false, "run packages' link scripts (the default)")
    static let noCache = SettingOption(
        "no-cache", sets: .noCache, "unpack straight into the prefix and keep nothing else")
    static let lowMemory = SettingOption(
        "low-memory", sets: .lowMemory, "unpack one package at a time, with few transfers ahead of it")
    static let extraSafetyChecks = SettingOption(
        "extra-safety-checks", sets: .extraSafetyChecks, "hash cached files again before linking them")
    static let noExtraSafetyChecks = SettingOption(
        "no-extra-safety-checks", sets: .extraSafetyChecks, to: false, "do not hash them again (the default)")
    static let safetyChecks = SettingOption(
        "safety-checks", takes: "MODE", sets: .safetyChecks,
        "enabled: compare the sizes of cached files before linking them; warn or disabled")
    static let lockTimeout = SettingOption(
        "lock-timeout", takes: "SECONDS", sets: .lockTimeout, "how long to wait for another process")
    static let clobber = SettingOption(
        "clobber", sets: .pathConflict, to: .lastWins, "where packages share a path, the last one wins (the default)"
    )
    static let fsync = SettingOption("fsync", takes: "MODE", sets: .fsync, "auto, always or never")
    static let requireSHA256 = SettingOption(
        "require-sha256", sets: .requireSha256, "refuse packages that have only an MD5 hash or none")
    static let slim = Flag("slim", "skip files not needed at run time: static libraries, headers, manuals")
    static let exclude = ListOption(
        "exclude", takes: "RULE|GLOB", hasCommas: true,
        "leave out files: tests, headers, static, docs, stubs, idle, or what matches a glob")
    static let writeLock = ValueOption("write-lock", takes: "FILE", "write what was chosen as a lock file")
    static let category = ListOption(
        "category", takes: "NAME", hasCommas: true, "groups of a conda-lock.yml to install (main)")
    static let lockEnvironment = ValueOption(
        "environment", letter: "e", takes: "NAME", "environment of a pixi.lock (default)")
    static let locked = Flag("locked", "fail when the lock file no longer fits the environment.yml")
    static let overrideFrozen = SettingOption(
        "override-frozen", sets: .protectFrozenEnvs, to: false, "change an environment that is marked frozen")
    static let pipNoConstraints = Flag("pip-no-constraints", "let pip replace what conda installed")
    static let noPipSection = Flag("no-pip-section", "leave out the pip part of a file")

    static var linking: [Option] {
        [
            dryRun, downloadOnly, linkMode, alwaysCopy, pyc, noPyc, compilePyc, noLinkScripts, noCache,
            lowMemory, extraSafetyChecks, fsync,
            requireSHA256, slim, exclude, writeLock, noAlwaysCopy, alwaysSoftlink, noAlwaysSoftlink, allowSoftlinks,
            noAllowSoftlinks, linkScripts, noExtraSafetyChecks, safetyChecks, lockTimeout, clobber,
        ] + linkingOfOthers
    }

    static var fileInput: [Option] {
        [file, category, lockEnvironment, locked, pipNoConstraints, noPipSection] + filesOfOthers
    }
}
