// SPDX-License-Identifier: BSD-3-Clause

import Conda

// Who installs a lock or an `@EXPLICIT` file asks for all of it at once. conda and micromamba note each package as asked
// for with its exact version and build, and so does krait; which of them are there for others only, the dependencies tell.
extension History {
    /// Names that were asked for as parts of a list only, and not one by one since.
    package func listedNames() -> Set<String> {
        var listed: Set<String> = []
        for revision in revisions {
            listed.subtract(revision.removeSpecs.map(Self.name))
            let names = (revision.updateSpecs + revision.neuteredSpecs).map(Self.name)
            if revision.isList { listed.formUnion(names) } else { listed.subtract(names) }
        }
        return listed
    }

    /// The names that revisions linked without a word on why, those of each revision together: earlier versions of krait
    /// noted nothing of a lock, and `--only-deps` has nothing to note. What replaces a package follows from others.
    package func unaskedNames() -> [Set<String>] {
        revisions.compactMap { revision in
            let linked = Set(revision.linked.compactMap(Self.packageName))
            let asked = Set((revision.updateSpecs + revision.neuteredSpecs).map(Self.name))
            let replaced = revision.unlinked.compactMap(Self.packageName)
            return linked.isDisjoint(with: asked) && linked.isDisjoint(with: replaced) ? linked : nil
        }
    }

    /// The names of all packages that are there as far as the history knows.
    package func presentNames() -> Set<String> {
        var names: Set<String> = []
        for revision in revisions {
            for line in revision.unlinked { if let name = Self.packageName(of: line) { names.remove(name) } }
            for line in revision.linked { if let name = Self.packageName(of: line) { names.insert(name) } }
        }
        return names
    }

    /// The name in `channel/subdir::name-version-build`, in lower case. Once for all who call it: it is long.
    @inline(never)
    private static func packageName(of line: String) -> String? {
        let parts = distribution(of: line).split(separator: "-", omittingEmptySubsequences: false)
        return parts.count > 2 ? parts.dropLast(2).joined(separator: "-").lowercased() : nil
    }
}

extension History.Revision {
    /// Whether its specs are a list of a whole environment: krait says so; of other tools, when each of several packages
    /// that were linked was asked for by exact version and build.
    var isList: Bool {
        if isMarkedAsList { return true }
        guard !tool.hasPrefix("krait "), linked.count > 1, updateSpecs.count >= linked.count else { return false }
        return updateSpecs.allSatisfy { text in
            guard let spec = try? MatchSpec(text) else { return false }
            return spec.version?.exactVersion != nil && spec.build?.exactText != nil
        }
    }
}
