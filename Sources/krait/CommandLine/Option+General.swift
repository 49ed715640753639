// SPDX-License-Identifier: BSD-3-Clause
import Configuration

/// Options that every verb takes, by the names that conda and micromamba use where they have one.
extension Option {
    static let help = Flag("help", letter: "h", "show this help")
    static let quiet = SettingOption("quiet", letter: "q", sets: .quiet, "print errors only")
    static let verbose = SettingOption("verbose", letter: "v", counts: .verbosity, "print more; twice for even more")
    static let debug = SettingOption("debug", also: ["trace"], sets: .verbosity, toText: "2", "print everything")
    static let json = SettingOption("json", sets: .json, "print one JSON document on stdout")
    static let yes = SettingOption("yes", letter: "y", sets: .alwaysYes, "do not ask")
    static let rootPrefix = SettingOption(
        "root-prefix", letter: "r", takes: "DIR", sets: .rootPrefix, "where named environments live")
    static let rcFile = ListOption("rc-file", takes: "FILE", "read only these configuration files")
    static let noRC = Flag("no-rc", "read no configuration file")
    static let noEnv = Flag("no-env", "ignore configuration from environment variables")
    static let dialect = ValueOption(
        "dialect", takes: "TOOL",
        "print what krait, micromamba, mamba or conda prints; by default the tool it was called as")
    static let progress = ValueOption("progress", takes: "MODE", "auto, plain or none")

    static var global: [Option] {
        [help, quiet, verbose, debug, json, yes, rootPrefix, rcFile, noRC, noEnv, progress, dialect]
    }

    // Which environment
    static let name = ValueOption(
        "name", letter: "n", takes: "NAME", "the environment of this name under the root prefix")
    static let prefix = ValueOption("prefix", letter: "p", takes: "DIR", "the environment in this directory")

    static var target: [Option] { [name, prefix] }

    static let size = Flag("size", "with the bytes that packages take up")

    static let offline = SettingOption("offline", sets: .offline, "use only what is already on this machine")
    static let dryRun = SettingOption("dry-run", letter: "d", sets: .dryRun, "show what would happen")
    static let downloadOnly = SettingOption(
        "download-only", sets: .downloadOnly, "fill the package cache and stop")

    /// What micromamba takes with each of its verbs, and before them: a verb that does not list one accepts it all the
    /// same, since what it says is true of that verb anyway (`list --offline`).
    static var general: [Option] { target + [offline, dryRun, downloadOnly] + generalIgnored + generalOfOthers }

    /// General options of other tools that change nothing here.
    static let generalIgnored: [Option] = [
        .ignored("log-level", takes: .value("LEVEL"), "krait prints more with -v"),
        .ignored("use-uv", "krait takes uv where an environment brings it"),
        .ignored("experimental", takes: .list("NAME"), "nothing is hidden behind it"),
        .ignored("no-use-uv", "krait takes uv where an environment brings it and no pip"),
    ]
}
