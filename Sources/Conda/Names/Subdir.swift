// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// A platform as channels name their folders: `noarch`, or system and processor as in `linux-64` (CEP 26).
///
/// An open type: any well-formed name is a subdir, the known ones have constants.
package struct Subdir: Sendable, Hashable {
    /// `linux-64`
    package let name: String

    private init(known name: String) { self.name = name }

    /// Reads a subdir's name, in any case.
    package init(_ text: String) throws(Failure) {
        let lowered = text.asciiLowered
        guard Self.isWellFormed(lowered) else {
            throw Failure(
                .parse, text, "not a platform", hint: "write it as system and processor, for example `linux-64`")
        }
        name = lowered
    }

    /// CEP 26: `noarch`, or two lower-case alphanumeric halves, 32 characters at most.
    static func isWellFormed(_ text: String) -> Bool {
        if text == "noarch" { return true }
        guard text.utf8.count <= 32 else { return false }
        let halves = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return halves.count == 2
            && halves.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isDigit || ($0.isLetter && $0 == $0.lowered) } }
    }
}

extension Subdir {
    package static let noarch = Subdir(known: "noarch")
    package static let linux64 = Subdir(known: "linux-64")
    package static let linuxAarch64 = Subdir(known: "linux-aarch64")
    package static let osx64 = Subdir(known: "osx-64")
    package static let osxArm64 = Subdir(known: "osx-arm64")
    package static let win64 = Subdir(known: "win-64")

    /// Every name that conda or rattler knows (Rules §2); in a channel's path only these are platforms.
    package static let known: Set<String> = [
        "noarch", "emscripten-wasm32", "emscripten-wasm64", "wasi-wasm32", "freebsd-32", "freebsd-64",
        "freebsd-arm64", "linux-32", "linux-64", "linux-aarch64", "linux-armv6l", "linux-armv7l", "linux-loongarch64",
        "linux-ppc", "linux-ppc64", "linux-ppc64le", "linux-riscv32", "linux-riscv64", "linux-s390x", "osx-64",
        "osx-arm64", "win-32", "win-64", "win-arm64", "zos-z", "ios-arm64", "iossimulator-64", "iossimulator-arm64",
        "android-64", "android-32", "android-aarch64", "android-armv7a",
    ]

    /// The part before the dash: `linux`; empty for `noarch`.
    package var system: String {
        name.utf8.firstIndex(of: UInt8(ascii: "-")).map { String(name[..<$0]) } ?? ""
    }

    /// The part after the dash: `64`; empty for `noarch`.
    package var processor: String {
        name.utf8.firstIndex(of: UInt8(ascii: "-")).map { String(name[name.index(after: $0)...]) } ?? ""
    }

    package var isLinux: Bool { system == "linux" }
    package var isOSX: Bool { system == "osx" }
    package var isWindows: Bool { system == "win" }
    package var isNoarch: Bool { name == "noarch" }
    /// Everything but Windows and `noarch`.
    package var isUnix: Bool { !isWindows && !isNoarch }

    /// The subdir of a machine that calls its kernel and processor by these names (`uname -s`, `uname -m`).
    package init(kernel: String, machine: String) throws(Failure) {
        let system: String
        switch kernel.asciiLowered {
        case "linux": system = "linux"
        case "darwin", "macos": system = "osx"
        case "freebsd": system = "freebsd"
        case "windows", "windows_nt": system = "win"
        default: throw Failure(.other, kernel, "no platform is known for this system", hint: "name one with --platform")
        }
        let processor: String
        switch machine.asciiLowered {
        case "x86_64", "amd64": processor = "64"
        case "i386", "i486", "i586", "i686", "x86": processor = "32"
        case "aarch64", "arm64": processor = system == "linux" ? "aarch64" : "arm64"
        case let other: processor = other
        }
        try self.init("\(system)-\(processor)")
    }
}

extension Subdir: CustomStringConvertible, Comparable {
    package var description: String { name }
    package static func < (left: Subdir, right: Subdir) -> Bool { left.name < right.name }
}
