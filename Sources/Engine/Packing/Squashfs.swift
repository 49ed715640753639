// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Images
import Platform

/// A file system in a file, made by a program of this machine out of a tar: one file for places that count files.
struct Squashfs {
    private let context: Context

    init(_ context: Context) { self.context = context }

    /// What the tar is called that the program reads.
    static let source = "source"

    /// The program that makes it, with its first words.
    ///
    /// - Throws: `Failure(.usage)` when there is none.
    func program() throws(Failure) -> [String] {
        let variables = context.environment.variables
        if let path = try? findProgram("tar2sqfs", environment: variables) { return [path, "-q", "-f", "-c", "zstd"] }
        if let path = try? findProgram("sqfstar", environment: variables) {
            return [path, "-comp", "zstd", "-quiet", "-no-progress", "-mkfs-time", "0"]
        }
        throw Failure(
            .usage, "--format squashfs", "needs `tar2sqfs` or `sqfstar`, and neither is in PATH",
            hint: "install squashfs-tools-ng or squashfs-tools, or pack a .tar.zst")
    }

    /// Makes the file `name` of the tar that `fill` writes into `file`; answers what `fill` does.
    func write(
        _ name: String, in place: OutputPlace, from file: consuming Descriptor,
        fill: (TarWriter) throws(Failure) -> UInt64
    ) throws(Failure) -> UInt64 {
        let words = try program() + [Path.join(place.path, name)]
        let tar = TarWriter(try LayerStream(.none, to: file, subject: place.output, workers: 1))
        let bytes = try fill(tar)
        _ = try tar.finish()
        let source = try Descriptor.openRegular(Self.source, at: place.root)
        let done = try runProgram(
            words, environment: context.environment.variables, input: source.rawValue, errors: .withOutput,
            cancellation: context.cancellation)
        guard done.status.isSuccess else {
            let said = String(decoding: done.output.prefix(300), as: UTF8.self).split(separator: "\n").first ?? ""
            throw Failure(
                .other, place.output, "\(Path.name(words[0])) ended with \(done.status.code): \(said)",
                hint: "pack a .tar.zst in its place")
        }
        return bytes
    }
}
