// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform
import Synchronization

/// Every file below a directory with its number, read by several threads: two system calls a directory, none a file.
struct PrefixListing: Sendable {
    struct File: Sendable {
        var kind: FileKind
        var inode: UInt64
        /// Some record has it.
        var isOwned = false
    }

    /// By path relative to the top; directories are not among them.
    private(set) var files: [String: File] = [:]

    /// Lists `top`, leaving out what `isIgnored` says.
    init(_ top: String, isIgnored: @Sendable (String) -> Bool = { _ in false }) throws(Failure) {
        let opened = try Descriptor.openDirectory(top)
        let root = opened.reference
        var level = [""]
        while !level.isEmpty {
            let directories = level
            let found = Mutex<(files: [(String, File)], next: [String])>(([], []))
            let piece = 16
            try forEachInParallel((directories.count + piece - 1) / piece, name: "list") { (index) throws(Failure) in
                var files: [(String, File)] = []
                var next: [String] = []
                for number in index * piece..<min(directories.count, (index + 1) * piece) {
                    try Self.list(directories[number], at: root, isIgnored, &files, &next)
                }
                let (newFiles, newDirectories) = (files, next)
                found.withLock {
                    $0.files += newFiles
                    $0.next += newDirectories
                }
            }
            let (newFiles, next) = found.withLock { $0 }
            files.reserveCapacity(files.count + newFiles.count)
            for (path, file) in newFiles { files[path] = file }
            level = next
        }
    }

    /// Notes that a record has the file at `path`, and answers it; nil when there is none.
    mutating func own(_ path: String) -> File? {
        guard let place = files.index(forKey: path) else { return nil }
        files.values[place].isOwned = true
        return files.values[place]
    }

    private static func list(
        _ directory: String, at root: DirectoryReference, _ isIgnored: (String) -> Bool,
        _ files: inout [(String, File)], _ next: inout [String]
    ) throws(Failure) {
        let opened = try Descriptor.openDirectory(directory.isEmpty ? "." : directory, followLinks: false, at: root)
        var unknown: [String] = []
        do throws(Errno) {
            try FileSystem.forEachNumberedEntry(of: opened) { name, kind, inode in
                let name = String(cString: name)
                let path = directory.isEmpty ? name : "\(directory)/\(name)"
                if isIgnored(path) { return }
                switch kind {
                case .directory: next.append(path)
                case .unknown: unknown.append(path)
                default: files.append((path, File(kind: kind, inode: inode)))
                }
            }
        } catch {
            throw Failure(error, directory, "list")
        }
        for path in unknown {
            guard let status = try FileSystem.status(path, followLinks: false, at: root) else { continue }
            if status.kind == .directory {
                next.append(path)
            } else {
                files.append((path, File(kind: status.kind, inode: status.inode)))
            }
        }
    }
}
