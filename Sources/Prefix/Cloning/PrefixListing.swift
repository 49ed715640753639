// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Synchronization

/// Every file below some directories, read by several threads: a few system calls a directory, none a file.
struct PrefixListing: Sendable {
    /// By path relative to the prefix; directories are not among them.
    private(set) var files: [ExactPath: FileKind] = [:]

    /// Lists what lies below `directories` of `prefix`, leaving out what `isIgnored` says.
    init(
        _ prefix: String, below directories: [String] = [""], isIgnored: @Sendable (String) -> Bool = { _ in false }
    ) throws(Failure) {
        let opened = try Descriptor.openDirectory(prefix)
        let root = opened.reference
        var level = directories
        while !level.isEmpty {
            let directories = level
            let found = Mutex<(files: [(String, FileKind)], next: [String])>(([], []))
            let piece = 16
            try forEachInParallel((directories.count + piece - 1) / piece, name: "list") { (index) throws(Failure) in
                var files: [(String, FileKind)] = []
                var next: [String] = []
                for number in index * piece..<min(directories.count, (index + 1) * piece) {
                    let directory = directories[number]
                    try Self.forEachFile(in: directory, at: root) { name, kind, _ in
                        let name = String(decoding: name, as: UTF8.self)
                        let path = directory.isEmpty ? name : "\(directory)/\(name)"
                        if isIgnored(path) { return }
                        if kind == .directory { next.append(path) } else { files.append((path, kind)) }
                    }
                }
                let (newFiles, newDirectories) = (files, next)
                found.withLock {
                    $0.files += newFiles
                    $0.next += newDirectories
                }
            }
            let (newFiles, next) = found.withLock { $0 }
            files.reserveCapacity(files.count + newFiles.count)
            for (path, kind) in newFiles { files[ExactPath(path)] = kind }
            level = next
        }
    }

    /// Calls `body` with the name, kind and number of everything in `directory`, empty for `root` itself.
    static func forEachFile(
        in directory: String, at root: DirectoryReference, _ body: (UnsafeRawBufferPointer, FileKind, UInt64) -> Void
    ) throws(Failure) {
        let opened = try Descriptor.openDirectory(directory.isEmpty ? "." : directory, followLinks: false, at: root)
        var unknown: [String] = []
        do throws(Errno) {
            try FileSystem.forEachNumberedEntry(of: opened) { name, kind, inode in
                if kind == .unknown {
                    unknown.append(String(cString: name))
                } else {
                    body(UnsafeRawBufferPointer(cString: name), kind, inode)
                }
            }
        } catch {
            throw Failure(error, directory, "list")
        }
        for name in unknown {
            guard let status = try FileSystem.status(name, followLinks: false, at: opened.reference) else { continue }
            Array(name.utf8).withUnsafeBytes { body($0, status.kind, status.inode) }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes of a NUL-terminated text.
    init(cString text: UnsafePointer<CChar>) {
        var count = 0
        while text[count] != 0 { count += 1 }
        self.init(start: text, count: count)
    }
}
