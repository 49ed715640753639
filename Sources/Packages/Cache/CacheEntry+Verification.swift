// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
package import Platform

/// A file of a cache entry that is not what the package shipped.
package struct CacheProblem: Sendable, Equatable {
    package enum Kind: String, Sendable { case missing, kind, size, digest, target, mode, unreadable }

    /// Relative to the entry.
    package let path: String
    package let kind: Kind
    /// What is there now; environments whose file has the same device and inode share the damage.
    package let status: FileStatus?
}

extension CacheEntry {
    /// Which modes are compared: none, whether the owner can still execute what was shipped so, or who may do what.
    package enum Modes: Sendable { case none, execution, all }

    /// Every listed file that is missing or changed; `contents` compares digests too, not only kinds and sizes.
    package func problems(
        contents: Bool, modes: Modes = .none, cancellation: Cancellation? = nil
    ) -> [CacheProblem] {
        guard let root = try? Descriptor.openDirectory(directory) else {
            return [CacheProblem(path: "", kind: .missing, status: nil)]
        }
        var problems: [CacheProblem] = []
        for entry in manifest.entries where entry.kind != .directory {
            if cancellation?.isCancelled ?? false { break }
            let path = manifest.path(of: entry)
            guard let status = try? SystemCall.status(path, followLinks: false, at: root.reference) else {
                problems.append(CacheProblem(path: path, kind: .missing, status: nil))
                continue
            }
            if let kind = problem(entry, path, status, contents: contents, at: root.reference) {
                problems.append(CacheProblem(path: path, kind: kind, status: status))
            } else if entry.kind == .hardLink, !Self.isMode(status.mode, of: UInt32(entry.mode), modes) {
                problems.append(CacheProblem(path: path, kind: .mode, status: status))
            }
        }
        return problems
    }

    /// A umask takes away what the group and others may; nothing else makes a difference.
    private static func isMode(_ mode: UInt32, of shipped: UInt32, _ modes: Modes) -> Bool {
        switch modes {
        case .none: true
        case .execution: shipped & ~mode & 0o100 == 0
        case .all: mode & ~shipped == 0 && mode & 0o700 == shipped & 0o700
        }
    }

    private func problem(
        _ entry: LinkManifest.Entry, _ path: String, _ status: FileStatus, contents: Bool, at root: DirectoryReference
    ) -> CacheProblem.Kind? {
        if entry.kind == .softLink {
            // Where links are refused a file with the text stands for one.
            guard status.kind == .symbolicLink || status.kind == .regular else { return .kind }
            let target =
                status.kind == .symbolicLink
                ? try? SystemCall.readLink(path, at: root) : try? readFile(path, limit: 1 << 16, at: root)
            return target.map { $0.elementsEqual(manifest.target(of: entry).utf8) } ?? false ? nil : .target
        }
        guard status.kind == .regular else { return .kind }
        guard status.size == entry.size else { return .size }
        guard contents, let digest = manifest.digest(of: entry) else { return nil }
        guard let file = try? MappedFile(path, at: root) else { return .unreadable }
        return file.withBytes { sha256(of: $0) } == digest ? nil : .digest
    }
}
