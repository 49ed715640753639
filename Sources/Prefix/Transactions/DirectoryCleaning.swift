// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// Removes directories that removing files has left empty, and compiled files whose source is gone
/// (Rules §12.10).
struct DirectoryCleaning {
    /// Directories that held removed paths, the deepest first.
    private(set) var directories: [ExactPath]
    /// Directory to the stems of removed Python sources in it.
    private let sources: [ExactPath: Set<String>]

    /// The cleaning after `removed` paths and `listed` directories, relative to the prefix; those that packages of the
    /// result list, `kept`, may be empty.
    init(removed: [String], listed: [String] = [], kept: [String] = []) {
        var directories: Set<ExactPath> = []
        var sources: [ExactPath: Set<String>] = [:]
        for directory in listed {
            directories.insert(ExactPath(directory))
            directories.formUnion(ExactPath(directory).ancestors)
        }
        for path in removed {
            let parent = Path.parent(path)
            if path.utf8.count > 3, path.utf8.suffix(3).elementsEqual(".py".utf8) {
                sources[ExactPath(parent), default: []].insert(String(Path.name(path).dropLast(3)))
            }
            for directory in ExactPath(path).ancestors where !directories.insert(directory).inserted { break }
        }
        self.sources = sources
        directories.remove(ExactPath(TransactionDirectory.metadata))
        for directory in kept { directories.remove(ExactPath(directory)) }
        // A longer path is never above a shorter one.
        self.directories = directories.sorted { $0.text.utf8.count > $1.text.utf8.count }
    }

    /// Cleans below `root`; what may not be removed stays, for nothing depends on it.
    func run(at root: DirectoryReference) throws(Failure) {
        var tree = Beneath(root, links: .followedBeneath)
        for (directory, stems) in sources { removeCompiled(stems, in: directory.text, &tree) }
        for directory in directories {
            do throws(Errno) {
                try tree.removeDirectory(directory.text)
            } catch {
                // A disk in trouble: the next command tries again.
                guard error.isFault else { continue }
                throw Failure(error, directory.text, "remove the directory")
            }
        }
    }

    /// Removes directories that are empty now, whatever else fails.
    func removeEmpty(at root: DirectoryReference) {
        var tree = Beneath(root, links: .followedBeneath)
        for directory in directories { try? tree.removeDirectory(directory.text) }
    }

    private func removeCompiled(_ stems: Set<String>, in directory: String, _ tree: inout Beneath) {
        let cache = directory.isEmpty ? "__pycache__" : "\(directory)/__pycache__"
        var names: [String] = []
        guard let opened = try? tree.open(cache, [.readOnly, .directory]),
            (try? FileSystem.forEachEntry(of: opened, { name, _ in names.append(String(cString: name)) })) != nil
        else { return }
        for name in names where name.utf8.suffix(4).elementsEqual(".pyc".utf8) {
            guard let dot = name.firstIndex(of: ".") else { continue }
            let stem = String(name[..<dot])
            let source = directory.isEmpty ? "\(stem).py" : "\(directory)/\(stem).py"
            if stems.contains(stem), (try? tree.status(source)) == nil { try? tree.unlink("\(cache)/\(name)") }
        }
        try? tree.removeDirectory(cache)
    }
}
