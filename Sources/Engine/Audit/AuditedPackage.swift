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
    /// Where pip had it from, if that was no index.
    private(set) var place: String?
    var identities: [Identity] = []
    /// Why there is nothing to look up.
    var reason = ""
    /// What of it cannot be looked up, and why.
    var unread: [String] = []
    package static let notCached = "it is not in the package cache"
    package static let notPython = "it installs no python package"
    package static let foreign = "the database has no advisory of "

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

    fileprivate init(_ package: PipPackage) {
        self.init(pip: package.name, package.version)
        place = package.origin?.place
    }

    fileprivate init(pip name: String, _ version: String) {
        self.name = PythonPackageName.normalized(name)
        self.version = version
        manager = "pypi"
        distribution = nil
        url = ""
        if version.isEmpty { reason = "its version is not known" } else { identities = [.python(name, version)] }
    }

    /// A python package in it, which the file or directory `name` describes.
    fileprivate mutating func add(_ metadata: PythonMetadata?, _ name: String) {
        if let metadata {
            identities.append(.python(metadata.name, metadata.version))
        } else {
            unread.append("the metadata \(name) cannot be read")
        }
    }
}

private func readPythonMetadata(_ file: String) -> PythonMetadata? {
    (try? readFile(file, limit: 1 << 24)).flatMap { try? PythonMetadata(bytes: $0, subject: file) }
}

/// Whether a path in a package or prefix is the metadata of a python package that stands in site-packages itself, not of a
/// copy within another package.
private func isPythonMetadata(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard let folder = parts.lastIndex(of: "site-packages"), parts.count > folder + 1 else { return false }
    let above = parts[..<folder]
    let isTop = above.isEmpty || above.count == 2 && above[0] == "lib" && above[1].hasPrefix("python")
    guard isTop, PrefixState.pythonPackage(describedBy: String(parts[folder + 1])) != nil else { return false }
    return parts.count == folder + 2
        || parts.count == folder + 3 && (parts[folder + 2] == "METADATA" || parts[folder + 2] == "PKG-INFO")
}

extension Context {
    /// The packages of the environment at `prefix`. A conda package is the python packages whose metadata it put into
    /// site-packages itself; its own name says nothing.
    func auditedPackages(prefix: String) throws(Failure) -> [AuditedPackage] {
        // That nothing is known against the nothing of an empty root prefix would only calm.
        let state = try PrefixState.existing(prefix)
        let pip = try PipPackage.survey(state)
        let replaced = Set(pip.packages.map(\.normalizedName))
        let python = try InstalledPython.read(state)
        let described = try python.map { (python) throws(Failure) in
            try state.pythonMetadata(directlyIn: python.folder)
        }
        var packages: [AuditedPackage] = []
        for (index, head) in try state.heads().enumerated() {
            var package = AuditedPackage(head.record)
            package.reason = AuditedPackage.notPython
            if let names = described?[index] {
                // What pip put in the place of a part is looked up as pip's.
                let own = names.filter { name in
                    PrefixState.pythonPackage(describedBy: name).map { !replaced.contains($0) } ?? true
                }
                if own.isEmpty, pip.replacing[head.record.name] != nil { continue }
                for name in own.sorted() { package.add(python?.packages[name], name) }
            } else {
                let paths = try state.records[index].paths().map(\.path)
                for path in paths where isPythonMetadata(path) {
                    package.add(readPythonMetadata("\(prefix)/\(path)"), path)
                }
            }
            packages.append(package)
        }
        return packages + pip.packages.map { AuditedPackage($0) }
            + pip.unread.map { AuditedPackage(pip: $0, "") }
    }

    /// The packages of a lock; of conda packages in the cache the unpacked files tell which python packages they are.
    func auditedPackages(lock request: ChangeRequest) throws(Failure) -> [AuditedPackage] {
        let locked = try locked(request)
        let records = locked.packages.map(\.record)
        var packages: [AuditedPackage] = []
        for (record, entry) in zip(records, packageCache.lookup(records)) {
            var package = AuditedPackage(record)
            package.reason = entry == nil ? AuditedPackage.notCached : AuditedPackage.notPython
            for file in entry.map(\.pythonMetadata) ?? [] { package.add(readPythonMetadata(file), Path.name(file)) }
            packages.append(package)
        }
        return packages + locked.requirements.map { AuditedPackage(pip: $0.name, $0.version) }
    }
}

extension ChangePlan.Link {
    /// What it is by its files in the cache, else by what the `installed` package of its name is.
    func audited(_ installed: AuditedPackage?) -> AuditedPackage {
        var package = AuditedPackage(record)
        if let cached {
            for file in cached.pythonMetadata { package.add(readPythonMetadata(file), Path.name(file)) }
        } else if let installed {
            package.unread = installed.unread
            for identity in installed.identities {
                if identity.version == installed.version {
                    package.identities.append(.init(key: identity.key, version: record.version))
                } else {
                    package.unread.append("its version is not the one that advisories count by")
                }
            }
        } else {
            package.unread = [AuditedPackage.notCached]
        }
        return package
    }
}

extension CacheEntry {
    /// The files of metadata that it puts into site-packages itself.
    fileprivate var pythonMetadata: [String] {
        manifest.entries.map { manifest.path(of: $0) }.filter(isPythonMetadata).map { "\(directory)/\($0)" }
    }
}
