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
}
