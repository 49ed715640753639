// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// Where directories of a prefix really are, each looked at once: a path may lead through links that a user or another
/// tool made.
struct PhysicalDirectories {
    private let root: DirectoryReference
    /// The prefix with every link resolved.
    private let base: String
    /// Nil for what leads out of the prefix.
    private var known: [ExactPath: String?] = [:]

    init(at root: DirectoryReference, path: String) {
        self.root = root
        base = FileSystem.realPath(path) ?? path
    }

    /// The path of `directory` without links; nil when it leads out of the prefix. What is not there leads nowhere else.
    mutating func place(of directory: String, depth: Int = 0) throws(Failure) -> String? {
        if directory.isEmpty { return "" }
        let key = ExactPath(directory)
        if let known = known[key] { return known }
        let place = try found(directory, depth)
        known[key] = .some(place)
        return place
    }

    private mutating func found(_ directory: String, _ depth: Int) throws(Failure) -> String? {
        guard depth < 40, let parent = try place(of: Path.parent(directory), depth: depth) else { return nil }
        let place = Path.join(parent, Path.name(directory))
        guard try FileSystem.status(place, followLinks: false, at: root)?.kind == .symbolicLink else { return place }
        let target = try FileSystem.readLink(place, at: root)
        var rest = target[...]
        var from = parent
        if Path.isAbsolute(target) {
            let start = base + "/"
            guard target.utf8.starts(with: start.utf8) else { return nil }
            rest = Substring(target.utf8.dropFirst(start.utf8.count))
            from = ""
        }
        for part in rest.utf8.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                if from.isEmpty { return nil }
                from = Path.parent(from)
                continue
            }
            guard let next = try self.place(of: Path.join(from, String(Substring(part))), depth: depth + 1) else {
                return nil
            }
            from = next
        }
        return from
    }
}
