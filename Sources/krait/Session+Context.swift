// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Engine
import Failures
import Platform

extension Session {
    /// Reads the configuration and makes what a command works with; `prefix` is the environment, for the files in it.
    func context(
        _ invocation: Invocation, prefix: String? = nil, overriding overrides: [(key: SettingKey, value: String)] = []
    ) throws(Failure) -> Context {
        Context(
            environment: environment, settings: try settings(invocation, prefix: prefix, overriding: overrides),
            cancellation: cancellation, recording: recording)
    }

    /// The configuration as this command line leaves it.
    func settings(
        _ invocation: Invocation, prefix: String? = nil, overriding overrides: [(key: SettingKey, value: String)] = []
    ) throws(Failure) -> Settings {
        if prefix == nil, overrides.isEmpty, let loaded { return try loaded.get() }
        var sources = Settings.Sources()
        let files = invocation[.rcFile]
        if !files.isEmpty { sources.files = files }
        sources.namedFileIsAlone = dialect.isMamba
        sources.ignoresFiles = invocation[.noRC]
        sources.ignoresEnvironment = invocation[.noEnv]
        sources.targetPrefix = prefix
        sources.overrides = invocation.settings + overrides
        let settings = try Settings.load(environment, sources)
        try requireWhole(invocation, settings)
        return settings
    }

    /// Writes a file that the user named; in a dry run it says what it would write instead, and answers false.
    @discardableResult
    func write(_ text: String, to file: String, _ context: Context) throws(Failure) -> Bool {
        if context.settings[.dryRun] {
            console.say("Would write \(file)")
            return false
        }
        try context.write(text, to: file)
        return true
    }

    /// What tables and documents call channels under these settings.
    func channelNames(_ settings: Settings) -> ChannelNames { ChannelNames(settings, environment) }

    /// What one rc file alone says; nothing where there is none.
    func settings(of file: String) throws(Failure) -> Settings {
        var sources = Settings.Sources()
        sources.files = FileSystem.exists(file) ? [file] : []
        sources.takesFilesOnly = true
        return try Settings.load(environment, sources)
    }

    /// Sees to it that nobody has asked for less than the verb does: for what it would do, or for the packages alone.
    @inline(never)
    private func requireWhole(_ invocation: Invocation, _ settings: Settings) throws(Failure) {
        let isDry = settings[.dryRun]
        guard isDry || settings[.downloadOnly] else { return }
        let limit: Setting<Bool> = isDry ? .dryRun : .downloadOnly
        let verb = invocation.verbPath.joined(separator: " ")
        // These two have forms that download nothing.
        let isWithout = !isDry && (invocation.has(.clone) || verb == "remove" && invocation[.all])
        guard isWithout || invocation.cannot.contains(isDry ? .dryRun : .downloadOnly) else { return }
        throw Failure(
            .usage, "krait \(verb)", "cannot honour `\(limit.name)` (\(settings.origin(limit))), so nothing was done",
            hint: "run it without")
    }

    /// Sees to it that the root prefix has what scripts source from conda's; a place where that cannot be is none of
    /// theirs.
    func keepRootScripts(_ settings: Settings) {
        guard dialect.table.keepsRootScripts, let root = settings.rootPrefix,
            let executable = ThisProcess.executable(environment), Path.name(executable) == "conda"
        else { return }
        do throws(Failure) {
            try RootScripts(root: root, executable: executable).write()
        } catch {
            console.detail("\(error.subject): \(error.reason)")
        }
    }

    /// The environment that `-p` and `-n` name, or that stands in for them.
    ///
    /// - Parameter makesBase: The command may begin the base environment, in a root prefix that somebody chose.
    /// - Throws: `Failure(.usage)` when none is named, and nothing is there that could stand in.
    func targetPrefix(
        _ invocation: Invocation, _ settings: Settings, fileName: String? = nil,
        fallbacks: TargetPrefix.Fallbacks = .activeOrRoot, makesBase: Bool = false
    ) throws(Failure) -> String {
        var prefix = invocation[.prefix]
        if let word = prefix, dialect.table.takesWordsForPaths, !word.isEmpty, !word.hasPrefix("~"),
            !word.hasPrefix("/")
        {
            prefix = "./" + word
        }
        let found = try settings.directories.targetPrefix(
            prefix: prefix, name: invocation[.name], fileName: fileName, fallbacks: fallbacks,
            environment: environment)
        guard let found else {
            throw Failure(
                .usage, "krait \(invocation.verbPath.joined(separator: " "))", "no environment was given",
                hint: "name it with -n NAME or -p DIR")
        }
        if let note = found.note { console.say(note) }
        console.naming.note(found)
        let name = found.reason == .file ? fileName : found.reason == .nameOption ? invocation[.name] : nil
        if let name { console.naming.note(name, for: found.path) }
        if found.reason == .root { try requireBase(found.path, invocation, settings, mayBegin: makesBase) }
        return found.path
    }

    /// The environment that a command reads; what was interrupted in it is told of.
    func prefixToRead(_ invocation: Invocation) throws(Failure) -> String {
        let prefix = try targetPrefix(invocation, try settings(invocation))
        if let pending = EnvironmentRecovery.notice(prefix) { console.warn(pending) }
        return prefix
    }

    /// Sees to it that a root prefix that stands in for a name is an environment. One that only holds others is not what
    /// anybody means who forgot the name; where images choose the root prefix, installing without a name makes base.
    private func requireBase(
        _ root: String, _ invocation: Invocation, _ settings: Settings, mayBegin: Bool
    ) throws(Failure) {
        if dialect.table.takesAbsentBase || FileSystem.isDirectory(Path.join(root, "conda-meta")) { return }
        if mayBegin, settings[.rootPrefix] != nil {
            return console.say("No environment is active: this is for base, \(root)")
        }
        throw Failure(
            .usage, "krait \(invocation.verbPath.joined(separator: " "))",
            "no environment was given: none is active, and there is no base environment in \(root)",
            hint: "name it with -n NAME or -p DIR, or make one with `krait create -n NAME`")
    }
}
