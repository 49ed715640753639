// SPDX-License-Identifier: BSD-3-Clause

package import Codecs

/// What linking one extracted package needs, computed once and kept beside its cache entry (Design §3, Cache).
///
/// Entries stand in groups by directory, so that whoever links makes each directory once and works through one at a
/// time. All paths lie NUL-terminated in one buffer: a system call takes them where they are. Made by
/// ``LinkManifestBuilder``, which refuses paths that are not safe.
package struct LinkManifest: Sendable, Equatable {
    /// Every text, each followed by a NUL; offset 0 is the empty text.
    package internal(set) var text: [UInt8] = [0]
    /// Every directory that a path lies in or is; the first is the root (the empty path), parents come first.
    package internal(set) var directories: [Directory] = []
    /// Every path of the package, grouped by directory, in byte order within it.
    package internal(set) var entries: [Entry] = []
    /// Where files hold the build prefix.
    package internal(set) var placeholders: [Placeholder] = []
    /// Offsets of placeholders in their files, in ranges of ``placeholders``, ascending.
    package internal(set) var offsets: [UInt64] = []
    /// The console scripts of a `noarch: python` package (`info/link.json`).
    package internal(set) var entryPoints: [EntryPoint] = []
    /// What `info/link.json` or `info/index.json` say of `noarch`.
    package internal(set) var noarch: Noarch = .none
    /// True when the archive holds files outside `info/` that are not among the entries; such directories cannot be
    /// moved as a whole.
    package internal(set) var hasUnlistedFiles = false

    init() {}
}

extension LinkManifest {
    /// What kind of path an entry is (`path_type`, Rules §11.1).
    package enum Kind: UInt8, Sendable { case hardLink, softLink, directory }

    /// How a placeholder is replaced (`file_mode`).
    package enum PlaceholderMode: UInt8, Sendable { case text, binary }

    /// A directory that has to exist.
    package struct Directory: Sendable, Equatable {
        /// Where its path begins in ``LinkManifest/text``: no slash at either end.
        package var path: UInt32 = 0
        package var pathLength: UInt16 = 0
        /// True when `paths.json` lists the directory itself.
        package var isListed = false
        private(set) var unused: UInt8 = 0
        /// The directory it lies in; the root names itself.
        package var parent: UInt32 = 0
        /// Its entries: `firstEntry ..< endEntry`.
        package var firstEntry: UInt32 = 0
        package var endEntry: UInt32 = 0

        package var entries: Range<Int> { Int(firstEntry)..<Int(endEntry) }
    }

    /// One path of the package.
    package struct Entry: Sendable, Equatable {
        var digest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        /// Bytes of the file in the package; of a soft link's target as `paths.json` says.
        package var size: UInt64 = 0
        /// Where its path begins in ``LinkManifest/text``.
        package var path: UInt32 = 0
        /// Where a soft link's text begins.
        package var target: UInt32 = 0
        /// 1 + its place in ``LinkManifest/placeholders``; 0 for none.
        package var placeholder: UInt32 = 0
        /// Its place in ``LinkManifest/directories``.
        package var directory: UInt32 = 0
        package var pathLength: UInt16 = 0
        package var targetLength: UInt16 = 0
        /// Where the last component begins within the path.
        package var nameOffset: UInt16 = 0
        /// Permission bits as extracted.
        package var mode: UInt16 = 0
        package var kind: Kind = .hardLink
        /// Bit 0: `no_link`; bit 1: the digest is known.
        var flags: UInt8 = 0
        /// Entries are written as they lie in memory, and nothing may lie between them that nobody wrote.
        private(set) var unused: (UInt16, UInt16, UInt16) = (0, 0, 0)

        package var noLink: Bool { flags & 1 != 0 }
        package var hasDigest: Bool { flags & 2 != 0 }

        package static func == (left: Self, right: Self) -> Bool {
            left.digest == right.digest && left.size == right.size && left.path == right.path
                && left.target == right.target && left.placeholder == right.placeholder
                && left.directory == right.directory && left.mode == right.mode && left.kind == right.kind
                && left.flags == right.flags
        }
    }

    /// Where one file holds the build prefix.
    package struct Placeholder: Sendable, Equatable {
        /// Where the placeholder's text begins in ``LinkManifest/text``.
        package var text: UInt32 = 0
        package var textLength: UInt16 = 0
        package var mode: PlaceholderMode = .text
        private(set) var unused: UInt8 = 0
        /// Its part of ``LinkManifest/offsets``.
        package var firstOffset: UInt32 = 0
        package var endOffset: UInt32 = 0

        package var offsets: Range<Int> { Int(firstOffset)..<Int(endOffset) }
    }
}

extension LinkManifest {
    /// The path of `entry`.
    package func path(of entry: Entry) -> String { string(at: entry.path, entry.pathLength) }

    /// The path of `directory`.
    package func path(of directory: Directory) -> String { string(at: directory.path, directory.pathLength) }

    /// The text of a soft link.
    package func target(of entry: Entry) -> String { string(at: entry.target, entry.targetLength) }

    /// The prefix that `placeholder` stands for in the package's files.
    package func text(of placeholder: Placeholder) -> String { string(at: placeholder.text, placeholder.textLength) }

    /// The SHA-256 of the file in the package, if the package tells.
    package func digest(of entry: Entry) -> SHA256Digest? {
        guard entry.hasDigest else { return nil }
        return withUnsafeBytes(of: entry.digest) { SHA256Digest(bytes: $0) }
    }

    /// The placeholder of `entry`, if it has one.
    package func placeholder(of entry: Entry) -> Placeholder? {
        entry.placeholder == 0 ? nil : placeholders[Int(entry.placeholder) - 1]
    }

    /// The length of the shortest binary placeholder: a longer prefix cannot be written (Rules §12.4).
    package var shortestBinaryPlaceholder: Int? {
        placeholders.lazy.filter { $0.mode == .binary && $0.firstOffset < $0.endOffset }
            .map { Int($0.textLength) }.min()
    }

    private func string(at offset: UInt32, _ length: UInt16) -> String {
        String(decoding: text[Int(offset)..<Int(offset) + Int(length)], as: UTF8.self)
    }
}
