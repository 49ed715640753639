// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// A package that is there already: installed in the environment, or virtual.
struct FixedPackage {
    var name: String
    var version: String
    var build: String
    var buildNumber: UInt64
    var subdir: String
    var channel: String
    var depends: [String]
    var constrains: [String]
    var trackFeatures: [String]
    var flags: [String] = []
    var extraDepends: [(group: String, depends: [String])] = []
    var timestamp: UInt64
    /// Index into ``SolveRequest/installed``; nil for a virtual package.
    var installedIndex: Int?
    /// The row of the table that is the same package, once its name is loaded.
    var twin: Int?

    init(_ record: PackageRecord, index: Int) {
        name = record.name
        version = record.version
        build = record.build
        buildNumber = record.buildNumber
        subdir = record.subdir
        channel = record.channel
        depends = record.depends
        constrains = record.constrains
        trackFeatures = record.trackFeatures
        flags = record.flags
        extraDepends = record.extraDepends
        timestamp = record.timestamp ?? 0
        installedIndex = index
    }

    init(_ package: VirtualPackage) {
        name = package.name
        version = package.version
        build = package.build
        buildNumber = 0
        subdir = ""
        channel = ""
        depends = []
        constrains = []
        trackFeatures = []
        timestamp = 0
    }
}
