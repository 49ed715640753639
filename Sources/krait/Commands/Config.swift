// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures

extension Option {
    fileprivate static let withDefaults = Flag("all", letter: "a", "also what has its default")
    fileprivate static let showSources = Flag("show-sources", also: ["sources"], "say who set it")
    fileprivate static let descriptions = Flag("descriptions", letter: "d", "say what it means")
}

extension Verb {
    static let config = Verb(
        ["config"], "Show and change how krait is configured",
        verbs: [configList, configGet] + configEditing + [configDescribe, configSources])

    private static let configList = Verb(
        ["list"], "Show what is set", operands: "[KEY…]",
        options: Option.target + [
            .withDefaults, .showSources, .descriptions,
        ], examples: ["krait config list", "krait config list --sources channels"]
    ) { (session, invocation) throws(Failure) in try show(session, invocation, invocation.operands) }

    private static let configGet = Verb(
        ["get"], "Show one setting, its default where nothing sets it", operands: "KEY", options: Option.target
    ) { (session, invocation) throws(Failure) in
        guard !invocation.operands.isEmpty else {
            throw Failure(.usage, "krait config get", "needs the name of a setting", hint: "krait config get channels")
        }
        return try show(session, invocation, invocation.operands)
    }

    private static func show(
        _ session: Session, _ invocation: Invocation, _ names: [String]
    ) throws(Failure) -> Int32 {
        let settings = try session.configuration(invocation)
        let listing = ConfigurationListing(
            settings, keys: try ConfigurationText.keys(names), all: invocation[.withDefaults])
        let showsSources = invocation[.showSources]
        if session.console.isJSON {
            guard case .object(let members) = ConfigurationText.json(of: listing, showsSources: showsSources) else {
                return 0
            }
            try session.console.data(session.dialect.table.settingsDocument(members))
        } else {
            try session.console.data(
                ConfigurationText.yaml(
                    of: listing, showsSources: showsSources, describes: invocation[.descriptions]))
        }
        return 0
    }

    private static let configDescribe = Verb(
        ["describe"], "Show what can be set", operands: "[KEY…]", examples: ["krait config describe link_mode"]
    ) { (session, invocation) throws(Failure) in
        var keys = try ConfigurationText.keys(invocation.operands)
        if keys.isEmpty { keys = SettingKey.all }
        if session.console.isJSON {
            try session.console.data(.array(keys.map(ConfigurationText.description)))
        } else {
            try session.console.data(keys.map(ConfigurationText.paragraph).joined(separator: "\n"))
        }
        return 0
    }

    private static let configSources = Verb(
        ["sources"], "Show the files and variables that set something, weakest first", options: Option.target
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
            if lines.isEmpty { session.console.say("Nothing is configured: everything has its default.") }
        }
        return 0
    }
}

extension Session {
    /// The settings as they hold for the environment that `-n` or `-p` names.
    fileprivate func configuration(_ invocation: Invocation) throws(Failure) -> Settings {
        let settings = try settings(invocation)
        guard invocation[.prefix] != nil || invocation[.name] != nil else { return settings }
        return try self.settings(invocation, prefix: try targetPrefix(invocation, settings))
    }
}
