// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
package import Failures
package import Images
import Manifests
import Packages
import Platform
import Prefix
import Transport

/// What was pushed.
package struct PushReport: Sendable {
    /// The image's own digest.
    package var digest = ""
    /// Layers, the configuration too, and those of them that had to be sent.
    package var blobs = 0
    package var sentBlobs = 0
    /// Bytes of blobs that were sent.
    package var sentBytes: UInt64 = 0
    /// What was left out on the user's wish, by rule or glob.
    package var leftOut: [LeftOutFiles.Saving] = []
    package var warnings: [String] = []
}

extension Context {
    /// Sends the image of a layout to a registry: the blobs that it lacks, then the manifest.
    ///
    /// - Parameter other: a repository of the same registry that may have blobs already.
    package func push(
        layout path: String, to reference: RegistryReference, mountingFrom other: String?
    ) throws(Failure) -> PushReport {
        let image = try StoredImage(path)
        return try push(image.blobs, image.manifest, type: image.mediaType, to: reference, other)
    }

    /// The plan of an image that is made for a registry at once.
    ///
    /// - Throws: `Failure(.usage)` for archives, which are no locks.
    package func plan(pushing request: ChangeRequest) throws(Failure) -> ChangePlan {
        do throws(Failure) {
            return try plan(packing: request, environment: nil)
        } catch {
            guard error.cause is NotText else { throw error }
            throw Failure(
                .usage, error.subject, "\(error.reason), and neither an image layout nor a lock",
                hint: "what `krait pack --format oci -o image` writes can be pushed")
        }
    }

    /// Packs and sends at once: layers that were made before and that the registry has are not made again.
    package func push(
        _ plan: ChangePlan, as request: PackRequest, to reference: RegistryReference, mountingFrom other: String?
    ) throws(Failure) -> PushReport {
        var packed = PackReport(output: request.output)
        let client = RegistryClient(reference, transport: transport)
        let (contents, staging) = try packContents(plan, request, &packed)
        defer { staging.remove() }
        let place = try OutputPlace(for: request.output, key: changeKey)
        let builder = try LayerBuilder(contents, place, context: self)
        progress.begin(.packing)
        let base = contents.underlay?.base?.blobs.registry
        let layers = try builder.layers(&packed) { (blob) throws(Failure) in
            if try !client.present([blob.digest]).isEmpty { return true }
            // The registry may take the base's layers from where it has them.
            guard let base, base.host == reference.host else { return false }
            return try client.mount(blob.digest, from: base.name)
        }
        let manifest = ImageManifest(try contents.configuration(), layers: layers)
        try place.write(ImageLayout.path(of: manifest.configurationDigest), manifest.configuration)
        var files = layers.map { layer in
            RegistryClient.File(
                path: builder.path(of: layer.blob.digest), digest: layer.blob.digest, size: layer.blob.size)
        }
        files.append(
            RegistryClient.File(
                path: builder.path(of: manifest.configurationDigest), digest: manifest.configurationDigest,
                size: UInt64(manifest.configuration.count)))
        var report = try push(files, manifest.document, type: ImageManifest.mediaType, to: reference, other)
        report.warnings = packed.warnings
        report.leftOut = packed.leftOut
        return report
    }

    private func push(
        _ files: [RegistryClient.File], _ manifest: [UInt8], type: String, to reference: RegistryReference,
        _ other: String?
    ) throws(Failure) -> PushReport {
        progress.begin(.pushing)
        let client = RegistryClient(reference, transport: transport)
        var report = PushReport()
        report.digest = "sha256:\(sha256(of: manifest).hex)"
        report.blobs = files.count
        let present = try client.present(files.map(\.digest))
        var sent: Set<SHA256Digest> = present
        for file in files where sent.insert(file.digest).inserted {
            try cancellation.check()
            try client.upload(file, from: other)
            report.sentBlobs += 1
        }
        try client.putManifest(manifest, mediaType: type)
        report.sentBytes = client.sentBytes
        return report
    }
}

extension Context {
    /// Where large files may lie for a while: with the cache where there is one, which has room for as much.
    package var scratchDirectory: String {
        packageCache.writableDirectory.map { Path.parent($0) } ?? environment["TMPDIR"] ?? "/tmp"
    }
}
