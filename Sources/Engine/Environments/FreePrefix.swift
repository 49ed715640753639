// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// A directory in which a new environment can be made: nothing of anybody's is in it.
enum FreePrefix {
    /// What keeps a directory in a repository or an image that holds nothing else.
    private static let keepers: Set<String> = [".keep", ".gitkeep"]
    /// What every new file system of its own has at its top.
    private static let recovered = "lost+found"
    /// A tree deeper than this is somebody's.
    private static let depthLimit = 32

    /// Whether `prefix` is a directory that holds no more than directories, however deep, and what keeps them there.
    static func isFree(_ prefix: String) throws(Failure) -> Bool {
        guard FileSystem.isDirectory(prefix) else { return false }
        return try isFree(prefix, depth: 0)
    }

    private static func isFree(_ directory: String, depth: Int) throws(Failure) -> Bool {
        for entry in try FileSystem.entries(directory) {
            let path = Path.join(directory, entry.name)
            switch try FileSystem.status(path, followLinks: false)?.kind {
            case .directory:
                // Only root may look into it.
                if depth == 0, entry.name == recovered { continue }
                guard depth < depthLimit, try isFree(path, depth: depth + 1) else { return false }
            case .regular: guard keepers.contains(entry.name) else { return false }
            case nil: continue
            default: return false
            }
        }
        return true
    }
}
