// SPDX-License-Identifier: BSD-3-Clause
//
// Everything that can be set, as one immutable value: defaults, rc files, variables and flags joined by the rules of
// Rules §16. Only verbs that need it load it; each candidate file costs one attempt to open.
package import Failures
package import Platform

/// The settings of one run.
package struct Settings: Sendable {
    /// What a key is set to and by whom, strongest first.
    package struct Entry: Sendable, Equatable {
        package var value: SettingValue
        package var origins: [SettingOrigin]
    }

    /// Keys that something set; the others have the table's default.
    let entries: [String: Entry]
    /// The rc files that were read, weakest first.
    package let files: [String]
    /// What the process was started with.
    package let environment: ProcessEnvironment

    init(entries: [String: Entry], files: [String], environment: ProcessEnvironment) {
        self.entries = entries
        self.files = files
        self.environment = environment
    }

    /// Only defaults.
    package init(environment: ProcessEnvironment) {
        self.init(entries: [:], files: [], environment: environment)
    }

    /// Which sources count.
    package struct Sources: Sendable {
        /// `--rc-file`: these instead of the usual places, the strongest first; of a directory its `*.yml` and `*.yaml`.
        package var files: [String]?
        /// The files that `$MAMBARC` and `$CONDARC` name stand in the place of the usual ones, as with micromamba;
        /// otherwise they are two more.
        package var namedFileIsAlone = false
        /// `--no-rc`.
        package var ignoresFiles = false
        /// `--no-env`: no variable counts but that of the root prefix.
        package var ignoresEnvironment = false
        /// Nothing but the files counts.
        package var takesFilesOnly = false
        /// What flags set, in the order typed; a list's key may come several times.
        package var overrides: [(key: SettingKey, value: String)] = []
        /// The environment that is worked on, for the rc files in it.
        package var targetPrefix: String?

        package init() {}

        /// The variables that count.
        fileprivate func variables(_ environment: ProcessEnvironment) -> [String: String] {
            if takesFilesOnly { return [:] }
            if !ignoresEnvironment { return environment.variables }
            return environment.variables.filter { SettingKey.rootPrefix.variables.contains($0.key) }
        }

        /// The files that somebody named to be the only ones.
        func named(_ environment: ProcessEnvironment) -> [String]? {
            if let files { return files }
            guard namedFileIsAlone, !ignoresEnvironment else { return nil }
            let named = ["MAMBARC", "CONDARC"].compactMap { environment[$0] }
            return named.isEmpty ? nil : named
        }

        /// Whether it is an error that one of them cannot be read.
        func isAsked(_ environment: ProcessEnvironment) -> Bool { named(environment) != nil }
    }

    /// Reads what counts and joins it. A file that is absent or unreadable is passed over; one that is no YAML, or has
    /// a bad value for a known key, is an error with its place.
    package static func load(_ environment: ProcessEnvironment, _ sources: Sources = Sources()) throws(Failure)
        -> Settings
    {
        var sources = sources
        let reader = SettingReader(variables: environment.variables, home: environment.homeDirectory)
        var above = try SettingSource(variables: sources.variables(environment), reader: reader)
        let settings = above.settings(environment)
        if settings[.noEnv] {
            sources.ignoresEnvironment = true
            above = try SettingSource(variables: sources.variables(environment), reader: reader)
        } else if settings[.noRc] {
            sources.ignoresFiles = true
        }
        if sources.ignoresFiles, let file = sources.files?.first {
            throw Failure(
                .usage, "--rc-file \(file)", "is not read, as --no-rc or $MAMBA_NO_RC says so",
                hint: "leave one of them out")
        }
        let flags = try SettingSource(overrides: sources.overrides, reader: reader)
        var all: [SettingSource] = []
        var files: [String] = []
        for (path, isForeign) in candidates(environment, sources, flags: flags, variables: above) {
            guard let bytes = try rcBytes(path, isAsked: sources.isAsked(environment)) else { continue }
            let source = try SettingSource(file: path, bytes: bytes, reader: reader)
            all.append(isForeign ? source.withoutTrust() : source)
            files.append(path)
        }
        all += [above, flags]
        var entries: [String: Entry] = [:]
        for source in all {
            for (name, entry) in source.entries where entries[name] == nil {
                if let (value, origins) = merged(all.compactMap { $0.entries[name] }, kind: entry.key.kind) {
                    entries[name] = Entry(value: value, origins: origins)
                }
            }
        }
        return Settings(entries: entries, files: files, environment: environment)
    }

    private static func candidates(
        _ environment: ProcessEnvironment, _ sources: Sources, flags: SettingSource, variables: SettingSource
    ) -> [(path: String, isForeign: Bool)] {
        if sources.ignoresFiles { return [] }
        if let files = sources.named(environment) {
            return files.reversed().flatMap { file in
                let path = Path.absolute(
                    Path.expandingHome(file, home: environment.homeDirectory), base: environment.currentDirectory)
                return (FileSystem.isDirectory(path) ? rcPieces(path) : [path]).map { ($0, false) }
            }
        }
        let named = (flags.entries["root_prefix"] ?? variables.entries["root_prefix"])?.value.text
        let root = named ?? Directories.defaultRootPrefix(environment)
        return rcFiles(environment, rootPrefix: root, targetPrefix: sources.targetPrefix)
    }

    private static func rcBytes(_ path: String, isAsked: Bool) throws(Failure) -> [UInt8]? {
        if isAsked { return try readFile(path, limit: 16 << 20) }
        do throws(Failure) { return try readFileIfPresent(path, limit: 16 << 20) } catch { return nil }
    }

    // MARK: Asking

    /// The value of a setting, its default where nothing is set.
    package subscript<Value>(_ setting: Setting<Value>) -> Value { setting.read(entries[setting.name]?.value) }

    /// What a key is set to and by whom; nil when nothing says.
    package func entry(_ key: SettingKey) -> Entry? { entries[key.name] }

    /// Something other than the table says what it is.
    package func isSet(_ key: SettingKey) -> Bool { entries[key.name] != nil }

    /// The strongest that said it.
    package func origin(_ key: SettingKey) -> SettingOrigin { origins(key)[0] }

    /// Every one that had a part in it, strongest first; never empty.
    package func origins(_ key: SettingKey) -> [SettingOrigin] { entries[key.name]?.origins ?? [.builtin] }
}
