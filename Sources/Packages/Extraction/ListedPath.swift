// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures

/// One path that a package wants to have linked.
struct ListedPath {
    var path: String
    var isDirectory = false
    var noLink = false
    var size: UInt64?
    var sha256: SHA256Digest?
    var placeholder: (text: String, mode: LinkManifest.PlaceholderMode)?

    /// The paths of `info/paths.json` (conda-spec §11.1).
    static func fromPathsFile(_ file: JSON, subject: String) throws(Failure) -> [ListedPath] {
        func refusal(_ reason: String) -> Failure { Failure(.integrity, subject, "info/paths.json \(reason)") }
        guard let version = file["paths_version"]?.int, version == 1 else {
            throw refusal("has a version that is not known here")
        }
        guard let paths = file["paths"]?.array else { throw refusal("has no list of paths") }
        var listed: [ListedPath] = []
        listed.reserveCapacity(paths.count)
        for value in paths {
            guard case .object(let members) = value else { throw refusal("has a path that is no object") }
            var path = ListedPath(path: "")
            var mode = LinkManifest.PlaceholderMode.text
            var placeholder: String?
            for member in members {
                switch member.key {
                case "_path": path.path = member.value.string ?? ""
                case "path_type": path.isDirectory = member.value.string == "directory"
                case "no_link": path.noLink = member.value.bool ?? false
                case "size_in_bytes": path.size = member.value.unsigned
                case "sha256": path.sha256 = member.value.string.flatMap { SHA256Digest(hex: $0) }
                case "file_mode": if member.value.string == "binary" { mode = .binary }
                case "prefix_placeholder": placeholder = member.value.string
                default: break
                }
            }
            guard !path.path.isEmpty else { throw refusal("has a path without a name") }
            if let placeholder, !placeholder.isEmpty {
                guard placeholder.utf8.count < 4096 else { throw refusal("has a placeholder that is too long") }
                path.placeholder = (placeholder, mode)
            }
            listed.append(path)
        }
        return listed
    }
}
