// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Images
import Synchronization
import Transport

/// A repository of a registry that packages are sent to: each an artifact of its own, known by the tag `sha256-…`, and
/// fetched by its digest.
final class CachedRegistry: Sendable {
    private let place: String
    private let transport: Transport
    /// What the registry has let in with, for all workers.
    private let credential = Mutex<Credential?>(nil)

    /// `place`: `oci://host/name`
    init(_ place: String, _ transport: Transport) {
        self.place = String(place.dropFirst("oci://".count))
        self.transport = transport
    }

    func has(_ sha256: SHA256Digest) throws(Failure) -> Bool {
        try asking(sha256) { (client) throws(Failure) in try client.isTagged() }
    }

    func send(_ path: String, _ size: UInt64, _ record: PackageRecord, _ sha256: SHA256Digest) throws(Failure) {
        let file = RegistryClient.File(path: path, digest: sha256, size: size)
        let version = record.fileName.hasSuffix(".tar.bz2") ? "v1" : "v2"
        try asking(sha256) { (client) throws(Failure) in
            try client.putArtifact(
                file, mediaType: "application/vnd.conda.package.\(version)", title: record.fileName)
        }
    }

    private func asking<Answer>(
        _ sha256: SHA256Digest, _ ask: (RegistryClient) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        let client = RegistryClient(
            try RegistryReference("\(place):sha256-\(sha256)"), transport: transport,
            credential: credential.withLock { $0 })
        let answer = try ask(client)
        credential.withLock { $0 = client.credential }
        return answer
    }
}
