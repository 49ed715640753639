// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let add = PairOption(
        "prepend", also: ["add"], takes: "KEY VALUE", "add to the beginning of a list")
    fileprivate static let append = PairOption("append", takes: "KEY VALUE", "add to the end of a list")
    fileprivate static let set = PairOption("set", takes: "KEY VALUE", "write a setting")
    fileprivate static let remove = PairOption("remove", takes: "KEY VALUE", "remove a value from a list")
    fileprivate static let clear = ListOption("clear", takes: "KEY", "empty a list")
    fileprivate static let removeKey = ListOption("remove-key", takes: "KEY", "remove a setting")
    fileprivate static let input = Flag("stdin", "read settings as YAML from standard input")
    fileprivate static let get = WordsOption("get", takes: "[KEY…]", "show the values in the file")
    fileprivate static let show = WordsOption("show", takes: "[KEY…]", "show the values in effect")
    fileprivate static let showSources = Flag("show-sources", "show the values of each file and variable")
    fileprivate static let describe = WordsOption("describe", takes: "[KEY…]", "show what can be set")
    fileprivate static let validate = Flag("validate", "check all files, and show the first error")
    fileprivate static let writeDefault = Flag("write-default", "write a file with every setting as a comment")

    /// conda's `config`, which has options where micromamba has verbs.
    static let ofCondaConfig: [Option] =
        configPlaces + [
            add, append, set, remove, clear, removeKey, input, get, show, showSources, describe, validate, writeDefault,
            .ignored("force", letter: "f", "there is nothing to force"),
        ]
}

/// `config --add` and its like, with the answers that programs read from conda.
struct CondaConfig {
    let session: Session
    let invocation: Invocation

    func run() throws(Failure) -> Int32 {
        if let names = invocation[.describe] { return try Verb.describe(session, names) }
        if let names = invocation[.show] { return try show(names) }
        if invocation[.showSources] { return try showSources() }
        if invocation[.validate] {
            try session.settings(invocation).requireHonoured()
            return 0
        }
        let place = try Verb.place(session, invocation)
        let edit = try ConfigurationEdit(place, environment: session.environment)
        if invocation[.writeDefault] { return try writeDefault(edit) }
        let edits = try edits()
        guard !edits.isEmpty || invocation[.get] != nil else {
            try session.console.text(Help.text(for: [.config], Option.global, Option.general))
            return 0
        }
        // conda says which of its names it writes for another one.
        let named = edits.map { action, key, name in
            (action, key, name: session.dialect == .conda ? CondaConfiguration.name(key) : name)
        }
        _ = try edit.run(named, isDry: Verb.isDry(session, invocation))
        return try answer(edit.file)
    }

    /// What is to be changed, in conda's order.
    private func edits() throws(Failure) -> [(ConfigurationEdit.Action, SettingKey, name: String)] {
        var edits: [(ConfigurationEdit.Action, SettingKey, name: String)] = []
        if invocation[.input] {
            var text = ""
            while let line = readLine(from: session.console.inputDescriptor) { text += line + "\n" }
            edits += try ConfigurationEdit.actions(of: Array(text.utf8))
        }
        for (name, value) in invocation[.add] { edits.append((.prepend([value]), try key(name), name)) }
        for (name, value) in invocation[.append] { edits.append((.append([value]), try key(name), name)) }
        for (name, value) in invocation[.set] {
            // `custom_channels.lab` is a member, as in conda.
            if let dot = name.firstIndex(of: ".") {
                let member = String(name[name.index(after: dot)...])
                let name = String(name[..<dot])
                edits.append((.setMember(member, value), try key(name), name))
            } else {
                let key = try key(name)
                guard ![.list, .paths, .map, .records].contains(key.kind) else {
                    throw Failure(
                        .usage, name, "is not one value",
                        hint: key.kind == .records
                            ? "write it into the file itself"
                            : key.kind == .map
                                ? "write `krait config --set \(name).NAME VALUE`"
                                : "write `krait config --append \(name) VALUE`", cause: SettingMistake(name))
                }
                edits.append((.set([value]), key, name))
            }
        }
        for (name, value) in invocation[.remove] {
            let key = try key(name)
            // With conda a file that names no channels is one that has `defaults`.
            let isSet = try isSet(key)
            let isDefault = value == "defaults" && key === SettingKey.channels && !isSet
            edits.append((isDefault ? .clear : .remove([value]), key, name))
        }
        for name in invocation[.clear] { edits.append((.clear, try key(name), name)) }
        for name in invocation[.removeKey] { edits.append((.removeKey, try key(name), name)) }
        return edits
    }

    private func isSet(_ key: SettingKey) throws(Failure) -> Bool {
        try session.settings(of: try Verb.configFile(session, invocation)).isSet(key)
    }

    /// Not inlined: it has many callers.
    @inline(never)
    private func key(_ name: String) throws(Failure) -> SettingKey {
        do throws(Failure) {
            return try ConfigurationText.keys([name])[0]
        } catch {
            var failure = error
            failure.cause = SettingMistake(name)
            throw failure
        }
    }

    /// What `--get` asks for, or with `--json` that it is done.
    private func answer(_ file: String) throws(Failure) -> Int32 {
        var items: [ConfigurationListing.Item] = []
        var warnings: [String] = []
        if let names = invocation[.get] {
            let settings = try session.settings(of: file)
            var keys: [SettingKey] = []
            for name in names {
                if let key = SettingKey.named(name) {
                    keys.append(key)
                } else {
                    warnings.append("Unknown key: '\(name)'")
                }
            }
            if names.isEmpty { keys = SettingKey.all }
            if !keys.isEmpty {
                items = ConfigurationListing(settings, keys: keys, all: false).items.filter { settings.isSet($0.key) }
            }
        }
        if session.console.isJSON {
            try session.console.data(
                .object([
                    JSONMember("get", .object(items.map(CondaConfiguration.member))),
                    JSONMember("rc_path", .string(file)),
                    JSONMember("success", true), JSONMember("warnings", .strings(warnings)),
                ]))
        } else {
            for warning in warnings { session.console.warn(warning) }
            try session.console.data(items.map(CondaConfiguration.commands).joined())
        }
        return 0
    }

    private func show(_ names: [String]) throws(Failure) -> Int32 {
        let settings = try session.settings(invocation)
        let listing = ConfigurationListing(settings, keys: try ConfigurationText.keys(names.sorted()), all: true)
        if session.console.isJSON {
            try session.console.data(.object(listing.items.map(CondaConfiguration.member)))
        } else {
            try session.console.data(listing.items.map(CondaConfiguration.line).joined())
        }
        return 0
    }

    private func showSources() throws(Failure) -> Int32 {
        let settings = try session.settings(invocation)
        var sources: [(name: String, items: [ConfigurationListing.Item])] = []
        for file in settings.files {
            let own = try session.settings(of: file)
            sources.append((file, ConfigurationListing(own, keys: [], all: false).items))
        }
        var alone = Settings.Sources()
        alone.ignoresFiles = true
        let variables = try Settings.load(session.environment, alone)
        let named = ConfigurationListing(variables, keys: [], all: false).items
        if !named.isEmpty, !invocation[.noEnv] { sources.append(("envvars", named)) }
        if session.console.isJSON {
            var members = sources.map { source in
                JSONMember(source.name, .object(source.items.map(CondaConfiguration.member)))
            }
            members.append(JSONMember("cmd_line", .object([JSONMember("json", true)])))
            try session.console.data(.object(members))
        } else {
            let blocks = sources.map { source in
                "==> \(source.name) <==\n" + source.items.map(CondaConfiguration.line).joined() + "\n"
            }
            try session.console.data(blocks.joined())
        }
        return 0
    }

    private func writeDefault(_ edit: ConfigurationEdit) throws(Failure) -> Int32 {
        let text = SettingKey.all.map { key in
            let lines = ConfigurationText.paragraph(of: key).split(separator: "\n")
            return lines.map { "# \($0)\n" }.joined() + "# \(key.name): \(key.defaultText ?? "")\n\n"
        }.joined()
        if Verb.isDry(session, invocation) { return 0 }
        try edit.run(whole: text)
        if !session.console.isJSON { session.console.say("Wrote \(edit.file)") }
        return 0
    }
}
