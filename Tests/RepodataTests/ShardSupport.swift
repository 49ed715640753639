// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Fuzzing

@testable import Repodata

/// JSON as an indexer would write it into a shard: digests as raw bytes.
func packed(_ value: JSON, key: String = "") -> MessagePackValue {
    switch value {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let text): .float(Double(text) ?? 0)
    case .string(let text):
        if key == "sha256", let digest = SHA256Digest(hex: text) {
            .binary(digest.withBytes { Array($0) })
        } else if key == "md5", let digest = MD5Digest(hex: text) {
            .binary(digest.withBytes { Array($0) })
        } else {
            .string(text)
        }
    case .array(let elements): .array(elements.map { packed($0) })
    case .object(let members): .map(members.map { MessagePackPair(.string($0.key), packed($0.value, key: $0.key)) })
    }
}

/// The plain bytes of a shard.
func shard(_ conda: [JSON] = [], tarBzip2: [JSON] = []) -> [UInt8] {
    let json = try? JSON.parse(document(conda, tarBzip2: tarBzip2), subject: "shard")
    return packed(.object((json?.object ?? []).filter { $0.key != "info" })).serialized
}

/// A shard index.
func shardIndex(
    _ shards: [String: SHA256Digest],
    info: JSON = ["subdir": "linux-64", "base_url": "", "shards_base_url": "./shards/"]
) -> MessagePackValue {
    .map([
        MessagePackPair(.string("version"), .integer(1)), MessagePackPair(.string("info"), packed(info)),
        MessagePackPair(
            .string("shards"),
            .map(
                shards.sorted { $0.key < $1.key }.map {
                    MessagePackPair(.string($0.key), .binary($0.value.withBytes { Array($0) }))
                })),
    ])
}

/// Writes a document's records as shards into `folder`.
func writeShards(_ document: [UInt8], subdir: String, _ folder: TemporaryFolder, compact: Bool = true) throws {
    let json = try JSON.parse(document, subject: "document")
    var byName: [String: (conda: [JSONMember], tarBzip2: [JSONMember])] = [:]
    for member in json["packages.conda"]?.object ?? [] {
        byName[member.value["name"]?.string ?? "", default: ([], [])].conda.append(member)
    }
    for member in json["packages"]?.object ?? [] {
        byName[member.value["name"]?.string ?? "", default: ([], [])].tarBzip2.append(member)
    }
    var digests: [String: SHA256Digest] = [:]
    for (name, records) in byName {
        let shard = packed(
            .object([
                JSONMember("packages", .object(records.tarBzip2)), JSONMember("packages.conda", .object(records.conda)),
            ]))
        let bytes = try zstdCompress(shard.serialized, subject: name)
        let digest = sha256(of: bytes)
        digests[name] = digest
        folder.write("\(subdir)/shards/\(digest.hex).msgpack.zst", bytes)
    }
    folder.write(
        "\(subdir)/repodata_shards.msgpack.zst", try zstdCompress(shardIndex(digests).serialized, subject: "index"))
}
