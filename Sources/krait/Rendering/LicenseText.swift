// SPDX-License-Identifier: BSD-3-Clause
import Codecs

/// `info --licenses`: under which terms krait and what is linked into it may be used.
enum LicenseText {
    /// Names, and SPDX expressions with whose work it is.
    private static let rows: [(name: String, terms: String)] = [
        ("krait", "BSD-3-Clause, krait contributors"),
        ("swift", "Apache-2.0 WITH Swift-exception, Apple Inc. and the Swift project authors"),
        ("libsolv", "BSD-3-Clause, SUSE LLC"),
        ("libarchive", "BSD-2-Clause, Tim Kientzle and contributors"),
        ("curl", "curl, Daniel Stenberg and contributors"),
        ("libopenssl", "Apache-2.0, The OpenSSL Project Authors"),
        ("libnghttp2", "MIT, nghttp2 contributors"),
        ("c_ares", "MIT, Daniel Stenberg and contributors"),
        ("zstd", "BSD-3-Clause, Meta Platforms, Inc. and affiliates"),
        ("bzip2", "bzip2-1.0.6, Julian Seward"),
        ("zlib", "Zlib, Jean-loup Gailly and Mark Adler"),
        ("libyaml", "MIT, Ingy döt Net and Kirill Simonov"),
        ("glibc", "LGPL-2.1-or-later, Free Software Foundation, Inc."),
    ]

    static var text: String {
        let width = 16
        let lines = rows.map { name, terms in
            String(repeating: " ", count: max(width - name.count, 0)) + "\(name) : \(terms)\n"
        }
        return "\n" + lines.joined() + "\n"
    }

    static var json: JSON { .object(rows.map { JSONMember($0.name, .string($0.terms)) }) }
}
