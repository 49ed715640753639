// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Platform

/// What one environment or file has and another has not.
package struct EnvironmentDifference: Sendable {
    package typealias Package = EnvironmentContents.Package

    package private(set) var added: [Package] = []
    package private(set) var removed: [Package] = []
    package private(set) var changed: [(from: Package, to: Package)] = []
    package private(set) var unchangedCount = 0
    /// How many of them are the same by version and build only, since one side tells no hash.
    package private(set) var unhashedCount = 0

    /// From `old` to `new`, by name.
    package init(from old: EnvironmentContents, to new: EnvironmentContents) {
        // What a file cannot hold is not missing from it.
        let knowsPip = old.knowsPip && new.knowsPip
        func table(_ contents: EnvironmentContents, against other: EnvironmentContents) -> [String: Package] {
            var table: [String: Package] = [:]
            let packages =
                other.isRequest && !contents.isRequest ? contents.packages(besides: other) : contents.packages
            for package in packages where knowsPip || package.manager == "conda" {
                table["\(package.name) \(package.manager)"] = package
            }
            return table
        }
        let (before, after) = (table(old, against: new), table(new, against: old))
        for key in Set(before.keys).union(after.keys).sorted() {
            switch (before[key], after[key]) {
            case (let old?, let new?):
                if old.isSame(as: new) {
                    unchangedCount += 1
                    if old.lacksHash(against: new) { unhashedCount += 1 }
                } else {
                    changed.append((old, new))
                }
            case (nil, let new?): added.append(new)
            case (let old?, nil): removed.append(old)
            case (nil, nil): break
            }
        }
    }

    package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    /// By how many bytes the archives of the new side are larger, where both sides tell sizes.
    package var sizeChange: Int64 {
        let known = changed.filter { $0.from.size != nil && $0.to.size != nil }
        func sum(_ packages: [Package]) -> Int64 { Int64(clamping: packages.compactMap(\.size).saturatingSum) }
        // Neither is negative, so the difference is a number.
        return sum(added + known.map(\.to)) - sum(removed + known.map(\.from))
    }
}

extension EnvironmentContents.Package {
    /// The same archive, as far as both sides tell; what a file asks for is there when it matches.
    func isSame(as other: Self) -> Bool {
        switch (spec, other.spec) {
        case (let spec?, nil): return other.answers(spec)
        case (nil, let spec?): return answers(spec)
        default: break
        }
        if let sha256, let theirs = other.sha256 { return sha256 == theirs }
        if let md5, let theirs = other.md5 { return md5 == theirs }
        if let version, let theirs = other.version, version != theirs { return false }
        if let build, let theirs = other.build, build != theirs { return false }
        // Without hashes a package of the same name in another channel is another package.
        if let channel, let theirs = other.channel, channel != theirs { return false }
        return true
    }

    /// Whether nothing but names says that it is the same archive.
    func lacksHash(against other: Self) -> Bool {
        manager == "conda" && spec == nil && other.spec == nil && (sha256 == nil || other.sha256 == nil)
            && (md5 == nil || other.md5 == nil)
    }

    private func answers(_ spec: MatchSpec) -> Bool {
        if let wanted = spec.version {
            guard let version, let candidate = try? Version(version), wanted.matches(candidate) else { return false }
        }
        guard let wanted = spec.build else { return true }
        return build.map { wanted.matchesExactly($0) } ?? false
    }
}
