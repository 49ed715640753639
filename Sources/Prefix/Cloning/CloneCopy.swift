// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
package import Failures
package import Platform

/// Brings what only the source of a clone has into the new environment: copied or with shared blocks, never hard-linked
/// (Design §3, Cache).
package struct CloneCopy: ~Copyable {
    /// What was done.
    package struct Report: Sendable, Equatable {
        package var files = 0
        /// Files in which the source's path was replaced.
        package var rewritten: [String] = []
        /// Files that still hold the source's path: nobody knows how they may be changed.
        package var stillHolding: [String] = []
        /// Compiled files that were left out, for they hold the source's path; python makes them again.
        package var leftOutCompiled = 0

        package init() {}
    }

    private let survey: CloneSurvey
    /// The new environment: nothing is written outside, whatever links were copied before.
    private var tree: Beneath
    private let from: [UInt8]
    private let to: [UInt8]
    private let platform: TargetPlatform
    private var report = Report()
    private var directories: Set<ExactPath> = [ExactPath("")]

    /// A copy from `survey`'s source to `prefix`, whose files are written below `root`.
    package init(
        _ survey: CloneSurvey, at root: DirectoryReference, prefix: String, platform: TargetPlatform = .linux
    ) {
        self.survey = survey
        tree = Beneath(root, links: .followedBeneath)
        self.platform = platform
        from = Array(survey.source.prefix.utf8)
        to = Array(prefix.utf8)
    }

    /// Copies; `pristine` gives packages' files as shipped where the source has changed them. Packages' files must have
    /// been linked before.
    package mutating func run(pristine: Bool, cancellation: Cancellation? = nil) throws(Failure) -> Report {
        let source = try Descriptor.openDirectory(survey.source.prefix)
        for (record, paths) in zip(survey.uncached, survey.uncachedPaths) {
            try cancellation?.check()
            try copy(record, paths, from: source.reference)
        }
        if !pristine {
            let uncached = Set(survey.uncached.map(\.name))
            for difference in survey.differences where !uncached.contains(difference.package) {
                try remove(difference.path)
                if difference.isMissing { continue }
                try copy(difference.path, from: source.reference, mayRewrite: true)
            }
        }
        for file in survey.unowned {
            try cancellation?.check()
            try copy(file, from: source.reference)
        }
        for name in ["history", "pinned", "state", "frozen"] { try copyMetadata(name, from: source.reference) }
        return report
    }

    private mutating func copyMetadata(_ name: String, from source: DirectoryReference) throws(Failure) {
        let path = "\(TransactionDirectory.metadata)/\(name)"
        guard let file = try open(path, at: source) else { return }
        let bytes = try readAll(file, limit: 64 << 20, subject: path)
        // Variables are often secrets.
        try tree.writeNewFile(path, bytes, mode: name == "state" ? 0o600 : 0o664)
    }

    // MARK: Files of packages that no cache has

    private mutating func copy(
        _ record: InstalledRecord, _ paths: [PrefixPath], from source: DirectoryReference
    ) throws(Failure) {
        var edit = RecordEdit()
        let changed = Set(survey.differences.lazy.filter { $0.package == record.name }.map { ExactPath($0.path) })
        for path in paths {
            switch path.kind {
            case .directory: try makeDirectory(path.path)
            case .compiled:
                try copy(UnownedFile(path: path.path, kind: .regular, origin: .compiled), from: source)
            default:
                guard let status = try Self.status(path.path, at: source) else { continue }
                // Several packages may have had a file here; the source tells which one has it.
                try remove(path.path)
                let mayHold = path.placeholder != nil || path.kind == .entryPoint || path.isRewritten
                guard status.kind == .regular, mayHold, !status.isHollow else {
                    try copy(path.path, from: source, mayRewrite: changed.contains(ExactPath(path.path)))
                    continue
                }
                // An edited file stays a file that is not as recorded.
                if let contents = try rewrite(path.path, status, room: room(of: path), from: source),
                    !changed.contains(ExactPath(path.path))
                {
                    edit.contents[ExactPath(path.path)] = contents
                }
            }
        }
        let bytes = try edit.applied(to: record.path)
        try tree.writeNewFile("\(TransactionDirectory.metadata)/\(Path.name(record.path))", bytes)
    }

    /// How far a path in a file may grow.
    private enum Room {
        case text
        /// By so many bytes in each string.
        case binary(Int)
        /// As a text, or not at all where the file is none.
        case unknown
    }

    private func room(of path: PrefixPath) -> Room {
        guard let placeholder = path.placeholder else { return .unknown }
        return path.fileMode == "binary" ? .binary(max(0, placeholder.utf8.count - from.count)) : .text
    }

    /// Copies a file with the source's path replaced. Answers what it holds now.
    private mutating func rewrite(
        _ path: String, _ status: FileStatus, room: Room, from source: DirectoryReference
    ) throws(Failure) -> RecordEdit.Contents? {
        guard let file = try open(path, at: source) else { return nil }
        var bytes = try readAll(file, limit: 1 << 30, subject: path)
        let places = bytes.withUnsafeBytes { PrefixReplacement.occurrences(of: from, in: $0) }
        guard !places.isEmpty else {
            try copyPlainly(path, from: source)
            return nil
        }
        var bytesInString: Int?
        switch room {
        case .text: break
        case .binary(let count): bytesInString = count
        case .unknown where bytes.contains(0): bytesInString = 0
        case .unknown: break
        }
        if let bytesInString {
            let fits = bytes.withUnsafeMutableBytes {
                PrefixReplacement.binary($0, from, at: places, with: to, room: bytesInString)
            }
            guard fits else {
                throw Failure(
                    .system, String(decoding: to, as: UTF8.self), "is too long to be written into \(path)",
                    hint: "choose a shorter prefix")
            }
        } else {
            bytes = bytes.withUnsafeBytes {
                PrefixReplacement.text($0, from, at: places, with: to, platform: platform)
            }
        }
        try makeDirectory(Path.parent(path))
        try tree.writeNewFile(path, bytes, mode: status.mode & 0o775)
        report.files += 1
        report.rewritten.append(path)
        return RecordEdit.Contents(digest: sha256(of: bytes), size: bytes.count)
    }

    // MARK: Files that no record has

    private mutating func copy(_ file: UnownedFile, from source: DirectoryReference) throws(Failure) {
        switch file.kind {
        case .symbolicLink: try copyLink(file.path, from: source)
        case .regular:
            if file.path.hasSuffix(".pyc"), try holdsSource(file.path, source) {
                report.leftOutCompiled += 1
                return
            }
            var isPip = false
            if case .pip = file.origin { isPip = true }
            try copy(file.path, from: source, mayRewrite: isPip || KnownFormat.holdsPrefixes(file.path))
        default:
            // Sockets and pipes belong to running programs.
            return
        }
    }

    private func holdsSource(_ path: String, _ source: DirectoryReference) throws(Failure) -> Bool {
        guard let opened = try open(path, at: source) else { return false }
        if (try? SystemCall.status(of: opened))?.isHollow ?? true { return false }
        let file = try MappedFile(opened, subject: path)
        // What follows it here is no part of a name: any byte may come after a constant.
        return from.withUnsafeBytes { ByteSearch.first($0, in: file.bytes, from: 0) } != nil
    }

    /// Copies any file or link; with `mayRewrite` the source's path is replaced where that can be done.
    private mutating func copy(
        _ path: String, from source: DirectoryReference, mayRewrite: Bool
    ) throws(Failure) {
        guard let status = try Self.status(path, at: source) else { return }
        if status.kind == .symbolicLink { return try copyLink(path, from: source) }
        guard status.kind == .regular else { return }
        if status.isHollow { return try copyPlainly(path, from: source) }
        guard let opened = try open(path, at: source) else { return }
        let file = try MappedFile(opened, subject: path)
        let places = PrefixReplacement.occurrences(of: from, in: file.bytes)
        if places.isEmpty { return try copyPlainly(path, from: source) }
        let isScript = file.bytes.count > 2 && file.bytes[0] == UInt8(ascii: "#") && file.bytes[1] == UInt8(ascii: "!")
        let isBinary = ByteSearch.zero(in: file.bytes, from: 0) < file.bytes.count
        guard mayRewrite || isScript, !isBinary || to.count <= from.count else {
            report.stillHolding.append(path)
            return try copyPlainly(path, from: source)
        }
        _ = try rewrite(path, status, room: .unknown, from: source)
    }

    /// Copies a link; an absolute one into the source leads into the copy.
    private mutating func copyLink(_ path: String, from source: DirectoryReference) throws(Failure) {
        var target = try Self.beneath(path) { () throws(Errno) in
            var tree = Beneath(source, links: .followedBeneath)
            return try tree.readLink(path)
        }
        let base = survey.source.prefix
        if target == base || target.hasPrefix(base + "/") {
            target = String(decoding: to, as: UTF8.self) + target.dropFirst(base.count)
        }
        try makeDirectory(Path.parent(path))
        do throws(Errno) {
            try tree.symbolicLink(target: target, path: path)
        } catch {
            throw Failure(error, path, "make a symbolic link")
        }
        report.files += 1
    }

    private mutating func copyPlainly(_ path: String, from source: DirectoryReference) throws(Failure) {
        try makeDirectory(Path.parent(path))
        guard let file = try open(path, at: source) else { return }
        do throws(Errno) {
            try tree.at(path) { (directory, name) throws(Errno) in
                try SystemCall.copyFile(from: file, to: name, at: directory)
            }
        } catch {
            throw Failure(error, path, "copy")
        }
        report.files += 1
    }

    private mutating func makeDirectory(_ path: String) throws(Failure) {
        guard directories.insert(ExactPath(path)).inserted else { return }
        do throws(Errno) {
            try tree.createDirectories(path)
        } catch {
            throw Failure(error, path, "make the directory")
        }
    }

    private mutating func remove(_ path: String) throws(Failure) {
        do throws(Errno) {
            try tree.unlink(path)
        } catch {
            if error != .noEntry { throw Failure(error, path, "remove") }
        }
    }

    /// Opens a file of the source, which lies in it; nil when there is none.
    private func open(_ path: String, at source: DirectoryReference) throws(Failure) -> Descriptor? {
        do throws(Errno) {
            return try SystemCall.openBeneath(
                path, [.readOnly, .noFollow, .nonBlocking], at: source, links: .followedBeneath)
        } catch {
            if error == .noEntry { return nil }
            throw Self.failure(error, path)
        }
    }

    private static func status(_ path: String, at source: DirectoryReference) throws(Failure) -> FileStatus? {
        var tree = Beneath(source, links: .followedBeneath)
        do throws(Errno) {
            return try tree.status(path)
        } catch {
            if error == .noEntry || error == .notDirectory { return nil }
            throw failure(error, path)
        }
    }

    private static func beneath<Result>(_ path: String, _ body: () throws(Errno) -> Result) throws(Failure) -> Result {
        do throws(Errno) { return try body() } catch { throw failure(error, path) }
    }

    private static func failure(_ error: Errno, _ path: String) -> Failure {
        guard error == .crossDevice || error == .loop else { return Failure(error, path, "copy") }
        return Failure(
            .other, path, "lies behind a link that leads out of the environment that is copied",
            hint: "replace the link by a directory", cause: error)
    }
}

/// Formats that are known to hold the path of their environment, and that may be changed as text.
enum KnownFormat {
    /// Whether a file at `path` is of one.
    static func holdsPrefixes(_ path: String) -> Bool {
        let name = Path.name(path)
        if names.contains(name) { return true }
        if let dot = name.lastIndex(of: "."), endings.contains(String(name[dot...])) { return true }
        return ["bin/", "etc/conda/", "etc/jupyter/", "share/jupyter/"].contains { path.hasPrefix($0) }
    }

    private static let names: Set<String> = [
        "pyvenv.cfg", "RECORD", "direct_url.json", "kernel.json", "qt.conf",
    ]
    private static let endings: Set<String> = [
        ".pth", ".egg-link", ".pc", ".cmake", ".la", ".sh", ".csh", ".fish", ".cfg", ".conf", ".ini", ".pri",
    ]
}
