// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Manifests
import Packages
import Platform
import Prefix

/// A package of an environment or lock, and what databases of vulnerabilities call what is in it.
package struct AuditedPackage: Sendable {
    /// The name of the conda package, or of the python package where pip brought it.
    package let name: String
    package let version: String
    /// `conda` or `pypi`.
    package let manager: String
    /// `name-version-build` of a conda package.
    package let distribution: String?
    let url: String
    var identities: [Identity] = []
    /// Why there is nothing to look up.
    var reason = ""
    /// What of it cannot be looked up, and why.
    var unread: [String] = []

    /// What a database calls it, and its version there.
    struct Identity: Sendable, Hashable {
        let key: AdvisoryKey
        let version: String

        static func python(_ name: String, _ version: String) -> Identity {
            Identity(key: AdvisoryKey(ecosystem: AdvisoryKey.python, name: name), version: version)
        }
    }

    fileprivate init(_ record: PackageRecord) {
        name = record.name
        version = record.version
        manager = "conda"
        distribution = record.distribution
        url = record.url
    }

    fileprivate init(pip name: String, _ version: String) {
        self.name = PythonPackageName.normalized(name)
        self.version = version
        manager = "pypi"
        distribution = nil
        url = ""
        if version.isEmpty { reason = "its version is not known" } else { identities = [.python(name, version)] }
    }
}

extension Context {
    /// The packages of the environment at `prefix`. A conda package is the python packages whose metadata it put into
    /// site-packages itself; its own name says nothing.
    func auditedPackages(prefix: String) throws(Failure) -> [AuditedPackage] {
        guard let state = try PrefixState.read(prefix, root: settings.rootPrefix) else {
            throw notAnEnvironment(prefix)
        }
        let pip = try PipPackage.survey(state)
        let python = try InstalledPython.read(state)
        let described = try python.map { (python) throws(Failure) in
            try state.pythonMetadata(directlyIn: python.folder)
        }
        var packages: [AuditedPackage] = []
        for (index, head) in try state.heads().enumerated() where pip.replacing[head.record.name] == nil {
            var package = AuditedPackage(head.record)
            package.reason = "it installs no python package"
            for name in (described?[index] ?? []).sorted() {
                if let metadata = python?.packages[name] {
                    package.identities.append(.python(metadata.name, metadata.version))
                } else {
                    package.unread.append("the metadata \(name) cannot be read")
                }
            }
            packages.append(package)
        }
        return packages + pip.packages.map { AuditedPackage(pip: $0.name, $0.version) }
    }

    /// The packages of a lock; of conda packages in the cache the unpacked files tell which python packages they are.
    func auditedPackages(lock request: ChangeRequest) throws(Failure) -> [AuditedPackage] {
        let locked = try locked(request)
        let records = locked.packages.map(\.record)
        var packages: [AuditedPackage] = []
        for (record, entry) in zip(records, packageCache.lookup(records)) {
            var package = AuditedPackage(record)
            package.reason = entry == nil ? "it is not in the package cache" : "it installs no python package"
            for file in entry.map(\.pythonMetadata) ?? [] {
                if let bytes = try? readFile(file, limit: 1 << 24),
                    let metadata = try? PythonMetadata(bytes: bytes, subject: file)
                {
                    package.identities.append(.python(metadata.name, metadata.version))
                } else {
                    package.unread.append("its metadata cannot be read")
                }
            }
            packages.append(package)
        }
        return packages + locked.requirements.map { AuditedPackage(pip: $0.name, $0.version) }
    }
}

extension CacheEntry {
    /// The files of metadata that it puts into site-packages itself, not those of copies within other packages.
    fileprivate var pythonMetadata: [String] {
        var files: [String] = []
        for entry in manifest.entries {
            let path = manifest.path(of: entry)
            let parts = path.split(separator: "/")
            guard let folder = parts.lastIndex(of: "site-packages"), parts.count > folder + 1 else { continue }
            let above = parts[..<folder]
            let isTop = above.isEmpty || above.count == 2 && above[0] == "lib" && above[1].hasPrefix("python")
            let inside = parts[(folder + 1)...].joined(separator: "/")
            guard isTop, PrefixState.pythonPackage(describedBy: String(parts[folder + 1])) != nil else { continue }
            let isMetadata =
                parts.count == folder + 3 && (parts[folder + 2] == "METADATA" || parts[folder + 2] == "PKG-INFO")
            if isMetadata || !inside.utf8.contains(UInt8(ascii: "/")) { files.append("\(directory)/\(path)") }
        }
        return files
    }
}
