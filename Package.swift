// swift-tools-version: 6.1
// SPDX-License-Identifier: BSD-3-Clause
import PackageDescription

/// The rooms of the house, bottom up: a target imports only targets of a lower layer (`scripts/check-layers`).
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .unsafeFlags(["-warnings-as-errors"]),
    // The regex engine and the concurrency runtime would come along with the first use of either, 1 MB of them.
    .unsafeFlags([
        "-Xfrontend", "-disable-implicit-string-processing-module-import",
        "-Xfrontend", "-disable-implicit-concurrency-module-import",
    ]),
]

/// For rooms whose code runs once and waits for nothing but the disk: small is quicker to start than fast (Design §3,
/// Static).
let cold: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]

func room(
    _ name: String, _ dependencies: [Target.Dependency], _ more: [SwiftSetting] = [],
    linking libraries: [LinkerSetting]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, swiftSettings: more + swiftSettings, linkerSettings: libraries)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, exclude: exclude,
        swiftSettings: Array(swiftSettings.dropLast()))
}

let package = Package(
    name: "krait",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "krait", targets: ["krait"])],
    targets: [
        // 0: C, each imported by one target only
        .systemLibrary(name: "CSolv", pkgConfig: "libsolv", providers: [.apt(["libsolv-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CShims"),
        // libssl stands before libcrypto for static linkers that read archives once
        .target(
            name: "CTLS", dependencies: ["CCrypto"],
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        // 1
        room("Failures", []),
        room("Locations", [], cold),
        room("Platform", ["CShims", "Failures"]),
        // libbz2 has no pkg-config file, and that of zlib is not among those of the static build.
        room(
            "Codecs", ["CZstd", "CZlib", "CBzip2", "CCrypto", "CYaml", "Failures"],
            linking: [.linkedLibrary("bz2"), .linkedLibrary("z")]),
        // 2
        room("Conda", ["Codecs", "Locations", "Failures"]),
        // 3
        room("Transport", ["CCurl", "CTLS", "Codecs", "Platform", "Locations", "Failures"], cold),
        room("Configuration", ["Conda", "Codecs", "Platform", "Locations", "Failures"], cold),
        room("Activation", ["Failures"], cold),
        // 4
        room("Repodata", ["Conda", "Codecs", "Transport", "Platform", "Locations", "Failures"]),
        room("Solving", ["CSolv", "Conda", "Platform", "Failures"]),
        room("Manifests", ["Activation", "Conda", "Codecs", "Locations", "Failures"], cold),
        // 5
        room("Packages", ["CArchive", "Conda", "Codecs", "Platform", "Locations", "Failures"], cold),
        room("Prefix", ["Conda", "Codecs", "Platform", "Failures"]),
        room("Images", ["Transport", "Codecs", "Platform", "Locations", "Failures"], cold),
        // 6
        room(
            "Engine",
            [
                "Prefix", "Packages", "Images", "Repodata", "Solving", "Manifests", "Transport", "Configuration",
                "Activation", "Conda", "Codecs", "Platform", "Locations", "Failures",
            ], cold),
        // 7
        .executableTarget(
            name: "krait",
            dependencies: [
                "Engine", "Images", "Activation", "Configuration", "Conda", "Codecs", "Platform", "Locations",
                "Failures",
            ],
            swiftSettings: cold + swiftSettings),

        // For tests only.
        .target(
            name: "Fuzzing", dependencies: ["Codecs", "Failures"], path: "Tests/Fuzzing", swiftSettings: swiftSettings),
        .target(
            name: "Archives", dependencies: ["CBzip2"], path: "Tests/Archives", swiftSettings: swiftSettings,
            linkerSettings: [.linkedLibrary("bz2")]),
        .target(
            name: "Scenes",
            dependencies: ["Engine", "Configuration", "Conda", "Codecs", "Platform", "Failures", "Archives"],
            path: "Tests/Scenes", swiftSettings: swiftSettings),

        tests("CTLS", ["CTLS", "CCrypto"]),
        tests("Platform", ["Platform", "Failures"]),
        tests("Codecs", ["Codecs", "Failures", "Fuzzing"]),
        tests("Locations", ["Locations"]),
        tests("Conda", ["Conda", "Codecs", "Locations", "Failures", "Fuzzing"], exclude: ["matchspec-decisions.md"]),
        tests("Transport", ["Transport", "Platform", "Failures", "Fuzzing"], exclude: ["faultserver.py"]),
        tests("Configuration", ["Configuration", "Platform", "Failures", "Fuzzing"]),
        tests("Activation", ["Activation", "Failures", "Fuzzing"]),
        tests("Repodata", ["Repodata", "Transport", "Conda", "Codecs", "Platform", "Failures", "Fuzzing"]),
        tests("Solving", ["Solving", "Conda", "Codecs", "Failures"]),
        tests("Manifests", ["Manifests", "Conda", "Codecs", "Failures", "Fuzzing"]),
        tests("Packages", ["Packages", "Prefix", "Conda", "Codecs", "Platform", "Failures", "Fuzzing", "Archives"]),
        tests("Images", ["Images", "Codecs", "Platform", "Failures"]),
        tests("Prefix", ["Prefix", "Conda", "Codecs", "Platform", "Failures", "Fuzzing"]),
        tests(
            "Engine",
            [
                "Engine", "Activation", "Configuration", "Prefix", "Images", "Conda", "Manifests", "Transport",
                "Codecs", "Platform", "Failures", "Archives", "Fuzzing", "Scenes",
            ]),
        tests(
            "krait",
            ["krait", "Engine", "Activation", "Configuration", "Conda", "Codecs", "Platform", "Failures", "Scenes"],
            exclude: ["Snapshots"]),
    ]
)
