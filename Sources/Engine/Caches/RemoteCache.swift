// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Images
import Locations
import Manifests
import Packages
import Platform
import Prefix
import Synchronization
import Transport

/// Packages in a place that many machines share (`remote_cache`): a bucket, a web server, or a repository of a registry,
/// each package once under its SHA-256. What comes from there is verified like anything else; what it lacks comes from its channel.
package struct RemoteCache: Sendable {
    /// What `push` did.
    package struct Report: Sendable {
        /// Packages that were sent, and their bytes.
        package var sent = 0
        package var bytes: UInt64 = 0
        /// Packages that were there already.
        package var present = 0
        /// Packages whose SHA-256 is not known, so that they have no place.
        package var unknown: [String] = []
    }

    let context: Context
    /// Without a slash at the end; the first is the one that is written to.
    let places: [String]

    package init(_ context: Context) {
        self.context = context
        places = context.settings[.remoteCache].map(\.withoutTrailingSlashes)
    }

    /// Refuses places that can be none.
    ///
    /// - Throws: `Failure(.usage)` for what is neither a URL nor an absolute path.
    static func check(_ settings: Settings) throws(Failure) {
        for place in settings[.remoteCache] where !place.hasPrefix("/") && !place.hasURLScheme {
            throw Failure(.usage, "remote_cache", "`\(place)` is not a URL", hint: hint)
        }
    }

    /// Whether a place is a directory of this machine, which is read and not written to.
    static func isLocal(_ place: String) -> Bool { place.hasPrefix("/") || place.hasPrefix("file:") }

    private static let hint = "write for example s3://BUCKET/FOLDER, https://HOST/FOLDER or oci://HOST/NAME"

    /// Where the archive of `record` may be, nearest first.
    func urls(of record: PackageRecord) -> [String] {
        guard !places.isEmpty, let sha256 = record.sha256 else { return [] }
        return places.map { RemoteCache.url(in: $0, sha256, record) }
    }

    static func url(in place: String, _ sha256: SHA256Digest, _ record: PackageRecord) -> String {
        let hash = sha256.description
        if place.hasPrefix("oci://") { return "\(place)@sha256:\(hash)" }
        let suffix = record.fileName.hasSuffix(".tar.bz2") ? ".tar.bz2" : ".conda"
        return "\(place)/sha256/\(hash.prefix(2))/\(hash)\(suffix)"
    }

    /// Sends the packages of a lock that the first place lacks, from their channels; each is verified before.
    ///
    /// - Throws: `Failure(.usage)` where no place is configured that takes packages, or the file is not a lock.
    package func push(_ request: ChangeRequest) throws(Failure) -> Report {
        try context.settings.requireHonoured()
        guard let place = places.first else {
            throw Failure(
                .usage, "remote_cache", "is not set, so there is no place to send packages to",
                hint: "`krait config append remote_cache s3://BUCKET/FOLDER`")
        }
        try RemoteCache.check(context.settings)
        guard !RemoteCache.isLocal(place) else {
            throw Failure(
                .usage, "remote_cache",
                "packages are sent to a bucket, a web server or a registry, and `\(place)` is a directory of this machine",
                hint: RemoteCache.hint)
        }
        let records = try context.locked(request).packages.map(\.record)
        let staging = try StagingDirectory(in: context.environment["TMPDIR"] ?? "/tmp", key: context.changeKey)
        let report = Mutex(Report())
        let registry = place.hasPrefix("oci://") ? CachedRegistry(place, context.transport) : nil
        context.progress.begin(.fetching, packages: records.count, bytes: records.map { $0.size ?? 0 }.saturatingSum)
        try forEachInParallel(records.count, workers: 4, name: "push") { (index) throws(Failure) in
            let record = records[index]
            defer { context.progress.finishPackage() }
            guard let sha256 = record.sha256 else { return report.withLock { $0.unknown.append(record.fileName) } }
            let url = RemoteCache.url(in: place, sha256, record)
            if try isThere(url, sha256, registry, size: record.size) { return report.withLock { $0.present += 1 } }
            let request = Request(record.url, expectedSize: record.size, namedBy: record.channel)
            try withArchive(request, sha256, in: staging) { (file, bytes) throws(Failure) in
                try send(file, bytes, record, sha256, to: url, registry)
                report.withLock {
                    $0.sent += 1
                    $0.bytes += bytes
                }
            }
        }
        return report.withLock { $0 }
    }

    /// Brings the packages of a lock into this machine's cache, from the places or from their channels.
    ///
    /// - Throws: `Failure(.usage)` for a file that is not a lock; `Failure(.system)` without a cache to fill.
    package func pull(_ request: ChangeRequest) throws(Failure) -> (fetched: Int, bytes: UInt64, present: Int) {
        try context.settings.requireHonoured()
        guard context.packageCache.writableDirectory != nil else {
            throw Failure(
                .system, "pkgs_dirs", "holds no directory that can be written", hint: "name one: `--pkgs-dirs DIR`")
        }
        try RemoteCache.check(context.settings)
        let links = try context.locked(request).packages.map { package in
            ChangePlan.Link(record: package.record, specs: [], reason: .install)
        }
        let fetch = PackageFetch(context: context, staging: UnpackingDirectory(for: "/", key: context.changeKey))
        let found = fetch.lookup(links)
        let result = try fetch.fetch(links, found: found)
        return (result.count, result.bytes, links.count - result.count)
    }

    /// Whether a package is at its place; one of another size was left by a machine that died while it sent.
    func isThere(
        _ url: String, _ sha256: SHA256Digest, _ registry: CachedRegistry?, size: UInt64?
    ) throws(Failure) -> Bool {
        if let registry { return try registry.has(sha256) }
        var request = Request(url)
        request.headersOnly = true
        let response = try context.transport.fetch(request)
        if response.status == 404 || response.status == 403 { return false }
        try response.requireSuccess()
        guard let size, let found = response.headers.contentLength else { return true }
        return found == size
    }

    /// Fetches an archive and hands over its path and size while it is there.
    func withArchive(
        _ request: Request, _ sha256: SHA256Digest, in staging: StagingDirectory,
        _ body: (String, UInt64) throws(Failure) -> Void
    ) throws(Failure) {
        let file = Path.join(staging.path, "\(sha256)")
        defer { try? FileSystem.unlink(file) }
        try body(file, try fetch(request, sha256, to: file))
    }

    /// Sends an archive to its place.
    func send(
        _ file: String, _ bytes: UInt64, _ record: PackageRecord, _ sha256: SHA256Digest, to url: String,
        _ registry: CachedRegistry?
    ) throws(Failure) {
        if let registry { return try registry.send(file, bytes, record, sha256) }
        var request = Request(url)
        request.upload = Upload("PUT", .file(file, offset: 0, count: bytes))
        try context.transport.fetch(request).requireSuccess()
    }

    /// Writes an archive to a new file and answers its size.
    private func fetch(_ request: Request, _ sha256: SHA256Digest, to path: String) throws(Failure) -> UInt64 {
        var request = request
        request.maximumBody = .max
        request.sha256 = sha256.description
        var source = try context.transport.open(request)
        var hasher = SHA256Hasher()
        var size: UInt64 = 0
        try source.write(toNewFile: path) { (bytes) throws(Failure) in
            hasher.update(bytes)
            size += UInt64(bytes.count)
            context.progress.advance(bytes: UInt64(bytes.count))
        }
        guard hasher.finish() == sha256 else {
            throw Failure(.integrity, request.url.maskingSecrets, "does not have the SHA-256 in the lock")
        }
        return size
    }
}
