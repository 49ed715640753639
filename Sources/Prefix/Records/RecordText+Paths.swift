// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda

extension RecordText {
    /// Appends one element of `paths_data.paths`, without what stands around it.
    mutating func element(_ path: PrefixPath) {
        raw("      {\"_path\": ")
        string(path.path)
        raw(", \"path_type\": \"")
        raw(path.kind.rawValue)
        raw("\"")
        if let original = path.originalPath {
            raw(", \"original_path\": ")
            string(original)
        }
        if path.noLink { raw(", \"no_link\": true") }
        if let mode = path.fileMode {
            raw(", \"file_mode\": ")
            string(mode)
        }
        if let placeholder = path.placeholder {
            raw(", \"prefix_placeholder\": ")
            string(placeholder)
        }
        if let digest = path.digest {
            raw(", \"sha256\": \"")
            hexadecimal(digest)
            raw("\"")
        }
        if let digest = path.digestInPrefix {
            raw(", \"sha256_in_prefix\": \"")
            hexadecimal(digest)
            raw("\"")
        }
        if let size = path.size {
            raw(", \"size_in_bytes\": ")
            number(size)
        }
        raw("}")
    }

    /// Appends the element of a plain file, whose digest in the prefix is that in the package: nearly all are.
    mutating func plainElement(_ path: UnsafeRawBufferPointer, digest: SHA256Digest, size: UInt64) {
        let digits = 2 * SHA256Digest.byteCount
        withUnsafeTemporaryAllocation(byteCount: digits, alignment: 8) { hash in
            digest.withBytes { encodeHex($0, into: hash) }
            let hash = UnsafeRawBufferPointer(hash)
            raw("      {\"_path\": ")
            string(path)
            raw(", \"path_type\": \"hardlink\", \"sha256\": \"")
            bytes.append(contentsOf: hash)
            raw("\", \"sha256_in_prefix\": \"")
            bytes.append(contentsOf: hash)
            raw("\", \"size_in_bytes\": ")
            number(size)
            raw("}")
        }
    }
}
