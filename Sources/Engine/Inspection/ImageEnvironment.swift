// SPDX-License-Identifier: BSD-3-Clause
import Configuration
package import Failures
import Locations
import Packages
import Platform
import Prefix

/// What tells the packages of an environment in an image: its records and the metadata of its Python packages, written anew
/// below a directory of its own, where they are read like those of any environment.
package enum ImageEnvironment {
    /// Files of other images than ours may be many: what is kept of them at most.
    private static let limits = (file: UInt64(64) << 20, all: UInt64(2) << 30, count: 200_000)

    /// Reads the layers of `image`, a layout, an archive or `HOST/NAME:TAG` of a registry, and gives `body` the prefix where the
    /// environment in it can be read until `body` ends.
    ///
    /// - Parameter place: which environment of several, by its path in the image.
    /// - Throws: `Failure(.usage)` when the image has no environment, or several and none is chosen.
    package static func read<Answer>(
        _ image: String, place: String?, context: Context, _ body: (String) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        let staging = try StagingDirectory(in: context.scratchDirectory, key: context.changeKey)
        defer { staging.remove() }
        let tree = Path.join(staging.path, "tree")
        let blobs = try BaseBlobs(
            image, absolute: context.absolute(image), in: staging.path, transport: context.transport, subject: image)
        var files = KeptFiles(tree)
        for layer in try BaseImage(image, architecture: nil, blobs: blobs).layers {
            try context.cancellation.check()
            try TarFile.read(try blobs.path(of: layer)) { (entry, read) throws(Failure) in
                try files.take(entry, read)
            }
            try files.endLayer()
        }
        let places = files.environments.sorted()
        let wanted = place.map { String($0.withoutTrailingSlashes.drop { $0 == "/" }) }
        guard let found = wanted.map({ places.contains($0) ? $0 : nil }) ?? places.first,
            wanted != nil || places.count == 1
        else {
            let known = places.map { "/\($0)" }.joined(separator: ", ")
            throw Failure(
                .usage, image, places.isEmpty ? "contains no environment" : "contains environments at \(known)",
                hint: places.isEmpty ? nil : "give one with -p, e.g. -p /\(places[0])")
        }
        return try body(found.isEmpty ? tree : Path.join(tree, found))
    }

    /// The files that were kept, by their paths in the image; a later layer's take the place of an earlier one's.
    private struct KeptFiles {
        let tree: String
        var names: Set<String> = []
        /// Those of the layer that is read, which nothing in it takes away.
        private var fresh: Set<String> = []
        /// The paths of earlier layers that this one takes away, with all that is below.
        private var gone: Set<String> = []
        var bytes: UInt64 = 0

        init(_ tree: String) { self.tree = tree }

        /// The directories that have records in `conda-meta`.
        var environments: Set<String> {
            var found: Set<String> = []
            for name in names where name.hasSuffix(".json") {
                let parts = name.split(separator: "/")
                guard parts.count > 1, parts[parts.count - 2] == "conda-meta" else { continue }
                found.insert(parts.dropLast(2).joined(separator: "/"))
            }
            return found
        }

        mutating func take(_ entry: TarFile.Entry, _ read: (TarFile.Taker) throws(Failure) -> Void) throws(Failure) {
            let name = Path.name(entry.path)
            if name.hasPrefix(".wh.") {
                // `.wh.NAME` takes a path away, `.wh..wh..opq` all that is in its directory (OCI image-spec, layer.md).
                let folder = Path.parent(entry.path)
                gone.insert(name == ".wh..wh..opq" ? folder : Path.join(folder, String(name.dropFirst(4))))
                return
            }
            guard Self.isMeant(entry.path), entry.kind == .file || entry.kind == .hardLink else { return }
            guard entry.size <= limits.file, names.count < limits.count, bytes < limits.all else {
                throw Failure(
                    .integrity, "/\(entry.path)", "exceeds the limit for the records of an environment's packages")
            }
            var content: [UInt8] = []
            if entry.kind == .hardLink {
                let target = entry.target.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
                guard names.contains(target) else { return }
                content = try readFile(Path.join(tree, target), limit: Int(limits.file))
            } else {
                content.reserveCapacity(Int(entry.size))
                try read { (piece) throws(Failure) in content.append(contentsOf: piece) }
            }
            bytes += UInt64(content.count)
            let path = Path.join(tree, entry.path)
            try FileSystem.createDirectories(Path.parent(path))
            try writeFileAtomically(path, content, mode: 0o600)
            names.insert(entry.path)
            fresh.insert(entry.path)
        }

        /// Removes what the layer takes away, all at once: there may be as many of them as there are files.
        mutating func endLayer() throws(Failure) {
            for kept in gone.isEmpty ? [] : names.subtracting(fresh) {
                var path = kept
                while !path.isEmpty, !gone.contains(path) { path = Path.parent(path) }
                guard gone.contains(path) else { continue }
                names.remove(kept)
                try FileSystem.unlink(Path.join(tree, kept))
            }
            (fresh, gone) = ([], [])
        }

        /// Records and history of conda, and what describes Python packages.
        private static func isMeant(_ path: String) -> Bool {
            let parts = path.split(separator: "/")
            guard parts.count > 1, let name = parts.last else { return false }
            let folder = parts[parts.count - 2]
            if folder == "conda-meta" { return name == "history" || name.hasSuffix(".json") }
            if folder == "site-packages" { return name.hasSuffix(".egg-info") || name.hasSuffix(".egg-link") }
            return (folder.hasSuffix(".dist-info") && (name == "METADATA" || name == "direct_url.json"))
                || (folder.hasSuffix(".egg-info") && name == "PKG-INFO")
        }
    }
}
