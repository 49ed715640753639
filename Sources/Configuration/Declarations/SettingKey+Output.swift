// SPDX-License-Identifier: BSD-3-Clause

extension SettingKey {
    static let output: [SettingKey] = [
        alwaysYes, json, quiet, verbosity, dryRun, changeps1, envPrompt, autoActivateBase, autoStack, shellCompletion,
        listFields,
        SettingKey("log_level", .text, .noEffect, "what is logged; krait prints more with `verbosity`"),
        SettingKey(
            "show_channel_urls", .flag, aliases: ["show_channel_url"], .noEffect,
            "tables say which channel a package is from; krait's always do"),
        SettingKey(
            "show_anaconda_channel_warnings", .flag, default: "true", .noEffect, "warn of the terms of some channels"),
        SettingKey(
            "envvars_force_uppercase", .flag, default: "true", .noEffect,
            "write names of an environment's variables in upper case; krait keeps them as they are"),
    ]

    package static let alwaysYes = Setting<Bool>(
        "always_yes", default: false, aliases: ["yes"], "answer all questions with yes")
    package static let json = Setting<Bool>("json", default: false, "answer with one JSON document")
    package static let quiet = Setting<Bool>("quiet", default: false, "print errors only")
    package static let verbosity = Setting<UInt64>(
        "verbosity", default: 0, aliases: ["verbose"], "how much is printed: 0, 1 or 2")
    package static let dryRun = Setting<Bool>("dry_run", default: false, "show what would be done, and do nothing")
    package static let changeps1 = Setting<Bool>("changeps1", default: true, "show the environment in the prompt")
    package static let envPrompt = Setting<String>(
        "env_prompt", default: "({default_env}) ",
        "format of the prompt: `{default_env}`, `{stacked_env}`, `{prefix}`, `{name}`")
    package static let autoActivateBase = Setting<Bool>(
        "auto_activate_base", default: false, aliases: ["auto_activate"], "shells start with `base` active")
    package static let autoStack = Setting<UInt64>(
        "auto_stack", default: 0, "up to this level `activate` means `activate --stack`")
    package static let shellCompletion = Setting<Bool>(
        "shell_completion", default: true, "shell hooks include completion")
    package static let listFields = Setting<[String]>(
        "list_fields", shown: "name, version, build, channel_name", "the columns of `list`")
}
