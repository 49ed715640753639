// SPDX-License-Identifier: BSD-3-Clause

/// What conda and micromamba have and krait has no use for: accepted without effect, or refused with what to write.
extension Option {
    static let solvingOfOthers: [Option] = [
        .ignored("solver", takes: .value("NAME"), "krait has one solver"),
        .ignored("satisfied-skip-solve", letter: "S", "what is installed and fits is kept anyway"),
        .ignored("update-specs", "what is named is brought up to date anyway"),
        .ignored("no-lock", "reading an index takes no lock"),
        .refused(
            "update-deps", "only what is named is brought up to date, and what it needs",
            hint: "name the dependencies too, or write `krait update --all`"),
        .refused("features", "packages have no features to solve by any more", hint: "name packages instead"),
    ]

    static let linkingOfOthers: [Option] = [
        .ignored("shortcuts", also: ["no-shortcuts", "shortcuts-only"], "krait makes no entries in menus"),
        .ignored("trusted-channels", takes: .list("CHANNEL"), "krait checks no signatures"),
        .ignored("mkdir", letter: "m", "krait makes the directories it needs"),
        .refused(
            "verify-artifacts", also: ["verify-signatures"], "krait cannot check signatures of packages",
            hint: "`--require-sha256` refuses packages without a strong hash"),
    ]

    static let filesOfOthers: [Option] = [
        .ignored("env-spec", also: ["environment-specifier"], takes: .value("FORMAT"), "krait sees what a file is")
    ]

    static let channelsOfOthers: [Option] = [
        .ignored("repodata-fn", takes: .list("NAME"), "krait reads `repodata.json` or shards"),
        .ignored(
            "mamba-repodata-parsing", also: ["no-mamba-repodata-parsing"], "krait has one way to read an index"),
        .refused("use-local", "`local` is a channel", hint: "write `-c local`"),
    ]

    static let listOfOthers: [Option] = [
        .refused("size", "krait does not list sizes", hint: "write `krait list --json`"),
        .refused("auth", "URLs are written without what logs in", hint: "write `krait list --explicit`"),
        .refused("fields", takes: .value("NAMES"), "krait's columns are fixed", hint: "write `krait list --json`"),
    ]

    static let searchOfOthers: [Option] = [
        .refused("envs", "krait searches channels", hint: "write `krait list -n NAME PATTERN`"),
        .refused("reverse-dependency", "is another command here", hint: "write `krait repoquery whoneeds SPEC`"),
        .refused(
            "canonical", also: ["names-only"], "krait's columns are fixed", hint: "write `krait search SPEC --json`"),
    ]

    static let removeEnvironmentOfOthers: [Option] = [
        .ignored("solver", takes: .value("NAME"), "nothing is solved"),
        .ignored("skip-run-link-scripts", also: ["run-link-scripts"], "a whole environment is removed as it is"),
    ]

    /// Of all verbs.
    static let generalOfOthers: [Option] = [
        .ignored("show-channel-urls", also: ["no-show-channel-urls"], "tables always say where a package is from"),
        .ignored("console", takes: .value("NAME"), "`--progress` and `--json` say what is shown"),
        .refused(
            "relocate-prefix", takes: .value("DIR"), "an environment is made for the place where it stands",
            hint: "make it with `-p DIR`, or move it later with `krait rename`"),
    ]
}
