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
}
