// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Option {
    static let rc = ValueOption("file", takes: "FILE", "change this file")
    static let ofRoot = Flag("system", "change the file of the root prefix")
    static let ofEnvironment = Flag("env", "change the file of the environment")
    static let ofHome = Flag("home", "change the file in the home directory (the default)")

    /// Which rc file.
    static let configPlaces: [Option] = target + [.rc, .ofRoot, .ofEnvironment, .ofHome]
}

extension Verb {
    /// The verbs that change an rc file.
    static let configEditing = [configSet, configAppend, configPrepend, configRemove, configRemoveKey]

    private static let places = Option.configPlaces + [.dryRun]

    private static let configSet = Verb(
        ["set"], "Write a setting to a file", operands: "KEY VALUE…", options: places,
        examples: [
            "krait config set channel_priority strict", "krait config set channels conda-forge bioconda",
            "krait config set custom_channels.lab https://lab.example.org",
        ]
    ) { (session, invocation) throws(Failure) in
        let words = invocation.operands
        guard let word = words.first, words.count > 1 else {
            throw Failure(.usage, "krait config set", "needs a key and a value", hint: "krait config set KEY VALUE")
        }
        // `custom_channels.lab` is a member, as in conda.
        guard let dot = word.firstIndex(of: "."), words.count == 2 else {
            return try edit(.set(Array(words.dropFirst())), word, session, invocation)
        }
        let member = String(word[word.index(after: dot)...])
        return try edit(.setMember(member, words[1]), String(word[..<dot]), session, invocation)
    }

    private static let configAppend = Verb(
        ["append"], "Add to the end of a list", operands: "KEY VALUE…", options: places,
        examples: ["krait config append channels bioconda"]
    ) { (session, invocation) throws(Failure) in
        try edit(.append(try values(session, invocation, "append")), invocation.operands[0], session, invocation)
    }

    private static let configPrepend = Verb(
        ["prepend"], "Add to the beginning of a list", operands: "KEY VALUE…", options: places,
        examples: ["krait config prepend channels https://lab.example.org/conda"]
    ) { (session, invocation) throws(Failure) in
        try edit(.prepend(try values(session, invocation, "prepend")), invocation.operands[0], session, invocation)
    }

    private static let configRemove = Verb(
        ["remove"], "Remove values from a list", operands: "KEY VALUE…", options: places,
        examples: ["krait config remove channels bioconda"]
    ) { (session, invocation) throws(Failure) in
        try edit(.remove(try values(session, invocation, "remove")), invocation.operands[0], session, invocation)
    }

    private static let configRemoveKey = Verb(
        ["remove-key"], "Remove a setting from a file", operands: "KEY", options: places,
        examples: ["krait config remove-key channel_priority"]
    ) { (session, invocation) throws(Failure) in
        guard let key = invocation.operands.first, invocation.operands.count == 1 else {
            throw Failure(.usage, "krait config remove-key", "needs the name of a setting")
        }
        return try edit(.removeKey, key, session, invocation)
    }

    private static func values(
        _ session: Session, _ invocation: Invocation, _ verb: String
    ) throws(Failure) -> [String] {
        guard invocation.operands.count > 1 else {
            throw Failure(
                .usage, "krait config \(verb)", "needs a key and a value", hint: "krait config \(verb) channels NAME")
        }
        return Array(invocation.operands.dropFirst())
    }

    private static func edit(
        _ action: ConfigurationEdit.Action, _ name: String, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> Int32 {
        let key: SettingKey?
        switch action {
        case .append, .prepend: key = try ConfigurationText.keys([name]).first
        case .set, .setMember:
            key = try session.keys([name], orSay: "Key is invalid or more than one key was received\n")?.first
        default: key = try session.keys([name], orSay: absentKey)?.first
        }
        guard let key else { return 0 }
        let edit = try ConfigurationEdit(try place(session, invocation), environment: session.environment)
        let isDry = isDry(session, invocation)
        let isChanged: Bool
        do throws(Failure) {
            isChanged = try edit.run([(action, key, name)], isDry: isDry)
        } catch {
            guard error.cause is SettingMistake, session.dialect.table.passesOverUnknownSettings,
                FileSystem.exists(edit.file)
            else { throw error }
            try session.console.text(absentKey)
            return 0
        }
        if session.console.isJSON {
            try session.console.data(
                .object([
                    JSONMember("success", true), JSONMember("file", .string(edit.file)),
                    JSONMember("changed", .bool(isChanged)),
                ]))
            return 0
        }
        let done = isDry ? "Would write" : "Wrote"
        session.console.say(isChanged ? "\(done) \(edit.file)" : "\(edit.file) already has this value")
        // Otherwise it would look as if it had no effect.
        guard let stronger = (try? session.settings(invocation))?.origins(key).first else { return 0 }
        if case .file(let path, _) = stronger, path == edit.file { return 0 }
        if stronger != .builtin { session.console.warn("`\(key.name)` is also set by \(stronger), which is stronger") }
        return 0
    }

    /// A file that cannot be read may be what is being repaired.
    static func isDry(_ session: Session, _ invocation: Invocation) -> Bool {
        (try? session.settings(invocation))?[.dryRun] ?? false
    }

    /// The rc file that the command line names.
    static func configFile(_ session: Session, _ invocation: Invocation) throws(Failure) -> String {
        try ConfigurationEdit(try place(session, invocation), environment: session.environment).file
    }

    static func place(
        _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> ConfigurationEdit.Place {
        let given = [Option.rc, .ofRoot, .ofEnvironment, .ofHome].filter { invocation.has($0) }
        guard given.count < 2 else {
            throw Failure(.usage, "--\(given[1].name)", "cannot be combined with --\(given[0].name)")
        }
        if let file = invocation[.rc] { return .file(file) }
        if invocation[.ofRoot] {
            if session.dialect.isMamba { return .file("/etc/conda/.condarc") }
            guard let root = try session.settings(invocation).directories.rootPrefix else {
                throw Failure(.usage, "--system", "there is no root prefix", hint: "name it with -r")
            }
            return .prefix(root)
        }
        let isNamed = invocation[.prefix] != nil || invocation[.name] != nil
        // conda takes the user's file where no environment is active.
        let isActive = session.dialect != .conda || session.environment["CONDA_PREFIX"] != nil
        guard invocation[.ofEnvironment] && isActive || isNamed else { return .user }
        let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
        guard FileSystem.isDirectory(prefix) else { throw Failure(.usage, prefix, "is not an environment") }
        return .prefix(prefix)
    }
}
