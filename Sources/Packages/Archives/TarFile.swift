// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures
import Platform

/// A tar on this machine, plain or compressed with gzip or zstd: what a layer or an archive of an image is.
package enum TarFile {
    /// One path of a tar.
    package struct Entry: Sendable {
        package enum Kind: Sendable { case file, directory, softLink, hardLink }

        /// Relative, without `./`; empty for one that leads out.
        package let path: String
        package let kind: Kind
        /// Of a link, as written.
        package let target: String
        package let size: UInt64
        /// Permission bits.
        package let mode: UInt32
        /// Seconds since 1970.
        package let modified: Int64
    }

    /// A tar that begins somewhere in a file, goes to its end, and is known by its hash.
    package struct Part: Sendable {
        package var offset: UInt64
        package var size: UInt64
        package var sha256: SHA256Digest

        package init(offset: UInt64, size: UInt64, sha256: SHA256Digest) {
            self.offset = offset
            self.size = size
            self.sha256 = sha256
        }
    }

    /// Takes the bytes of a file piece by piece.
    package typealias Taker = (UnsafeRawBufferPointer) throws(Failure) -> Void

    /// The most bytes that a tar of this size may unpack to.
    private static func limit(_ packed: UInt64) -> UInt64 {
        min(64 << 30, max(64 << 20, packed.multipliedReportingOverflow(by: 200).partialValue))
    }

    /// Hands over every entry of the tar at `path` in order, with a function that reads its bytes; those that are not read are
    /// skipped, and so are devices.
    ///
    /// - Throws: `Failure(.integrity)` at the end when a `part` is not what its hash says; until then nothing of it is to be used.
    package static func read(
        _ path: String, part: Part? = nil, _ body: (Entry, (Taker) throws(Failure) -> Void) throws(Failure) -> Void
    ) throws(Failure) {
        let limit = limit(try FileSystem.status(path)?.size ?? 0)
        let input = try PackageSource.file(path).open(
            ExpectedArchive(size: part?.size, sha256: part?.sha256), hashing: part != nil, from: part?.offset ?? 0,
            subject: path)
        var reader = TarReader(try Bytes(input, path), subject: path, skipsDevices: true)
        var entry = TarEntry()
        while try reader.next(&entry) {
            // What is skipped is decompressed too.
            guard reader.total <= limit, entry.size <= limit - reader.total else {
                throw Failure(.integrity, path, "unpacks to more than 200 times its size")
            }
            let kind: Entry.Kind =
                switch entry.kind {
                case .file: .file
                case .directory: .directory
                case .symbolicLink: .softLink
                case .hardLink: .hardLink
                }
            let found = Entry(
                path: plain(entry.name), kind: kind, target: String(decoding: entry.target, as: UTF8.self),
                size: entry.size, mode: entry.mode & 0o7777, modified: entry.modified)
            try body(found) { (taker) throws(Failure) in try reader.readData(taker) }
        }
        guard let part else { return }
        try input.drain()
        guard input.finish().sha256 == part.sha256 else {
            throw Failure(.integrity, path, "was changed since it was made")
        }
    }

    private static func plain(_ name: [UInt8]) -> String {
        let parts = String(decoding: name, as: UTF8.self).split(separator: "/").filter { $0 != "." }
        return parts.contains("..") ? "" : parts.joined(separator: "/")
    }

    /// The bytes of the tar itself, whatever they are compressed with.
    private struct Bytes: ByteSource, ~Copyable {
        private let next: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int

        init(_ input: ArchiveInput, _ path: String) throws(Failure) {
            let magic = Array(try input.peek(4))
            let member = MemberInput(input, size: nil)
            if magic.starts(with: [0x1f, 0x8b]) {
                let gzip = Box(
                    try LibarchiveFilter(.gzip, LibarchiveFeed(member, subject: path), name: "gzip", subject: path))
                next = { (buffer) throws(Failure) in try gzip.filter.read(into: buffer) }
            } else if magic == [0x28, 0xb5, 0x2f, 0xfd] {
                let zstd = Frames(try ZstdSource(member, windowLog: 27, subject: path))
                next = { (buffer) throws(Failure) in try zstd.source.read(into: buffer) }
            } else {
                next = { (buffer) throws(Failure) in
                    let window = try input.window()
                    let count = min(window.count, buffer.count)
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: window[..<count]))
                    input.consume(count)
                    return count
                }
            }
        }

        mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int { try next(buffer) }
    }

    /// Let closures own what cannot be copied.
    private final class Box {
        var filter: LibarchiveFilter
        init(_ filter: consuming LibarchiveFilter) { self.filter = filter }
    }

    private final class Frames {
        var source: ZstdSource
        init(_ source: consuming ZstdSource) { self.source = source }
    }
}
