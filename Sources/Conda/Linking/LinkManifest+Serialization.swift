// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// The manifest as bytes: a private file of krait's own cache on this kind of machine, never an exchange format.
///
/// Tables are stored as they lie in memory, so reading is a few copies. Every number that leads into another table is
/// checked, for a damaged file must not lead outside of it, and every path too: a cache may have been handed on by somebody.
extension LinkManifest {
    /// Changes whenever the layout does; a file of another layout is made again.
    private static let layout: UInt64 = 0x4b4c_4d00_0000_0001

    /// The bytes that ``init(bytes:)`` reads.
    package func serialized() -> [UInt8] {
        var points: [UInt8] = []
        for point in entryPoints {
            points.append(contentsOf: point.description.utf8)
            points.append(0)
        }
        var header: [UInt64] = [
            Self.layout, UInt64(MemoryLayout<Entry>.stride), UInt64(MemoryLayout<Directory>.stride),
            UInt64(MemoryLayout<Placeholder>.stride), UInt64(entries.count), UInt64(directories.count),
            UInt64(placeholders.count), UInt64(offsets.count), UInt64(text.count), UInt64(points.count),
            UInt64(noarch.rawValue), hasUnlistedFiles ? 1 : 0,
        ]
        var bytes: [UInt8] = []
        Self.append(header, to: &bytes)
        Self.append(entries, to: &bytes)
        Self.append(directories, to: &bytes)
        Self.append(placeholders, to: &bytes)
        Self.append(offsets, to: &bytes)
        bytes.append(contentsOf: text)
        bytes.append(contentsOf: points)
        header.removeAll()
        return bytes
    }

    /// The manifest of bytes that ``serialized()`` made; nil when they are damaged or of another layout.
    package init?(bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        guard let header = Self.take(12, of: UInt64.self, from: &rest), header[0] == Self.layout,
            header[1] == UInt64(MemoryLayout<Entry>.stride), header[2] == UInt64(MemoryLayout<Directory>.stride),
            header[3] == UInt64(MemoryLayout<Placeholder>.stride),
            header[4...9].allSatisfy({ $0 <= UInt64(bytes.count) }),
            let noarch = UInt8(exactly: header[10]).flatMap({ Noarch(rawValue: $0) }),
            let entries = Self.take(Int(header[4]), of: Entry.self, from: &rest, Self.isEntry),
            let directories = Self.take(Int(header[5]), of: Directory.self, from: &rest, Self.isDirectory),
            let placeholders = Self.take(Int(header[6]), of: Placeholder.self, from: &rest, Self.isPlaceholder),
            let offsets = Self.take(Int(header[7]), of: UInt64.self, from: &rest),
            let text = Self.take(Int(header[8]), of: UInt8.self, from: &rest),
            let points = Self.take(Int(header[9]), of: UInt8.self, from: &rest), rest.isEmpty
        else { return nil }
        self.entries = entries
        self.directories = directories
        self.placeholders = placeholders
        self.offsets = offsets
        self.text = text
        self.noarch = noarch
        hasUnlistedFiles = header[11] != 0
        for point in points.split(separator: 0) {
            guard let point = try? EntryPoint(String(decoding: point, as: UTF8.self)) else { return nil }
            entryPoints.append(point)
        }
        guard isSound else { return nil }
    }

    /// True when every number of the tables stays within them, every text ends in a NUL and every path leads down from the
    /// one above.
    private var isSound: Bool {
        guard text.first == 0, directories.first?.pathLength == 0 else { return false }
        func isText(_ offset: UInt32, _ length: UInt16) -> Bool {
            let end = Int(offset) + Int(length)
            return end < text.count && text[end] == 0
        }
        for (index, directory) in directories.enumerated() {
            guard isText(directory.path, directory.pathLength), directory.firstEntry <= directory.endEntry,
                Int(directory.endEntry) <= entries.count, Int(directory.parent) < max(index, 1),
                index == 0 || isName(directory.path, directory.pathLength, in: directories[Int(directory.parent)])
            else { return false }
        }
        for entry in entries {
            guard isText(entry.path, entry.pathLength), isText(entry.target, entry.targetLength),
                Int(entry.directory) < directories.count,
                entry.nameOffset == directories[Int(entry.directory)].nameOffset,
                isName(entry.path, entry.pathLength, in: directories[Int(entry.directory)]),
                Int(entry.placeholder) <= placeholders.count
            else { return false }
        }
        for placeholder in placeholders {
            guard isText(placeholder.text, placeholder.textLength), placeholder.firstOffset <= placeholder.endOffset,
                Int(placeholder.endOffset) <= offsets.count
            else { return false }
        }
        return true
    }

    /// Whether the path at `offset` is that of `directory`, and behind it one name.
    private func isName(_ offset: UInt32, _ length: UInt16, in directory: Directory) -> Bool {
        text.withUnsafeBytes { text in
            guard let start = text.baseAddress, length < 4096, directory.nameOffset < length else { return false }
            let path = start + Int(offset)
            let (above, skipped) = (Int(directory.pathLength), Int(directory.nameOffset))
            if above > 0 {
                guard memcmp(path, start + Int(directory.path), above) == 0,
                    text[Int(offset) + above] == UInt8(ascii: "/")
                else { return false }
            }
            return SafePath.isName(UnsafeRawBufferPointer(start: path + skipped, count: Int(length) - skipped))
        }
    }

    private static func append<Element>(_ elements: [Element], to bytes: inout [UInt8]) {
        elements.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Takes `count` elements off the front of `bytes`. The element is a plain struct of numbers; `isElement` looks at
    /// the raw bytes of one whose enumerations not every byte spells.
    private static func take<Element>(
        _ count: Int, of type: Element.Type, from bytes: inout UnsafeRawBufferPointer,
        _ isElement: (UnsafeRawBufferPointer) -> Bool = { _ in true }
    ) -> [Element]? {
        let stride = MemoryLayout<Element>.stride
        let (length, overflow) = count.multipliedReportingOverflow(by: stride)
        guard !overflow, length <= bytes.count else { return nil }
        for start in Swift.stride(from: 0, to: length, by: stride) {
            guard isElement(UnsafeRawBufferPointer(rebasing: bytes[start..<start + stride])) else { return nil }
        }
        // Many threads would write into the one array that all empty ones share: a zero, but a race all the same.
        if count == 0 { return [] }
        let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
            initialized = count
        }
        bytes = UnsafeRawBufferPointer(rebasing: bytes[length...])
        return elements
    }

    private static func isEntry(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let kind = MemoryLayout<Entry>.offset(of: \.kind) else { return false }
        return bytes[kind] <= Kind.directory.rawValue
    }

    private static func isDirectory(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let listed = MemoryLayout<Directory>.offset(of: \.isListed) else { return false }
        return bytes[listed] <= 1
    }

    private static func isPlaceholder(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let mode = MemoryLayout<Placeholder>.offset(of: \.mode) else { return false }
        return bytes[mode] <= PlaceholderMode.binary.rawValue
    }
}

extension LinkManifest.Directory {
    /// Where a name begins in the path of what lies in it.
    fileprivate var nameOffset: UInt16 { pathLength == 0 ? 0 : pathLength &+ 1 }
}
