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
    /// What was packed for it; empty when it was packed before.
    package var platforms: [String] = []
    /// Layers, the configuration too, and those of them that had to be sent.
    package var blobs = 0
    package var sentBlobs = 0
    /// Bytes of blobs that were sent.
    package var sentBytes: UInt64 = 0
    /// What was left out on the user's wish, by rule or glob.
    package var leftOut: [LeftOutFiles.Saving] = []
    package var warnings: [String] = []
}

extension Packer {
    /// Sends the image of a layout to a registry: the blobs that it lacks, then the manifest.
    ///
    /// - Parameter other: a repository of the same registry that may have blobs already.
    package func push(
        layout path: String, to reference: RegistryReference, mountingFrom other: String?
    ) throws(Failure) -> PushReport {
        let image = try StoredImage(path)
        return try push(image.blobs, image.documents, to: reference, other)
    }

    /// The plans of an image that is made for a registry at once, one for each platform.
    ///
    /// - Throws: `Failure(.usage)` for archives, which are no locks.
    package func plans(pushing request: ChangeRequest, for platforms: [String]) throws(Failure) -> [ChangePlan] {
        do throws(Failure) {
            return try plans(packing: request, for: platforms, environment: nil)
        } catch {
            guard error.cause is NotText else { throw error }
            throw Failure(
                .usage, error.subject, "\(error.reason), and neither an image layout nor a lock",
                hint: "what `krait pack --format oci -o image` writes can be pushed")
        }
    }

    /// Packs and sends at once: layers that were made before and that the registry has are not made again.
    package func push(
        _ plans: [ChangePlan], as request: PackRequest, to reference: RegistryReference, mountingFrom other: String?
    ) throws(Failure) -> PushReport {
        var packed = PackReport(output: request.output)
        try checkPlatforms(plans, request, &packed)
        let client = RegistryClient(reference, transport: context.transport)
        let place = try OutputPlace(for: request.output, key: context.changeKey)
        var files: [RegistryClient.File] = []
        let manifests = try plans.map { (plan) throws(Failure) in
            try manifest(plan, request, in: place, of: client, &packed, &files)
        }
        let layout = ImageLayout(manifests, reference: reference.tag)
        var documents = manifests.map { StoredImage.Document(bytes: $0.document, mediaType: ImageManifest.mediaType) }
        if manifests.count > 1 {
            documents.append(StoredImage.Document(bytes: layout.root.document, mediaType: layout.root.mediaType))
        }
        var report = try push(files, documents, to: reference, other)
        report.platforms = packed.platforms
        report.warnings = packed.warnings
        report.leftOut = packed.leftOut
        return report
    }

    /// Makes the image of a plan, without the layers that the registry has.
    ///
    /// - Parameter files: gets where its blobs lie.
    private func manifest(
        _ plan: ChangePlan, _ request: PackRequest, in place: OutputPlace, of client: RegistryClient,
        _ packed: inout PackReport, _ files: inout [RegistryClient.File]
    ) throws(Failure) -> ImageManifest {
        let (contents, staging) = try packContents(plan, request, &packed)
        defer { staging.remove() }
        let builder = try LayerBuilder(contents, place, context: context)
        context.progress.begin(.packing)
        let base = contents.underlay?.base?.blobs.registry
        let layers = try builder.layers(&packed) { (blob) throws(Failure) in
            if try !client.present([blob.digest]).isEmpty { return true }
            // The registry may take the base's layers from where it has them.
            guard let base, base.host == client.reference.host else { return false }
            return try client.mount(blob.digest, from: base.name)
        }
        let manifest = ImageManifest(try contents.configuration(), layers: layers)
        try place.write(ImageLayout.path(of: manifest.configurationDigest), manifest.configuration)
        files += layers.map { layer in
            RegistryClient.File(
                path: builder.path(of: layer.blob.digest), digest: layer.blob.digest, size: layer.blob.size)
        }
        files.append(
            RegistryClient.File(
                path: builder.path(of: manifest.configurationDigest), digest: manifest.configurationDigest,
                size: UInt64(manifest.configuration.count)))
        packed.warnings += contents.warnings
        return manifest
    }

    private func push(
        _ files: [RegistryClient.File], _ documents: [StoredImage.Document], to reference: RegistryReference,
        _ other: String?
    ) throws(Failure) -> PushReport {
        context.progress.begin(.pushing)
        let client = RegistryClient(reference, transport: context.transport)
        var report = PushReport()
        report.blobs = Set(files.map(\.digest)).count
        let present = try client.present(Array(Set(files.map(\.digest))).sorted { $0.hex < $1.hex })
        var sent: Set<SHA256Digest> = present
        for file in files where sent.insert(file.digest).inserted {
            try context.cancellation.check()
            try client.upload(file, from: other)
            report.sentBlobs += 1
        }
        // Those of single platforms by their digests, last what the tag is for.
        for (number, document) in documents.enumerated() {
            report.digest = "sha256:\(sha256(of: document.bytes).hex)"
            try client.putManifest(
                document.bytes, mediaType: document.mediaType,
                as: number == documents.count - 1 ? reference.tag : report.digest)
        }
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
