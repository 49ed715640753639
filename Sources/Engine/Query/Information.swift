// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Configuration
package import Failures
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
    /// The roots that are used where the machine has none.
    package var embeddedRoots: Roots

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
    package init(_ context: Context) throws(Failure) {
        let target = try context.targetPlatform()
        platform = target.name
        rootPrefix = context.settings.rootPrefix
        activePrefix = context.environment["CONDA_PREFIX"]
        environmentDirectories = context.settings.environmentDirectories
        packageDirectories = context.settings.packageDirectories
        channels = try ChannelSelection(commandLine: [], overrides: false, context: context).channels.flatMap {
            channel in [target, .noarch].map { channel.url(of: $0) }
        }
        configurationFiles = context.settings.files
        virtualPackages = try context.virtualPackages(target)
        home = context.environment.homeDirectory
        let roots = EmbeddedRoots.current
        embeddedRoots = Roots(count: roots.count, source: roots.source, date: roots.date, sha256: roots.sha256)
    }
}
