// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let withDefaults = Flag("all", letter: "a", "also settings that have their default")
    fileprivate static let showSources = Flag("show-sources", also: ["sources"], letter: "s", "show where it is set")
    fileprivate static let descriptions = Flag("descriptions", letter: "d", "show the description of each setting")
    fileprivate static let longDescriptions = Flag("long-descriptions", letter: "l", "the same as --descriptions")
    fileprivate static let groups = Option.ignored("groups", letter: "g", "krait has no groups of settings")
}

extension Verb {
    static let config = Verb(
        ["config"], "Show and change how krait is configured",
        options: Option.ofCondaConfig,
        verbs: [configList, configGet] + configEditing + [configDescribe, configSources]
    ) { (session, invocation) throws(Failure) in try CondaConfig(session: session, invocation: invocation).run() }

    private static let configList = Verb(
        ["list"], "Show what is set", operands: "[KEY…]",
        options: Option.target + [
            .withDefaults, .showSources, .descriptions, .longDescriptions, .groups,
        ], examples: ["krait config list", "krait config list --sources channels"]
    ) { (session, invocation) throws(Failure) in try show(session, invocation, invocation.operands) }

    private static let configGet = Verb(
        ["get"], "Show one setting, or its default where nothing sets it", operands: "KEY",
        options: Option.configPlaces
    ) { (session, invocation) throws(Failure) in
        guard !invocation.operands.isEmpty else {
            throw Failure(.usage, "krait config get", "needs the name of a setting", hint: "krait config get channels")
        }
        return try show(session, invocation, invocation.operands)
    }

    private static func show(
        _ session: Session, _ invocation: Invocation, _ names: [String]
    ) throws(Failure) -> Int32 {
        let ofFile: [Option] = [.rc, .ofRoot, .ofEnvironment, .ofHome]
        let isGet = invocation.verbPath.last == "get"
        // micromamba's `get` asks one file, the user's if none is named.
        let asksOnlyFile = isGet && session.dialect.isMamba && !invocation.has(.rcFile)
        let isOfFile = asksOnlyFile || ofFile.contains { invocation.has($0) }
        let file = isOfFile ? try configFile(session, invocation) : nil
        let settings: Settings
        if let file {
            settings = try session.settings(of: file)
        } else {
            settings = try session.configuration(invocation)
        }
        guard let keys = try session.keys(names, orSay: isGet ? absentKey : "") else { return 0 }
        if asksOnlyFile, let file {
            guard FileSystem.exists(file) else { throw Failure(.usage, file, "there is no such file") }
            guard keys.contains(where: settings.isSet) else {
                try session.console.text(absentKey)
                return 0
            }
        }
        let listing = ConfigurationListing(
            settings, keys: keys, all: invocation[.withDefaults])
        let showsSources = invocation[.showSources]
        if session.console.isJSON {
            guard case .object(let members) = ConfigurationText.json(of: listing, showsSources: showsSources) else {
                return 0
            }
            try session.console.data(session.dialect.table.settingsDocument(members))
        } else {
            try session.console.data(
                ConfigurationText.yaml(
                    of: listing, named: session.dialect.table.settingName, showsSources: showsSources,
                    describes: invocation[.descriptions] || invocation[.longDescriptions]))
        }
        return 0
    }

    /// What micromamba says of a key that a file has not.
    static let absentKey = "Key is not present in file\n"

    private static let configDescribe = Verb(
        ["describe"], "Show what can be set", operands: "[KEY…]",
        options: [.ignored("long-descriptions", letter: "l", "descriptions are never shortened"), .groups],
        examples: ["krait config describe link_mode"]
    ) { (session, invocation) throws(Failure) in try describe(session, invocation.operands) }

    /// Shows what these settings mean, or all.
    static func describe(_ session: Session, _ names: [String]) throws(Failure) -> Int32 {
        guard var keys = try session.keys(names, orSay: "") else { return 0 }
        if keys.isEmpty { keys = SettingKey.all.filter { session.console.isJSON || $0.kind != .any } }
        if session.console.isJSON {
            try session.console.data(.array(keys.map(ConfigurationText.description)))
        } else {
            try session.console.data(keys.map(ConfigurationText.paragraph).joined(separator: "\n"))
        }
        return 0
    }

    private static let configSources = Verb(
        ["sources"], "Show the files and variables that set something, lowest priority first", options: Option.target
    ) { (session, invocation) throws(Failure) in
        let settings = try session.configuration(invocation)
        let variables = SettingKey.all.flatMap { settings.origins($0) }.compactMap { origin -> String? in
            if case .environment(let name) = origin { name } else { nil }
        }.sorted()
        if session.console.isJSON {
            try session.console.data(
                .object([
                    JSONMember("files", .strings(settings.files)), JSONMember("variables", .strings(variables)),
                ]))
        } else {
            let lines = settings.files + variables.map { "$\($0)" }
            try session.console.data(lines.map { $0 + "\n" }.joined())
            if lines.isEmpty { session.console.say("Nothing is configured: every setting has its default.") }
        }
        return 0
    }
}

extension Session {
    /// The settings of these names; nil where there are names and no settings of them, and the dialect goes on without:
    /// then `told` has been printed.
    func keys(_ names: [String], orSay told: String) throws(Failure) -> [SettingKey]? {
        guard dialect.table.passesOverUnknownSettings else { return try ConfigurationText.keys(names) }
        var keys: [SettingKey] = []
        for name in names {
            do throws(Failure) {
                keys += try ConfigurationText.keys([name])
            } catch {
                console.warn(FailureText.sentence(error) + (error.hint.map { "; \($0)" } ?? ""))
            }
        }
        if !keys.isEmpty || names.isEmpty { return keys }
        try console.text(told)
        return nil
    }

    /// The settings as they hold for the environment that `-n` or `-p` names.
    fileprivate func configuration(_ invocation: Invocation) throws(Failure) -> Settings {
        let settings = try settings(invocation)
        guard invocation[.prefix] != nil || invocation[.name] != nil else { return settings }
        return try self.settings(invocation, prefix: try targetPrefix(invocation, settings))
    }
}
