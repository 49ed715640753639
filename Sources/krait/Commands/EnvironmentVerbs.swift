// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Verb {
    static let env = Verb(
        ["env"], "List, remove, export environments",
        verbs: [
            envList, envCreate, envUpdate, envRemove, envRename, envExport, envDiff, envVerify, envReport, envConfig,
        ])

    private static let envList = Verb(["list"], "Show the environments of this user", options: [.size]) {
        (session, invocation) throws(Failure) in
        try session.tellEnvironments(invocation)
    }

    private static let envCreate = Verb(
        ["create"], create.summary, operands: create.operands, options: create.options
    ) { (session, invocation) throws(Failure) in
        guard let action = create.action else { return 0 }
        return try action(session, withFile(invocation))
    }

    /// conda's `env create` takes a file as its operand, and `environment.yml` when it is told nothing.
    private static func withFile(_ invocation: Invocation) -> Invocation {
        var invocation = invocation
        guard invocation[.file].isEmpty, invocation[.clone] == nil else { return invocation }
        if invocation.operands.isEmpty {
            invocation.note(.file, "environment.yml")
        } else if invocation.operands.allSatisfy({ $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }) {
            for file in invocation.operands { invocation.note(.file, file) }
            invocation.operands = []
        }
        return invocation
    }

    private static let envRename = Verb(
        ["rename"], rename.summary, operands: rename.operands, options: rename.options, cannot: rename.cannot
    ) { (session, invocation) throws(Failure) in
        guard let action = rename.action else { return 0 }
        return try action(session, invocation)
    }

    private static let envRemove = Verb(
        ["remove"], "Remove an environment",
        options: Option.target + [.dryRun, .overrideFrozen] + Option.removeEnvironmentOfOthers, cannot: [.downloadOnly]
    ) { (session, invocation) throws(Failure) in try removeEnvironment(session, invocation) }

    /// Removes a whole environment after asking.
    static func removeEnvironment(_ session: Session, _ invocation: Invocation) throws(Failure) -> Int32 {
        let settings = try session.settings(invocation)
        let prefix = try session.targetPrefix(invocation, settings, fallbacks: [])
        let context = try session.context(invocation, prefix: prefix)
        let removal = try EnvironmentRemoval(prefix: prefix, context: context)
        let names = session.channelNames(context.settings)
        if let text = session.dialect.table.removal, !session.console.isJSON, session.console.verbosity >= 0 {
            try session.console.data(text(removal.packages, prefix, names))
        }
        let packages = Units.count(removal.packageCount, "package")
        if context.settings[.dryRun] {
            if session.console.isJSON {
                try session.console.data(session.dialect.table.removalDocument(removal.packages, prefix, true, names))
            } else {
                session.console.say("Would remove the environment \(prefix) with \(packages)")
            }
            return 0
        }
        if !context.settings[.alwaysYes], !session.console.isJSON {
            let question = "Remove the environment \(prefix) with \(packages)?"
            guard try session.console.confirm(question, grave: true, session.cancellation) else {
                session.console.say("Aborted; nothing was changed.")
                return 0
            }
        }
        try removal.run()
        if session.console.isJSON {
            try session.console.data(session.dialect.table.removalDocument(removal.packages, prefix, false, names))
        } else if session.dialect.isMamba, session.console.verbosity >= 0 {
            try session.console.data("Environment removed at prefix: \(prefix)\n")
        } else {
            session.console.say("Removed \(prefix)")
        }
        return 0
    }
}

extension Session {
    /// `env list`, and `info --envs`, which means the same.
    func tellEnvironments(_ invocation: Invocation) throws(Failure) -> Int32 {
        let environments = try EnvironmentList(try context(invocation), weighs: invocation[.size]).environments
        // Sizes are conda's alone.
        let table = (invocation[.size] ? .conda : dialect).table
        try console.show(table.environments(environments), table.environmentsDocument(environments))
        return 0
    }
}
