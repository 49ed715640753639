// SPDX-License-Identifier: BSD-3-Clause

extension Verb {
    /// Every verb of the tool, in the order of the help.
    static var all: [Verb] {
        [
            create, install, update, remove, rename, list, search, repoquery, doctor, audit, clean, cache, export, lock,
            bill, pack, push, env, run, exec, tool, activate, deactivate, reactivate, shell, condaInit, config, info,
            auth, compare, notices, processes, package, completer, constructor, commands, plugins, selfUpdate, help,
        ]
    }

    /// The verb that is called so, alone, where it is one of those that programs start; else all: making them is a quarter of
    /// the start of `run`, which comes before each program that it starts.
    static func called(_ word: String?) -> [Verb] {
        switch word {
        case "run": [run]
        case "exec": [exec]
        case "create": [create]
        case "install": [install]
        case "list": [list]
        case "shell": [shell]
        default: all
        }
    }
}
