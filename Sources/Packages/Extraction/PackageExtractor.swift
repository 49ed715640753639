// SPDX-License-Identifier: BSD-3-Clause
import Conda
package import Failures
package import Platform

/// Unpacks one archive into a sink while its bytes arrive, and verifies it.
///
/// Files are written as they come; links are kept back until size and digests are right. When this throws, the sink
/// holds unverified bytes and must be thrown away.
package struct PackageExtractor: ~Copyable {
    private let sink: any ExtractionSink
    private let limits: ExtractionLimits
    private let subject: String
    private let cancellation: Cancellation?
    private var table = EntryTable()
    private var links: [Int] = []
    private var information = InformationFiles()
    /// Files that are set-user-id or set-group-id in the archive.
    private var setIDs: [String] = []
    /// Unpacked bytes of files.
    private var written: UInt64 = 0
    private var path: [UInt8] = []
    private var target: [UInt8] = []

    package init(
        into sink: any ExtractionSink, limits: ExtractionLimits = ExtractionLimits(), subject: String,
        cancellation: Cancellation? = nil
    ) {
        self.sink = sink
        self.limits = limits
        self.subject = subject
        self.cancellation = cancellation
    }

    /// Unpacks all of `input`; `spoolDirectory` may get a nameless temporary file.
    package consuming func extract(
        _ input: ArchiveInput, format: ArchiveFormat, expected: ExpectedArchive, spoolDirectory: String
    ) throws(Failure) -> ExtractedPackage {
        do throws(Failure) {
            switch format {
            case .conda: try readConda(input, spoolDirectory: spoolDirectory)
            case .tarBzip2: try readTar(TarReader(Bzip2Source(input, subject: subject), subject: subject), input)
            }
            try input.drain()
        } catch {
            throw explain(error, input, expected)
        }
        let received = input.finish()
        try expected.check(received, subject: subject)
        try makeLinks()
        let manifest = try ManifestReader(table: table, information: information, subject: subject).read(sink)
        return ExtractedPackage(
            manifest: manifest, index: information[.index] ?? [], archiveSize: received.size, sha256: received.sha256,
            md5: received.md5, entryCount: table.entries.count, byteCount: written,
            aboutModified: information.aboutModified, setIDs: setIDs)
    }

    /// A damaged archive usually is not the promised one; say that rather than where the damage shows first.
    private func explain(_ failure: Failure, _ input: ArchiveInput, _ expected: ExpectedArchive) -> Failure {
        // Without a size the rest may be endless.
        guard failure.code == .integrity, expected.sha256 != nil || expected.size != nil,
            (try? input.drain(limit: expected.size ?? 1 << 28)) ?? false
        else { return failure }
        do throws(Failure) {
            try expected.check(input.finish(), subject: subject)
            return failure
        } catch {
            var mismatch = error
            mismatch.cause = failure
            return mismatch
        }
    }

    // MARK: containers

    private mutating func readConda(_ input: ArchiveInput, spoolDirectory: String) throws(Failure) {
        var walker = ZipWalker(input, limits: limits, subject: subject)
        var havePackage = false
        var haveInformation = false
        while let (member, found) = try walker.nextMember(spoolDirectory: spoolDirectory) {
            var data = found
            let name = String(decoding: member.name, as: UTF8.self)
            if name == "metadata.json" {
                try CondaMetadata.check(data.readAll(limit: 1 << 20, subject: subject), subject: subject)
            } else if name.hasPrefix("pkg-"), name.hasSuffix(".tar.zst") {
                guard !havePackage else { throw refusal("the archive has two pkg members") }
                havePackage = true
                try readZstdTar(data, input)
            } else if name.hasPrefix("info-"), name.hasSuffix(".tar.zst") {
                guard !haveInformation else { throw refusal("the archive has two info members") }
                haveInformation = true
                try readZstdTar(data, input)
            } else {
                try data.skip(subject: subject)
            }
        }
        guard havePackage else { throw refusal("the archive has no pkg member") }
        guard haveInformation else { throw refusal("the archive has no info member") }
    }

    private mutating func readZstdTar(_ data: MemberInput, _ input: ArchiveInput) throws(Failure) {
        let source = try ZstdSource(data, windowLog: limits.windowLog, subject: subject)
        try readTar(TarReader(source, subject: subject), input)
    }

    private mutating func readTar<Source: ByteSource & ~Copyable>(
        _ tar: consuming TarReader<Source>, _ input: ArchiveInput
    ) throws(Failure) {
        var tar = tar
        var entry = TarEntry()
        while try tar.next(&entry) {
            try cancellation?.check()
            try checkSize(tar.total, input)
            try EntryName.normalize(entry.name, into: &path, limits: limits, subject: subject)
            if path.count <= 1 {
                guard entry.kind == .directory else { throw refusal("the archive has a file without a name") }
                continue
            }
            switch entry.kind {
            case .directory: try addDirectory(path.count - 1)
            case .file: try addFile(entry, &tar, input)
            case .symbolicLink, .hardLink: try addLink(entry)
            }
        }
    }

    // MARK: entries

    private mutating func addFile<Source: ByteSource & ~Copyable>(
        _ entry: TarEntry, _ tar: inout TarReader<Source>, _ input: ArchiveInput
    ) throws(Failure) {
        // Nobody gains rights by a package; the peers unpack such files, without the bit or with it.
        if entry.mode & 0o4000 != 0 || entry.mode & 0o2010 == 0o2010 { setIDs.append(name) }
        guard entry.size <= limits.bytes else { throw refusal("`\(name)` in the archive is too large") }
        // The client writes this one; a shipped one would be taken for ours.
        if isPath("info/repodata_record.json"), entry.size <= UInt64(limits.informationBytes) { return }
        try addParents()
        let mode = (entry.mode & 0o755) | 0o400
        try add(.file) {
            $0.size = entry.size
            $0.mode = UInt16(mode)
        }
        let kept = InformationFiles.Name(path)
        if kept != nil, entry.size > UInt64(limits.informationBytes) { throw refusal("`\(name)` is too large") }
        var copy: [UInt8] = []
        if kept != nil { copy.reserveCapacity(Int(entry.size)) }
        try begin(mode, entry)
        let sink = sink
        let limits = limits
        let subject = subject
        let cancellation = cancellation
        let written = written
        var done: UInt64 = 0
        try tar.readData { (bytes) throws(Failure) in
            try cancellation?.check()
            try sink.write(bytes)
            if kept != nil { copy.append(contentsOf: bytes) }
            done += UInt64(bytes.count)
            try Self.checkSize(written + done, packed: input.received, limits, subject)
        }
        self.written += done
        try sink.endFile()
        if let kept { information.keep(kept, copy, modified: entry.modified) }
    }

    private func begin(_ mode: UInt32, _ entry: TarEntry) throws(Failure) {
        try path.withCString { (path) throws(Failure) in
            try sink.beginFile(path, mode: mode, modified: entry.modified, size: entry.size)
        }
    }

    private mutating func addLink(_ entry: TarEntry) throws(Failure) {
        if isPath("info/repodata_record.json") { return }
        try addParents()
        if entry.kind == .symbolicLink {
            guard !entry.target.isEmpty, entry.target.count < 4096 else {
                throw refusal("symbolic link `\(name)` in the archive has no usable target")
            }
            guard String(validating: entry.target, as: UTF8.self) != nil else {
                throw refusal("the target of symbolic link `\(name)` in the archive is not UTF-8")
            }
            let text = entry.target.withUnsafeBytes { table.intern($0) }
            try add(.symbolicLink) { $0.target = text }
        } else {
            try EntryName.normalize(entry.target, into: &target, limits: limits, subject: subject)
            let text = target.withUnsafeBytes { table.intern(UnsafeRawBufferPointer(rebasing: $0.dropLast())) }
            guard let existing = table.find(text), existing.kind != .directory else {
                throw refusal("hard link `\(name)` names a file that the archive does not have before it")
            }
            try add(.hardLink) {
                $0.target = text
                $0.mode = existing.mode
                $0.size = existing.size
            }
        }
        links.append(table.entries.count - 1)
    }

    /// Makes every directory above ``path`` that the archive did not name.
    private mutating func addParents() throws(Failure) {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
            if isPath(".krait") { throw refusal("`.krait` is not a name for a package's file") }
            return
        }
        try addDirectory(slash)
    }

    /// Makes the directory that the first `length` bytes of ``path`` name, and those above it.
    private mutating func addDirectory(_ length: Int) throws(Failure) {
        if path.withUnsafeBytes({ table.isSameDirectory(UnsafeRawBufferPointer(rebasing: $0[..<length])) }) { return }
        var end = 0
        while end < length {
            end = path[(end + 1)..<length].firstIndex(of: UInt8(ascii: "/")) ?? length
            let piece = end
            let (added, clash) = path.withUnsafeBytes {
                table.add(UnsafeRawBufferPointer(rebasing: $0[..<piece]), .directory)
            }
            if clash { throw refusal("path `\(name)` in the archive leads through a file or link") }
            if !added { continue }
            if piece == 6, isPath(".krait", length: piece) {
                throw refusal("`.krait` is not a name for a package's directory")
            }
            try checkCount()
            let keep = path[piece]
            path[piece] = 0
            try path.withCString { (path) throws(Failure) in try sink.makeDirectory(path) }
            path[piece] = keep
        }
    }

    private mutating func add(
        _ kind: EntryTable.Kind, _ body: (inout EntryTable.Entry) -> Void
    ) throws(Failure) {
        let added = path.withUnsafeBytes { table.add(UnsafeRawBufferPointer(rebasing: $0.dropLast()), kind).added }
        guard added else { throw refusal("`\(name)` is in the archive twice") }
        table.updateLast(body)
        try checkCount()
    }

    private func makeLinks() throws(Failure) {
        // Hard links first: afterwards there are symbolic links that a path could lead through.
        for kind in [EntryTable.Kind.hardLink, .symbolicLink] {
            for index in links where table.entries[index].kind == kind {
                let entry = table.entries[index]
                let path = table.text(entry.path)
                let target = table.text(entry.target)
                // A hard link to a symbolic link is the same symbolic link again.
                if kind == .symbolicLink {
                    try sink.makeSymbolicLink(path, target: target)
                } else if let existing = resolve(entry.target), existing.kind == .symbolicLink {
                    try sink.makeSymbolicLink(path, target: table.text(existing.target))
                } else {
                    try sink.makeHardLink(path, to: target)
                }
            }
        }
    }

    /// The entry that a chain of hard links ends in.
    private func resolve(_ path: StringID) -> EntryTable.Entry? {
        var entry = table.find(path)
        while let link = entry, link.kind == .hardLink { entry = table.find(link.target) }
        return entry
    }

    // MARK: bounds

    private func checkCount() throws(Failure) {
        guard table.entries.count <= limits.entries else {
            throw refusal("the archive has more than \(limits.entries) entries")
        }
    }

    private func checkSize(_ unpacked: UInt64, _ input: ArchiveInput) throws(Failure) {
        try Self.checkSize(unpacked, packed: input.received, limits, subject)
    }

    private static func checkSize(
        _ unpacked: UInt64, packed: UInt64, _ limits: ExtractionLimits, _ subject: String
    ) throws(Failure) {
        guard unpacked <= limits.bytes, unpacked <= limits.freeBytes || unpacked / limits.ratio <= packed else {
            throw Failure(
                .integrity, subject, "the archive expands far beyond a plausible size (a decompression bomb?)")
        }
    }

    private func isPath(_ text: StaticString, length: Int? = nil) -> Bool {
        let bytes = path[..<(length ?? path.count - 1)]
        return bytes.count == text.utf8CodeUnitCount
            && bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private var name: String { EntryName.printable(path.dropLast()) }

    private func refusal(_ reason: String) -> Failure { Failure(.integrity, subject, reason) }
}

extension [UInt8] {
    /// Calls `body` with these bytes, which end in a NUL, as a C string.
    func withCString<Result>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withBuffer { (bytes) throws(Failure) in
            guard let base = bytes.baseAddress else { preconditionFailure("a path has at least its NUL") }
            return try base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { (text) throws(Failure) in
                try body(text)
            }
        }
    }
}
