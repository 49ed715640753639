// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Images
import Packages
import Platform
import Prefix

/// An environment as one executable: krait, and behind it the unpacked packages as its cache has them, what was compiled of
/// them, and what to make of it all. Prefixes are written where it is unpacked, by the linking that `create` has.
struct ExecutableOutput {
    private let contents: PackContents
    private let context: Context

    init(_ contents: PackContents, context: Context) {
        self.contents = contents
        self.context = context
    }

    func write(_ report: inout PackReport) throws(Failure) {
        let request = contents.request
        let executable = try ExecutableFile(
            request.executable, for: contents.plan.platform, context.environment)
        let place = try OutputPlace(for: request.output, key: context.changeKey)
        let name = "executable"
        let file = try place.create(name, mode: 0o755)
        let offset = try executable.copy(to: file, subject: request.output)
        let stream = try LayerStream(.zstd, to: file, subject: request.output)
        let tar = TarWriter(stream)
        context.progress.begin(.packing)
        report.unpackedSize = try write(to: tar)
        let blob = try tar.finish()
        report.size = offset + blob.size
        report.digest = "sha256:\(blob.digest.hex)"
        let payload = Payload(offset: offset, size: blob.size, digest: blob.digest.withBytes { Array($0) })
        let again: Descriptor
        do throws(Errno) {
            again = try SystemCall.open(name, [.writeOnly, .noFollow], at: place.root)
        } catch {
            throw Failure(error, request.output, "write")
        }
        try executable.note(payload, in: again, subject: request.output)
        try place.publish(file: name)
    }

    /// - Returns: the bytes of all files.
    private func write(to tar: TarWriter) throws(Failure) -> UInt64 {
        let tree = try contents.compiledTree()
        try tar.add(
            PackedEnvironment.fileName, try PackedEnvironment(contents, tree).json.serialized(), time: contents.time)
        var added = PackedFiles(tree, base: "")
        for addition in contents.request.additions {
            let path = addition.destination.dropFirst(contents.request.prefix.utf8.count + 1)
            try added.add(
                addition.source, as: Path.join(PackedEnvironment.additions, String(path)), time: contents.time)
        }
        var bytes = try added.write(to: tar, cancellation: context.cancellation)
        for number in tree.packages.indices {
            try context.cancellation.check()
            bytes += try write(number, of: tree, to: tar)
        }
        return bytes
    }

    /// Writes what linking needs of a package, as the cache has it.
    private func write(_ number: Int, of tree: PackedTree, to tar: TarWriter) throws(Failure) -> UInt64 {
        let package = tree.packages[number]
        guard let name = PackageCache.entryName(package.record, sha256: package.record.sha256, md5: nil) else {
            throw Failure(.integrity, package.record.name, "its name cannot be a file's name")
        }
        let time = tree.time(of: number)
        let base = "\(PackageCache.folder)/\(name)"
        var slice = Slice(tar, time: time)
        let paths = tree.sources(of: number).map { (path: ExactPath($0.path), isDirectory: $0.isDirectory) }
        for path in paths.sorted(by: { $0.path < $1.path }) {
            let source = Path.join(package.source, path.path.text)
            if path.isDirectory {
                try slice.addDirectory(Path.join(base, path.path.text))
            } else {
                try slice.add(source, as: Path.join(base, path.path.text), of: package)
            }
        }
        try slice.add(
            Path.join(package.source, CacheEntry.manifestPath), as: Path.join(base, CacheEntry.manifestPath),
            of: package, keepsTime: false)
        // Of this plan, whatever channel the cache has got it from.
        try slice.add(
            package.record.json.serialized(indent: 2), as: Path.join(base, "info/repodata_record.json"))
        for file in tree.shelved(of: number).sorted(by: { ExactPath($0.name) < ExactPath($1.name) }) {
            try slice.add(
                file.source, as: Path.join(CompiledStore.folder, file.name), of: package, keepsTime: false)
        }
        return slice.bytes
    }

    /// What is written of one package, each directory before what is in it.
    private struct Slice {
        private let tar: TarWriter
        private let time: Int64
        private var directories: Set<ExactPath> = []
        private(set) var bytes: UInt64 = 0

        init(_ tar: TarWriter, time: Int64) {
            self.tar = tar
            self.time = time
        }

        mutating func addDirectory(_ path: String) throws(Failure) {
            if path.isEmpty || !directories.insert(ExactPath(path)).inserted { return }
            try addDirectory(Path.parent(path))
            try tar.begin(ArchiveEntry(path, .directory, time: time))
        }

        mutating func add(_ contents: [UInt8], as path: String) throws(Failure) {
            try addDirectory(Path.parent(path))
            try tar.add(path, contents, time: time)
            bytes += UInt64(contents.count)
        }

        /// Adds a file or link with the mode that it has, and its time where that is the package's.
        mutating func add(
            _ source: String, as path: String, of package: LinkPackage, keepsTime: Bool = true
        ) throws(Failure) {
            try addDirectory(Path.parent(path))
            guard let status = try FileSystem.status(source, followLinks: false) else {
                throw DamagedSource.loss(package, source)
            }
            if status.kind == .symbolicLink {
                return try tar.begin(
                    ArchiveEntry(path, .softLink(target: try FileSystem.readLink(source)), mode: 0o777, time: time))
            }
            let file = try Descriptor.openRegular(source)
            try tar.add(
                file, as: path, size: status.size, mode: status.mode & 0o777,
                time: keepsTime ? status.modified.seconds : time)
            bytes += status.size
        }
    }
}
