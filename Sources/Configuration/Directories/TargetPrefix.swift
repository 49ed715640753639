// SPDX-License-Identifier: BSD-3-Clause
package import Failures
package import Platform

/// The environment that a command works on, and how it was found (Rules §26).
package struct TargetPrefix: Sendable, Equatable {
    /// What pointed to it.
    package enum Reason: Sendable, Equatable {
        case prefixOption
        case nameOption
        case file
        case active
        case root
    }

    /// Absolute, without trailing slash.
    package var path: String
    package var reason: Reason
    /// The variable that pointed to it, where it was one: `$CONDA_PREFIX`.
    package var variable: String?
    /// Something the user should know, such as a `-p` that was taken for a name.
    package var note: String?

    /// What may stand in when neither `-p` nor `-n` is given; commands that create use `[]` or `.file`.
    package struct Fallbacks: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        /// `name:` of the file.
        package static let file = Fallbacks(rawValue: 1)
        /// `CONDA_PREFIX`, else `CONDA_DEFAULT_ENV`.
        package static let active = Fallbacks(rawValue: 2)
        /// `base`.
        package static let root = Fallbacks(rawValue: 4)
        /// Both; no literal, which costs as much as reading a file.
        package static let activeOrRoot = Fallbacks(rawValue: active.rawValue | root.rawValue)
    }
}

extension Directories {
    /// The prefix that options, file and variables point to; nil when none of the allowed ones does.
    package func targetPrefix(
        prefix: String?, name: String?, fileName: String? = nil, fallbacks: TargetPrefix.Fallbacks,
        environment: ProcessEnvironment
    ) throws(Failure) -> TargetPrefix? {
        if prefix != nil, name != nil {
            throw Failure(.usage, "--prefix and --name", "cannot be used together", hint: "give only one of them")
        }
        if let prefix { return try target(prefix, namedBy: "-p", environment) }
        if let name {
            guard !name.utf8.contains(UInt8(ascii: "/")) else {
                throw Failure(
                    .usage, "`\(name)`", "is not a name of an environment", hint: "a path is given with -p")
            }
            return TargetPrefix(path: try self.prefix(named: name), reason: .nameOption)
        }
        if fallbacks.contains(.file), let fileName, !fileName.isEmpty {
            return TargetPrefix(path: try self.prefix(named: fileName), reason: .file)
        }
        if let target {
            var found = try self.target(target, namedBy: targetVariable, environment)
            found.variable = targetVariable
            return found
        }
        if fallbacks.contains(.active) {
            if let path = environment["CONDA_PREFIX"] {
                return TargetPrefix(path: absolute(path, environment), reason: .active, variable: "$CONDA_PREFIX")
            }
            if let active = environment["CONDA_DEFAULT_ENV"] {
                let isPath = active.utf8.contains(UInt8(ascii: "/"))
                let path = isPath ? absolute(active, environment) : try self.prefix(named: active)
                return TargetPrefix(path: path, reason: .active, variable: "$CONDA_DEFAULT_ENV")
            }
        }
        if fallbacks.contains(.root), let rootPrefix { return TargetPrefix(path: rootPrefix, reason: .root) }
        return nil
    }

    /// The environment that `-p` or a variable names.
    private func target(
        _ prefix: String, namedBy source: String, _ environment: ProcessEnvironment
    ) throws(Failure) -> TargetPrefix {
        guard !prefix.isEmpty else { throw Failure(.usage, "--prefix", "is empty") }
        // micromamba's rule: a bare word is a name.
        if !prefix.utf8.contains(UInt8(ascii: "/")), prefix != ".", prefix != "..", !prefix.hasPrefix("~") {
            let path = try self.prefix(named: prefix)
            let note =
                "`\(source)\(source == "-p" ? " " : "=")\(prefix)` is taken as the name of an environment: write `./\(prefix)` for a directory"
            return TargetPrefix(path: path, reason: .prefixOption, note: note)
        }
        return TargetPrefix(path: absolute(prefix, environment), reason: .prefixOption)
    }

    /// Where a named environment is: the first directory that has it, else the first that can be written to.
    package func prefix(named name: String) throws(Failure) -> String {
        if name == "base" || name == "root" {
            guard let rootPrefix else { throw noHome("base") }
            return rootPrefix
        }
        try Directories.check(name: name)
        for directory in environments {
            let path = Path.join(directory, name)
            if FileSystem.isDirectory(path) { return path }
        }
        guard let directory = environments.first(where: isWritable) ?? environments.first else { throw noHome(name) }
        return Path.join(directory, name)
    }

    /// Refuses what cannot be a name (CEP 24, Rules §14.3).
    package static func check(name: String) throws(Failure) {
        if name.isEmpty { throw Failure(.usage, "name of the environment", "is empty") }
        let forbidden = name.utf8.first { [0x2f, 0x20, 0x3a, 0x23].contains($0) || $0 < 0x20 || $0 == 0x7f }
        if forbidden != nil || name == "." || name == ".." {
            throw Failure(
                .usage, "`\(name)`", "cannot be the name of an environment",
                hint: "names have no slash, space, colon, # or control character; a path is given with -p")
        }
    }

    /// A directory that exists and can be written to, or could be made.
    func isWritable(_ directory: String) -> Bool {
        var path = directory
        while !path.isEmpty {
            if FileSystem.exists(path) { return FileSystem.isWritableDirectory(path) }
            if path == "/" { return false }
            path = Path.parent(path)
        }
        return false
    }

    private func absolute(_ path: String, _ environment: ProcessEnvironment) -> String {
        Path.absolute(
            Path.expandingHome(path, home: environment.homeDirectory), base: environment.currentDirectory)
    }

    private func noHome(_ name: String) -> Failure {
        Failure(
            .usage, "`\(name)`", "has no place: there is no home directory",
            hint: "give a path with -p, or set MAMBA_ROOT_PREFIX")
    }
}
