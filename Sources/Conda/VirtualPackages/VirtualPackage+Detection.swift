// SPDX-License-Identifier: BSD-3-Clause

extension VirtualPackage {
    /// What is known of the machine that krait runs on; whoever asks the kernel fills it in.
    package struct Facts: Sendable, Equatable {
        /// The machine's own platform.
        package var subdir: Subdir
        /// `6.1.0-18-amd64`, as `uname -r` has it.
        package var kernelRelease = ""
        /// The version of the system's glibc; nil when it has none.
        package var glibcVersion: String?
        /// The version of macOS or Windows.
        package var systemVersion: String?
        /// 1…4 for x86-64-v1…v4; 0 for other machines.
        package var x86Level = 0
        /// A name of the archspec database, if one was found.
        package var microarchitecture: String?
        /// The newest CUDA that the driver can run; nil without a driver.
        package var cudaVersion: String?
        /// The lowest compute capability of the devices; nil without a device.
        package var cudaArchitecture: String?

        package init(subdir: Subdir) { self.subdir = subdir }
    }

    /// The virtual packages of `target`, sorted by name; `environment` holds `CONDA_OVERRIDE_…` variables.
    ///
    /// On another platform than the machine's own the defaults of CEP 30 stand in for what cannot be known.
    package static func detect(facts: Facts, environment: [String: String], target: Subdir) -> [VirtualPackage] {
        let detection = Detection(facts: facts, environment: environment, target: target)
        return detection.packages.sorted { $0.name < $1.name }
    }
}

/// The rules of CEP 30, one property a package.
private struct Detection {
    let facts: VirtualPackage.Facts
    let environment: [String: String]
    let target: Subdir

    var packages: [VirtualPackage] {
        var packages = [archspec]
        if target.isUnix { packages.append(VirtualPackage(name: "__unix", version: "0")) }
        let found: [(String, String?)] = [
            ("__linux", linux), ("__osx", osx), ("__win", windows), ("__glibc", glibc), ("__cuda", cuda),
            ("__cuda_arch", cudaArchitecture),
        ]
        for case (let name, let version?) in found { packages.append(VirtualPackage(name: name, version: version)) }
        return packages
    }

    private var isNative: Bool { target == facts.subdir }

    private var linux: String? {
        guard target.isLinux else { return nil }
        if let override = override("LINUX"), Self.isKernelVersion(override) { return override }
        // Kernels of other systems say nothing; 4.18 is the oldest that distributions still maintain.
        guard facts.subdir.isLinux else { return "4.18" }
        return Self.leadingNumbers(of: facts.kernelRelease, count: 4) ?? "0"
    }

    private var osx: String? {
        guard target.isOSX else { return nil }
        if let override = version("OSX") { return override }
        guard facts.subdir.isOSX, let version = facts.systemVersion else { return "0" }
        return Self.leadingNumbers(of: version, count: 2) ?? "0"
    }

    private var windows: String? {
        guard target.isWindows else { return nil }
        if let override = version("WIN") { return override }
        guard facts.subdir.isWindows, let version = facts.systemVersion else { return "0" }
        return Self.leadingNumbers(of: version, count: 3) ?? "0"
    }

    private var glibc: String? {
        guard target.isLinux else { return nil }
        // An empty override hides it (Rules §17).
        if let value = environment["CONDA_OVERRIDE_GLIBC"] {
            if value.isEmpty { return nil }
            if let override = version("GLIBC") { return override }
        }
        if isNative { return facts.glibcVersion.map { Self.leadingNumbers(of: $0, count: 2) ?? "2.17" } }
        // What conda-forge builds for at the least; a system without glibc says nothing about the target.
        return "2.28"
    }

    private var cuda: String? {
        if let value = environment["CONDA_OVERRIDE_CUDA"] {
            if value.isEmpty { return nil }
            if let override = version("CUDA") { return override }
        }
        return facts.cudaVersion.flatMap { Self.leadingNumbers(of: $0, count: 2) }
    }

    private var cudaArchitecture: String? {
        guard cuda != nil else { return nil }
        if let value = environment["CONDA_OVERRIDE_CUDA_ARCH"] {
            if value.isEmpty { return nil }
            if let override = Self.leadingNumbers(of: value, count: 2) { return override }
        }
        return facts.cudaArchitecture.flatMap { Self.leadingNumbers(of: $0, count: 2) }
    }

    private var archspec: VirtualPackage {
        if let override = override("ARCHSPEC"), Self.isBuild(override) {
            return VirtualPackage(name: "__archspec", version: "1", build: override)
        }
        if isNative, let name = facts.microarchitecture, Self.isBuild(name) {
            return VirtualPackage(name: "__archspec", version: "1", build: name)
        }
        let plain = Self.plainArchitecture(of: target)
        if isNative, plain == "x86_64", facts.x86Level > 0 {
            let build = facts.x86Level > 1 ? "x86_64_v\(facts.x86Level)" : plain
            return VirtualPackage(name: "__archspec", version: "1", build: build)
        }
        return VirtualPackage(name: "__archspec", version: isNative ? "1" : "0", build: plain)
    }

    /// CEP 30, appendix A.
    private static func plainArchitecture(of subdir: Subdir) -> String {
        switch subdir.processor {
        case "32": "x86"
        case "64": "x86_64"
        case "arm64", "aarch64": "aarch64"
        case "": "0"
        case let other: other
        }
    }

    /// A variable's text, unless it is empty.
    private func override(_ name: String) -> String? {
        let value = environment["CONDA_OVERRIDE_\(name)"]?.trimmingSpace
        return value?.isEmpty == false ? value : nil
    }

    /// A variable's text, if it is a version.
    private func version(_ name: String) -> String? {
        override(name).flatMap { (try? Version($0)) == nil ? nil : $0 }
    }

    private static func isBuild(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || "._+".utf8.contains($0) }
    }

    /// Two to four numbers with dots between and nothing else.
    private static func isKernelVersion(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (2...4).contains(parts.count) && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isDigit) }
    }

    /// The first numbers with dots between, without what a distribution put behind: `6.1.0` of `6.1.0-18-amd64`.
    private static func leadingNumbers(of text: String, count: Int) -> String? {
        var parts: [String] = []
        for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            let digits = part.prefix(while: \.isDigit)
            if digits.isEmpty || parts.count == count { break }
            parts.append(String(decoding: digits, as: UTF8.self))
            if digits.count < part.count { break }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ".")
    }
}
