// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
package import Failures
import Locations

/// Where an installed python package came from when it came from no index: its `direct_url.json` (PEP 610).
package enum PythonOrigin: Sendable, Equatable {
    /// `kind` is `git`, `hg`, `svn` or `bzr`.
    case repository(kind: String, url: String, commit: String, subdirectory: String?)
    /// `hash` is `sha256=…`.
    case archive(url: String, hash: String?, subdirectory: String?)
    case directory(url: String, isEditable: Bool, subdirectory: String?)

    /// Reads `direct_url.json`.
    /// - Throws: `Failure(.parse)` when it is no JSON or says nothing of where.
    package init(bytes: [UInt8], subject: String) throws(Failure) {
        let json = try JSON.parse(
            bytes, subject: subject, limits: ParsingLimits(bytes: 1 << 20, depth: 10, values: 1000))
        guard let written = json["url"]?.string else { throw Failure(.parse, subject, "has no `url`") }
        let url = Self.withoutSecrets(written)
        let subdirectory = json["subdirectory"]?.string
        if let info = json["vcs_info"] {
            guard let kind = info["vcs"]?.string, let commit = info["commit_id"]?.string else {
                throw Failure(.parse, subject, "`vcs_info` has no `vcs` or no `commit_id`")
            }
            self = .repository(kind: kind, url: url, commit: commit, subdirectory: subdirectory)
        } else if let info = json["dir_info"] {
            self = .directory(url: url, isEditable: info["editable"]?.bool ?? false, subdirectory: subdirectory)
        } else {
            let info = json["archive_info"]
            let hashes = info?["hashes"]?.object
            let strongest = ["sha512", "sha384", "sha256"].lazy.compactMap { name in
                hashes?[name]?.string.map { "\(name)=\($0)" }
            }.first
            self = .archive(url: url, hash: strongest ?? info?["hash"]?.string, subdirectory: subdirectory)
        }
    }

    /// The URL.
    package var place: String {
        switch self {
        case .repository(_, let url, _, _), .archive(let url, _, _), .directory(let url, _, _): url
        }
    }

    /// The path of a package that is only on this machine, and does not travel with an export.
    package var localPath: String? {
        let url = place
        guard url.hasPrefix("file://") else { return nil }
        let rest = url.dropFirst("file://".count)
        guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        return String(rest[slash...]).percentDecoded
    }

    package var isEditable: Bool { if case .directory(_, true, _) = self { true } else { false } }

    /// The line that installs the same again: `name @ git+URL@COMMIT`, `name @ URL#sha256=…`, `-e PATH`.
    package func requirement(name: String) -> String {
        switch self {
        case .repository(let kind, let url, let commit, let subdirectory):
            let prefix = url.hasPrefix("\(kind)+") ? "" : "\(kind)+"
            return "\(name) @ \(prefix)\(url)@\(commit)" + Self.fragment([("subdirectory", subdirectory)])
        case .archive(let url, let hash, let subdirectory):
            let parts = hash.map { $0.split(separator: "=", maxSplits: 1).map { String($0) } } ?? []
            return "\(name) @ \(url)"
                + Self.fragment([
                    (parts.first ?? "", parts.count == 2 ? parts[1] : nil), ("subdirectory", subdirectory),
                ])
        case .directory(let url, let isEditable, let subdirectory):
            guard let path = localPath else {
                return "\(name) @ \(url)" + Self.fragment([("subdirectory", subdirectory)])
            }
            let whole = subdirectory.map { "\(path)/\($0)" } ?? path
            return isEditable ? "-e \(whole)" : "\(name) @ file://\(whole.percentEncodedPath)"
        }
    }

    private static func fragment(_ items: [(key: String, value: String?)]) -> String {
        let texts = items.compactMap { item in item.value.map { "\(item.key)=\($0)" } }
        return texts.isEmpty ? "" : "#" + texts.joined(separator: "&")
    }

    /// The URL without password and token; the user of an ssh address stays, as it is no secret and needed.
    package static func withoutSecrets(_ url: String) -> String {
        let (plain, credentials) = url.separatingCredentials
        guard let credentials, credentials.password == nil, credentials.token == nil, let user = credentials.user,
            let scheme = url.range(ofText: "://"), url[..<scheme].hasSuffix("ssh") || user == "git"
        else { return plain }
        let start = plain.utf8.index(scheme, offsetBy: 3)
        return "\(plain[..<start])\(user)@\(plain[start...])"
    }
}

extension String {
    /// Where `text` first stands.
    func range(ofText text: StaticString) -> String.Index? {
        let count = text.utf8CodeUnitCount
        var start = utf8.startIndex
        while let found = utf8[start...].firstIndex(of: text.utf8Start[0]) {
            if utf8[found...].prefix(count).elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count)) {
                return found
            }
            start = utf8.index(after: found)
        }
        return nil
    }
}
