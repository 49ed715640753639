// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures

/// Which files of packages a user does not want (`--exclude`, `--slim`); the records list them as left out.
package enum LeftOutFiles {
    /// What running needs not, and building and reading would: static libraries, headers, manuals and other documents.
    ///
    /// Tests and compiled python files stay: packages import the former, and the latter make programs start faster.
    package static let slim = [
        "*.a", "include/*", "share/man/*", "share/doc/*", "share/info/*", "share/gtk-doc/*", "man/*",
    ]

    /// Whether a path of the prefix is left out; nil when nothing is.
    ///
    /// In a glob `*` stands for any run of characters, slashes too, and both ends hold. A text without a star is a file,
    /// or a directory with all that is in it.
    ///
    /// - Throws: `Failure(.usage)` for globs that are paths from the root.
    static func filter(_ globs: [String]) throws(Failure) -> (@Sendable (String) -> Bool)? {
        guard !globs.isEmpty else { return nil }
        var matchers: [StringMatcher] = []
        var directories: [String] = []
        for glob in globs {
            guard !glob.isEmpty, !glob.hasPrefix("/"), !glob.hasPrefix("^") else {
                throw Failure(
                    .usage, "--exclude \(glob)", "is not a glob over paths in the environment",
                    hint: "write for example 'share/doc/*' or '*.a'")
            }
            if glob.utf8.contains(UInt8(ascii: "*")) {
                matchers.append(try StringMatcher(glob))
            } else {
                directories.append(glob.hasSuffix("/") ? String(glob.dropLast()) : glob)
            }
        }
        let (patterns, places) = (matchers, directories)
        return { path in
            patterns.contains { $0.matchesExactly(path) } || places.contains { path == $0 || path.hasPrefix($0 + "/") }
        }
    }
}
