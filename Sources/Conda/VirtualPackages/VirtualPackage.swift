// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// A fact about the machine as a package that others depend on: `__glibc 2.36 0` (CEP 30, CEP 46, Rules §17).
package struct VirtualPackage: Sendable, Hashable {
    /// `__glibc`
    package var name: String
    package var version: String
    package var build: String

    package init(name: String, version: String, build: String = "0") {
        self.name = name
        self.version = version
        self.build = build
    }
}

extension VirtualPackage: CustomStringConvertible {
    /// `__glibc=2.36=0`, as `info` shows it.
    package var description: String { "\(name)=\(version)=\(build)" }
}

extension VirtualPackage {
    /// What the user says of one virtual package: `__cuda=12.8`, `__archspec=1=x86_64_v3`; `__cuda=` hides it.
    package struct Override: Sendable, Hashable {
        package let name: String
        /// nil when the package is to be absent.
        package let version: String?
        package let build: String

        /// Reads the argument of `--virtual-package`.
        package init(_ text: String) throws(Failure) {
            let parts = text.utf8.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self).trimmingSpace }
            let hint = "write it as `__cuda=12.8`, or `__cuda=` to hide it"
            guard (1...3).contains(parts.count), parts[0].hasPrefix("__"),
                PackageName.problem(in: parts[0].asciiLowered) == nil
            else { throw Failure(.usage, text, "not a virtual package", hint: hint) }
            name = parts[0].asciiLowered
            build = parts.count > 2 && !parts[2].isEmpty ? parts[2] : "0"
            if parts.count == 2, parts[1].isEmpty {
                version = nil
            } else {
                // A name alone says that the thing is there.
                let wanted = parts.count > 1 ? parts[1] : "0"
                guard (try? Version(wanted)) != nil else {
                    throw Failure(.usage, text, "`\(wanted)` is not a version", hint: hint)
                }
                version = wanted
            }
        }
    }

    /// The list with what the user said put in place of what was found.
    package static func applying(_ overrides: [Override], to packages: [VirtualPackage]) -> [VirtualPackage] {
        var result = packages
        for override in overrides {
            let place = result.firstIndex { $0.name == override.name }
            switch (override.version, place) {
            case (let version?, let place?):
                result[place] = VirtualPackage(name: override.name, version: version, build: override.build)
            case (let version?, nil):
                result.append(VirtualPackage(name: override.name, version: version, build: override.build))
            case (nil, let place?): result.remove(at: place)
            case (nil, nil): break
            }
        }
        return result.sorted { $0.name < $1.name }
    }
}
