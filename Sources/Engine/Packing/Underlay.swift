// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Images
import Packages
import Platform

/// What lies below the layers of the packages: a base, or a C library alone, or nothing.
struct Underlay {
    private(set) var base: BaseImage?
    private(set) var library: LibraryFiles?
    /// The version of glibc that is there; nil when nothing is said of a C library.
    private var glibc: String?
    /// What it is called.
    private var name = ""
    private(set) var warnings: [String] = []

    /// Reads the base, or finds a C library, and makes sure that it is what the packages need.
    ///
    /// - Parameter request: gets the base's compression where the user has chosen none.
    init(
        _ request: inout PackRequest, _ plan: ChangePlan, architecture: String, _ staging: UnpackingDirectory,
        context: Context
    ) throws(Failure) {
        if let text = request.base {
            name = text
            let image = try BaseImage(text, architecture: architecture, blobs: try Self.blobs(text, staging, context))
            base = image
            try takeCompression(of: image, &request)
            glibc = try Self.glibc(of: image, cache: context.packageCache.writableDirectory) ?? ""
            if let registry = image.blobs.registry, registry.digest == nil, let digest = image.digest {
                warnings.append(
                    "the tag \(text) may move to another image; what always names this one is "
                        + "\(registry.host)/\(registry.name)@sha256:\(digest.hex)")
            }
        }
        if let text = request.libc {
            let found = try Self.library(text, plan, architecture: architecture, staging, context, &warnings, &name)
            library = found
            glibc = found.version
        }
        try check(plan.links.map(\.record))
    }

    /// The C library that the packages find, as `--json` tells it.
    var libraryVersion: String? { glibc }

    private static func blobs(
        _ text: String, _ staging: UnpackingDirectory, _ context: Context
    ) throws(Failure) -> BaseBlobs {
        try BaseBlobs(text, absolute: context.absolute(text), in: try staging.path(), transport: context.transport)
    }

    /// Two methods in one image are refused by some platforms.
    private func takeCompression(of image: BaseImage, _ request: inout PackRequest) throws(Failure) {
        let methods = Set(image.layers.map(\.compression)).subtracting([.none])
        guard let method = methods.first else { return }
        if !request.choosesCompression { request.compression = method }
        guard methods.count == 1, method == request.compression else {
            throw Failure(
                .usage, image.name,
                "has layers compressed with \(methods.map(\.rawValue).sorted().joined(separator: " and "))",
                hint: methods.count == 1 ? "use --compress \(method.rawValue)" : "choose another base")
        }
        guard request.format != .dockerArchive || method != .zstd else {
            throw Failure(
                .usage, image.name, "has zstd layers, which `docker load` does not read from an archive",
                hint: "use --format oci-archive")
        }
    }

    /// The accounts of a base that has any; else nil.
    func accounts(for user: String?) throws(Failure) -> (users: String, groups: String)? {
        guard let base else { return nil }
        var found: [String: String] = [:]
        let wanted: Set = ["etc/passwd", "etc/group"]
        for layer in base.layers.reversed() where found.count < wanted.count {
            try TarFile.read(try base.blobs.path(of: layer)) { (entry, read) throws(Failure) in
                guard wanted.contains(entry.path), found[entry.path] == nil, entry.kind == .file, entry.size <= 1 << 20
                else { return }
                var bytes: [UInt8] = []
                try read { (piece) throws(Failure) in bytes.append(contentsOf: piece) }
                found[entry.path] = String(decoding: bytes, as: UTF8.self)
            }
        }
        guard let users = found["etc/passwd"] else { return nil }
        return (users, found["etc/group"] ?? "")
    }

    /// The version in the topmost `libc.so.6`; nil when there is none. What a layer holds is remembered by its digest.
    private static func glibc(of image: BaseImage, cache: String?) throws(Failure) -> String? {
        for layer in image.layers.reversed() {
            let note = "glibc-\(layer.blob.digest.hex)"
            var version = LayerMemo.note(note, cache: cache)
            if version == nil {
                var found = ""
                try TarFile.read(try image.blobs.path(of: layer)) { (entry, read) throws(Failure) in
                    guard Path.name(entry.path) == "libc.so.6" else { return }
                    if entry.kind == .softLink {
                        let name = Path.name(entry.target)
                        if name.hasPrefix("libc-"), name.hasSuffix(".so") {
                            found = String(name.dropFirst(5).dropLast(3))
                        }
                    } else if entry.kind == .file, entry.size <= 64 << 20 {
                        var bytes: [UInt8] = []
                        try read { (piece) throws(Failure) in bytes.append(contentsOf: piece) }
                        found = LibraryFiles.version(bytes) ?? found
                    }
                }
                version = found
                LayerMemo.keep(found, note, cache: cache)
            }
            if let version, !version.isEmpty { return version }
        }
        return nil
    }

    private static func library(
        _ text: String, _ plan: ChangePlan, architecture: String, _ staging: UnpackingDirectory, _ context: Context,
        _ warnings: inout [String], _ name: inout String
    ) throws(Failure) -> LibraryFiles {
        let package = "sysroot_\(plan.platform.name)"
        guard text == "auto" || text.hasPrefix(package) else {
            name = text
            let image = try BaseImage(text, architecture: architecture, blobs: try blobs(text, staging, context))
            return try LibraryFiles(of: image, architecture: architecture)
        }
        var link = plan.links.first { $0.record.name == package }
        if link == nil {
            var request = ChangeRequest(.create, prefix: "")
            request.platform = plan.platform
            request.channels = plan.request.channels
            request.overrideChannels = plan.request.overrideChannels
            request.dependencies = .none
            request.specs = [text == "auto" ? package : text]
            link = try Planner(context).plan(request).links.first
            if text == "auto", let record = link?.record {
                warnings.append(
                    "the C library comes from \(record.distribution); what always names it is "
                        + "--libc \(record.name)=\(record.version)=\(record.build)")
            }
        }
        guard let link else { throw Failure(.unsatisfiable, package, "is in no channel") }
        name = link.record.distribution
        let fetch = PackageFetch(context: context, staging: staging)
        guard let entry = try fetch.fetch([link], found: fetch.lookup([link])).entries.first else {
            throw Failure(.unsatisfiable, name, "could not be fetched")
        }
        return try LibraryFiles(of: entry.directory, entry.manifest, architecture: architecture, name: name)
    }

    /// Compares what `records` need of glibc with what is there.
    ///
    /// - Throws: `Failure(.unsatisfiable)` that names the first package that would not run.
    func check(_ records: [PackageRecord]) throws(Failure) {
        guard let glibc else { return }
        let version = try? Version(glibc)
        for record in records {
            for text in record.depends where text.hasPrefix("__glibc") {
                let spec = try MatchSpec(text)
                if let version, spec.version?.matches(version) != false { continue }
                throw Failure(
                    .unsatisfiable, name,
                    "has \(glibc.isEmpty ? "no glibc" : "glibc \(glibc)"), and \(record.distribution) needs \(text)",
                    hint: glibc.isEmpty
                        ? "choose a base that has one, e.g. gcr.io/distroless/base-debian12"
                        : "choose a newer base, or lock packages for this one: --virtual-package __glibc=\(glibc)")
            }
        }
    }
}
