// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Conda
import Locations

/// What a lock was made from, as one number: equal when specs, channels and platform say the same.
///
/// It is the SHA-256 of one line of JSON, without spaces and in ASCII, of an object with these members in this order:
/// - `channels`: as requested, best first, without credentials;
/// - `pip`: the lines for pip, sorted by bytes;
/// - `platform`: the subdir;
/// - `specs`: the canonical text of each spec (Rules §9.8), sorted by bytes, each once;
/// - `virtual_packages`: `name=version=build` of those assumed when it was solved, sorted by bytes.
package enum ContentHash {
    /// The hash in hex.
    package static func of(
        specs: [MatchSpec], channels: [String], pip: [String] = [], platform: Subdir, virtualPackages: [String] = []
    ) -> String {
        func sorted(_ texts: [String]) -> JSON {
            .strings(Array(Set(texts)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        }
        let json = JSON.object([
            JSONMember("channels", .strings(channels.map { $0.separatingCredentials.plain })),
            JSONMember("pip", sorted(pip)), JSONMember("platform", .string(platform.name)),
            JSONMember("specs", sorted(specs.map { $0.description })),
            JSONMember("virtual_packages", sorted(virtualPackages)),
        ])
        return sha256(of: json.serialized(indent: nil, ascii: true)).hex
    }
}
