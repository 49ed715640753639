// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Packages
package import Platform
import Prefix

/// This process, when it was started from what `krait pack --format exe` has made: brings the environment behind it to a place
/// and runs it there.
package struct PackedExecutable: Sendable {
    private let payload: Payload
    private let path: String
    private let environment: ProcessEnvironment
    private let cancellation: Cancellation

    /// An environment that is there, and what to run in it.
    package struct Ready: Sendable {
        package let command: RunCommand
        package var warnings: [String]
        /// Holds the environment when it is to go afterwards.
        fileprivate let staging: StagingDirectory?

        /// Whether it is to go afterwards.
        package var isTemporary: Bool { staging != nil }
        /// Removes it.
        package func remove() { staging?.remove() }
    }

    package init(_ payload: Payload, _ environment: ProcessEnvironment, _ cancellation: Cancellation) {
        self.payload = payload
        self.environment = environment
        self.cancellation = cancellation
        let own = FileSystem.exists(ExecutableFile.ownPath) ? ExecutableFile.ownPath : nil
        path = own ?? ThisProcess.executable(environment) ?? ExecutableFile.ownPath
    }

    /// What messages call it: as it was started.
    private var subject: String { environment.arguments.first ?? "krait" }

    /// Where an environment notes what it came from; what ends in `.json` there is a record.
    private static let noteName = "conda-meta/packed"

    /// Makes the environment at `prefix`, absolute, unless this executable has made it there before; without one in a
    /// private directory.
    ///
    /// - Parameter wanted: what to run in the place of the command that it was packed with.
    /// - Throws: `Failure(.usage)` when something else is there, or there is nothing to run; `.integrity` when the file is
    ///   not what was packed.
    package func unpack(to prefix: String?, wanted: [String]) throws(Failure) -> Ready {
        if let prefix, let known = try kept(at: prefix) { return try ready(known, wanted, prefix, nil, []) }
        try requireWhole()
        do throws(Failure) {
            return try make(prefix, wanted)
        } catch {
            // Another one of us may have been faster.
            if error.code == .other, let prefix, let known = try kept(at: prefix) {
                return try ready(known, wanted, prefix, nil, [])
            }
            guard let cause = error.cause as? Errno,
                [.noSpace, .quota, .readOnly, .access].contains(cause)
            else { throw error }
            var failure = error
            failure.hint =
                prefix == nil
                ? "name a directory that has room with TMPDIR, or a place to keep it with --prefix DIR"
                : "name another place with --prefix DIR"
            throw failure
        }
    }

    /// What this executable has unpacked at `prefix` before.
    private func kept(at prefix: String) throws(Failure) -> PackedEnvironment? {
        let note = Path.join(prefix, Self.noteName)
        guard let bytes = try readFileIfPresent(note, limit: 1 << 20) else { return nil }
        guard try JSON.parse(bytes, subject: note)["digest"]?.string == digestText else {
            throw Failure(
                .usage, prefix, "was unpacked from another executable than this",
                hint: "choose another place, or remove that environment first")
        }
        // Whoever has this executable can write the note, and whatever else is there would run.
        guard let status = try FileSystem.status(prefix), status.isOwn || status.owner == 0,
            !status.isWritableByStrangers
        else {
            throw Failure(
                .usage, prefix, "belongs to another user, or other users can write to it",
                hint: "its programs would be run: choose another place")
        }
        return try PackedEnvironment(bytes, subject: note)
    }

    private var digestText: String? { payload.digest.withBytes { SHA256Digest(bytes: $0) }?.hex }

    private func requireWhole() throws(Failure) {
        let end = payload.offset + payload.size
        // What is opened is this executable under qemu too, where the status of its name is qemu's.
        guard try MappedFile(path).count == end else {
            throw Failure(
                .integrity, subject, "is incomplete: it was made with \(end) bytes",
                hint: "copy it again from where it was made")
        }
    }

    private func make(_ prefix: String?, _ wanted: [String]) throws(Failure) -> Ready {
        let parent = prefix.map { Path.parent($0) } ?? environment["TMPDIR"] ?? "/tmp"
        let key = ChangeKey(environment)
        let directory = Path.absolute(parent, base: environment.currentDirectory)
        StagingDirectory.removeLeft(in: directory, key: key)
        let staging = try StagingDirectory(in: directory, key: key)
        let packages = Path.join(staging.path, "pkgs")
        try makeDirectory("pkgs", at: staging)
        let packed = try extract(into: packages)
        let place = prefix ?? Path.join(staging.path, "env")
        let context = try context(packed, packages: packages)
        let plan = try plan(packed, place, isKept: prefix != nil, packages, context)
        let report = try ChangeExecution(plan, context).run()
        var result = try ready(packed, wanted, place, prefix == nil ? staging : nil, report.warnings)
        if !report.messages.isEmpty { result.warnings.append(report.messages) }
        return result
    }

    private func makeDirectory(_ name: String, at staging: StagingDirectory) throws(Failure) {
        var tree = Beneath(staging.root)
        do throws(Errno) {
            try tree.createDirectory(name)
        } catch {
            throw Failure(error, staging.path, "make a directory in")
        }
    }

    /// Unpacks the archive. Nothing of it is looked at before all of it is known to be what was packed.
    private func extract(into directory: String) throws(Failure) -> PackedEnvironment {
        guard let digest = payload.digest.withBytes({ SHA256Digest(bytes: $0) }) else {
            throw Failure(.integrity, subject, "has no hash")
        }
        let sink = DirectorySink(try Descriptor.openDirectory(directory), path: directory)
        let part = TarFile.Part(offset: payload.offset, size: payload.size, sha256: digest)
        var description: [UInt8] = []
        // Last, so that nothing is written through one.
        var links: [(path: String, target: String)] = []
        do throws(Failure) {
            try TarFile.read(path, part: part) { (entry, read) throws(Failure) in
                try cancellation.check()
                switch entry.kind {
                case .directory: try sink.makeDirectory(entry.path)
                case .softLink: links.append((entry.path, entry.target))
                case .file where entry.path == PackedEnvironment.fileName:
                    try read { (bytes) throws(Failure) in description.append(contentsOf: bytes) }
                case .file:
                    try sink.beginFile(entry.path, mode: entry.mode, modified: entry.modified, size: entry.size)
                    try read { (bytes) throws(Failure) in try sink.write(bytes) }
                    try sink.endFile()
                case .hardLink: break
                }
            }
        } catch {
            guard error.code == .integrity else { throw error }
            throw Failure(
                .integrity, subject, "is not what was packed", hint: "copy it again from where it was made",
                cause: error)
        }
        for link in links { try sink.makeSymbolicLink(link.path, target: link.target) }
        return try PackedEnvironment(description, subject: subject)
    }

    /// No settings of this machine count, and nothing is fetched.
    private func context(_ packed: PackedEnvironment, packages: String) throws(Failure) -> Context {
        var sources = Settings.Sources()
        sources.ignoresFiles = true
        sources.ignoresEnvironment = true
        sources.overrides = [
            (.pkgsDirs, packages), (.offline, "true"), (.registerEnvs, "false"), (.pyc, packed.pyc),
            (.skipRunLinkScripts, packed.runsScripts ? "false" : "true"),
        ]
        var environment = environment
        environment.arguments = ["krait", "pack", "--format", "exe"]
        // The packages are in a cache, whatever else is built here.
        environment.variables["KRAIT_CONTAINER_BUILD"] = nil
        return Context(
            environment: environment, settings: try Settings.load(environment, sources), cancellation: cancellation)
    }

    private func plan(
        _ packed: PackedEnvironment, _ prefix: String, isKept: Bool, _ packages: String, _ context: Context
    ) throws(Failure) -> ChangePlan {
        var request = ChangeRequest(.create, prefix: prefix)
        request.specs = packed.packages.map { package in
            package.record.url + (package.record.sha256.map { "#sha256:\($0.hex)" } ?? "")
        }
        var plan = try Planner(context).plan(request)
        var known: [String: PackedEnvironment.Package] = [:]
        for package in packed.packages { known[package.record.name] = package }
        for index in plan.links.indices {
            guard let package = known[plan.links[index].record.name] else { continue }
            plan.links[index].record = package.record
            plan.links[index].specs = package.specs
        }
        plan.updateSpecs = packed.updateSpecs
        plan.channels = packed.channels
        plan.isList = packed.isList
        plan.variables = packed.variables
        plan.leftOut = Set(packed.leftOut)
        plan.movesFiles = true
        let note =
            isKept ? JSON.object([JSONMember("digest", digestText.map { .string($0) } ?? .null)] + packed.running) : nil
        let additions = Path.join(packages, PackedEnvironment.additions)
        plan.completion = { (root) throws(Failure) in
            var tree = Beneath(root)
            if FileSystem.exists(additions) { try Self.move(additions, "", into: &tree) }
            if let note { try tree.writeNewFile(Self.noteName, note.serialized(indent: 2)) }
        }
        return plan
    }

    /// Moves what the user added to its place, over what packages have there.
    private static func move(_ source: String, _ path: String, into tree: inout Beneath) throws(Failure) {
        for entry in try FileSystem.entries(Path.join(source, path)) {
            let inner = Path.join(path, entry.name)
            let from = Path.join(source, inner)
            if try FileSystem.status(from, followLinks: false)?.kind == .directory {
                do throws(Errno) {
                    try tree.createDirectories(inner)
                } catch {
                    throw Failure(error, inner, "make the directory")
                }
                try move(source, inner, into: &tree)
            } else {
                do throws(Errno) {
                    try tree.at(inner) { (directory, name) throws(Errno) in
                        try SystemCall.rename(from: from, at: .currentDirectory, to: name, at: directory)
                    }
                } catch {
                    throw Failure(error, inner, "put in its place")
                }
            }
        }
    }

    private func ready(
        _ packed: PackedEnvironment, _ wanted: [String], _ prefix: String, _ staging: StagingDirectory?,
        _ warnings: [String]
    ) throws(Failure) -> Ready {
        let words = packed.words(wanted, at: prefix)
        guard !words.isEmpty else {
            throw Failure(.usage, subject, "has nothing to run", hint: "name a command: \(subject) -- COMMAND")
        }
        var sources = Settings.Sources()
        sources.ignoresFiles = true
        sources.ignoresEnvironment = true
        let command = try RunCommand(
            RunCommand.Request(prefix: prefix, command: words), settings: try Settings.load(environment, sources))
        return Ready(command: command, warnings: warnings + command.warnings, staging: staging)
    }
}
