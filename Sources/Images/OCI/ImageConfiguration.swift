// SPDX-License-Identifier: BSD-3-Clause

package import Codecs
package import Failures
import Platform

/// What an image says of how it is run (OCI image-spec, config.md).
package struct ImageConfiguration: Sendable {
    /// `amd64` or `arm64`, as Go names processors.
    package var architecture: String
    /// `NAME=VALUE`.
    package var environment: [String] = []
    package var entrypoint: [String] = []
    package var command: [String] = []
    /// `8888/tcp`, where it listens.
    package var ports: [String] = []
    package var user: String?
    package var workingDirectory: String?
    package var labels: [(name: String, value: String)] = []
    /// Seconds since 1970.
    package var created: Int64
    /// The configuration of the image below; what this one does not say is as there.
    package var base: JSON?
    /// How many of the layers are that image's.
    package var baseLayerCount = 0

    package init(architecture: String, created: Int64) {
        self.architecture = architecture
        self.created = created
    }

    /// The document, with the layers that it goes with.
    package func document(_ layers: [ImageLayer]) -> [UInt8] {
        var inner = base?["config"]?.object ?? []
        if let user { inner.set("User", .string(user)) }
        inner.set("Env", .strings(environment))
        if !entrypoint.isEmpty {
            inner.set("Entrypoint", .strings(entrypoint))
            // It went with the base's own entrypoint.
            inner.removeAll { $0.key == "Cmd" }
        }
        if !command.isEmpty { inner.set("Cmd", .strings(command)) }
        if !ports.isEmpty {
            var exposed = inner["ExposedPorts"]?.object ?? []
            for port in ports { exposed.set(port, .object([])) }
            inner.set("ExposedPorts", .object(exposed))
        }
        if let workingDirectory { inner.set("WorkingDir", .string(workingDirectory)) }
        var labelled = inner["Labels"]?.object ?? []
        for label in labels { labelled.set(label.name, .string(label.value)) }
        if !labelled.isEmpty { inner.set("Labels", .object(labelled)) }
        let time = Self.text(created)
        let history = layers.dropFirst(baseLayerCount).map { layer in
            JSON.object([
                JSONMember("created", .string(time)), JSONMember("created_by", "krait pack"),
                JSONMember("comment", .string(layer.comment)),
            ])
        }
        var members: [JSONMember] = [
            JSONMember("created", .string(time)), JSONMember("architecture", .string(architecture)),
            JSONMember("os", "linux"),
        ]
        if let variant = base?["variant"] { members.append(JSONMember("variant", variant)) }
        members += [
            JSONMember("config", .object(inner)),
            JSONMember(
                "rootfs",
                .object([
                    JSONMember("type", "layers"),
                    JSONMember("diff_ids", .array(layers.map { .string("sha256:\($0.blob.plainDigest.hex)") })),
                ])),
            JSONMember("history", .array((base?["history"]?.array ?? []) + history)),
        ]
        return JSON.object(members).serialized()
    }

    /// The processor of a conda platform as images name it.
    package static func architecture(of platform: String) throws(Failure) -> String {
        switch platform {
        case "linux-64": return "amd64"
        case "linux-aarch64": return "arm64"
        case "linux-ppc64le": return "ppc64le"
        case "linux-s390x": return "s390x"
        default:
            throw Failure(
                .unsatisfiable, platform, "is not a platform that images are made for, which is Linux",
                hint: "pack a tar or zip, or use --platform linux-64")
        }
    }

    /// RFC 3339, in UTC.
    private static func text(_ seconds: Int64) -> String {
        let time = universalTime(seconds)
        func digits(_ value: Int, _ count: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        return "\(digits(time.year, 4))-\(digits(time.month))-\(digits(time.day))T"
            + "\(digits(time.hour)):\(digits(time.minute)):\(digits(time.second))Z"
    }
}

/// A layer of an image.
package struct ImageLayer: Sendable {
    package var blob: Blob
    package var compression: LayerCompression
    /// What is in it, for people.
    package var comment: String

    package init(blob: Blob, compression: LayerCompression, comment: String) {
        self.blob = blob
        self.compression = compression
        self.comment = comment
    }

    var mediaType: String { "application/vnd.oci.image.layer.v1.tar\(compression.mediaTypeEnding)" }
}
