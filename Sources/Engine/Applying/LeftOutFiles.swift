// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
package import Failures
import Platform
import Prefix
import Solving
import Synchronization

/// Which files of packages a user does not want (`--exclude`, `--slim`): those of rules that have names, and of globs. The
/// records list them as left out.
package struct LeftOutFiles: Sendable {
    /// What one rule or glob saves.
    package struct Saving: Sendable {
        package var rule: String
        package var files = 0
        package var bytes: UInt64 = 0

        fileprivate mutating func add(_ size: UInt64) {
            files += 1
            bytes += size
        }
    }

    private struct Rule: Sendable {
        let name: String
        var matchers: [StringMatcher] = []
        /// A file, or a directory with all that is in it.
        var place: String?
    }

    private let rules: [Rule]
    private let tests = ImportedTests()

    /// What `--slim` leaves out: files that are for building and reading, and not needed to run anything.
    package static let slim = ["static", "headers", "docs"]
    /// The rules that have names.
    package static let names = ["tests", "headers", "static", "docs", "stubs", "idle"]

    /// In a glob `*` stands for any run of characters, slashes too, and both ends hold. A text without a star that is no
    /// rule's name is a file, or a directory with all that is in it. Nil when nothing is wished.
    ///
    /// - Throws: `Failure(.usage)` for globs that are paths from the root, and for words that look like a misspelt rule.
    package init?(_ wishes: [String]) throws(Failure) {
        guard !wishes.isEmpty else { return nil }
        var rules: [Rule] = []
        for wish in wishes where !rules.contains(where: { $0.name == wish }) {
            guard !wish.isEmpty, !wish.hasPrefix("/"), !wish.hasPrefix("^") else {
                throw Failure(
                    .usage, "--exclude \(wish)", "is neither a rule nor a glob over paths in the environment",
                    hint:
                        "rules are \(Self.names.joined(separator: ", ")); a glob is for example 'share/doc/*' or '*.a'")
            }
            if !wish.contains(where: { "*/.".contains($0) }), Self.globs(wish) == nil,
                let near = NearNames.near(wish, among: Self.names, count: 1).first
            {
                throw Failure(
                    .usage, "--exclude \(wish)", "is not a rule; they are \(Self.names.joined(separator: ", "))",
                    hint: "did you mean `\(near)`? a file or directory of this name is written `\(wish)/`")
            }
            var rule = Rule(name: wish)
            if let globs = Self.globs(wish) {
                for glob in globs { rule.matchers.append(try StringMatcher(glob)) }
            } else if wish.utf8.contains(UInt8(ascii: "*")) {
                rule.matchers = [try StringMatcher(wish)]
            } else {
                rule.place = wish.hasSuffix("/") ? String(wish.dropLast()) : wish
            }
            rules.append(rule)
        }
        self.rules = rules
    }

    /// The globs of a rule with a name. Those of `tests` are more than globs can say, see ``ImportedTests``.
    private static func globs(_ name: String) -> [String]? {
        switch name {
        case "tests": []
        case "headers":
            ["include/*", "*.h", "*.hpp", "*.hxx", "*.cuh", "lib/pkgconfig/*", "share/pkgconfig/*", "lib/cmake/*"]
        case "static": ["*.a"]
        case "docs": ["share/man/*", "share/doc/*", "share/info/*", "share/gtk-doc/*", "man/*"]
        case "stubs": ["*.pyi", "*.pxd"]
        case "idle": ["lib/python*/idlelib/*", "lib/python*/turtledemo/*", "bin/idle3*", "lib/python*.exe"]
        default: nil
        }
    }

    /// The number of the first rule that leaves a path of the prefix out; `source` is where its package is unpacked.
    func rule(of path: String, source: String) -> Int? {
        rules.firstIndex { rule in
            if let place = rule.place { return path == place || path.hasPrefix(place + "/") }
            if rule.name == "tests" { return tests.areLeftOut(path, source: source) }
            // Some packages read what they offer from this file when they are imported (lazy_loader, SPEC 1).
            if rule.name == "stubs", path.hasSuffix("/__init__.pyi") { return false }
            return rule.matchers.contains { $0.matchesExactly(path) }
        }
    }

    /// What each rule saves of what `plan` would link, in the order of the wishes.
    func savings(of plan: LinkPlan) -> [Saving] {
        var savings = none
        plan.forEachLeftOut { rule, size in savings[rule].add(size) }
        return savings
    }

    /// Nothing saved yet.
    var none: [Saving] { rules.map { Saving(rule: $0.name) } }

    /// Counts a file to the first rule that leaves it out, if one does.
    func add(_ path: String, _ size: UInt64, source: String, to savings: inout [Saving]) {
        if let rule = rule(of: path, source: source) { savings[rule].add(size) }
    }
}
