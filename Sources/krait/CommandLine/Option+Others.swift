// SPDX-License-Identifier: BSD-3-Clause

/// What conda and micromamba have and krait has no use for: accepted without effect, or refused with what to write.
extension Option {
    static let solvingOfOthers: [Option] = [
        .ignored("solver", takes: .value("NAME"), "krait has one solver"),
        .ignored("satisfied-skip-solve", letter: "S", "what is installed and fits is kept anyway"),
        .ignored("update-specs", "what is named is brought up to date anyway"),
        noForce,
        .ignored("dev", "it is for those who work on conda"),
        .refused("features", "packages have no features to solve by any more", hint: "name packages instead"),
    ]

    /// Of all changing verbs but `remove`, where it means something.
    static let noForce = Option.ignored("force", "conflicts are reported, and nothing is forced")

    static let linkingOfOthers: [Option] = [
        .ignored("shortcuts", also: ["no-shortcuts"], "krait makes no entries in menus"),
        .ignored("shortcuts-only", takes: .list("PACKAGE"), "krait makes no entries in menus"),
        .ignored("force-pscheck", "it is for Windows"),
        .ignored("trusted-channels", takes: .list("CHANNEL"), "krait checks no signatures"),
        .ignored("mkdir", letter: "m", "krait makes the directories it needs"),
        .refused(
            "verify-artifacts", also: ["verify-signatures"], "krait cannot check signatures of packages",
            hint: "`--require-sha256` refuses packages without a strong hash"),
    ]

    static let filesOfOthers: [Option] = [
        .ignored(
            "env-spec", also: ["environment-specifier", "format"], takes: .value("FORMAT"), "krait sees what a file is")
    ]

    static let channelsOfOthers: [Option] = [
        .ignored("repodata-fn", takes: .list("NAME"), "krait reads `repodata.json` or shards"),
        .ignored(
            "mamba-repodata-parsing", also: ["no-mamba-repodata-parsing"], "krait has one way to read an index"),
        .ignored("no-lock", "reading an index takes no lock"),
        .ignored("unknown", "packages of no index are found by their path or URL"),
    ]

    /// Of verbs that read no index, whatever options on indexes they are given.
    static let indexesOfNoUse: [Option] = [
        .ignored("channel", letter: "c", takes: .list("CHANNEL"), "no index is read"),
        .ignored("repodata-fn", takes: .list("NAME"), "no index is read"),
        .ignored("override-channels", letter: "O", "no index is read"),
        .ignored(
            "repodata-use-zst",
            also: ["no-repodata-use-zst", "repodata-use-shards", "no-repodata-use-shards", "no-lock", "use-local"],
            "no index is read"),
    ]

    /// Of `self-update`, which takes what micromamba's takes.
    static let updatingOfOthers: [Option] =
        indexesOfNoUse + [
            .ignored("file", letter: "f", takes: .list("FILE"), "it only tells what to do"),
            .ignored(
                "version",
                also: [
                    "channel-priority", "channel-alias", "ssl-verify", "cacert-path", "repodata-ttl", "lock-timeout",
                ]
                    + ["safety-checks", "trusted-channels", "platform", "category"],
                takes: .list("VALUE"), "it only tells what to do"),
            .ignored(
                "no-pin",
                also: [
                    "pinned", "no-py-pin", "py-pin", "compile-pyc", "no-pyc", "allow-uninstall", "no-allow-uninstall",
                ]
                    + ["allow-downgrade", "no-allow-downgrade", "allow-softlinks", "no-allow-softlinks", "copy"]
                    + ["always-softlink", "no-always-softlink", "always-copy", "no-always-copy", "shortcuts"]
                    + ["no-shortcuts", "extra-safety-checks", "no-extra-safety-checks", "verify-artifacts", "no-deps"]
                    + ["mamba-repodata-parsing", "no-mamba-repodata-parsing", "only-deps", "strict-channel-priority"]
                    + ["no-channel-priority", "skip-run-link-scripts", "run-link-scripts", "ssl-no-revoke"]
                    + ["retry-clean-cache"], "it only tells what to do"),
        ]

    static let listOfOthers: [Option] = [
        .refused("auth", "URLs are written without credentials", hint: "write `krait list --explicit`")
    ]

    static let searchOfOthers: [Option] = [
        .ignored("full-name", letter: "f", "a spec without `*` is a whole name anyway"),
        .ignored("spec", "what is looked for is always a spec"),
        .ignored(
            "canonical", also: ["names-only", "outdated"], letter: "o", "conda prints the same without it"),
        .refused("reverse-dependency", "is another command here", hint: "write `krait repoquery whoneeds SPEC`"),
    ]

    /// Of micromamba's, which has the options of all queries with each of them.
    static let treesOfNoUse: [Option] = [
        .ignored("tree", also: ["recursive"], letter: "t", "packages that match a spec have no tree")
    ]

    static let tablesOfNoUse: [Option] = [.ignored("pretty", "it is for `search`")]

    static let exportOfOthers: [Option] = [
        .ignored("build", "builds are there anyway"),
        .ignored("override-platforms", "no platforms are configured"),
        .refused(
            "platform", also: ["subdir"], takes: .list("SUBDIR"), "an environment is for one platform",
            hint: "write `krait lock -f environment.yml --platform SUBDIR`"),
    ]

    static let runOfOthers: [Option] = [
        .ignored("label", takes: .value("TEXT"), "krait keeps no list of what runs"),
        .ignored("dev", also: ["debug-wrapper-scripts"], "krait makes no scripts to run a command"),
        .refused(
            "detach", letter: "d", "the command keeps this terminal",
            hint: "write `nohup krait run -n NAME COMMAND &`"),
        movedPrefix,
    ]

    static let initOfOthers: [Option] = [
        .ignored("user", "the start-up files of the user are what is changed"),
        .ignored("dev", also: ["install"], "it is for those who work on conda"),
        .refused(
            "condabin", "krait is one file, which stands where you put it",
            hint: "write `export PATH=DIR:\"$PATH\"` into the start-up file"),
        .refused(
            "system", also: ["no-user"], "krait changes the start-up files of the user only",
            hint: "write `krait shell hook -s posix > /etc/profile.d/krait.sh`"),
    ]

    static let packageOfOthers: [Option] = [
        .ignored("compression-level", letter: "c", takes: .value("N"), "krait makes no archives"),
        .ignored("compression-threads", takes: .value("N"), "krait makes no archives"),
        .refused(
            "which", letter: "w", takes: .list("FILE"), "krait does not look files up",
            hint: "write `grep -l FILE PREFIX/conda-meta/*.json`"),
        .refused(
            "untracked", letter: "u", "krait makes no packages",
            hint: "`krait doctor` tells what was changed"),
        .refused("reset", "krait makes no packages", hint: "`krait doctor` tells what was changed"),
        .refused(
            "pkg-name", also: ["pkg-version", "pkg-build"], takes: .value("TEXT"), "krait makes no packages",
            hint: "rattler-build and conda-build do"),
    ]

    static let removeEnvironmentOfOthers: [Option] = [
        .ignored("solver", takes: .value("NAME"), "nothing is solved"),
        .ignored("skip-run-link-scripts", also: ["run-link-scripts"], "a whole environment is removed as it is"),
    ]

    /// Of all verbs.
    static let generalOfOthers: [Option] = [
        .ignored("show-channel-urls", also: ["no-show-channel-urls"], "tables always say where a package is from"),
        .ignored("console", takes: .value("NAME"), "`--progress` and `--json` say what is shown"),
        .ignored("no-plugins", "krait has no plugins"),
        movedPrefix,
    ]

    private static let movedPrefix = Option.refused(
        "relocate-prefix", takes: .value("DIR"), "an environment is made for the place where it stands",
        hint: "write `krait pack -n NAME --prefix DIR --format tar -o FILE` for an archive that fits there")
}
