// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Configuration
package import Failures
import Locations
import Platform
import Prefix
import Transport

/// What `krait info` tells: this tool, this machine, where things are.
package struct Information: Sendable {
    package var version = ToolVersion.text
    /// The commit it is made of; nil but in a release.
    package var commit = ToolVersion.commit
    /// What is linked in.
    package var libraries = LinkedLibrary.all
    package var platform: String
    package var rootPrefix: String?
    package var activePrefix: String?
    package var environmentDirectories: [String]
    package var packageDirectories: [String]
    package var channels: [String]
    package var configurationFiles: [String]
    package var virtualPackages: [VirtualPackage]
    package var home: String?
    /// All environments of this user.
    package var environments: [EnvironmentList.Environment]
    /// The environment that the command is about; nil when there is none.
    package var target: Target?
    /// `CONDA_SHLVL`
    package var shellLevel: Int?
    package var isRootWritable: Bool
    package var isOffline: Bool
    /// The version of the python in `base`.
    package var basePython: String?
    /// The path of this executable.
    package var executable: String
    package var temporaryDirectory: String
    package var user: UInt32
    package var group: UInt32
    /// The variables that the peers tell of, and conda's own; secrets in URLs are taken out.
    package var variables: [(name: String, value: String?)]
    /// The roots that are used where the machine has none.
    package var embeddedRoots: Roots

    /// An environment, and whether it is one.
    package struct Target: Sendable {
        package enum State: Sendable { case active, standing, notEnvironment, absent }

        package var prefix: String
        /// Nil for one that is known by its path only.
        package var name: String?
        package var state: State

        init(_ prefix: String, _ context: Context) throws(Failure) {
            self.prefix = prefix
            let name = context.settings.directories.name(of: prefix)
            self.name = name == prefix ? nil : name
            if context.environment["CONDA_PREFIX"] == prefix {
                state = .active
            } else if try PrefixState.read(prefix, root: context.settings.rootPrefix) != nil {
                state = .standing
            } else {
                state = FileSystem.exists(prefix) ? .notEnvironment : .absent
            }
        }
    }

    /// Certificates inside the executable.
    package struct Roots: Sendable {
        package var count: Int
        /// The Debian package they come from.
        package var source: String
        /// `YYYY-MM-DD`
        package var date: String
        package var sha256: String
    }

    /// - Throws: `Failure` for channels or settings that are not understood.
    package init(_ context: Context, target prefix: String? = nil) throws(Failure) {
        let target = try context.targetPlatform()
        platform = target.name
        rootPrefix = context.settings.rootPrefix
        activePrefix = context.environment["CONDA_PREFIX"]
        environmentDirectories = context.settings.environmentDirectories
        packageDirectories = context.settings.packageDirectories
        channels = try ChannelSelection(commandLine: [], overrides: false, context: context).channels.flatMap {
            channel in [target, .noarch].map { channel.url(of: $0).maskingSecrets }
        }
        configurationFiles = context.settings.files
        virtualPackages = try context.virtualPackages(target)
        home = context.environment.homeDirectory
        environments = try EnvironmentList(context).environments
        self.target = try prefix.map { (prefix) throws(Failure) in try Target(prefix, context) }
        shellLevel = context.environment["CONDA_SHLVL"].flatMap { Int($0) }
        isRootWritable = rootPrefix.map { FileSystem.isWritableDirectory($0) } ?? false
        isOffline = context.settings[.offline]
        basePython = try rootPrefix.flatMap { (root) throws(Failure) in
            try PrefixState.read(root)?["python"]?.version
        }
        executable = ThisProcess.executable(context.environment) ?? "krait"
        temporaryDirectory = context.environment["TMPDIR"] ?? "/tmp"
        user = effectiveUserID()
        group = effectiveGroupID()
        variables = Self.variables(context.environment)
        let roots = EmbeddedRoots.current
        embeddedRoots = Roots(count: roots.count, source: roots.source, date: roots.date, sha256: roots.sha256)
    }

    private static func variables(_ environment: ProcessEnvironment) -> [(name: String, value: String?)] {
        let always = [
            "CIO_TEST", "CONDA_ROOT", "CURL_CA_BUNDLE", "LD_PRELOAD", "PATH", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
        ]
        let own = environment.variables.keys.filter { $0.hasPrefix("CONDA_") || $0.hasPrefix("MAMBA_") }
        return Set(always + own).sorted().map { name in
            let value = environment.variables[name]?.maskingSecrets
            return (name, value != nil && SecretNames.isSecret(name: name) ? "<hidden>" : value)
        }
    }
}
