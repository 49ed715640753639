// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
import Conda
import Configuration
package import Failures
import Locations
import Manifests
import Platform
import Prefix

/// An environment written down, so that somebody else can make the same one (Rules §19.5, Requirements R-22).
package struct EnvironmentExport: Sendable {
    /// What of the environment is wanted.
    package struct Options: Sendable {
        package var noBuilds = false
        /// Only what the user asked for, as asked for.
        package var fromHistory = false
        /// With the versions that are installed now.
        package var withVersions = false
        package var ignoreChannels = false
        /// Each package as `CHANNEL/SUBDIR::name=version=build`.
        package var channelSubdir = false
        package var noVariables = false
        package var withSecrets = false
        /// What the document names an environment that has only a path; nil where that is left out.
        package var namelessName: String?
        /// Channels to name before all others.
        package var channels: [String] = []
        /// No others than those are named.
        package var overrideChannels = false
        /// Whether `nodefaults` may stand among the channels: conda's `env create` takes it for one.
        package var takesNodefaults = true
        /// Of the lines of an explicit file.
        package var hash = Hash.md5

        package init() {}
    }

    /// Which hash the lines of an explicit file carry.
    package enum Hash: Sendable { case none, md5, sha256 }

    /// What the user has to know of it, each one sentence.
    package private(set) var warnings: [String] = []
    private let options: Options
    private let context: Context
    private let records: [PackageRecord]
    private let pip: [PipPackage]
    private let platform: Subdir
    private var file = EnvironmentFile.Export()

    /// Reads the environment at `prefix`.
    package init(prefix: String, options: Options, context: Context) throws(Failure) {
        self.options = options
        self.context = context
        let (environment, found, history) = try PrefixState.steadily(prefix) { () throws(Failure) in
            let state = try PrefixState.existing(prefix, root: context.settings.rootPrefix)
            let environment = InstalledEnvironment(state)
            _ = try environment.heads()
            return (environment, try PipPackage.survey(state), try History.read(prefix))
        }
        func isWanted(_ package: PipPackage) -> Bool { !options.fromHistory || package.isRequested }
        pip = found.packages.filter(isWanted)
        records = try environment.records().filter { !(found.replacing[$0.name].map(isWanted) ?? false) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        platform = try context.platform(of: records)
        let name = context.settings.directories.name(of: prefix)
        // A path says nothing to anybody else, and no reader takes it as a name.
        file.name = name == prefix ? nil : name
        file.prefix = prefix
        if !options.ignoreChannels {
            var used = try ExportedChannels(history: history, records: records, context: context).texts
            if !options.takesNodefaults { used.removeAll { $0 == "nodefaults" } }
            file.channels = options.channels
            if !options.overrideChannels { file.channels += used.filter { !options.channels.contains($0) } }
        }
        let requested = try environment.requestedSpecs()
        file.dependencies = options.fromHistory ? asked(requested) : installed(requested)
        if options.noBuilds, !options.fromHistory { markPlatforms(requested) }
        file.pip = pip.map(\.requirement)
        if !options.noVariables { try takeVariables(prefix) }
        takeLocalPackages()
    }

    /// `name=version=build` of everything; with its channel where the user asked for one.
    private func installed(_ requested: [String: String]) -> [String] {
        records.map { record in
            let spec = options.noBuilds ? "\(record.name)=\(record.version)" : record.exportedSpec
            if options.channelSubdir, !options.ignoreChannels {
                return "\(record.channel.separatingCredentials.plain)/\(record.subdir)::\(spec)"
            }
            guard !options.ignoreChannels, let text = requested[record.name],
                let channel = (try? MatchSpec(text))?.channel?.exactText
            else { return spec }
            return "\(channel)::\(spec)"
        }
    }

    /// Without builds a file is for other platforms too: there, what nobody asked for and what is no python package may have
    /// other names (libgcc, libcxx), and comes as needed.
    private mutating func markPlatforms(_ requested: [String: String]) {
        guard let kind = platform.name.split(separator: "-").first.map({ String($0) }), ["linux", "osx"].contains(kind)
        else { return }
        for (record, text) in zip(records, file.dependencies) where requested[record.name] == nil {
            let names = record.depends.map(neededName)
            let isNative = record.subdir != "noarch" && !names.contains("python")
            if isNative || names.contains("__\(kind)") || names.contains("__glibc") { file.selectors[text] = kind }
        }
    }

    /// What was asked for and is still there.
    private func asked(_ requested: [String: String]) -> [String] {
        records.compactMap { record in
            guard let text = requested[record.name] else { return nil }
            if options.withVersions { return "\(record.name)=\(record.version)" }
            guard options.ignoreChannels, var spec = try? MatchSpec(text) else { return text }
            spec.channel = nil
            return spec.description
        }
    }

    private mutating func takeVariables(_ prefix: String) throws(Failure) {
        var secrets: [String] = []
        for (name, value) in try PrefixFiles.variables(prefix) where value != PrefixFiles.unsetMarker {
            let variable = EnvironmentFile.Variable(name: name, value: value)
            if !options.withSecrets, SecretNames.isSecret(variable) {
                secrets.append(name)
            } else {
                file.variables.append(variable)
            }
        }
        if !secrets.isEmpty {
            warnings.append(
                "left out \(secrets.joined(separator: ", ")), which \(secrets.count == 1 ? "looks" : "look") like a "
                    + "secret: --with-secrets writes \(secrets.count == 1 ? "it" : "them")")
        }
    }

    /// Packages from directories of this machine do not travel with a file.
    private mutating func takeLocalPackages() {
        for package in pip {
            guard let path = package.origin?.localPath else { continue }
            let kind = package.origin?.isEditable == true ? "an editable install of" : "installed from"
            let text =
                "\(package.name) \(package.version) is \(kind) \(path), which is on this machine only: take it along, "
                + "and change its path in the file"
            warnings.append(text)
            file.comments.append(text)
        }
    }
}

extension EnvironmentExport {
    /// The document for `--json` and `--format json`.
    package var json: JSON {
        var file = file
        file.name = file.name ?? options.namelessName
        return file.json
    }

    /// The text of the file in `format`, and what only this format cannot hold.
    package func text(_ format: ExportFormat) throws(Failure) -> (text: String, warnings: [String]) {
        switch format {
        case .yaml: return (file.yaml, [])
        case .json: return (String(decoding: json.serialized(indent: 2), as: UTF8.self) + "\n", [])
        case .requirements:
            return (
                SpecFile.requirements(specs: file.dependencies, pip: file.pip, platform: platform),
                pip.isEmpty ? [] : ["\(pip.count) python packages of pip are comments in this format"]
            )
        case .explicit: return explicit()
        case .condaLock:
            var lock = LockFile()
            lock.channels = file.channels.filter { $0 != "nodefaults" }
            lock.add(records: records, pip: pip, platform: platform, contentHash: nil)
            return (try lock.text(.condaLock), lock.warnings)
        }
    }

    private func explicit() -> (text: String, warnings: [String]) {
        let (explicit, missing) = ExplicitFile.holding(topologicallySorted(records), platform: platform)
        var text = explicit.serialized(hash: options.hash.kind)
        var warnings = missing.map { "no URL is known for \($0); it is not in the file" }
        if !pip.isEmpty {
            text += "# not in this file, to be installed with pip:\n"
            text += file.pip.map { "#   \(PythonOrigin.withoutSecrets($0))\n" }.joined()
            warnings.append("\(pip.count) python packages of pip are comments in this format")
        }
        return (text, warnings)
    }
}

extension EnvironmentExport.Hash {
    fileprivate var kind: ExplicitFile.HashKind {
        switch self {
        case .none: .none
        case .md5: .md5
        case .sha256: .sha256
        }
    }
}

extension ExplicitFile {
    /// The file of `records` in their order, and the distributions of which no URL is known.
    static func holding(_ records: [PackageRecord], platform: Subdir?) -> (file: ExplicitFile, missing: [String]) {
        var file = ExplicitFile()
        file.platform = platform?.name
        var missing: [String] = []
        for record in records {
            guard !record.url.isEmpty else {
                missing.append(record.distribution)
                continue
            }
            file.entries.append(
                Entry(location: record.url.separatingCredentials.plain, md5: record.md5, sha256: record.sha256))
        }
        return (file, missing)
    }
}

extension PackageRecord {
    /// `name=version=build`, the way exports pin a package.
    package var exportedSpec: String { "\(name)=\(version)=\(build)" }
}

extension Context {
    /// The platform that an environment of these packages is for; this machine's when they do not tell.
    func platform(of records: [PackageRecord]) throws(Failure) -> Subdir {
        if let record = records.first(where: { $0.subdir != "noarch" && !$0.subdir.isEmpty }),
            let platform = try? Subdir(record.subdir)
        {
            return platform
        }
        return try targetPlatform()
    }
}
