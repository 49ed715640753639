// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Platform

/// Compiled files kept beside the package cache, so that a second environment links what the first has compiled
/// (Design §3, Cache).
///
/// One directory for each package and kind of python: whether it exists tells in one look whether anything is there.
/// A file's name is made from the hash of its source and its path in the prefix. The time that a compiled file holds is
/// that of the source in the cache, which hard links and copies keep; should it ever differ, python compiles anew.
package struct CompiledStore: Sendable {
    /// What it is called, beside krait's directory of packages.
    package static let folder = "krait-pyc-v1"

    /// Where the store is; made when there is something to keep.
    package let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    /// The directory of `package`'s files compiled by `python` in `mode`.
    func directory(of package: LinkPackage, python: PythonLayout, mode: CompilingMode) -> String {
        let threads = python.executable.hasSuffix("t") ? "t" : ""
        return "\(directory(of: package))/\(python.cacheTag)\(threads)-\(python.generation)-0-\(mode.rawValue)"
    }

    private func directory(of package: LinkPackage) -> String {
        let hash = package.record.sha256?.hex.prefix(16) ?? package.record.md5?.hex.prefix(16) ?? "unknown"
        return "\(directory)/\(package.record.distribution)-\(hash)"
    }

    /// Removes whatever was compiled of `package`; what cannot be removed is not worth a failure.
    func forget(_ package: LinkPackage) { try? FileSystem.removeTree(directory(of: package)) }

    /// Appends the name of the compiled file of the source with `digest`, whose directory in the prefix has the hash
    /// `place`, and a NUL: the same source may stand at several places of one package.
    static func appendName(digest: SHA256Digest, place: UInt64, stem: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        let hash = Self.hash(stem, place)
        digest.withBytes { digest in
            for byte in digest.prefix(20) { appendHex(byte, to: &bytes) }
        }
        bytes.append(UInt8(ascii: "-"))
        for shift in stride(from: 56, through: 0, by: -8) {
            appendHex(UInt8(truncatingIfNeeded: hash >> UInt64(shift)), to: &bytes)
        }
        bytes.append(contentsOf: ".pyc".utf8)
        bytes.append(0)
    }

    /// FNV-1a; the digest before it in the name is what tells files apart.
    static func hash(_ text: UnsafeRawBufferPointer, _ start: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
        var value = start
        for byte in text { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return value
    }

    private static func appendHex(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(hexDigit(byte >> 4))
        bytes.append(hexDigit(byte & 15))
    }

    private static func hexDigit(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
