// SPDX-License-Identifier: BSD-3-Clause

/// The files of `info/` that decide how a package is linked, kept in memory as they pass.
struct InformationFiles {
    enum Name: String, CaseIterable {
        case index = "info/index.json"
        case paths = "info/paths.json"
        case link = "info/link.json"
        case files = "info/files"
        case hasPrefix = "info/has_prefix"
        case noLink = "info/no_link"
        case noSoftLink = "info/no_softlink"
        case about = "info/about.json"

        /// From a path that ends in a NUL.
        init?(_ path: [UInt8]) {
            guard path.starts(with: "info/".utf8),
                let name = Self.allCases.first(where: { path.dropLast().elementsEqual($0.rawValue.utf8) })
            else { return nil }
            self = name
        }
    }

    private var contents: [Name: [UInt8]] = [:]
    private(set) var aboutModified: Int64 = 0

    subscript(_ name: Name) -> [UInt8]? { contents[name] }

    mutating func keep(_ name: Name, _ bytes: [UInt8], modified: Int64) {
        if name == .about {
            aboutModified = modified
        } else {
            contents[name] = bytes
        }
    }
}
