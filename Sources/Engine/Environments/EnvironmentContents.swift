// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Locations
import Manifests
import Platform
import Prefix

/// The packages that an environment has, or that a file promises.
package struct EnvironmentContents: Sendable {
    /// One package, as far as its source tells.
    package struct Package: Sendable, Equatable {
        package var name: String
        package var version: String?
        package var build: String?
        package var size: UInt64?
        /// `conda` or `pypi`.
        package var manager = "conda"
        var sha256: SHA256Digest?
        var md5: MD5Digest?
        /// The channel, as its archive's URL tells; nil for one without a URL.
        package var channel: String?
        /// What a file asks for.
        var spec: MatchSpec?
        /// Names of what it needs.
        var dependencies: [String] = []
        /// False for what pip installed because another package needs it.
        var isRequested = true
    }

    /// What was read: a path.
    package let source: String
    package private(set) var packages: [Package] = []
    /// False for files that cannot hold python packages of pip.
    package private(set) var knowsPip = true
    /// True for files that say what is wanted, and not what comes with it.
    private(set) var isRequest = false

    /// Reads an environment (path or name) or a file (lock, list of URLs, environment file).
    package init(_ word: String, request: ChangeRequest, context: Context) throws(Failure) {
        let path = context.absolute(word)
        let isPath = word.utf8.contains(UInt8(ascii: "/")) || word == "." || word == ".."
        if FileSystem.exists(path), !FileSystem.isDirectory(path) {
            source = path
            try read(file: path, word, request, context)
            return
        }
        let prefix = isPath ? path : try context.settings.directories.prefix(named: word)
        if let found = try Self.packages(of: prefix, root: context.settings.rootPrefix) {
            source = prefix
            packages = found
        } else if let found = try Self.packages(of: path, root: nil) {
            source = path
            packages = found
        } else {
            throw Failure(.usage, word, "is neither an environment nor a file")
        }
    }

    /// What the environment at `prefix` has; nil where there is none.
    private static func packages(of prefix: String, root: String?) throws(Failure) -> [Package]? {
        let read = try PrefixState.steadily(prefix) { () throws(Failure) in
            try PrefixState.read(prefix, root: root).map { (state) throws(Failure) in
                (try state.heads(), try PipPackage.survey(state))
            }
        }
        guard let (heads, pip) = read else { return nil }
        let packages = heads.filter { pip.replacing[$0.record.name] == nil }.map { Package(conda: $0.record) }
        return packages
            + pip.packages.map { package in
                var found = Package(name: package.normalizedName, version: package.version, manager: "pypi")
                found.isRequested = package.isRequested
                return found
            }
    }

    private mutating func read(
        file path: String, _ word: String, _ request: ChangeRequest, _ context: Context
    ) throws(Failure) {
        let platform = try context.targetPlatform()
        switch try InputFile(bytes: try readFile(path, limit: Inputs.limit), subject: word, platform: platform) {
        case .environment(let file):
            isRequest = true
            packages = file.specs.compactMap(Package.init) + file.pip.compactMap { Package(pip: $0.text) }
        case .specs(let file):
            packages = file.specs.compactMap(Package.init)
            knowsPip = false
            isRequest = true
        case .explicit(let file):
            knowsPip = false
            for entry in file.entries {
                var record = try PackageRecord(archiveAt: entry.location, subject: "\(word):\(entry.line)")
                record.sha256 = entry.sha256
                record.md5 = entry.md5
                packages.append(Package(conda: record))
            }
        case .condaLock(let lock):
            let categories = request.categories.isEmpty ? ["main"] : request.categories
            take(try lock.environment(platform: platform.name, categories: categories, subject: word))
        case .pixiLock(let lock):
            take(try lock.environment(request.lockEnvironment ?? "default", platform: platform.name, subject: word))
        }
    }

    private mutating func take(_ environment: LockedEnvironment) {
        packages = environment.packages.map { Package(conda: $0.record) }
        packages += environment.requirements.map { requirement in
            Package(
                name: PythonPackageName.normalized(requirement.name),
                version: requirement.version.isEmpty ? nil : requirement.version, manager: "pypi")
        }
    }
}

extension EnvironmentContents {
    /// The packages without those that are there only because something that `request` names needs them.
    func packages(besides request: EnvironmentContents) -> [Package] {
        let table = Dictionary(packages.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var needed: Set<String> = []
        var open = request.packages.map(\.name)
        while let name = open.popLast() {
            for dependency in table[name]?.dependencies ?? [] where needed.insert(dependency).inserted {
                open.append(dependency)
            }
        }
        let named = Set(request.packages.map(\.name))
        return packages.filter { named.contains($0.name) || ($0.isRequested && !needed.contains($0.name)) }
    }
}

extension EnvironmentContents.Package {
    fileprivate init(conda record: PackageRecord) {
        self.init(name: record.name, version: record.version, build: record.build, size: record.size)
        sha256 = record.sha256
        md5 = record.md5
        if record.url.hasURLScheme { channel = record.channelName }
        dependencies = record.allDepends.map(neededName)
        // conda and krait let python bring pip.
        if name == "python" { dependencies.append("pip") }
    }

    /// A spec counts as far as it pins.
    fileprivate init?(_ spec: MatchSpec) {
        guard let name = spec.exactName else { return nil }
        self.init(name: name)
        self.spec = spec
        version = spec.version?.exactVersion?.text ?? spec.version?.prefix?.text ?? spec.version?.text
        build = spec.build?.exactText
    }

    fileprivate init?(pip text: String) {
        let line = PipRequirementLine(text)
        guard let name = line.name else { return nil }
        self.init(name: name, manager: "pypi")
        let specifiers = line.requirement?.specifiers.description ?? ""
        if specifiers.hasPrefix("==") { version = String(specifiers.dropFirst(2)) }
    }
}
