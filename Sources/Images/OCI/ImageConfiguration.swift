// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Platform

/// What an image says of how it is run (OCI image-spec, config.md).
package struct ImageConfiguration: Sendable {
    /// `amd64` or `arm64`, as Go names processors.
    package var architecture: String
    /// `NAME=VALUE`.
    package var environment: [String] = []
    package var entrypoint: [String] = []
    package var command: [String] = []
    package var user: String?
    package var workingDirectory: String?
    package var labels: [(name: String, value: String)] = []
    /// Seconds since 1970.
    package var created: Int64

    package init(architecture: String, created: Int64) {
        self.architecture = architecture
        self.created = created
    }

    /// The document, with the layers that it goes with.
    package func document(_ layers: [ImageLayer]) -> [UInt8] {
        var inner: [JSONMember] = []
        if let user { inner.append(JSONMember("User", .string(user))) }
        inner.append(JSONMember("Env", .array(environment.map { .string($0) })))
        if !entrypoint.isEmpty { inner.append(JSONMember("Entrypoint", .array(entrypoint.map { .string($0) }))) }
        if !command.isEmpty { inner.append(JSONMember("Cmd", .array(command.map { .string($0) }))) }
        if let workingDirectory { inner.append(JSONMember("WorkingDir", .string(workingDirectory))) }
        if !labels.isEmpty {
            inner.append(JSONMember("Labels", .object(labels.map { JSONMember($0.name, .string($0.value)) })))
        }
        let time = Self.text(created)
        let history = layers.map { layer in
            JSON.object([
                JSONMember("created", .string(time)), JSONMember("created_by", "krait pack"),
                JSONMember("comment", .string(layer.comment)),
            ])
        }
        return JSON.object([
            JSONMember("created", .string(time)), JSONMember("architecture", .string(architecture)),
            JSONMember("os", "linux"), JSONMember("config", .object(inner)),
            JSONMember(
                "rootfs",
                .object([
                    JSONMember("type", "layers"),
                    JSONMember("diff_ids", .array(layers.map { .string("sha256:\($0.blob.plainDigest.hex)") })),
                ])),
            JSONMember("history", .array(history)),
        ]).serialized()
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
