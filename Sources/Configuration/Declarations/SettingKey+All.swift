// SPDX-License-Identifier: BSD-3-Clause

extension SettingKey {
    /// Every setting that krait knows (conda-spec §16.4); other keys are passed over.
    package static let all: [SettingKey] = directories + channels + repodata + network + solving + installing + output

    private static let directories: [SettingKey] = [
        SettingKey(
            "root_prefix", .path, aliases: ["root_dir"],
            "where environments and caches live by default (`~/micromamba` if it is one, else `~/.local/share/mamba`)"),
        SettingKey(
            "envs_dirs", .paths, aliases: ["envs_path"],
            "directories of named environments; a new one is made in the first writable"),
        SettingKey("pkgs_dirs", .paths, "package caches; the first writable is written to, the others are read"),
        SettingKey("register_envs", .flag, default: "true", "list new environments in `~/.conda/environments.txt`"),
        SettingKey("subdir", .text, aliases: ["platform"], "the platform that packages are chosen for"),
    ]

    private static let channels: [SettingKey] = [
        SettingKey(
            "channels", .list, default: "conda-forge", aliases: ["channel"], expands: true,
            "channels, first is strongest"),
        SettingKey(
            "channel_alias", .text, default: "https://conda.anaconda.org", expands: true, "where names of channels lead"
        ),
        SettingKey(
            "default_channels", .list, default: "https://repo.anaconda.com/pkgs/main, https://repo.anaconda.com/pkgs/r",
            expands: true, "what `defaults` means"),
        SettingKey("custom_channels", .map, expands: true, "names of channels with their base URLs"),
        SettingKey("custom_multichannels", .map, expands: true, "names that stand for several channels"),
        SettingKey("mirrored_channels", .map, expands: true, "channels with the URLs that are tried in order"),
        SettingKey("override_channels_enabled", .flag, default: "true", "whether `--override-channels` is allowed"),
        SettingKey(
            "channel_priority", .choice(["flexible", "strict", "disabled"]), default: "flexible", "what the order means"
        ),
        SettingKey("channel_settings", .records, "settings for single channels"),
        SettingKey("allowlist_channels", .list, aliases: ["whitelist_channels"], "the only channels allowed"),
        SettingKey("denylist_channels", .list, "channels that are refused"),
    ]

    private static let repodata: [SettingKey] = [
        SettingKey(
            "use_sharded_repodata", .flag, default: "true", aliases: ["repodata_use_shards"], "use CEP 16 shards"),
        SettingKey("repodata_use_zst", .flag, default: "true", "use `repodata.json.zst`"),
        SettingKey("repodata_has_zst", .list, "channels that are known to have it"),
        SettingKey(
            "local_repodata_ttl", .number, default: "1", aliases: ["repodata_ttl"],
            "seconds that a fetched index is good for; 0: always ask, 1: as the server says"),
        SettingKey("repodata_shards_ttl", .number, "the same for the index of shards"),
        SettingKey("use_index_cache", .flag, default: "false", "use any index in the cache, however old"),
        SettingKey("use_only_tar_bz2", .flag, default: "false", "prefer `.tar.bz2` packages over `.conda`"),
        SettingKey("repodata_fns", .list, default: "repodata.json", "names of the index files to try"),
        SettingKey(
            "channel_relations_max_depth", .number, default: "10", "how far channel relations are followed (CEP 42)"),
    ]

    private static let network: [SettingKey] = [
        SettingKey("offline", .flag, default: "false", "nothing leaves the machine"),
        SettingKey(
            "ssl_verify", .text, default: "true", expands: true, "true, false, `<system>`, `truststore` or a CA file"),
        SettingKey("cacert_path", .path, "a file of trusted certificates"),
        SettingKey("ssl_no_revoke", .flag, default: "false", "accepted and without effect"),
        SettingKey("client_ssl_cert", .path, aliases: ["client_cert"], "a client certificate (PEM)"),
        SettingKey("client_ssl_cert_key", .path, aliases: ["client_cert_key"], "its key"),
        SettingKey("proxy_servers", .map, expands: true, "proxies by scheme, `scheme://host` or `all`"),
        SettingKey("remote_connect_timeout_secs", .number, default: "30", "seconds until a connection must stand"),
        SettingKey(
            "remote_read_timeout_secs", .number, default: "120", aliases: ["read_timeout"], "seconds of silence allowed"
        ),
        SettingKey(
            "remote_max_retries", .number, default: "3", aliases: ["retries"], "repetitions of a failed request"),
        SettingKey("remote_backoff_factor", .number, default: "1", "growth of the pause between repetitions"),
        SettingKey(
            "add_anaconda_token", .flag, default: "true", aliases: ["add_binstar_token"], "use anaconda-client's tokens"
        ),
        SettingKey(
            "download_threads", .number, default: "10", aliases: ["fetch_threads"], "transfers from one host at a time"),
    ]

    private static let solving: [SettingKey] = [
        SettingKey("pinned_packages", .list, "specs that every environment must meet"),
        SettingKey("no_pin", .flag, default: "false", "pay no attention to pins"),
        SettingKey("no_py_pin", .flag, default: "false", "let python change its minor version"),
        SettingKey("add_pip_as_python_dependency", .flag, default: "true", "python brings pip along"),
        SettingKey("allow_uninstall", .flag, default: "true", "packages may be removed to meet a request"),
        SettingKey("allow_downgrade", .flag, default: "true", "packages may be downgraded to meet a request"),
        SettingKey("order_solver_request", .flag, default: "true", "accepted and without effect"),
        SettingKey("exclude_newer", .text, "pass over what is newer: a date or an age such as `7d`"),
        SettingKey("track_features", .list, "accepted and without effect"),
        SettingKey("create_default_packages", .list, "specs added to every new environment"),
        SettingKey("disallowed_packages", .list, aliases: ["disallow"], "specs that are never chosen"),
        SettingKey("aggressive_update_packages", .list, "accepted and without effect"),
        SettingKey("virtual_packages", .list, "virtual packages to add or replace: `__cuda=12.8`"),
        SettingKey("solver_timeout", .number, "seconds that solving may take"),
    ]

    private static let installing: [SettingKey] = [
        SettingKey("always_copy", .flag, default: "false", aliases: ["copy"], "copy files instead of linking them"),
        SettingKey("always_softlink", .flag, default: "false", aliases: ["softlink"], "link files symbolically"),
        SettingKey("allow_softlinks", .flag, default: "false", "symbolic links where hard ones fail"),
        SettingKey(
            "link_mode", .choice(["auto", "hardlink", "reflink", "copy", "softlink"]), default: "auto", "how files come"
        ),
        SettingKey("compile_pyc", .flag, default: "true", "compile python files"),
        SettingKey("pyc", .choice(["none", "timestamp", "checked-hash", "unchecked-hash"]), "how they are checked"),
        SettingKey("skip_run_link_scripts", .flag, default: "false", "do not run packages' link scripts"),
        SettingKey("shortcuts", .flag, default: "true", "accepted and without effect on Linux"),
        SettingKey(
            "safety_checks", .choice(["enabled", "warn", "disabled"]), default: "warn",
            "check the sizes of cached files"),
        SettingKey("extra_safety_checks", .flag, default: "false", "check the hashes of cached files"),
        SettingKey("verify_artifacts", .flag, default: "false", "refused: content trust is not supported"),
        SettingKey("trusted_channels", .list, "accepted and without effect"),
        SettingKey(
            "maximum_package_size", .number, default: "68719476736", "bytes that a package may unpack to"),
        SettingKey(
            "maximum_package_entries", .number, default: "400000", "files, directories and links that it may have"),
        SettingKey(
            "maximum_package_ratio", .number, default: "256",
            "bytes that it may unpack to for each one of its archive, beyond the first 512 MiB"),
        SettingKey(
            "maximum_package_window", .number, default: "134217728", "bytes of memory that unpacking it may ask for"),
        SettingKey("extract_threads", .number, default: "0", "threads that unpack; 0: as many as there are processors"),
        SettingKey("lock_timeout", .number, default: "30", "seconds to wait for another process"),
        SettingKey("use_lockfiles", .flag, default: "true", "accepted and without effect: the cache needs no locks"),
        SettingKey("download_only", .flag, default: "false", "fill the cache and stop"),
        SettingKey(
            "path_conflict", .choice(["clobber", "warn", "prevent"]), default: "clobber", "two packages, one path"),
        SettingKey(
            "fsync", .choice(["auto", "always", "never"]), default: "auto", "when data must have reached the disk"),
        SettingKey(
            "no_cache", .flag, default: "false", aliases: ["container_build"],
            "unpack straight into the environment, keep nothing else"),
        SettingKey("require_sha256", .flag, default: "false", "refuse archives known by MD5 only or by no hash"),
        SettingKey("protect_frozen_envs", .flag, default: "true", "do not change environments marked frozen (CEP 22)"),
        SettingKey(
            "prefix_data_interoperability", .flag, default: "false", aliases: ["pip_interop_enabled"],
            "see pip packages"),
    ]

    private static let output: [SettingKey] = [
        SettingKey("always_yes", .flag, default: "false", aliases: ["yes"], "ask nothing"),
        SettingKey("json", .flag, default: "false", "answer with one JSON document"),
        SettingKey("quiet", .flag, default: "false", "say little"),
        SettingKey("verbosity", .number, aliases: ["verbose"], "say more"),
        SettingKey("dry_run", .flag, default: "false", "say what would be done"),
        SettingKey("changeps1", .flag, default: "true", "show the environment in the prompt"),
        SettingKey(
            "env_prompt", .text, default: "({default_env}) ",
            "how: `{default_env}`, `{stacked_env}`, `{prefix}`, `{name}`"),
        SettingKey(
            "auto_activate_base", .flag, default: "false", aliases: ["auto_activate"], "shells start with `base` active"
        ),
        SettingKey("auto_stack", .number, default: "0", "up to this level `activate` means `activate --stack`"),
        SettingKey("shell_completion", .flag, default: "true", "shell hooks include completion"),
        SettingKey("log_level", .text, "accepted and without effect"),
        SettingKey("show_channel_urls", .flag, aliases: ["show_channel_url"], "show URLs of channels"),
        SettingKey("show_anaconda_channel_warnings", .flag, default: "true", "accepted and without effect"),
        SettingKey("envvars_force_uppercase", .flag, default: "true", "accepted and without effect"),
    ]
}
