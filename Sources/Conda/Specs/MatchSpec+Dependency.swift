// SPDX-License-Identifier: BSD-3-Clause
package import Failures

extension MatchSpec {
    /// Reads a dependency as records write it.
    ///
    /// Nearly all are `name`, `name version` or `name version build` with single spaces and no `[`, `:` or quote:
    /// those are taken apart here without looking for anything else. All others go the long way.
    package init(dependency bytes: UnsafeRawBufferPointer) throws(Failure) {
        if let spec = Self.plain(bytes) {
            self = spec
        } else {
            try self.init(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func plain(_ bytes: UnsafeRawBufferPointer) -> MatchSpec? {
        var end = 0
        while end < bytes.count, PackageName.isAllowed(bytes[end]) { end += 1 }
        guard end > 0, bytes[0] != UInt8(ascii: "-"), bytes[0] != UInt8(ascii: ".") else { return nil }
        let name = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        guard !PackageLocation.hasPackageExtension(name), PackageName.isPlain(name) else { return nil }
        var spec = MatchSpec(name: .exact(String(decoding: name, as: UTF8.self)))
        if end == bytes.count { return spec }
        guard bytes[end] == UInt8(ascii: " ") else { return nil }
        let versionStart = end + 1
        guard let versionEnd = self.versionEnd(bytes, from: versionStart) else { return nil }
        var version = bytes[versionStart..<versionEnd]
        if version.starts(with: "==".utf8) {
            version = version.dropFirst(2)
            if let sign = version.first, VersionClause.isOperatorSign(sign) { return nil }
        }
        guard let read = try? VersionSpec(bytes: Array(version)[...]) else { return nil }
        if !read.isAny { spec.version = read }
        if versionEnd == bytes.count { return spec }
        let build = bytes[(versionEnd + 1)...]
        let isPlain = build.allSatisfy {
            $0.isDigit || $0.isLetter || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: ".")
        }
        guard isPlain, !build.isEmpty, let matcher = try? StringMatcher(String(decoding: build, as: UTF8.self)) else {
            return nil
        }
        spec.build = matcher
        return spec
    }

    /// The end of a version word without inner space or `=` before a build; nil when it is not as plain as that.
    private static func versionEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: " ") {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "="):
                // Behind a version an `=` sets the build apart.
                guard index == start || VersionClause.isOperatorSign(bytes[index - 1]) || isJoint(bytes[index - 1])
                else { return nil }
            case UInt8(ascii: "["), UInt8(ascii: ":"), UInt8(ascii: "#"), UInt8(ascii: "^"), UInt8(ascii: "$"),
                UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "'"), UInt8(ascii: "\""):
                return nil
            default:
                if byte.isSpace { return nil }
            }
            index += 1
        }
        guard index > start, !isJoint(bytes[start]), !isJoint(bytes[index - 1]),
            !VersionClause.isOperatorSign(bytes[index - 1])
        else { return nil }
        return index
    }

    private static func isJoint(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == UInt8(ascii: "|") }
}
