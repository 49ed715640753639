// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Locations
import Manifests
import Platform
import Transport

/// What the files and specs of a request say together.
struct Inputs {
    var specs: [MatchSpec] = []
    var channels: [String] = []
    var variables: [EnvironmentFile.Variable] = []
    var pip: [PipInput] = []
    var warnings: [String] = []
    /// The archives to install as they are; nil when there is something to solve.
    var locked: LockedInput?
    /// With `--locked`: the specs that the lock was found to answer.
    var asWanted: [MatchSpec] = []
    /// Paths of the environment files read.
    var environmentFiles: [String] = []
    /// Name and prefix that a file suggests.
    var name: String?
    var prefix: String?

    /// Pip requirements of one file; relative paths in them start from the file's directory.
    struct PipInput {
        var requirements: [EnvironmentFile.PipRequirement]
        var file: String
    }

    /// Archives, not to be solved.
    struct LockedInput {
        var packages: [LockedPackage] = []
        var requirements: [LockedRequirement] = []
        /// The lock file, for paths in it that are relative.
        var file: String
        /// True when the lock says what each package needs.
        var hasDependencies = false
        /// False when every archive was named on the command line, and so asked for by itself.
        var isList = true
        var indexes: [String] = []
        var channels: [String] = []
    }

    /// Reads everything that the request names.
    ///
    /// - Throws: `Failure` naming file, line and what was expected; files to be solved and locks do not mix.
    init(_ request: ChangeRequest, platform: Subdir, context: Context) throws(Failure) {
        for file in request.files {
            let isRemote = file.hasURLScheme && !file.hasPrefix("file://")
            let path =
                isRemote
                ? file
                : Path.absolute(
                    Path.expandingHome(
                        file.hasPrefix("file://") ? String(file.dropFirst(7)).percentDecoded : file,
                        home: context.environment.homeDirectory), base: context.environment.currentDirectory)
            let known = self
            let bytes = isRemote ? try Self.fetch(file, context) : try Self.read(path, as: file, context)
            switch try InputFile(bytes: bytes, subject: file, platform: platform) {
            case .environment(let environment): take(environment, path, request)
            case .specs(let list):
                specs += list.specs
                warnings += list.warnings
            case .explicit(let explicit): try take(explicit, path, context)
            case .condaLock(let lock):
                let categories = request.categories.isEmpty ? ["main"] : request.categories
                take(try lock.environment(platform: platform.name, categories: categories, subject: file), path)
            case .pixiLock(let lock):
                let name = request.lockEnvironment ?? "default"
                take(try lock.environment(name, platform: platform.name, subject: file), path)
            }
            if isRemote { try requireRemote(after: known, in: file) }
        }
        try takeSpecs(request, context)
        if !request.pip.requirements.isEmpty {
            pip.append(
                PipInput(requirements: request.pip.requirements.map { .init(text: $0) }, file: request.pip.file))
        }
        if request.locked { try requireLock(request, platform: platform, context: context) }
        if request.pip.isLeftOut {
            locked?.requirements = []
            pip = []
        }
        if locked != nil, !specs.isEmpty {
            throw Failure(
                .usage, "\(specs[0])", "specs cannot be solved together with a lock file or archives",
                hint: "run `krait install` for them afterwards")
        }
    }

    /// The longest file that is taken as input.
    static let limit = 16 << 20

    /// A file of the web, as micromamba and conda take it.
    private static func fetch(_ url: String, _ context: Context) throws(Failure) -> [UInt8] {
        guard !context.settings[.offline] else {
            throw Failure(.network, url.maskingSecrets, "is on the network, and --offline forbids that")
        }
        let response = try context.transport.fetch(Request(url, maximumBody: limit))
        try response.requireSuccess()
        return response.body
    }

    private static func read(_ path: String, as name: String, _ context: Context) throws(Failure) -> [UInt8] {
        guard let bytes = try readInput(path, limit: limit, cancellation: context.cancellation) else {
            throw Failure(.usage, name, "there is no such file", cause: NoInputFile())
        }
        return bytes
    }

    private mutating func take(_ file: EnvironmentFile, _ path: String, _ request: ChangeRequest) {
        for channel in file.channels where !channels.contains(channel) { channels.append(channel) }
        environmentFiles.append(path)
        specs += file.specs
        for variable in file.variables {
            variables.removeAll { $0.name == variable.name }
            variables.append(variable)
        }
        warnings += file.warnings
        name = name ?? file.name
        prefix = prefix ?? file.prefix
        guard !file.pip.isEmpty, !request.pip.isLeftOut else { return }
        pip.append(PipInput(requirements: file.pip, file: path))
    }

    mutating func take(_ environment: LockedEnvironment, _ path: String) {
        var input = locked ?? LockedInput(file: path)
        input.packages += environment.packages
        input.requirements += environment.requirements
        input.indexes += environment.indexes
        for channel in environment.channels where !input.channels.contains(channel) { input.channels.append(channel) }
        input.hasDependencies = true
        locked = input
    }

    private mutating func take(_ explicit: ExplicitFile, _ path: String, _ context: Context) throws(Failure) {
        var input = locked ?? LockedInput(file: path)
        for entry in explicit.entries {
            input.packages.append(try Self.package(entry, "\(path):\(entry.line)", context))
        }
        locked = input
    }

    /// The record of an archive given by URL or path.
    private static func package(
        _ entry: ExplicitFile.Entry, _ subject: String, _ context: Context
    ) throws(Failure) -> LockedPackage {
        var location = entry.location
        if !location.hasURLScheme {
            let path = Path.absolute(
                expanded(
                    location, variables: context.environment.variables, home: context.environment.homeDirectory),
                base: context.environment.currentDirectory)
            // A URL without its beginning would be shown as a path, with the token in it.
            guard location.maskingSecrets == location || FileSystem.exists(path) else {
                throw Failure(.usage, location, "is not a file of this machine", hint: "a URL begins with https://")
            }
            guard FileSystem.exists(path) else { throw Failure(.usage, location, "there is no such file") }
            location = "file://" + path.percentEncodedPath
        }
        var record = try PackageRecord(archiveAt: location, subject: subject)
        record.sha256 = entry.sha256
        record.md5 = entry.md5
        return LockedPackage(record: record)
    }

    /// Refuses the name of a file in the place of a spec.
    static func refuseFile(_ text: String, _ context: Context) throws(Failure) {
        // A package may be called so too: `ruamel.yaml`.
        guard [".yml", ".yaml", ".txt", ".lock"].contains(where: text.hasSuffix), !text.holds("::") else { return }
        if FileSystem.exists(context.absolute(text)) {
            throw Failure(.usage, text, "is a file, not a spec", hint: "read it with `-f \(text)`")
        }
        if text.holds("/") { throw Failure(.usage, text, "there is no such file", hint: "a file is read with -f") }
    }

    private mutating func takeSpecs(_ request: ChangeRequest, _ context: Context) throws(Failure) {
        for text in request.specs {
            try Self.refuseFile(text, context)
            let location = text.split(separator: "#").first.map { String($0) } ?? text
            let isArchive = location.hasSuffix(".conda") || location.hasSuffix(".tar.bz2")
            let isThere = location.contains("/") || FileSystem.exists(context.absolute(location))
            if isArchive, isThere, !location.holds("::") {
                let entry = try ExplicitFile.Entry(line: text, number: 1, subject: "command line")
                var input =
                    locked ?? LockedInput(file: context.environment.currentDirectory + "/command line", isList: false)
                input.packages.append(try Self.package(entry, text, context))
                locked = input
            } else {
                let read = try PipSpelling(text)
                specs.append(read.spec)
                if let warning = read.warning { warnings.append(warning) }
            }
        }
    }
}
