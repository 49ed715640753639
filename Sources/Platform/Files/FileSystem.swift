// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Glibc

/// Operations on names, with `String` paths and failures that name the path.
package enum FileSystem {
    /// What `path` is, or nil when there is nothing.
    package static func status(
        _ path: String, followLinks: Bool = true, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> FileStatus? {
        do throws(Errno) {
            return try SystemCall.status(path, followLinks: followLinks, at: directory)
        } catch {
            if error == .noEntry || error == .notDirectory { return nil }
            throw Failure(error, path, "look at")
        }
    }

    /// Whether `path` exists (a dangling link does not); a place that may not be looked at counts as absent.
    package static func exists(_ path: String, at directory: DirectoryReference = .currentDirectory) -> Bool {
        faccessat(directory.rawValue, path, F_OK, AT_EACCESS) == 0
    }

    package static func isDirectory(_ path: String, at directory: DirectoryReference = .currentDirectory) -> Bool {
        (try? SystemCall.status(path, followLinks: true, at: directory))?.kind == .directory
    }

    /// Whether this process could create names in the directory `path`.
    package static func isWritableDirectory(_ path: String) -> Bool {
        isDirectory(path) && SystemCall.isAccessible(path, [.write, .execute])
    }

    /// Whether `path` is a directory that can be written to, or is not there and can be made.
    package static func isWritableDirectoryToBe(_ path: String) -> Bool {
        var place = path
        while !exists(place) {
            let parent = Path.parent(place)
            guard !parent.isEmpty, parent != place else { return false }
            place = parent
        }
        return isWritableDirectory(place)
    }

    package static func createDirectory(
        _ path: String, mode: UInt32 = 0o775, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) {
        do throws(Errno) {
            try SystemCall.createDirectory(path, mode: mode, at: directory)
        } catch {
            throw Failure(error, path, "make the directory")
        }
    }

    /// Makes `path` and every missing directory above it; one that exists is fine.
    package static func createDirectories(
        _ path: String, mode: UInt32 = 0o775, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) {
        if path.isEmpty { return }
        do throws(Errno) {
            try SystemCall.createDirectory(path, mode: mode, at: directory)
        } catch {
            if error == .exists || error == .isDirectory {
                if isDirectory(path, at: directory) { return }
                throw Failure(.system, path, "there is a file where a directory is needed", cause: error)
            }
            let parent = Path.parent(path)
            guard error == .noEntry, !parent.isEmpty, parent != path else {
                throw Failure(error, path, "make the directory")
            }
            try createDirectories(parent, mode: mode, at: directory)
            do throws(Errno) {
                try SystemCall.createDirectory(path, mode: mode, at: directory)
            } catch {
                if error != .exists { throw Failure(error, path, "make the directory") }
            }
        }
    }

    package static func link(
        from: String, at fromDirectory: DirectoryReference = .currentDirectory,
        to: String, at toDirectory: DirectoryReference = .currentDirectory
    ) throws(Failure) {
        do throws(Errno) {
            try SystemCall.link(from: from, at: fromDirectory, to: to, at: toDirectory)
        } catch {
            throw Failure(error, to, "link")
        }
    }

    package static func symbolicLink(
        target: String, path: String, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) {
        do throws(Errno) {
            try SystemCall.symbolicLink(target: target, path: path, at: directory)
        } catch {
            throw Failure(error, path, "make a symbolic link")
        }
    }

    package static func readLink(
        _ path: String, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> String {
        do throws(Errno) {
            return String(decoding: try SystemCall.readLink(path, at: directory), as: UTF8.self)
        } catch {
            throw Failure(error, path, "read the link")
        }
    }

    /// Renames, replacing what has the new name unless `noReplace`; a failure is about `shown`, else the new name.
    package static func rename(
        from: String, at fromDirectory: DirectoryReference = .currentDirectory,
        to: String, at toDirectory: DirectoryReference = .currentDirectory, noReplace: Bool = false,
        shownAs shown: String? = nil
    ) throws(Failure) {
        do throws(Errno) {
            if noReplace {
                try renameWithoutReplacing(from: from, at: fromDirectory, to: to, at: toDirectory)
            } else {
                try SystemCall.rename(from: from, at: fromDirectory, to: to, at: toDirectory)
            }
        } catch {
            throw Failure(error, shown ?? to, "rename to this from \(from)")
        }
    }

    /// Like the system call, and where the file system has no such call, the nearest thing: files by link and unlink,
    /// directories by a rename that an existing non-empty directory refuses.
    package static func renameWithoutReplacing(
        from: UnsafePointer<CChar>, at fromDirectory: DirectoryReference,
        to: UnsafePointer<CChar>, at toDirectory: DirectoryReference
    ) throws(Errno) {
        do throws(Errno) {
            try SystemCall.renameWithoutReplacing(from: from, at: fromDirectory, to: to, at: toDirectory)
        } catch {
            guard error == .invalid || error == .noSystemCall || error == .notSupported else { throw error }
            let status = try SystemCall.status(from, followLinks: false, at: fromDirectory)
            if status.kind == .directory {
                do throws(Errno) {
                    try SystemCall.rename(from: from, at: fromDirectory, to: to, at: toDirectory)
                } catch {
                    throw error == .notEmpty ? .exists : error
                }
            } else {
                try SystemCall.link(from: from, at: fromDirectory, to: to, at: toDirectory)
                try SystemCall.unlink(from, at: fromDirectory)
            }
        }
    }

    /// Swaps two names at one instant; false where the file system cannot.
    package static func exchange(
        _ one: String, at oneDirectory: DirectoryReference = .currentDirectory,
        _ other: String, at otherDirectory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> Bool {
        do throws(Errno) {
            try SystemCall.exchange(one, at: oneDirectory, other, at: otherDirectory)
            return true
        } catch {
            if error == .invalid || error == .noSystemCall || error == .notSupported { return false }
            throw Failure(error, one, "swap with \(other)")
        }
    }

    /// Removes a file or link; what is absent is fine.
    package static func unlink(_ path: String, at directory: DirectoryReference = .currentDirectory) throws(Failure) {
        do throws(Errno) {
            try SystemCall.unlink(path, at: directory)
        } catch {
            if error != .noEntry { throw Failure(error, path, "remove") }
        }
    }

    /// Removes an empty directory; answers whether it is gone (false when something is in it).
    @discardableResult
    package static func removeDirectory(
        _ path: String, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) -> Bool {
        do throws(Errno) {
            try SystemCall.removeDirectory(path, at: directory)
            return true
        } catch {
            if error == .noEntry { return true }
            if error == .notEmpty || error == .exists { return false }
            throw Failure(error, path, "remove the directory")
        }
    }

    package static func setMode(
        _ path: String, _ mode: UInt32, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) {
        do throws(Errno) {
            try SystemCall.setMode(path, mode, at: directory)
        } catch {
            throw Failure(error, path, "change the mode of")
        }
    }

    package static func setModified(
        _ path: String, _ time: FileTime, at directory: DirectoryReference = .currentDirectory
    ) throws(Failure) {
        do throws(Errno) {
            try SystemCall.setModified(path, time, at: directory)
        } catch {
            throw Failure(error, path, "set the time of")
        }
    }

    /// The current directory, or `/` when it is gone.
    package static func currentDirectory() -> String {
        guard let text = getcwd(nil, 0) else { return "/" }
        defer { free(text) }
        return String(cString: text)
    }

    /// The absolute path with every link resolved, when all of it exists.
    package static func realPath(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }

    /// Whether `path`, absolute, is the directory `other` or below it once every link is resolved; what is not there yet leads
    /// nowhere else.
    package static func isWithin(_ path: String, _ other: String) -> Bool {
        let (place, directory) = (realPlace(path), realPlace(other))
        return place == directory || place.utf8.starts(with: (directory == "/" ? "/" : directory + "/").utf8)
    }

    private static func realPlace(_ path: String) -> String {
        if path.isEmpty || path == "/" { return path }
        return realPath(path) ?? Path.join(realPlace(Path.parent(path)), Path.name(path))
    }
}
