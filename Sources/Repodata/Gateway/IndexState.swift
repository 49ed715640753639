// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform

/// What is known of a cached index besides its content: where it came from and how long it may be believed.
///
/// A small JSON file beside the index, so that a `304` needs no new index; it names the index it speaks of.
struct IndexState: Equatable {
    /// How the index is served.
    enum Format: String {
        case shards = "repodata_shards.msgpack.zst"
        case zstd = "repodata.json.zst"
        case json = "repodata.json"
        case bzip2 = "repodata.json.bz2"

        /// How the document's bytes are wrapped.
        var compression: ChunkStream.Compression {
            switch self {
            case .zstd: .zstd
            case .bzip2: .bzip2
            case .json, .shards: .none
            }
        }
    }

    var format = Format.json
    /// The length and checksum of the file this is about.
    var identity = ""
    var etag: String?
    var lastModified: String?
    /// Seconds the server lets it be believed.
    var maximumAge: Int64 = 0
    /// Seconds since 1970 when the server last confirmed it.
    var confirmed: Int64 = 0
    /// For local files: size and time of change of the source.
    var source: String?
    /// Seconds since 1970 when the server had none of these; 0 for never.
    var lacksShards: Int64 = 0
    var lacksZstd: Int64 = 0
    /// The document was taken though there are shards, because it takes less time.
    var replacesShards = false

    init() {}

    /// The state in `path`; nil when there is none that can be read.
    init?(path: String) {
        guard let bytes = try? readFileIfPresent(path, limit: 1 << 16),
            let json = try? JSON.parse(bytes, subject: path),
            let format = json["format"]?.string.flatMap(Format.init(rawValue:)), let identity = json["index"]?.string
        else { return nil }
        self.format = format
        self.identity = identity
        etag = json["etag"]?.string
        lastModified = json["last_modified"]?.string
        maximumAge = json["max_age"]?.integer ?? 0
        confirmed = json["confirmed"]?.integer ?? 0
        source = json["source"]?.string
        lacksShards = json["lacks_shards"]?.integer ?? 0
        lacksZstd = json["lacks_zst"]?.integer ?? 0
        replacesShards = json["replaces_shards"]?.bool ?? false
    }

    /// Writes the state to `path`; not being able to is no failure.
    func write(to path: String, url: String) {
        var members: [JSONMember] = [
            JSONMember("url", .string(url)), JSONMember("format", .string(format.rawValue)),
            JSONMember("index", .string(identity)), JSONMember("max_age", .integer(maximumAge)),
            JSONMember("confirmed", .integer(confirmed)), JSONMember("lacks_shards", .integer(lacksShards)),
            JSONMember("lacks_zst", .integer(lacksZstd)),
        ]
        if replacesShards { members.append(JSONMember("replaces_shards", .bool(true))) }
        for (key, value) in [("etag", etag), ("last_modified", lastModified), ("source", source)] {
            if let value { members.append(JSONMember(key, .string(value))) }
        }
        try? writeFileAtomically(path, JSON.object(members).serialized(indent: 1))
    }

    /// Whether the index may be used without asking the server.
    func isFresh(timeToLive: Int, now: Int64) -> Bool {
        let age = now - confirmed
        // A clock that was set back makes nothing fresh.
        guard age >= 0 else { return false }
        switch timeToLive {
        case ...0: return false
        case 1: return age < maximumAge
        default: return age < Int64(timeToLive)
        }
    }

    /// What a request may send to learn whether the index is still good.
    var validators: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let etag { headers.append(("If-None-Match", etag)) }
        if let lastModified { headers.append(("If-Modified-Since", lastModified)) }
        return headers
    }

    /// The seconds of `max-age` in a `Cache-Control` field; 0 when there is none, or the answer must not be kept.
    static func maximumAge(_ cacheControl: String?) -> Int64 {
        guard let cacheControl else { return 0 }
        var age: Int64 = 0
        for part in cacheControl.split(separator: ",") {
            let words = part.split(separator: "=").map { $0.filter { $0 != " " && $0 != "\"" }.lowercased() }
            guard let name = words.first else { continue }
            if name == "no-cache" || name == "no-store" { return 0 }
            if name == "max-age", words.count == 2, let seconds = Int64(words[1]) { age = max(0, seconds) }
        }
        return age
    }
}
