// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Locations

/// A spec that is an archive: a URL, a path or a file name that ends in `.conda` or `.tar.bz2` (Rules §9.1).
struct PackageLocation {
    private enum Kind { case url, absolutePath, relativePath, fileName }

    private let kind: Kind
    /// Without the fragment.
    private let location: String
    /// What stands behind `#`: a checksum.
    private let fragment: String?

    /// Takes `text` if it looks like an archive.
    init?(_ text: String) {
        guard Self.looksLikeOne(text) else { return nil }
        let halves = text.utf8.split(separator: UInt8(ascii: "#"), maxSplits: 1, omittingEmptySubsequences: false)
        location = String(decoding: halves[0], as: UTF8.self)
        fragment = halves.count > 1 ? String(decoding: halves[1], as: UTF8.self) : nil
        if location.hasURLScheme {
            kind = .url
        } else if location.hasPrefix("/") {
            kind = .absolutePath
        } else if location.utf8.contains(UInt8(ascii: "/")) {
            kind = .relativePath
        } else {
            kind = .fileName
            // `zlib.conda` may be a name; an archive has version and build too.
            guard (try? DistributionFileName(location)) != nil else { return nil }
        }
    }

    /// Whether `text` ends like an archive and is no `channel::name`.
    static func looksLikeOne(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let end = bytes.firstIndex(of: UInt8(ascii: "#")) ?? bytes.count
        guard bytes[..<end].withUnsafeBytes({ hasPackageExtension($0) }) else { return false }
        if text.hasURLScheme || bytes.first == UInt8(ascii: "/") { return !text.holds("::") }
        return !bytes.contains { $0.isSpace || VersionClause.isOperatorSign($0) || $0 == UInt8(ascii: ":") }
    }

    /// Whether the text ends in one of the two archive extensions.
    static func hasPackageExtension(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (bytes.count > 6 && bytes[(bytes.count - 6)...].elementsEqual(".conda".utf8))
            || (bytes.count > 8 && bytes[(bytes.count - 8)...].elementsEqual(".tar.bz2".utf8))
    }

    /// The spec that only this archive answers.
    func spec(_ parser: MatchSpecParser) throws(Failure) -> MatchSpec {
        let url = kind == .absolutePath ? "file://" + location.percentEncodedPath : location
        let components = url.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let last = components.last.map { String(decoding: $0, as: UTF8.self) } ?? url
        let fileName = kind == .url || kind == .absolutePath ? last.percentDecoded : last
        guard let file = try? DistributionFileName(fileName), PackageName.problem(in: file.name.asciiLowered) == nil,
            file.build.utf8.allSatisfy({ $0.isLetter || $0.isDigit || "._+".utf8.contains($0) }),
            !file.version.utf8.contains(UInt8(ascii: "*")), let version = try? VersionSpec("==\(file.version)"),
            version.exactVersion != nil
        else { throw parser.failure("`\(last)` is not a package's file name") }
        var spec = MatchSpec(name: .exact(file.name.asciiLowered), version: version, build: .exact(file.build))
        if kind == .url || kind == .absolutePath, components.count > 2 {
            let subdir = String(decoding: components[components.count - 2], as: UTF8.self).asciiLowered
            if Subdir.known.contains(subdir) {
                let base = url.utf8.prefix(url.utf8.count - last.utf8.count - 1)
                try parser.setChannel(String(decoding: base, as: UTF8.self), of: &spec)
            }
        }
        var details = spec.details
        if kind == .fileName {
            details.fileName = .exact(location)
        } else {
            details.url = PackageURL(kind == .url ? url.escapingURLText : url)
        }
        if let fragment, !fragment.isEmpty { try Self.setChecksum(fragment, of: &details, parser) }
        spec.details = details
        return spec
    }

    /// `#<md5>`, `#<sha256>`, `#sha256:<sha256>`
    private static func setChecksum(
        _ fragment: String, of details: inout MatchSpec.Details, _ parser: MatchSpecParser
    ) throws(Failure) {
        let digits = fragment.utf8.firstIndex(of: UInt8(ascii: ":")).map { fragment[fragment.index(after: $0)...] }
        let checksum = String(digits ?? fragment[...]).asciiLowered
        if checksum.isHexadecimal(count: 64) {
            details.sha256 = checksum
        } else if checksum.isHexadecimal(count: 32) {
            details.md5 = checksum
        } else {
            throw parser.failure("`\(fragment)` after `#` is not a checksum")
        }
    }
}
