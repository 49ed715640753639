// SPDX-License-Identifier: BSD-3-Clause

package import Conda
package import Failures

/// Where an environment's python keeps things (Rules §12.2, CEP 17).
package struct PythonLayout: Sendable, Equatable {
    package let major: Int
    package let minor: Int
    /// The versions that read each other's compiled files: `3.13`; a version itself before its release, `3.14.0rc2`.
    let generation: String
    /// Relative to the prefix, e.g. `lib/python3.13t/site-packages`.
    package let sitePackages: String
    private let isFreeThreaded: Bool

    /// The layout that a `python` record promises.
    package init(record: PackageRecord) throws(Failure) {
        try self.init(
            version: record.version, sitePackagesPath: record.pythonSitePackagesPath, build: record.build,
            subject: record.distribution)
    }

    /// The layout of a python `version`; free-threaded builds tell by their path or by `_cp313t` in their build.
    package init(version: String, sitePackagesPath: String?, build: String, subject: String) throws(Failure) {
        let parts = version.split(separator: ".").prefix(2).map { part in
            Int(part.prefix { ("0"..."9").contains($0) })
        }
        guard parts.count == 2, let major = parts[0], let minor = parts[1] else {
            throw Failure(.integrity, subject, "version `\(version)` does not begin like a python version")
        }
        self.major = major
        self.minor = minor
        let isReleased = version.utf8.allSatisfy { $0 == UInt8(ascii: ".") || ($0 >= 0x30 && $0 <= 0x39) }
        generation = isReleased ? "\(major).\(minor)" : version
        let threaded = "python\(major).\(minor)t"
        isFreeThreaded =
            sitePackagesPath?.split(separator: "/").contains { $0 == threaded }
            ?? build.hasSuffix("_cp\(major)\(minor)t")
        guard let path = sitePackagesPath else {
            sitePackages = "lib/python\(major).\(minor)\(isFreeThreaded ? "t" : "")/site-packages"
            return
        }
        var bytes = path.utf8[...]
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        let trimmed = String(decoding: bytes, as: UTF8.self)
        guard SafePath.isSafe(trimmed) else {
            throw Failure(.integrity, subject, "its python_site_packages_path `\(path)` leads out of the prefix")
        }
        sitePackages = trimmed
    }

    /// Relative to the prefix, e.g. `bin/python3.13t`.
    package var executable: String { "bin/python\(major).\(minor)\(isFreeThreaded ? "t" : "")" }

    /// `cpython-313`, the middle part of the names of compiled files, the same for free-threaded builds.
    package var cacheTag: String { "cpython-\(major)\(minor)" }
}
