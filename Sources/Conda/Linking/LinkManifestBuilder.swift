// SPDX-License-Identifier: BSD-3-Clause

package import Codecs
package import Failures

/// Collects the paths of one extracted package in any order, and makes its ``LinkManifest``.
///
/// Paths come from archives, so each is judged here once and for all: relative, without `.` and `..`, not twice, and
/// no path through a file or a soft link.
package struct LinkManifestBuilder {
    /// One path as the package tells it.
    package struct Path {
        package var path: String
        package var kind: LinkManifest.Kind
        /// Permission bits as extracted.
        package var mode: UInt16
        package var size: UInt64
        package var digest: SHA256Digest?
        package var noLink = false
        /// The text of a soft link.
        package var target: String?
        package var placeholder: PlaceholderUse?

        package init(
            path: String, kind: LinkManifest.Kind = .hardLink, mode: UInt16 = 0o644, size: UInt64 = 0,
            digest: SHA256Digest? = nil, noLink: Bool = false, target: String? = nil,
            placeholder: PlaceholderUse? = nil
        ) {
            self.path = path
            self.kind = kind
            self.mode = mode
            self.size = size
            self.digest = digest
            self.noLink = noLink
            self.target = target
            self.placeholder = placeholder
        }
    }

    /// The build prefix in one file, and each place where it begins.
    package struct PlaceholderUse {
        package var text: String
        package var mode: LinkManifest.PlaceholderMode
        package var offsets: [UInt64]

        package init(text: String, mode: LinkManifest.PlaceholderMode, offsets: [UInt64]) {
            self.text = text
            self.mode = mode
            self.offsets = offsets
        }
    }

    /// What the package is, for failures.
    private let subject: String
    private var paths: [Path] = []
    package var noarch: Noarch = .none
    package var entryPoints: [EntryPoint] = []
    package var hasUnlistedFiles = false

    package init(subject: String) {
        self.subject = subject
    }

    /// Adds one path; refused when it could leave the prefix.
    package mutating func add(_ path: Path) throws(Failure) {
        guard SafePath.isSafe(path.path) else {
            throw Failure(.integrity, subject, "path `\(path.path)` is not a plain relative path")
        }
        if path.kind == .softLink, path.target?.isEmpty ?? true {
            throw Failure(.integrity, subject, "soft link `\(path.path)` has no target")
        }
        guard (path.target?.utf8.count ?? 0) < 4096, !(path.target?.utf8.contains(0) ?? false) else {
            throw Failure(.integrity, subject, "the target of soft link `\(path.path)` is not a path")
        }
        paths.append(path)
    }

    /// The manifest of all paths added.
    package consuming func finish() throws(Failure) -> LinkManifest {
        var manifest = LinkManifest()
        manifest.noarch = noarch
        manifest.entryPoints = entryPoints
        manifest.hasUnlistedFiles = hasUnlistedFiles
        var text: [UInt8] = []
        var keys: [Key] = []
        keys.reserveCapacity(paths.count)
        for (index, path) in paths.enumerated() {
            let start = text.count
            text.append(contentsOf: path.path.utf8)
            let slash = text[start...].lastIndex(of: UInt8(ascii: "/"))
            keys.append(Key(start: start, slash: slash ?? start, end: text.count, isInRoot: slash == nil, index: index))
        }
        text.withUnsafeBytes { text in
            keys.sort { Key.precedes($0, $1, in: text) }
        }
        var directories: [ArraySlice<UInt8>: UInt32] = [:]
        var placeholderTexts: [String: UInt32] = [:]
        var place = Self.directory([], in: &manifest, &directories)
        var last: Range<Int> = 0..<0
        for key in keys {
            if !text[key.directory].elementsEqual(text[last]) {
                place = Self.directory(text[key.directory], in: &manifest, &directories)
                last = key.directory
            }
            let path = paths[key.index]
            let entry = manifest.append(path, in: place, &placeholderTexts)
            if manifest.directories[Int(place)].firstEntry == manifest.directories[Int(place)].endEntry {
                manifest.directories[Int(place)].firstEntry = entry
            } else if manifest.name(of: entry - 1).elementsEqual(text[key.name]) {
                throw Failure(.integrity, subject, "path `\(path.path)` is listed twice")
            }
            manifest.directories[Int(place)].endEntry = entry + 1
        }
        for entry in manifest.entries where entry.kind == .directory {
            let path = ArraySlice(manifest.path(of: entry).utf8)
            manifest.directories[Int(Self.directory(path, in: &manifest, &directories))].isListed = true
        }
        if let file = manifest.fileInTheWay {
            throw Failure(.integrity, subject, "a path leads through `\(file)`, a file")
        }
        return manifest
    }

    /// Where a path and its parts lie in a text, to be put in order.
    private struct Key {
        var start: Int
        /// The end of the directory.
        var slash: Int
        var end: Int
        var isInRoot: Bool
        var index: Int

        var directory: Range<Int> { start..<slash }
        var name: Range<Int> { (isInRoot ? start : slash + 1)..<end }

        /// By directory, then by name, in byte order.
        static func precedes(_ first: Key, _ second: Key, in text: UnsafeRawBufferPointer) -> Bool {
            let order = compare(text[first.directory], text[second.directory])
            return order == 0 ? compare(text[first.name], text[second.name]) < 0 : order < 0
        }

        private static func compare(_ first: Slice<UnsafeRawBufferPointer>, _ second: Slice<UnsafeRawBufferPointer>)
            -> Int
        {
            let (first, second) = (UnsafeRawBufferPointer(rebasing: first), UnsafeRawBufferPointer(rebasing: second))
            let count = min(first.count, second.count)
            var index = 0
            while count - index >= 8 {
                let one = first.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let other = second.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if one != other { return one.bigEndian < other.bigEndian ? -1 : 1 }
                index += 8
            }
            while index < count {
                if first[index] != second[index] { return first[index] < second[index] ? -1 : 1 }
                index += 1
            }
            return first.count - second.count
        }
    }

    /// The number of the directory `path`; made with its parents if it is new.
    private static func directory(
        _ path: ArraySlice<UInt8>, in manifest: inout LinkManifest, _ known: inout [ArraySlice<UInt8>: UInt32]
    ) -> UInt32 {
        if let number = known[path] { return number }
        var directory = LinkManifest.Directory()
        if !path.isEmpty {
            let slash = path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
            directory.parent = self.directory(path[path.startIndex..<slash], in: &manifest, &known)
            directory.path = manifest.append(path)
            directory.pathLength = UInt16(path.count)
        }
        let number = UInt32(manifest.directories.count)
        manifest.directories.append(directory)
        known[path] = number
        return number
    }
}

extension LinkManifest {
    /// The bytes of the last component of entry `index`.
    package func name(of index: UInt32) -> ArraySlice<UInt8> {
        let entry = entries[Int(index)]
        return text[Int(entry.path) + Int(entry.nameOffset)..<Int(entry.path) + Int(entry.pathLength)]
    }

    /// The path of an entry that is no directory where a directory has to be; nil when there is none.
    fileprivate var fileInTheWay: String? {
        for directory in directories.dropFirst() {
            let parent = directories[Int(directory.parent)]
            let start = Int(directory.path) + (parent.pathLength == 0 ? 0 : Int(parent.pathLength) + 1)
            let name = text[start..<Int(directory.path) + Int(directory.pathLength)]
            // In byte order: the first that does not come before.
            var low = parent.firstEntry
            var high = parent.endEntry
            while low < high {
                let middle = low + (high - low) / 2
                if self.name(of: middle).lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
            }
            if low < parent.endEntry, self.name(of: low).elementsEqual(name), entries[Int(low)].kind != .directory {
                return path(of: entries[Int(low)])
            }
        }
        return nil
    }

    /// Appends `bytes` and a NUL to the text, and tells where they begin.
    mutating func append(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let offset = UInt32(text.count)
        text.append(contentsOf: bytes)
        text.append(0)
        return offset
    }

    /// Appends the entry of `path`, and tells its place.
    mutating func append(
        _ path: LinkManifestBuilder.Path, in directory: UInt32, _ placeholderTexts: inout [String: UInt32]
    ) -> UInt32 {
        var entry = Entry()
        entry.kind = path.kind
        entry.directory = directory
        entry.size = path.size
        entry.mode = path.mode & 0o777
        entry.path = append(path.path.utf8)
        entry.pathLength = UInt16(path.path.utf8.count)
        let parentLength = directories[Int(directory)].pathLength
        entry.nameOffset = parentLength == 0 ? 0 : parentLength + 1
        if let digest = path.digest {
            digest.withBytes { bytes in
                withUnsafeMutableBytes(of: &entry.digest) { $0.copyMemory(from: bytes) }
            }
            entry.flags |= 2
        }
        if path.noLink { entry.flags |= 1 }
        if let target = path.target, path.kind == .softLink {
            entry.target = append(target.utf8)
            entry.targetLength = UInt16(target.utf8.count)
        }
        if let use = path.placeholder, path.kind == .hardLink {
            var placeholder = Placeholder()
            placeholder.text = placeholderTexts[use.text] ?? append(use.text.utf8)
            placeholderTexts[use.text] = placeholder.text
            placeholder.textLength = UInt16(use.text.utf8.count)
            placeholder.mode = use.mode
            placeholder.firstOffset = UInt32(offsets.count)
            offsets.append(contentsOf: use.offsets)
            placeholder.endOffset = UInt32(offsets.count)
            placeholders.append(placeholder)
            entry.placeholder = UInt32(placeholders.count)
        }
        entries.append(entry)
        return UInt32(entries.count - 1)
    }
}
