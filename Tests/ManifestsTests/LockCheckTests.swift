// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Foundation
import Manifests
import Testing

@Suite struct LockCheckTests {
    private func lock() throws -> LockedEnvironment {
        var environment = LockedEnvironment()
        for (file, depends) in [
            ("python-3.12.4-h1_0_cpython.conda", ["libzlib >=1"]), ("libzlib-1.3-h2_0.conda", []),
            ("numpy-2.0.1-py312_0.conda", ["python >=3.12,<3.13.0a0", "__glibc >=2.17"]),
            ("pip-24.0-py_0.conda", ["python"]),
        ] {
            var record = try PackageRecord(
                archiveAt: "https://conda.anaconda.org/conda-forge/linux-64/\(file)", subject: "t")
            record.depends = depends
            environment.packages.append(LockedPackage(record: record))
        }
        environment.requirements = [LockedRequirement(name: "Foo_Bar", version: "1.5", location: "https://h/x.whl")]
        return environment
    }

    private func reasons(_ specs: [String], _ pip: [String] = [], channels: [String] = [], locked: [String] = []) throws
        -> [String]
    {
        let configuration = ChannelConfiguration(cwd: "/", home: nil)
        let check = LockCheck(
            specs: try specs.map { try MatchSpec($0) }, requirements: pip.map { .init(text: $0) },
            channels: try configuration.resolve(channels), platform: .linux64)
        return check.reasons(try lock(), lockChannels: try configuration.resolve(locked)).map(\.description)
    }

    @Test func fits() throws {
        #expect(
            try reasons(
                ["python 3.12.*", "numpy >=2", "conda-forge::numpy", "__glibc >=2.17"],
                ["foo-bar>=1", "old; python_version<'3'", "-r more.txt"]) == [])
        #expect(
            try reasons(["numpy"], channels: ["conda-forge"], locked: ["https://conda.anaconda.org/conda-forge/"]) == []
        )
        #expect(try reasons(["numpy"], channels: ["conda-forge"]) == [])
    }

    @Test func saysWhyNot() throws {
        #expect(try reasons(["numpy", "scipy"]) == ["`scipy` is requested but not locked"])
        #expect(
            try reasons(["numpy >=2.1"]) == ["`numpy[version='>=2.1']` is requested, but numpy-2.0.1-py312_0 is locked"]
        )
        #expect(try reasons(["python"]) == ["numpy is locked but not requested"])
        #expect(try reasons(["bioconda::numpy"]).first?.contains("is requested, but numpy-2.0.1") == true)
        #expect(
            try reasons(["numpy"], ["foo-bar>=2", "baz"]) == [
                "`foo-bar>=2` is requested with pip, but foo-bar 1.5 is locked",
                "`baz` is requested with pip but not locked",
            ])
        #expect(
            try reasons(["numpy"], channels: ["conda-forge", "bioconda"], locked: ["conda-forge"]) == [
                "the channels are conda-forge, bioconda, but it was locked from conda-forge"
            ])
    }

    /// A lock fits a file that asks for exactly what is in it.
    @Test(.enabled(if: testData != nil, "no data")) func realLocksFitThemselves() throws {
        var count = 0
        for file in dataFiles("locks/conda-lock") {
            guard
                case .condaLock(let lock) = try? InputFile(
                    bytes: try bytes(of: file), subject: "l.yml", platform: .linux64)
            else { continue }
            for platform in lock.platforms {
                let environment = try lock.environment(platform: platform, categories: ["main"], subject: "")
                let check = LockCheck(
                    specs: try environment.packages.map {
                        try MatchSpec("\($0.record.name)==\($0.record.version)=\($0.record.build)")
                    },
                    requirements: environment.requirements.map { .init(text: "\($0.name)==\($0.version)") },
                    platform: try Subdir(platform))
                #expect(check.reasons(environment).map(\.description) == [], "\(file.lastPathComponent)")
                count += 1
            }
        }
        #expect(count > 0)
    }
}
