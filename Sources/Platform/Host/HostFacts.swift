// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Glibc

/// What virtual packages are made from: facts of the machine and the system under us, not of this static binary.
package struct HostFacts: Sendable, Equatable {
    /// `Linux`
    package var kernelName = ""
    /// `6.1.0-18-amd64`
    package var kernelRelease = ""
    /// `x86_64`, `aarch64`, …
    package var machine = ""
    /// `2.36`, or nil when the system has no glibc.
    package var glibcVersion: String?
    /// 1…4 for x86-64-v1…v4, 0 on other machines.
    package var x86Level = 0
    /// `GenuineIntel`, `AuthenticAMD`, …; empty on other machines.
    package var processorVendor = ""
    package var processorFamily = 0
    package var processorModel = 0
    /// The text of /proc/driver/nvidia/version, when the driver is loaded.
    package var nvidiaDriver: String?

    package init() {}

    /// Of this machine.
    package static func current() -> HostFacts {
        var facts = HostFacts()
        var names = utsname()
        if uname(&names) == 0 {
            facts.kernelName = text(&names.sysname)
            facts.kernelRelease = text(&names.release)
            facts.machine = text(&names.machine)
        }
        facts.glibcVersion = hostGlibcVersion(machine: facts.machine)
        facts.x86Level = Int(krait_x86_64_level())
        var vendor = [CChar](repeating: 0, count: 13)
        var family: UInt32 = 0
        var model: UInt32 = 0
        if krait_x86_identity(&vendor, &family, &model) != 0 {
            facts.processorVendor = String(decoding: vendor.prefix(12).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            facts.processorFamily = Int(family)
            facts.processorModel = Int(model)
        }
        if let bytes = try? readFileIfPresent("/proc/driver/nvidia/version", limit: 1 << 16) {
            facts.nvidiaDriver = String(decoding: bytes, as: UTF8.self)
        }
        return facts
    }

    /// The NUL-terminated text in a fixed array of C.
    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Read from the host's C library: `gnu_get_libc_version` in a static binary would name the one linked in.
    private static func hostGlibcVersion(machine: String) -> String? {
        let triple = machine == "armv7l" ? "arm-linux-gnueabihf" : "\(machine)-linux-gnu"
        let places = [
            "/lib/\(triple)/libc.so.6", "/usr/lib/\(triple)/libc.so.6", "/lib64/libc.so.6", "/usr/lib64/libc.so.6",
            "/lib/libc.so.6", "/usr/lib/libc.so.6", "/run/current-system/sw/lib/libc.so.6",
        ]
        for place in places {
            // Old systems name the file after the version: libc-2.17.so.
            if let target = try? SystemCall.readLink(place), let version = versionInName(target) { return version }
            if let version = (try? MappedFile(place))?.withBytes(versionInBanner) ?? nil { return version }
        }
        return nil
    }

    private static func versionInName(_ target: [UInt8]) -> String? {
        let name = Path.name(String(decoding: target, as: UTF8.self))
        guard name.hasPrefix("libc-"), name.hasSuffix(".so") else { return nil }
        let version = name.dropFirst(5).dropLast(3)
        return version.utf8.allSatisfy { $0 == 46 || (48...57).contains($0) } ? String(version) : nil
    }

    /// From the text every glibc carries: `GNU C Library (…) stable release version 2.36.`
    private static func versionInBanner(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let base = bytes.baseAddress else { return nil }
        let banner = Array("GNU C Library ".utf8)
        let words = Array("release version ".utf8)
        var start = base
        let end = base + bytes.count
        while let found = krait_find_bytes(start, end - start, banner, banner.count) {
            let line = min(200, end - found)
            if let version = krait_find_bytes(found, line, words, words.count) {
                var text = version + words.count
                var bytes: [UInt8] = []
                while text < end, bytes.count < 12 {
                    let byte = text.load(as: UInt8.self)
                    guard byte == 46 || (48...57).contains(byte) else { break }
                    bytes.append(byte)
                    text += 1
                }
                while bytes.last == 46 { bytes.removeLast() }
                if !bytes.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            }
            start = found + banner.count
        }
        return nil
    }
}
