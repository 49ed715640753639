// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Configuration
package import Failures
import Locations
import Packages
package import Platform
package import Prefix
import Repodata
import Solving
import Synchronization
package import Transport

/// The effects and settings of one command; made once at the top and handed down.
package final class Context: Sendable {
    package let environment: ProcessEnvironment
    package let settings: Settings
    package let cancellation: Cancellation
    package let progress: Progress
    /// Marks what this user's krait begins on this machine; read when first needed.
    package let changeKey: ChangeKey
    /// Nothing is to be changed (`--dry-run`), an interrupted change not ended either.
    let isDry: Bool
    /// Bytes from URLs; starts no thread before the first transfer.
    package let transport: Transport
    /// How much an archive may ask for.
    let extractionLimits: ExtractionLimits
    /// Unpacked packages that environments share.
    let packageCache: PackageCache
    /// Caches that are not used, and why.
    let cacheWarnings: [String]
    /// The indexes of channels.
    let repodata: RepodataGateway

    package init(
        environment: ProcessEnvironment, settings: Settings, cancellation: Cancellation,
        progress: Progress = Progress(),
        recording: NetworkRecording? = nil
    ) {
        self.environment = environment
        self.settings = settings
        self.cancellation = cancellation
        self.progress = progress
        changeKey = ChangeKey(environment)
        isDry = settings[.dryRun]
        var network = TransportSettings(settings, environment: environment, cancellation: cancellation)
        network.trace = recording?.trace
        if !settings[.noCache] {
            network.ticketDirectory = settings.packageDirectories.first.map { "\($0)/cache/krait-index-v1/tls" }
        }
        transport = Transport(network)
        extractionLimits = ExtractionLimits(settings)
        let trust = CacheTrust(settings)
        cacheWarnings = settings[.noCache] ? [] : trust.warnings
        packageCache = PackageCache(
            directories: settings[.noCache] || environment["KRAIT_CONTAINER_BUILD"] != nil
                ? [] : trust.directories,
            limits: extractionLimits, synchronize: settings[.fsync] == .always, cancellation: cancellation)
        repodata = RepodataGateway(
            transport, RepodataSettings(settings, cacheDirectories: trust.directories, environment: environment))
    }

    /// The words of the command line as the history file keeps them; secrets in URLs are taken out.
    package var commandWords: [String] {
        environment.arguments.enumerated().map { index, word in
            index == 0 ? "krait" : word.maskingSecrets
        }
    }

    /// Seconds since 1970 that every file is given (Requirements R-17), when the variable is set.
    package var sourceDateEpoch: Int64? {
        // RFC 3339 ends with the year 9999.
        environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) }.flatMap { (0...253_402_300_799).contains($0) ? $0 : nil }
    }

    /// The platform that packages are chosen for.
    package func targetPlatform() throws(Failure) -> Subdir {
        guard let text = settings[.subdir] else { return try hostPlatform() }
        if let platform = try? Subdir(text), Subdir.known.contains(platform.name) { return platform }
        // Of names that are equally near, the one that begins alike: `lin-64` was not meant to be win-64.
        let near = NearNames.near(text, among: Subdir.known.subtracting(["noarch"]))
        let best = near.first { $0.prefix(2) == text.prefix(2) } ?? near.first
        throw Failure(
            .usage, text, "is not a platform that packages are built for",
            hint: best.map { "did you mean `\($0)`?" } ?? "for example linux-64, linux-aarch64, osx-arm64 or win-64")
    }

    /// The platform of this machine.
    package func hostPlatform() throws(Failure) -> Subdir {
        let facts = HostFacts.current()
        return try Subdir(kernel: facts.kernelName, machine: facts.machine)
    }
}

extension ExtractionLimits {
    /// What the configuration says of them.
    init(_ settings: Settings) {
        self.init()
        bytes = settings[.maximumPackageSize]
        freeBytes = min(freeBytes, bytes)
        entries = Int(clamping: settings[.maximumPackageEntries])
        ratio = max(1, settings[.maximumPackageRatio])
        // What zstd takes: 1 KiB to 2 GiB.
        let window = min(max(settings[.maximumPackageWindow], 1 << 10), 1 << 31)
        windowLog = Int32(UInt64.bitWidth - 1 - window.leadingZeroBitCount)
    }
}

extension RepodataSettings {
    /// What the configuration says of indexes.
    init(_ settings: Settings, cacheDirectories directories: [String], environment: ProcessEnvironment) {
        self.init()
        cacheDirectories = settings[.noCache] ? [] : directories.map { "\($0)/cache" }
        temporaryDirectory = environment["TMPDIR"] ?? "/tmp"
        timeToLive = Int(clamping: settings[.localRepodataTtl])
        shardsTimeToLive = Int(clamping: settings[.repodataShardsTtl] ?? settings[.localRepodataTtl])
        relationsDepth = Int(clamping: settings[.channelRelationsMaxDepth])
        offline = settings[.offline] || settings[.useIndexCache]
        usesShards = settings[.useShardedRepodata]
        usesZstd = settings[.repodataUseZst]
        prefersTarBzip2 = settings[.useOnlyTarBz2]
    }
}

/// The tool's own version.
package enum ToolVersion {
    /// The version alone.
    package static let text = "0.2.0"
    /// The commit it is made of, shortened; nil but in a release.
    package static var commit: String? { BuildFacts.commit }
    /// What `--version` prints: `0.2.0+3dbe0fe4abcd`, in the form that all tools read as a version.
    package static var full: String { commit.map { "\(text)+\($0)" } ?? text }
}
