// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Configuration
package import Failures
import Packages
package import Platform
import Repodata
import Synchronization
package import Transport

/// The effects and settings of one command; made once at the top and handed down.
package final class Context: Sendable {
    package let environment: ProcessEnvironment
    package let settings: Settings
    package let cancellation: Cancellation
    package let progress: Progress
    /// Bytes from URLs; starts no thread before the first transfer.
    package let transport: Transport
    /// How much an archive may ask for.
    let extractionLimits: ExtractionLimits
    /// Unpacked packages that environments share.
    let packageCache: PackageCache
    /// The indexes of channels.
    let repodata: RepodataGateway

    package init(
        environment: ProcessEnvironment, settings: Settings, cancellation: Cancellation, progress: Progress = Progress()
    ) {
        self.environment = environment
        self.settings = settings
        self.cancellation = cancellation
        self.progress = progress
        transport = Transport(TransportSettings(settings, environment: environment, cancellation: cancellation))
        extractionLimits = ExtractionLimits(settings)
        packageCache = PackageCache(
            directories: settings.flag("no_cache") || environment["KRAIT_CONTAINER_BUILD"] != nil
                ? [] : settings.packageDirectories,
            limits: extractionLimits, synchronize: settings.text("fsync") == "always", cancellation: cancellation)
        repodata = RepodataGateway(transport, RepodataSettings(settings, environment: environment))
    }

    /// The words of the command line as the history file keeps them; secrets in URLs are taken out.
    package var commandWords: [String] {
        environment.arguments.enumerated().map { index, word in
            index == 0 ? "krait" : word.maskingSecrets
        }
    }

    /// Seconds since 1970 that every file is given (users.md R-17), when the variable is set.
    var sourceDateEpoch: Int64? { environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) } }

    /// The platform that packages are chosen for.
    package func targetPlatform() throws(Failure) -> Subdir {
        guard let text = settings.text("subdir") else { return try hostPlatform() }
        return try Subdir(text)
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
        if let size = settings.number("maximum_package_size") {
            bytes = size
            freeBytes = min(freeBytes, size)
        }
        if let count = settings.number("maximum_package_entries") { entries = Int(clamping: count) }
        if let number = settings.number("maximum_package_ratio") { ratio = max(1, number) }
        if let window = settings.number("maximum_package_window") {
            // What zstd takes: 1 KiB to 2 GiB.
            windowLog = Int32(UInt64.bitWidth - 1 - min(max(window, 1 << 10), 1 << 31).leadingZeroBitCount)
        }
    }
}

extension RepodataSettings {
    /// What the configuration says of indexes.
    init(_ settings: Settings, environment: ProcessEnvironment) {
        self.init()
        cacheDirectories = settings.flag("no_cache") ? [] : settings.packageDirectories.map { "\($0)/cache" }
        temporaryDirectory = environment["TMPDIR"] ?? "/tmp"
        if let seconds = settings.number("local_repodata_ttl") { timeToLive = Int(clamping: seconds) }
        offline = settings.flag("offline") || settings.flag("use_index_cache")
        usesShards = settings.flag("use_sharded_repodata")
        usesZstd = settings.flag("repodata_use_zst")
        prefersTarBzip2 = settings.flag("use_only_tar_bz2")
    }
}

/// The tool's own version.
package enum ToolVersion {
    /// `0.1.0`, as `--version` prints it.
    package static let text = "0.1.0"
}
