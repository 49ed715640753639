// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// The file name of an archive, `name-version-build.ext`, taken apart from the right (CEP 26).
///
/// Made from what servers and users say, and used in paths: nothing that could leave a directory passes.
package struct DistributionFileName: Sendable, Hashable {
    /// The kind of archive.
    package enum Archive: String, Sendable {
        case conda = ".conda"
        case tarBzip2 = ".tar.bz2"
    }

    package let name: String
    package let version: String
    package let build: String
    package let archive: Archive

    /// Takes a file name apart.
    package init(_ fileName: String) throws(Failure) {
        guard let archive = [Archive.conda, .tarBzip2].first(where: { fileName.hasSuffix($0.rawValue) }) else {
            throw Failure(.parse, fileName, "not a package: it ends neither in .conda nor in .tar.bz2")
        }
        let stem = String(fileName.dropLast(archive.rawValue.count))
        guard let parts = Self.split(stem) else {
            throw Failure(.parse, fileName, "not a package's file name: it has to be name-version-build")
        }
        (name, version, build) = parts
        self.archive = archive
    }

    /// `name-version-build`
    package var distribution: String { "\(name)-\(version)-\(build)" }

    /// Splits `name-version-build` at the last two dashes; nil when a part is missing or cannot be in a path.
    package static func split(_ stem: String) -> (name: String, version: String, build: String)? {
        let bytes = Array(stem.utf8)
        guard let second = bytes.lastIndex(of: UInt8(ascii: "-")),
            let first = bytes[..<second].lastIndex(of: UInt8(ascii: "-"))
        else { return nil }
        let parts = (bytes[..<first].text, bytes[(first + 1)..<second].text, bytes[(second + 1)...].text)
        guard isSafe(parts.0), isSafe(parts.1), isSafe(parts.2) else { return nil }
        return parts
    }

    /// Whether a name, version or build can be a part of a path (Rules §1 "Path safety").
    package static func isSafe(_ part: String) -> Bool {
        guard !part.isEmpty, part != ".", part != "..", part.utf8.count <= 128 else { return false }
        return part.utf8.allSatisfy {
            $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: ":")
        }
    }
}

extension DistributionFileName: CustomStringConvertible {
    package var description: String { distribution + archive.rawValue }
}
