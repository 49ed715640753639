// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Platform

/// The part of a ``CompiledStore`` that one plan needs: an open directory for each package it has something of.
struct CompiledShelves: Sendable {
    /// By the package's number: where its files are kept.
    private var paths: [Int: String] = [:]
    private var opened: [Int: LinkExecution.OpenDirectory] = [:]
    /// Directories that are not kept open, lest descriptors run out: their paths with a slash.
    private var distant: [Int: [UInt8]] = [:]
    private static let openLimit = 200
    /// Packages whose compiled files were made under another umask: they are copied.
    private var others: Set<Int> = []

    init(
        _ store: CompiledStore?, _ directories: [CompiledFiles.Directory], _ plan: LinkPlan, _ python: PythonLayout,
        _ mode: CompilingMode
    ) {
        guard let store else { return }
        for package in Set(directories.map(\.package)) {
            let path = store.directory(of: plan.registry.packages[package], python: python, mode: mode)
            paths[package] = path
            if Self.hasOtherModes(path) { others.insert(package) }
            if opened.count >= Self.openLimit {
                if FileSystem.isDirectory(path) { distant[package] = Array("\(path)/".utf8) }
            } else if let descriptor = try? Descriptor.open(path, [.directory, .pathOnly]) {
                opened[package] = LinkExecution.OpenDirectory(descriptor)
            }
        }
    }

    /// Whether the store has anything of the package.
    func isPresent(_ package: Int) -> Bool { opened[package] != nil || distant[package] != nil }

    /// Where the store has, or shall have, the compiled file of a source; nil for one that was changed when linked.
    func path(_ directory: CompiledFiles.Directory, _ entry: Int, _ manifest: LinkManifest) -> String? {
        guard let shelf = paths[directory.package] else { return nil }
        var name: [UInt8] = []
        guard appendName(directory, Self.hash(directory), entry, manifest, to: &name) else { return nil }
        return "\(shelf)/\(String(decoding: name.dropLast(), as: UTF8.self))"
    }

    /// Links the compiled files of one directory; answers which are there. `ending` is `.cpython-311.pyc` and a NUL.
    func link(
        _ directory: CompiledFiles.Directory, _ plan: LinkPlan, _ ending: [UInt8], at root: DirectoryReference
    ) -> [Bool] {
        let shelf = opened[directory.package]?.descriptor.reference ?? .currentDirectory
        let start = distant[directory.package] ?? []
        // The package may have made it already.
        try? SystemCall.createDirectory(directory.compiled, at: root)
        let manifest = plan.registry.packages[directory.package].manifest
        let place = Self.hash(directory)
        var target = Array("\(directory.compiled)/".utf8)
        let length = target.count
        var name: [UInt8] = []
        return directory.entries.map { entry in
            name.removeAll(keepingCapacity: true)
            name.append(contentsOf: start)
            guard appendName(directory, place, entry, manifest, to: &name) else { return false }
            target.removeLast(target.count - length)
            target.append(contentsOf: manifest.text[CompiledFiles.stemRange(entry, manifest)])
            target.append(contentsOf: ending)
            // As python makes them: with the mode of the source (py_compile).
            let mode = others.contains(directory.package) ? UInt32(manifest.entries[entry].mode) & 0o666 | 0o200 : nil
            return Self.link(name, at: shelf, to: target, at: root, mode: mode)
        }
    }

    /// Whether what is in the directory `shelf` was made under a umask that leaves files other modes than ours.
    static func hasOtherModes(_ shelf: String) -> Bool {
        guard let status = try? FileSystem.status(shelf, followLinks: false) else { return false }
        return 0o644 & (status.takenBits ^ creationMask) != 0
    }

    /// Both names end in a NUL.
    private static func link(
        _ name: [UInt8], at shelf: DirectoryReference, to target: [UInt8], at root: DirectoryReference, mode: UInt32?
    ) -> Bool {
        name.withBytes { name in
            target.withBytes { target in
                guard let from = name.baseAddress?.assumingMemoryBound(to: CChar.self),
                    let to = target.baseAddress?.assumingMemoryBound(to: CChar.self)
                else { return false }
                do throws(Errno) {
                    // A link has the mode that is there.
                    if mode != nil { throw .crossDevice }
                    try SystemCall.link(from: from, at: shelf, to: to, at: root)
                    return true
                } catch {
                    if error == .noEntry || error == .exists { return false }
                    return (try? SystemCall.copyFile(from: from, at: shelf, to: to, at: root, mode: mode)) != nil
                }
            }
        }
    }

    private static func hash(_ directory: CompiledFiles.Directory) -> UInt64 {
        Array(directory.path.utf8).withBytes { CompiledStore.hash($0) }
    }

    private func appendName(
        _ directory: CompiledFiles.Directory, _ place: UInt64, _ entry: Int, _ manifest: LinkManifest,
        to name: inout [UInt8]
    ) -> Bool {
        guard manifest.entries[entry].placeholder == 0, let digest = manifest.digest(of: manifest.entries[entry]) else {
            return false
        }
        manifest.text.withUnsafeBytes { text in
            let stem = UnsafeRawBufferPointer(rebasing: text[CompiledFiles.stemRange(entry, manifest)])
            CompiledStore.appendName(digest: digest, place: place, stem: stem, to: &name)
        }
        return true
    }
}
