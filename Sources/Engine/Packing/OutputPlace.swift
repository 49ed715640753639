// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Prefix

/// Where something is written before it has its name: beside the output, so that a rename is all that is left to do.
struct OutputPlace {
    /// Absolute.
    let output: String
    private let staging: StagingDirectory

    /// Makes the place; it is removed with this value, with everything that has not been moved to its name. What killed
    /// processes left beside it is removed at once.
    init(for output: String, key: ChangeKey) throws(Failure) {
        self.output = output
        StagingDirectory.removeLeft(in: Path.parent(output), key: key)
        staging = try StagingDirectory(in: Path.parent(output), key: key)
    }

    /// Its own path.
    var path: String { staging.path }

    var root: DirectoryReference { staging.root }

    /// A new file in it.
    func create(_ name: String, mode: UInt32 = 0o644) throws(Failure) -> Descriptor {
        do throws(Errno) {
            return try SystemCall.open(name, [.writeOnly, .create, .exclusive, .noFollow], mode: mode, at: root)
        } catch {
            throw Failure(error, output, "write")
        }
    }

    /// Writes a small file in it.
    func write(_ name: String, _ bytes: [UInt8]) throws(Failure) {
        var tree = Beneath(root)
        try tree.writeNewFile(name, bytes, mode: 0o644)
    }

    /// Makes a directory in it, and those above.
    func makeDirectory(_ name: String) throws(Failure) {
        var tree = Beneath(root)
        do throws(Errno) {
            try tree.createDirectories(name, mode: 0o755)
        } catch {
            throw Failure(error, output, "write")
        }
    }

    /// Renames in it.
    func rename(from: String, to: String) throws(Failure) {
        var tree = Beneath(root)
        do throws(Errno) {
            try tree.rename(from: from, to: to)
        } catch {
            throw Failure(error, output, "write")
        }
    }

    /// Makes sure that nothing but a file makes way for a file at `output`: no device, pipe or link, which stand for others.
    static func requireFile(_ output: String) throws(Failure) {
        guard let kind = try FileSystem.status(output, followLinks: false)?.kind, kind != .regular else { return }
        let what = kind == .directory ? "a directory" : kind == .symbolicLink ? "a link" : "a pipe, socket or device"
        throw Failure(.usage, output, "is \(what)", hint: "name a file with -o")
    }

    /// Puts the file `name` where the output is to be; another file there makes way.
    func publish(file name: String) throws(Failure) {
        try Self.requireFile(output)
        do throws(Errno) {
            try SystemCall.rename(from: name, at: root, to: output, at: .currentDirectory)
        } catch {
            throw Failure(error, output, "put in its place")
        }
    }

    /// Puts the directory itself where the output is to be, where nothing is.
    func publish() throws(Failure) { try staging.move(to: Path.name(output), mode: 0o755) }
}
