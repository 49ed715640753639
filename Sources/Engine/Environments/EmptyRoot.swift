// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Prefix

/// The root prefix before anything was installed in it. The peers take it for an environment from the start: images and
/// scripts install into `base` without ever making it.
enum EmptyRoot {
    /// Whether `prefix` is the root prefix and holds nothing of its own yet: it is absent or has only what named
    /// environments, caches, shells and the tool itself put there.
    static func contains(_ prefix: String, root: String?) -> Bool {
        guard let root, prefix == root || FileSystem.realPath(prefix) == FileSystem.realPath(root) ?? "" else {
            return false
        }
        guard FileSystem.exists(prefix) else { return true }
        guard let entries = try? FileSystem.entries(prefix) else { return false }
        return entries.allSatisfy { entry in
            switch entry.name {
            case "pkgs", "envs", "condabin", "krait-pyc-v1": true
            case "conda-meta": holdsNoRecords(Path.join(prefix, "conda-meta"))
            case "bin": holdsOnly(tools, Path.join(prefix, "bin"))
            case "etc": holdsOnly(["profile.d"], Path.join(prefix, "etc"))
            default: entry.name.hasPrefix(".")
            }
        }
    }

    /// Many images unpack the tool itself into `ROOT/bin`; the others are ``RootScripts``.
    private static let tools: Set<String> = ["krait", "micromamba", "mamba", "conda", "activate", "deactivate"]

    private static func holdsOnly(_ names: Set<String>, _ directory: String) -> Bool {
        guard let entries = try? FileSystem.entries(directory) else { return false }
        return entries.allSatisfy { names.contains($0.name) }
    }

    private static func holdsNoRecords(_ directory: String) -> Bool {
        guard let entries = try? FileSystem.entries(directory) else { return false }
        return entries.allSatisfy { !$0.name.hasSuffix(".json") }
    }
}

extension PrefixState {
    /// The environment at `prefix`, which is an empty one where an empty root prefix stands; nil when there is none.
    static func read(_ prefix: String, root: String?) throws(Failure) -> PrefixState? {
        if let state = try read(prefix) { return state }
        return EmptyRoot.contains(prefix, root: root) ? PrefixState(emptyAt: prefix) : nil
    }
}
