// SPDX-License-Identifier: BSD-3-Clause

/// Every option of every verb, by the names that conda and micromamba use where they have one.
extension Option {
    // Global
    static let help = Option("help", letter: "h", "show this help")
    static let quiet = Option("quiet", letter: "q", setting: "quiet=true", "print errors only")
    static let verbose = Option("verbose", letter: "v", setting: "verbosity=+", "say more; twice for still more")
    static let json = Option("json", setting: "json=true", "print one JSON document on stdout")
    static let yes = Option("yes", letter: "y", setting: "always_yes=true", "do not ask")
    static let rootPrefix = Option(
        "root-prefix", letter: "r", takes: .value("DIR"), setting: "root_prefix", "where named environments live")
    static let rcFile = Option("rc-file", takes: .list("FILE"), "read only these configuration files")
    static let noRC = Option("no-rc", "read no configuration file")
    static let noEnv = Option("no-env", "ignore environment variables that configure")
    static let dialect = Option(
        "dialect", takes: .value("TOOL"),
        "print what krait, micromamba, mamba or conda prints; by default the tool it "
            + "was called as")
    static let progress = Option("progress", takes: .value("MODE"), "auto, plain or none")

    static var global: [Option] {
        [help, quiet, verbose, json, yes, rootPrefix, rcFile, noRC, noEnv, progress, dialect]
    }

    // Which environment
    static let name = Option(
        "name", letter: "n", takes: .value("NAME"), "the environment of this name under the root prefix")
    static let prefix = Option("prefix", letter: "p", takes: .value("DIR"), "the environment in this directory")

    static var target: [Option] { [name, prefix] }

    // Channels
    static let channel = Option(
        "channel", letter: "c", takes: .list("CHANNEL"), "a channel to use, best first: name, URL or path")
    static let overrideChannels = Option("override-channels", "use only the channels of the command line")
    static let channelPriority = Option(
        "channel-priority", takes: .value("MODE"), setting: "channel_priority", "strict, flexible or disabled")
    static let strictChannelPriority = Option(
        "strict-channel-priority", setting: "channel_priority=strict",
        "the first channel that has a package is the only one")
    static let noChannelPriority = Option(
        "no-channel-priority", setting: "channel_priority=disabled", "the highest version wins whatever its channel")
    static let channelAlias = Option(
        "channel-alias", takes: .value("URL"), setting: "channel_alias", "where channel names are looked up")
    static let useOnlyTarBz2 = Option("use-only-tar-bz2", setting: "use_only_tar_bz2=true", "ignore .conda archives")

    static var channels: [Option] {
        [
            channel, overrideChannels, channelPriority, strictChannelPriority, noChannelPriority, channelAlias,
            useOnlyTarBz2,
        ]
    }

    // Network and index
    static let offline = Option("offline", setting: "offline=true", "use only what is already on this machine")
    static let repodataTTL = Option(
        "repodata-ttl", takes: .value("SECONDS"), setting: "local_repodata_ttl",
        "how long an index is fresh (1: as the server says)")
    static let noShards = Option(
        "no-shards", setting: "use_sharded_repodata=false", "read the flat repodata, not shards")
    static let cacert = Option(
        "cacert", also: ["cacert-path"], takes: .value("FILE"), setting: "cacert_path",
        "trust the certificates in this file")
    static let sslVerify = Option(
        "ssl-verify", takes: .value("VALUE"), setting: "ssl_verify", "true, false or a certificate file")
    static let insecure = Option("insecure", letter: "k", setting: "ssl_verify=false", "do not verify certificates")
    static let retries = Option(
        "retries", takes: .value("N"), setting: "remote_max_retries", "tries after a failed transfer")
    static let readTimeout = Option(
        "read-timeout", takes: .value("SECONDS"), setting: "remote_read_timeout_secs",
        "give up when nothing arrives for so long")
    static let traceNetwork = Option(
        "trace-network", takes: .value("FILE"),
        "write when each request was made and answered: FILE as JSON, beside it a picture as .html")

    static var network: [Option] {
        [offline, repodataTTL, noShards, cacert, sslVerify, insecure, retries, readTimeout, traceNetwork]
    }

    // Solving
    static let platform = Option(
        "platform", also: ["subdir"], takes: .value("SUBDIR"), setting: "subdir",
        "solve for this platform, e.g. linux-aarch64")
    static let noDeps = Option("no-deps", "only the named packages, without dependencies")
    static let onlyDeps = Option("only-deps", also: ["deps-only"], "only the dependencies of the named packages")
    static let freezeInstalled = Option(
        "freeze-installed", also: ["no-update-deps"], "keep every installed package as it is")
    static let forceReinstall = Option("force-reinstall", "install the named packages again")
    static let all = Option("all", letter: "a", "every package")
    static let prune = Option("prune", also: ["prune-deps"], "also drop what nothing that was asked for needs")
    static let pin = Option("pin", takes: .list("SPEC"), "hold a package to this spec if it is installed")
    static let noPin = Option("no-pin", setting: "no_pin=true", "ignore pins")
    static let noPyPin = Option("no-py-pin", setting: "no_py_pin=true", "let python change its minor version")
    static let noPip = Option("no-pip", setting: "add_pip_as_python_dependency=false", "python does not pull in pip")
    static let excludeNewer = Option(
        "exclude-newer", takes: .value("TIME"), setting: "exclude_newer",
        "ignore packages younger than a date or age (2026-01-31, 7d)")
    static let virtualPackage = Option(
        "virtual-package", takes: .list("SPEC"), setting: "virtual_packages",
        "add or replace a virtual package, e.g. __cuda=12.8")
    static let solverTimeout = Option(
        "solver-timeout", takes: .value("SECONDS"), setting: "solver_timeout", "give up solving after so long")
    static let debugTestcase = Option(
        "debug-testcase", takes: .value("FILE"), "write the solver's input for a bug report")

    static var solving: [Option] {
        [platform, noDeps, onlyDeps, pin, noPin, noPip, excludeNewer, virtualPackage, solverTimeout, debugTestcase]
    }

    // Fetching and linking
    static let dryRun = Option("dry-run", letter: "d", setting: "dry_run=true", "show what would happen")
    static let downloadOnly = Option("download-only", setting: "download_only=true", "fill the package cache and stop")
    static let file = Option(
        "file", letter: "f", takes: .list("FILE"), "environment.yml, spec list, @EXPLICIT, conda-lock.yml or pixi.lock")
    static let linkMode = Option(
        "link-mode", takes: .value("MODE"), setting: "link_mode", "auto, hardlink, reflink, copy or softlink")
    static let alwaysCopy = Option("always-copy", also: ["copy"], setting: "link_mode=copy", "copy files, never link")
    static let pyc = Option(
        "pyc", takes: .value("MODE"), setting: "pyc", "none, timestamp, checked-hash or unchecked-hash")
    static let noPyc = Option("no-pyc", setting: "pyc=none", "do not compile python files")
    static let noLinkScripts = Option(
        "no-link-scripts", also: ["skip-run-link-scripts"], setting: "skip_run_link_scripts=true",
        "do not run packages' link scripts")
    static let noCache = Option(
        "no-cache", setting: "no_cache=true", "unpack straight into the prefix and keep nothing else")
    static let extraSafetyChecks = Option(
        "extra-safety-checks", setting: "extra_safety_checks=true", "hash cached files again before linking them")
    static let fsync = Option("fsync", takes: .value("MODE"), setting: "fsync", "auto, always or never")
    static let requireSHA256 = Option(
        "require-sha256", setting: "require_sha256=true", "refuse packages known by md5 only or by no hash")
    static let slim = Option("slim", "leave out what running needs not: static libraries, headers, manuals")
    static let exclude = Option("exclude", takes: .list("GLOB"), "leave out files that match")
    static let writeLock = Option("write-lock", takes: .value("FILE"), "write what was chosen as a lock file")
    static let category = Option("category", takes: .commaList("NAME"), "groups of a conda-lock.yml to install (main)")
    static let lockEnvironment = Option(
        "environment", letter: "e", takes: .value("NAME"), "environment of a pixi.lock (default)")
    static let locked = Option("locked", "fail when the lock file no longer fits the environment.yml")
    static let overrideFrozen = Option(
        "override-frozen", setting: "protect_frozen_envs=false", "change an environment that is marked frozen")
    static let pipNoConstraints = Option("pip-no-constraints", "let pip replace what conda installed")
    static let noPipSection = Option("no-pip-section", "leave out the pip part of a file")

    static var linking: [Option] {
        [
            dryRun, downloadOnly, linkMode, alwaysCopy, pyc, noPyc, noLinkScripts, noCache, extraSafetyChecks, fsync,
            requireSHA256, slim, exclude, writeLock,
        ]
    }

    static var fileInput: [Option] { [file, category, lockEnvironment, locked, pipNoConstraints, noPipSection] }
}
