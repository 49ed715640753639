// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform

/// Directories of this user alone, in which krait keeps environments that nobody gave a place.
enum UserDirectory {
    /// `krait/NAME` in the user's cache directory (`XDG_CACHE_HOME`, `~/.cache`).
    static func cache(_ name: String, _ environment: ProcessEnvironment) throws(Failure) -> String {
        try place(name, "XDG_CACHE_HOME", ".cache", environment)
    }

    /// `krait/NAME` in the user's data directory (`XDG_DATA_HOME`, `~/.local/share`).
    static func data(_ name: String, _ environment: ProcessEnvironment) throws(Failure) -> String {
        try place(name, "XDG_DATA_HOME", ".local/share", environment)
    }

    private static func place(
        _ name: String, _ variable: String, _ usual: String, _ environment: ProcessEnvironment
    ) throws(Failure) -> String {
        if let base = environment[variable], Path.isAbsolute(base) { return Path.join(base, "krait/\(name)") }
        guard let home = environment.ownHomeDirectory else {
            throw Failure(
                .usage, "krait \(name)", "has no place for its environments: there is no home directory of this user",
                hint: "set \(variable) to a directory")
        }
        return Path.join(home, "\(usual)/krait/\(name)")
    }

    /// Makes `path` where it is missing, for this user alone.
    ///
    /// - Throws: `Failure(.system)` when what is there belongs to somebody else, or others may write to it: programs are
    ///   started from it.
    static func make(_ path: String) throws(Failure) {
        try FileSystem.createDirectories(path, mode: 0o700)
        guard try isOwn(path) else {
            throw Failure(
                .system, path, "belongs to another user, or other users can write to it",
                hint: "programs would be started from it: remove it, or `chmod 700` it when it is yours")
        }
    }

    /// Opens `path`, a directory of the user in which other programs put files too; it is made where it is missing.
    static func open(_ path: String, mode: UInt32) throws(Failure) -> Descriptor {
        try FileSystem.createDirectories(path, mode: mode)
        return try Descriptor.openDirectory(path)
    }

    /// Whether `path` is a directory, no link, of this user, in which nobody else can make names.
    static func isOwn(_ path: String) throws(Failure) -> Bool {
        guard let status = try FileSystem.status(path, followLinks: false) else { return false }
        return status.kind == .directory && status.isOwn && !status.isWritableByOthers
    }
}
