// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Images
import Platform
import Prefix

/// What goes into one archive or layer: paths of packages, and some of nobody's.
struct PackedFiles {
    /// What stands at a path.
    enum Source {
        case member(PackedTree.Member)
        case bytes([UInt8])
        case directory
        /// In which everybody may make files, and remove his own.
        case sharedDirectory
        /// A file of this machine.
        case file(String)
        case softLink(target: String)
    }

    private struct Item {
        var path: ExactPath
        var source: Source
        var time: Int64
        var isExecutable = false
    }

    private let tree: PackedTree
    /// Where the environment is in the archive: empty, or with a slash at its end.
    private let base: String
    private var items: [Item] = []

    init(_ tree: PackedTree, base: String) {
        self.tree = tree
        self.base = base
    }

    /// Adds all of a package.
    mutating func add(package: Int) {
        let time = tree.time(of: package)
        for member in tree.members(of: package) {
            items.append(Item(path: ExactPath(base + member.path), source: .member(member), time: time))
        }
    }

    /// Adds something at `path` of the archive.
    mutating func add(_ path: String, _ source: Source, time: Int64, isExecutable: Bool = false) {
        items.append(Item(path: ExactPath(path), source: source, time: time, isExecutable: isExecutable))
    }

    /// Adds something at `path` of the environment.
    mutating func add(inPrefix path: String, _ source: Source, time: Int64) { add(base + path, source, time: time) }

    /// Adds what a user wants in the image too: a file, or a directory with all that is in it.
    mutating func add(_ source: String, as destination: String, time: Int64) throws(Failure) {
        guard let status = try FileSystem.status(source) else {
            // Names that are not text lose what they are on the way here.
            let reason = source.contains("\u{FFFD}") ? "its name is not UTF-8 text" : "there is no such file"
            throw Failure(.usage, source, reason)
        }
        let path = String(destination.drop { $0 == "/" })
        switch status.kind {
        case .regular: add(path, .file(source), time: time, isExecutable: status.isExecutable)
        case .directory:
            if !path.isEmpty { add(path, .directory, time: time) }
            for entry in try FileSystem.entries(source) {
                let inner = Path.join(source, entry.name)
                if try FileSystem.status(inner, followLinks: false)?.kind == .symbolicLink {
                    let target = try readLink(inner)
                    add(Path.join(path, entry.name), .softLink(target: target), time: time)
                } else {
                    try add(inner, as: Path.join(path, entry.name), time: time)
                }
            }
        default: throw Failure(.usage, source, "is neither a file nor a directory", hint: "leave it out of --add")
        }
    }

    private func readLink(_ path: String) throws(Failure) -> String {
        do throws(Errno) {
            return String(decoding: try SystemCall.readLink(path), as: UTF8.self)
        } catch {
            throw Failure(error, path, "read the link")
        }
    }

    /// Writes everything in the order of paths, every directory once and before what is in it. A directory has the time of
    /// the newest of what is in it here: of nothing else, so that equal contents are equal layers.
    ///
    /// - Returns: the bytes of all files.
    /// - Throws: `Failure(.usage)` when something is to be below what is no directory.
    @discardableResult
    func write(to archive: some ArchiveWriter, cancellation: Cancellation) throws(Failure) -> UInt64 {
        let times = directoryTimes
        var all: [Item] = []
        all.reserveCapacity(items.count + times.count)
        for item in items where !isDirectory(item) {
            guard times[item.path] == nil else {
                throw Failure(
                    .usage, "/" + item.path.text, "is a file or link, and something is to be below it",
                    hint: "choose another destination for --add")
            }
            all.append(item)
        }
        var shared: Set<ExactPath> = []
        for item in items { if case .sharedDirectory = item.source { shared.insert(item.path) } }
        for (path, time) in times {
            all.append(Item(path: path, source: shared.contains(path) ? .sharedDirectory : .directory, time: time))
        }
        // What was added later stands before what it replaces; no other two are equal.
        let order = all.indices.sorted { all[$0].path == all[$1].path ? $0 > $1 : all[$0].path < all[$1].path }
        var last: ExactPath?
        var bytes: UInt64 = 0
        for index in order where all[index].path != last {
            last = all[index].path
            try cancellation.check()
            bytes += try write(all[index], archive)
        }
        return bytes
    }

    private func isDirectory(_ item: Item) -> Bool {
        switch item.source {
        case .directory, .sharedDirectory: true
        case .member(let member): member.isDirectory
        default: false
        }
    }

    /// Every directory, listed or only on the way to something.
    private var directoryTimes: [ExactPath: Int64] {
        var times: [ExactPath: Int64] = [:]
        for item in items {
            var path = isDirectory(item) ? item.path : ExactPath(Path.parent(item.path.text))
            while !path.text.isEmpty {
                if let known = times[path], known >= item.time { break }
                times[path] = item.time
                path = ExactPath(Path.parent(path.text))
            }
        }
        return times
    }

    /// - Returns: the bytes of the file.
    private func write(_ item: Item, _ archive: some ArchiveWriter) throws(Failure) -> UInt64 {
        let path = item.path.text
        func write(_ kind: ArchiveEntry.Kind, mode: UInt32) throws(Failure) -> UInt64 {
            try archive.begin(ArchiveEntry(path, kind, mode: mode, time: item.time))
            return 0
        }
        func write(_ bytes: [UInt8], isExecutable: Bool) throws(Failure) -> UInt64 {
            try archive.add(path, bytes, mode: isExecutable ? 0o755 : 0o644, time: item.time)
            return UInt64(bytes.count)
        }
        switch item.source {
        case .directory: return try write(.directory, mode: 0o755)
        case .sharedDirectory: return try write(.directory, mode: 0o1777)
        case .bytes(let bytes): return try write(bytes, isExecutable: item.isExecutable)
        case .softLink(let target): return try write(.softLink(target: target), mode: 0o777)
        case .file(let source):
            let file = try Descriptor.openRegular(source)
            return try add(file, as: path, size: nil, item.isExecutable, item.time, to: archive)
        case .member(let member):
            switch try tree.contents(of: member) {
            case .directory: return try write(.directory, mode: 0o755)
            case .softLink(let target): return try write(.softLink(target: target), mode: 0o777)
            case .bytes(let bytes, let isExecutable): return try write(bytes, isExecutable: isExecutable)
            case .file(let file, let size, let isExecutable, let time):
                return try add(file, as: path, size: size, isExecutable, time, to: archive)
            }
        }
    }

    private func add(
        _ file: borrowing Descriptor, as path: String, size: UInt64?, _ isExecutable: Bool, _ time: Int64,
        to archive: some ArchiveWriter
    ) throws(Failure) -> UInt64 {
        var known = size
        if known == nil {
            do throws(Errno) { known = try SystemCall.status(of: file).size } catch {
                throw Failure(error, path, "look at")
            }
        }
        try archive.add(file, as: path, size: known ?? 0, mode: isExecutable ? 0o755 : 0o644, time: time)
        return known ?? 0
    }
}
