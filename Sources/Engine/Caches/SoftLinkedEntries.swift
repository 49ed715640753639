// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Packages
import Platform
import Prefix

/// The cache entries that environments lead to by symbolic links, which leave no trace at the files themselves.
struct SoftLinkedEntries {
    /// Names of entries: `name-version-build-digest`.
    private(set) var names: Set<String> = []
    /// Environments that link softly, or may, and cannot be looked into.
    private(set) var closed: [String] = []

    /// Looks through the environments that this user knows, and those that the caches know of.
    init(_ context: Context) {
        let known = ((try? EnvironmentList(context))?.environments ?? []).map(\.prefix)
        let noted = context.packageCache.directories.flatMap { SoftLinkNotes(directory: $0).prefixes }
        for prefix in Set(known + noted).sorted() {
            do {
                for head in try PrefixState.read(prefix)?.heads() ?? [] where head.linkType == 2 {
                    if let directory = head.extractedDirectory { names.insert(Path.name(directory)) }
                }
                if noted.contains(prefix), !FileSystem.isDirectory(prefix), mayExist(prefix) { closed.append(prefix) }
            } catch {
                closed.append(prefix)
            }
        }
    }

    /// Whether something may be at a path that this user cannot follow.
    private func mayExist(_ path: String) -> Bool {
        do {
            return try FileSystem.status(path) != nil
        } catch {
            return true
        }
    }
}

extension ChangeExecution {
    /// Notes in the caches that the plan has made symbolic links into them.
    func noteSoftLinks() {
        guard context.linkOptions().mode == .softLink, !plan.links.isEmpty else { return }
        for directory in context.packageCache.directories {
            SoftLinkNotes(directory: directory).add(plan.request.prefix)
        }
    }
}
