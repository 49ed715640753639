// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// Removes directories that removing files has left empty, and compiled files whose source is gone
/// (conda-spec §12.10).
struct DirectoryCleaning {
    /// Directories that held removed paths, the deepest first.
    private let directories: [String]
    /// Directory to the stems of removed Python sources in it.
    private let sources: [String: Set<String>]

    /// The cleaning after `removed` paths and `listed` directories, relative to the prefix.
    init(removed: [String], listed: [String] = []) {
        var directories: Set<String> = []
        var sources: [String: Set<String>] = [:]
        for directory in listed {
            var above = directory
            while !above.isEmpty, directories.insert(above).inserted { above = Path.parent(above) }
        }
        for path in removed {
            let parent = Path.parent(path)
            if path.utf8.count > 3, path.utf8.suffix(3).elementsEqual(".py".utf8) {
                sources[parent, default: []].insert(String(Path.name(path).dropLast(3)))
            }
            var above = parent
            while !above.isEmpty, directories.insert(above).inserted { above = Path.parent(above) }
        }
        self.sources = sources
        self.directories = directories.filter { $0 != TransactionDirectory.metadata }.sorted {
            ($1.utf8.count, $1) < ($0.utf8.count, $0)
        }
    }

    /// Cleans below `root`; what may not be removed stays, for nothing depends on it.
    func run(at root: DirectoryReference) throws(Failure) {
        for (directory, stems) in sources { removeCompiled(stems, in: directory, at: root) }
        for directory in directories {
            do throws(Errno) {
                try SystemCall.removeDirectory(directory, at: root)
            } catch {
                // A disk in trouble: the next command tries again.
                guard error.isFault else { continue }
                throw Failure(error, directory, "remove the directory")
            }
        }
    }

    /// Removes directories that are empty now, whatever else fails.
    func removeEmpty(at root: DirectoryReference) {
        for directory in directories { try? SystemCall.removeDirectory(directory, at: root) }
    }

    private func removeCompiled(_ stems: Set<String>, in directory: String, at root: DirectoryReference) {
        let cache = directory.isEmpty ? "__pycache__" : "\(directory)/__pycache__"
        guard let entries = try? FileSystem.entries(cache, at: root) else { return }
        for entry in entries where entry.name.utf8.suffix(4).elementsEqual(".pyc".utf8) {
            guard let dot = entry.name.firstIndex(of: ".") else { continue }
            let stem = String(entry.name[..<dot])
            let source = directory.isEmpty ? "\(stem).py" : "\(directory)/\(stem).py"
            if stems.contains(stem), !FileSystem.exists(source, at: root) {
                try? SystemCall.unlink("\(cache)/\(entry.name)", at: root)
            }
        }
        try? SystemCall.removeDirectory(cache, at: root)
    }
}
