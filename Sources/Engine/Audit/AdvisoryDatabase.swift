// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Failures
import Locations
import Packages
import Platform
import Transport

/// Where advisories are: a ZIP as OSV publishes it, a directory of JSON files, or a service with OSV's query API.
enum AdvisoryDatabase {
    case archive(String)
    case directory(String)
    case service(String)

    /// A path or URL; the ZIP of a URL is fetched into the cache unless it is there already and unchanged.
    ///
    /// - Throws: `Failure(.usage)` for what is neither file nor directory, `Failure(.network)`.
    init(_ word: String, _ context: Context) throws(Failure) {
        if word.isEmpty { throw Failure(.usage, "--database", "is empty", hint: Self.hint) }
        guard word.hasURLScheme, !word.hasPrefix("file:") else {
            let path = word.hasPrefix("file://") ? String(word.dropFirst(7)).percentDecoded : context.absolute(word)
            guard let status = try FileSystem.status(path) else {
                throw Failure(.usage, word, "there is no such file or directory", hint: Self.hint)
            }
            self = status.kind == .directory ? .directory(path) : .archive(path)
            return
        }
        let plain = word.split(separator: "?").first.map { String($0) } ?? word
        self = plain.hasSuffix(".zip") ? .archive(try context.fetchedArchive(word)) : .service(word)
    }

    /// What is known of the packages that `queries` name; versions are for services, which ask for them.
    ///
    /// - Throws: `Failure(.usage)` for a file or directory without any advisory.
    func advisories(
        _ queries: [AuditedPackage.Identity], _ context: Context
    ) throws(Failure) -> KnownAdvisories {
        let keys = Set(queries.map(\.key))
        switch self {
        case .archive(let path): return try context.advisories(of: keys, inArchive: path)
        case .directory(let path): return try context.advisories(of: keys, inDirectory: path)
        case .service(let url): return KnownAdvisories(answers: try AdvisoryService(url, context).advisories(queries))
        }
    }

    fileprivate static let hint =
        "--database takes a ZIP as OSV publishes it, a directory of its JSON files or the URL of either a ZIP or a service"

    fileprivate static func empty(_ path: String) -> Failure {
        Failure(.usage, path, "has no advisory", hint: hint)
    }
}

extension Context {
    /// Where indexes and fetched databases are kept; nil when nothing may be.
    private var advisoryDirectory: String? {
        packageCache.directories.lazy.map { "\($0)/cache/krait-index-v1" }.first {
            (try? FileSystem.createDirectories($0)) != nil && FileSystem.isWritableDirectory($0)
        }
    }

    private func advisoryFile(_ name: String, _ suffix: String) -> String? {
        advisoryDirectory.map { "\($0)/advisories-\(sha256(of: Array(name.utf8)).hex.prefix(32)).\(suffix)" }
    }

    fileprivate func advisories(of keys: Set<AdvisoryKey>, inArchive path: String) throws(Failure) -> KnownAdvisories {
        let identity = try AdvisoryIndex.identity(path)
        let file = try ZipFile(path)
        let indexPath = advisoryFile(path, "index")
        var answer: AdvisoryIndex.Answer?
        if let indexPath, let index = try? MappedFile(indexPath) {
            answer = index.withBytes { AdvisoryIndex.fits($0, identity) ? AdvisoryIndex.Answer(keys, in: $0) : nil }
        }
        if answer == nil {
            let index = try AdvisoryIndex(file, identity: identity, subject: path, cancellation: cancellation)
            let bytes = index.bytes
            // Whoever cannot keep it can still use it.
            if let indexPath { try? writeFileAtomically(indexPath, bytes) }
            answer = bytes.withUnsafeBytes { AdvisoryIndex.Answer(keys, in: $0) }
        }
        guard let answer, !answer.isEmpty else { throw AdvisoryDatabase.empty(path) }
        var found: [Advisory] = []
        for place in answer.places { found.append(try Advisory(try file.read(place), subject: path)) }
        var warnings: [String] = []
        if answer.tooLong > 0 {
            warnings.append("\(path): \(answer.tooLong) of its files are longer than 64 MiB and were not looked at")
        }
        return KnownAdvisories(found, foreign: answer.foreign, warnings: warnings)
    }

    /// Reads every `.json` below a directory.
    fileprivate func advisories(of keys: Set<AdvisoryKey>, inDirectory path: String) throws(Failure) -> KnownAdvisories
    {
        var found: [Advisory] = []
        var ecosystems: Set<String> = []
        var open = [(path, 0)]
        while let (directory, depth) = open.popLast() {
            try cancellation.check()
            for entry in try FileSystem.entries(directory) {
                let place = "\(directory)/\(entry.name)"
                if entry.kind == .directory, depth < 16 {
                    open.append((place, depth + 1))
                } else if entry.name.hasSuffix(".json"), entry.kind != .directory {
                    let bytes = try readFile(place, limit: AdvisoryIndex.memberLimit)
                    let own = try AdvisoryIndex.keys(bytes, subject: place)
                    ecosystems.formUnion(own.map(\.ecosystem))
                    if !own.isDisjoint(with: keys) { found.append(try Advisory(bytes, subject: place)) }
                }
            }
        }
        if ecosystems.isEmpty { throw AdvisoryDatabase.empty(path) }
        return KnownAdvisories(found, foreign: Set(keys.map(\.ecosystem)).subtracting(ecosystems))
    }

    /// The ZIP of a URL as a file in the cache, asked for anew unless the server says that it is the same.
    fileprivate func fetchedArchive(_ url: String) throws(Failure) -> String {
        guard let path = advisoryFile(url, "zip"), let tagPath = advisoryFile(url, "tag") else {
            throw Failure(
                .usage, url.maskingSecrets, "has to be kept in the package cache, and there is none",
                hint: "fetch it, and name the file")
        }
        let isThere = FileSystem.exists(path)
        if settings[.offline], isThere { return path }
        let limit = 2 << 30
        var request = Request(url, maximumBody: limit)
        request.answersAnyStatus = true
        if isThere, let tag = try readFileIfPresent(tagPath, limit: 1 << 12), !tag.isEmpty {
            request.headers.append(("If-None-Match", String(decoding: tag, as: UTF8.self)))
        }
        // Not in memory: it has no bounds that this machine need have room for.
        let temporary = Path.join(Path.parent(path), temporaryName())
        defer { try? FileSystem.unlink(temporary) }
        var source = try transport.open(request)
        var isFirst = true
        try source.write(toNewFile: temporary) { (bytes) throws(Failure) in
            // A page in the place of the ZIP, or bytes without end.
            guard !isFirst || bytes.first == UInt8(ascii: "P") else {
                throw Failure(.integrity, url.maskingSecrets, "the archive is not a ZIP")
            }
            isFirst = false
        }
        guard let response = try source.transfer?.wait() else { return path }
        if response.status == 304, isThere { return path }
        try response.requireDatabase()
        // A file that is not a ZIP does not replace one that is, and the server is asked for it again.
        try ZipFile.check(temporary, subject: url.maskingSecrets)
        try FileSystem.rename(from: temporary, to: path)
        try writeFileAtomically(tagPath, Array((response.headers["etag"] ?? "").utf8))
        return path
    }
}

extension Response {
    /// Throws where the status is not 2xx, with a hint about databases.
    func requireDatabase() throws(Failure) {
        do throws(Failure) { try requireSuccess() } catch {
            var failure = error
            if status == 404 { failure.hint = AdvisoryDatabase.hint }
            throw failure
        }
    }
}
