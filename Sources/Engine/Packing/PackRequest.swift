// SPDX-License-Identifier: BSD-3-Clause
package import Failures
package import Images

/// What an environment is packed into, and for what.
package struct PackRequest: Sendable {
    /// The skins that a packed environment can have.
    package enum Format: String, Sendable, CaseIterable {
        case oci
        case ociArchive = "oci-archive"
        case dockerArchive = "docker-archive"
        case tar
        case tarGzip = "tar.gz"
        case tarZstd = "tar.zst"
        case zip
        /// Made by `tar2sqfs` or `sqfstar`, one of which has to be in `PATH`.
        case squashfs
        /// krait with an archive behind it, which unpacks itself and runs.
        case exe

        /// Whether it can hold images for several platforms.
        package var holdsSeveral: Bool { self == .oci || self == .ociArchive }

        /// Whether it is an image; the others hold the environment alone.
        package var isImage: Bool { self == .oci || self == .ociArchive || self == .dockerArchive }

        /// The format that the name of a file tells, if any.
        package init?(fileName: String) {
            if fileName.hasSuffix(".tgz") {
                self = .tarGzip
                return
            }
            let endings: [Format] = [.tarGzip, .tarZstd, .zip, .squashfs, .tar]
            guard let found = endings.first(where: { fileName.hasSuffix("." + $0.rawValue) }) else { return nil }
            self = found
        }
    }

    /// A file or directory of this machine that goes into the image.
    package struct Addition: Sendable {
        /// Absolute.
        package var source: String
        /// Absolute, in the image.
        package var destination: String

        /// What `--add SRC:DST` says.
        package init(_ text: String) throws(Failure) {
            guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else {
                throw Failure(.usage, "--add \(text)", "is not SRC:DST", hint: "write for example --add ./app:/app")
            }
            source = String(text[..<colon])
            destination = String(text[text.index(after: colon)...])
            guard destination.hasPrefix("/"), !destination.split(separator: "/").contains("..") else {
                throw Failure(
                    .usage, "--add \(text)", "`\(destination)` is not a path from the root",
                    hint: "write for example --add ./app:/app")
            }
        }
    }

    /// Absolute: where the environment will be when it runs.
    package var prefix: String
    /// Absolute: what is written.
    package var output: String
    package var format: Format
    /// How many layers an image gets at most, the one of what no package owns among them.
    package var layers = 10
    /// How all its layers are compressed.
    package var compression = LayerCompression.gzip
    /// Whether the user said so; else a base decides.
    package var choosesCompression = false
    /// The image below: a layout, an archive, or one of a registry.
    package var base: String?
    /// Where a C library is taken from: `auto`, a spec of the package that compilers have it in, or an image.
    package var libc: String?
    /// Whether the user said that nothing is to be below.
    package var isBare = false
    /// The krait that an executable is made of; nil is this one. Absolute.
    package var executable: String?
    package var additions: [Addition] = []
    package var entrypoint: [String] = []
    /// What follows the entrypoint.
    package var command: [String] = []
    /// Where it is to run.
    package var shape: PackShape?
    /// Directories of the image, and whether everybody may write there.
    var directories: [(path: String, isShared: Bool)] = []
    /// `8888/tcp`, which the image listens on.
    var ports: [String] = []
    package var user: String?
    package var workingDirectory: String?
    /// `NAME=VALUE`
    package var variables: [String] = []
    /// `NAME=VALUE`
    package var labels: [String] = []
    /// The image's tag.
    package var tag = "latest"

    /// Settles what `--for` decides where nobody has said otherwise.
    package mutating func applyShape() { shape?.apply(to: &self) }

    package init(prefix: String, output: String, format: Format) {
        self.prefix = prefix
        self.output = output
        self.format = format
    }
}

/// What was packed.
package struct PackReport: Sendable {
    /// A layer of an image.
    package struct Layer: Sendable {
        package var digest: String
        package var size: UInt64
        /// The packages in it, by name; none in that of what no package owns, in those of a base and in that of a C library.
        package var packages: [String]
    }

    package var output: String
    /// The image's own digest, or that of the archive behind an executable; nil for archives of the environment alone.
    package var digest: String?
    /// Of an image for several platforms: each one's own.
    package var images: [(platform: String, digest: String)] = []
    package var layers: [Layer] = []
    /// What it was packed for: where nobody has said so, what this machine is.
    package var platforms: [String] = []
    package var packageCount = 0
    /// Layers that were made before and are where they shall be.
    package var reusedLayers = 0
    /// Bytes of the output.
    package var size: UInt64 = 0
    /// About how many bytes it unpacks to; of a base only what it weighs compressed.
    package var unpackedSize: UInt64 = 0
    /// What was left out on the user's wish, by rule or glob.
    package var leftOut: [LeftOutFiles.Saving] = []
    /// The version of glibc that the image has, where that is known.
    package var glibc: String?
    package var warnings: [String] = []

    init(output: String) { self.output = output }
}
