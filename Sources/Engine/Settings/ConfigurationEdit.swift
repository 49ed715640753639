// SPDX-License-Identifier: BSD-3-Clause
package import Configuration
package import Failures
package import Platform

/// A change to one rc file, as `config set` and its like make it; all else in the file stays as it is.
package struct ConfigurationEdit: Sendable {
    /// What is done to a key.
    package enum Action: Sendable {
        case set([String])
        case setMember(String, String)
        case append([String])
        case prepend([String])
        case remove([String])
        /// Leaves the list without values.
        case clear
        case removeKey
    }

    /// Whose rc file.
    package enum Place: Sendable {
        /// The user's: `~/.mambarc` where there is one, since it is the stronger, else `~/.condarc`.
        case user
        /// That of a prefix.
        case prefix(String)
        case file(String)
    }

    /// The rc file.
    package let file: String

    /// - Throws: `Failure(.usage)` when there is no such place.
    package init(_ place: Place, environment: ProcessEnvironment) throws(Failure) {
        let home = environment.homeDirectory
        switch place {
        case .user:
            guard let home else {
                throw Failure(.usage, "HOME", "is not set, so there is no file of yours", hint: "name one with --file")
            }
            let stronger = Path.join(home, ".mambarc")
            file = FileSystem.exists(stronger) ? stronger : Path.join(home, ".condarc")
        case .prefix(let prefix):
            file = Path.join(prefix, ".condarc")
            // Whoever made the environment chose where it leads.
            try FileSystem.requireNoLink(file, option: "--file")
        case .file(let path):
            file = Path.absolute(Path.expandingHome(path, home: home), base: environment.currentDirectory)
        }
    }

    /// Carries it out, or with `isDry` only looks whether it can be; false when the file says so already.
    ///
    /// - Parameter actions: each with its key, and what that is called where the file has it under none of its names.
    /// - Throws: `Failure` for values that the key does not take, items that are not there, and files that cannot be
    ///   read or written; the file is as it was then.
    package func run(
        _ actions: [(Action, SettingKey, name: String)], isDry: Bool = false
    ) throws(Failure) -> Bool {
        // A link stays one: such files are often kept elsewhere.
        let path = FileSystem.realPath(file) ?? file
        let lock = FileLock.held(in: Path.parent(path))
        defer { withExtendedLifetime(lock) {} }
        var text = try SettingsText(try readFileIfPresent(path, limit: 1 << 20) ?? [], subject: file)
        let before = text.text
        for (action, key, name) in actions {
            text.name = name
            try carryOut(action, key, &text)
        }
        guard text.text != before else { return false }
        try text.check()
        if !isDry { try write(text.text, path) }
        return true
    }

    /// Writes a whole file where none is, or an empty one.
    ///
    /// - Throws: `Failure(.usage)` for a file that says something.
    package func run(whole text: String) throws(Failure) {
        let path = FileSystem.realPath(file) ?? file
        guard try (readFileIfPresent(path, limit: 1 << 20) ?? []).allSatisfy({ $0 == 0x0a || $0 == 0x20 }) else {
            throw Failure(
                .usage, file, "holds a configuration already", hint: "move it away, or name another with --file")
        }
        try write(text, path)
    }

    private func write(_ text: String, _ path: String) throws(Failure) {
        let status = try FileSystem.status(path)
        try FileSystem.createDirectories(Path.parent(path))
        // Tokens may stand in it: nobody gets to read it who could not before.
        try writeFileAtomically(path, Array(text.utf8), mode: status?.mode ?? 0o664)
    }

    private func carryOut(_ action: Action, _ key: SettingKey, _ text: inout SettingsText) throws(Failure) {
        switch action {
        case .set(let values): try text.set(key, try SettingsText.value(values, for: key))
        case .setMember(let name, let value):
            guard key.kind == .map || key.kind == .any else {
                throw Failure(.usage, key.name, "has no members", cause: SettingMistake(key.name))
            }
            try text.set(key, member: name, value)
        case .append(let values):
            try requireList(key)
            for value in values { try text.add(value, to: key, isFirst: false) }
        case .prepend(let values):
            try requireList(key)
            for value in values.reversed() { try text.add(value, to: key, isFirst: true) }
        case .remove(let values):
            try requireList(key, cause: SettingMistake(key.name))
            for value in values where try !text.remove(value, from: key) { throw absent("`\(value)`", in: key) }
        case .clear:
            try requireList(key, cause: SettingMistake(key.name))
            try text.set(key, .list([]))
        case .removeKey:
            guard try text.remove(key) else { throw absent("a value", in: key) }
        }
    }

    private func requireList(_ key: SettingKey, cause: (any Error)? = nil) throws(Failure) {
        switch key.kind {
        case .list, .paths, .any: return
        default:
            throw Failure(
                .usage, key.name, "is not a list", hint: "`krait config set \(key.name) VALUE` sets it", cause: cause)
        }
    }

    private func absent(_ what: String, in key: SettingKey) -> Failure {
        Failure(
            .usage, key.name, "has no \(what == "a value" ? "value" : what) in \(file)", cause: SettingMistake(key.name)
        )
    }
}

/// Marks the failure of a change to a setting that is none, or is not there: conda tells it from others.
package struct SettingMistake: Error {
    package let key: String

    package init(_ key: String) { self.key = key }
}
