// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Packages
import Platform

/// The C library of an image without a base (`--libc`): its loader, its own family of libraries, and their licence, from an
/// image or from the package that compilers have it in.
struct LibraryFiles {
    /// What is at a path of where it is taken from.
    private enum Found {
        case bytes([UInt8])
        case link(String)
    }

    /// Paths from the root, and contents.
    private(set) var files: [(path: String, bytes: [UInt8])] = []
    /// `2.36`
    private(set) var version = ""

    /// The libraries that glibc is made of, as far as running programs asks for them.
    private static let stems: Set<String> = [
        "ld", "ld64", "libc", "libm", "libmvec", "libpthread", "libdl", "librt", "libutil", "libresolv", "libnss_files",
        "libnss_dns",
    ]
    private static let fileLimit = 64 << 20
    /// What all of them may weigh; glibc is 6 MB.
    private static let totalLimit = 128 << 20

    /// Where programs look for their loader: the ABI of each processor says so.
    private static func loader(_ architecture: String) -> String {
        switch architecture {
        case "arm64": "lib/ld-linux-aarch64.so.1"
        case "ppc64le": "lib64/ld64.so.2"
        case "s390x": "lib/ld64.so.1"
        default: "lib64/ld-linux-x86-64.so.2"
        }
    }

    /// Of an image.
    init(of image: BaseImage, architecture: String) throws(Failure) {
        var found: [String: Found] = [:]
        var licence: [UInt8]?
        var total: UInt64 = 0
        for layer in image.layers {
            try TarFile.read(try image.blobs.path(of: layer)) { (entry, read) throws(Failure) in
                let isLicence = entry.path == "usr/share/doc/libc6/copyright"
                guard isLicence || Self.isWanted(entry.path), entry.size <= Self.fileLimit else { return }
                if entry.kind == .softLink { found[entry.path] = .link(entry.target) }
                guard entry.kind == .file else { return }
                total += entry.size
                guard total <= Self.totalLimit else {
                    throw Failure(.integrity, image.name, "has a C library of more than \(Self.totalLimit >> 20) MiB")
                }
                var bytes: [UInt8] = []
                try read { (piece) throws(Failure) in bytes.append(contentsOf: piece) }
                if isLicence { licence = bytes } else { found[entry.path] = .bytes(bytes) }
            }
        }
        try settle(found, architecture, image.name)
        if let licence { files.append(("usr/share/licenses/glibc/copyright", licence)) }
    }

    /// Of the package `sysroot_linux-64` and its like, unpacked in `directory`.
    init(of directory: String, _ manifest: LinkManifest, architecture: String, name: String) throws(Failure) {
        var found: [String: Found] = [:]
        let mark = "/sysroot/"
        for entry in manifest.entries where entry.kind != .directory {
            let path = manifest.path(of: entry)
            guard let place = path.afterFirst(mark), Self.isWanted(place), entry.size <= Self.fileLimit else {
                continue
            }
            if entry.kind == .softLink {
                found[place] = .link(manifest.target(of: entry))
            } else {
                found[place] = .bytes(try readFile(Path.join(directory, path), limit: Self.fileLimit))
            }
        }
        try settle(found, architecture, name)
        let licenses = Path.join(directory, "info/licenses")
        guard FileSystem.isDirectory(licenses) else { return }
        for entry in try FileSystem.entries(licenses) where entry.kind == .regular {
            let bytes = try readFile(Path.join(licenses, entry.name), limit: 4 << 20)
            files.append(("usr/share/licenses/glibc/\(entry.name)", bytes))
        }
    }

    private static func isWanted(_ path: String) -> Bool {
        var parts = path.split(separator: "/")
        if parts.first == "usr" { parts.removeFirst() }
        guard let name = parts.popLast(), parts.first == "lib" || parts.first == "lib64", parts.count <= 2,
            parts.count == 1 || String(parts[1]).holds("linux-gnu")
        else { return false }
        // `libc.so.6`, or `libc-2.28.so`, which that is a link to.
        let stem = String(name.prefix { $0 != "." && $0 != "-" })
        return stems.contains(stem) && (String(name).holds(".so.") || name.hasSuffix(".so") && name.contains("-"))
    }

    /// Takes what programs ask for by its name, links followed.
    private mutating func settle(_ found: [String: Found], _ architecture: String, _ name: String) throws(Failure) {
        func bytes(_ path: String) -> [UInt8]? {
            var path = path
            for _ in 0..<8 {
                switch found[path] ?? found["usr/\(path)"] {
                case .bytes(let bytes): return bytes
                case .link(let target):
                    path =
                        target.hasPrefix("/")
                        ? String(target.dropFirst())
                        : String(Path.absolute(target, base: "/" + Path.parent(path)).dropFirst())
                case nil: return nil
                }
            }
            return nil
        }
        let loader = Self.loader(architecture)
        let loaderName = Path.name(loader)
        for path in found.keys.sorted() where path.holds(".so.") {
            guard let bytes = bytes(path) else { continue }
            if Path.name(path) == loaderName {
                if files.last?.path != loader { files.append((loader, bytes)) }
            } else {
                files.append((path, bytes))
            }
        }
        let library = files.first { Path.name($0.path) == "libc.so.6" }
        guard files.contains(where: { $0.path == loader }), let version = library.flatMap({ Self.version($0.bytes) })
        else {
            throw Failure(
                .unsatisfiable, name, "has no glibc for \(architecture)",
                hint: "name an image that has one, e.g. --libc gcr.io/distroless/base-debian12")
        }
        self.version = version
    }

    /// The version that glibc's own `libc.so.6` tells of itself.
    static func version(_ bytes: [UInt8]) -> String? {
        let mark = Array("stable release version ".utf8)
        return bytes.withUnsafeBytes { bytes in
            guard let place = bytes.firstOffset(of: mark) else { return nil }
            let digits = bytes[(place + mark.count)...].prefix { $0 == 0x2e || (0x30...0x39).contains($0) }
            let text = String(decoding: digits.prefix(16), as: UTF8.self)
            return text.hasSuffix(".") ? String(text.dropLast()) : text
        }
    }
}

extension String {
    /// What follows the first `mark`; nil when it is not there.
    fileprivate func afterFirst(_ mark: String) -> String? {
        let (text, mark) = (Array(utf8), Array(mark.utf8))
        guard let place = text.indices.first(where: { text[$0...].starts(with: mark) }) else { return nil }
        return String(decoding: text[(place + mark.count)...], as: UTF8.self)
    }
}
