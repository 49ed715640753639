// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Failures
import Platform

/// What micromamba's records do not tell, and the unpacked package does: where files hold the prefix.
enum MissingPlaceholders {
    /// Fills in the placeholders of `paths` that were rewritten, from the package that `record` was linked from. They
    /// stay unknown where that is no longer there.
    static func fill(_ paths: inout [PrefixPath], of record: InstalledRecord) throws(Failure) {
        guard paths.contains(where: { $0.isRewritten && $0.placeholder == nil }) else { return }
        let head = try record.head()
        guard let source = head.linkSource ?? head.extractedDirectory, !source.isEmpty,
            let bytes = try? readFileIfPresent(Path.join(source, "info/paths.json"), limit: 1 << 28),
            let listed = (try? JSON.parse(bytes, subject: source))?["paths"]?.array
        else { return }
        var known: [String: JSON] = [:]
        for path in listed where path["prefix_placeholder"]?.string != nil {
            // By content: paths of noarch packages are others in a prefix.
            if let digest = path["sha256"]?.string { known[digest] = path }
        }
        for index in paths.indices where paths[index].isRewritten && paths[index].placeholder == nil {
            guard let digest = paths[index].digest?.hex, let path = known[digest] else { continue }
            paths[index].placeholder = path["prefix_placeholder"]?.string
            paths[index].fileMode = path["file_mode"]?.string
        }
    }
}
