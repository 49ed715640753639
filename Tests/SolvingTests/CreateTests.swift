// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Failures
import Solving
import Testing

/// Which records a new environment gets (Rules §20.1–20.4, 20.6).
@Suite struct CreateTests {
    @Test func newestVersionWithItsDependenciesFirst() throws {
        var scene = Scene()
        scene.builder.add("a 1.0", depends: ["b >=1"])
        scene.builder.add("a 1.10", depends: ["b >=2"])
        scene.builder.add("a 1.9")
        scene.builder.add("b 1.0")
        scene.builder.add("b 2.0")
        try scene.want("a")
        #expect(try scene.solve() == ["b 2.0", "a 1.10"])
    }

    @Test func fewerTrackedFeaturesBeatVersions() throws {
        var scene = Scene()
        scene.builder.add("a 2.0", trackFeatures: ["debug"])
        scene.builder.add("a 1.0")
        try scene.want("a")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("a[track_features=debug]")
        #expect(try scene.solve() == ["a 2.0"])
    }

    @Test func buildNumberThenTheVariantThatLeadsToNewerDependenciesThenTime() throws {
        var scene = Scene()
        scene.builder.add("a 1.0 py310_0", depends: ["python 3.10.*"], timestamp: 900)
        scene.builder.add("a 1.0 py313_0", depends: ["python 3.13.*"], timestamp: 100)
        scene.builder.add("a 1.0 py312_0", depends: ["python 3.12.*"], timestamp: 500)
        for minor in 10...13 { scene.builder.add("python 3.\(minor).0") }
        scene.builder.add("b 1.0 x_0", timestamp: 1)
        scene.builder.add("b 1.0 y_0", timestamp: 2)
        try scene.want("a", "b")
        let solution = try #require(try scene.solution())
        #expect(try scene.solve() == ["python 3.13.0", "a 1.0", "b 1.0"])
        var builder = scene.builder
        builder.finish()
        let builds = solution.chosen.compactMap { choice -> String? in
            guard case .candidate(let row) = choice else { return nil }
            return builder.table.strings[builder.table.rows[row].build]
        }
        #expect(builds.last == "y_0")
    }

    @Test func freeThreadedPythonIsNotChosenForBeingUploadedLast() throws {
        var scene = Scene()
        scene.builder.add("core 1.0 a_0", depends: ["python", "python_abi 3.14.* *_cp314"], timestamp: 1)
        scene.builder.add("core 1.0 b_0", depends: ["python", "python_abi 3.14.* *_cp314t"], timestamp: 2)
        scene.builder.add("python_abi 3.14 8_cp314", constrains: ["python 3.14.* *_cp314"], timestamp: 1)
        scene.builder.add("python_abi 3.14 8_cp314t", constrains: ["python 3.14.* *_cp314t"], timestamp: 2)
        scene.builder.add("python 3.14.7 1_cp314")
        scene.builder.add("python 3.14.6 1_cp314t", trackFeatures: ["py_freethreading"])
        try scene.want("core")
        #expect(try scene.solve() == ["python 3.14.7", "python_abi 3.14", "core 1.0"])
    }

    @Test func constrainsCountOnlyForWhatIsThere() throws {
        var scene = Scene()
        scene.builder.add("a 1.0", constrains: ["b <2", "c >5"])
        scene.builder.add("b 1.0")
        scene.builder.add("b 2.0")
        scene.builder.add("c 1.0")
        try scene.want("a", "b")
        #expect(try scene.solve() == ["a 1.0", "b 1.0"])
    }

    @Test func virtualPackagesHoldAndExclude() throws {
        var scene = Scene()
        scene.builder.add("a 2.0", depends: ["__glibc >=2.40"])
        scene.builder.add("a 1.5", constrains: ["__glibc >=2.30"])
        scene.builder.add("a 1.0", depends: ["__glibc >=2.17"])
        scene.request.virtualPackages = [VirtualPackage(name: "__glibc", version: "2.17")]
        try scene.want("a")
        #expect(try scene.solve() == ["a 1.0"])
        scene.request.virtualPackages = [VirtualPackage(name: "__glibc", version: "2.36")]
        #expect(try scene.solve() == ["a 1.5"])
    }

    @Test func pinsLimitButInstallNothing() throws {
        var scene = Scene()
        scene.builder.add("a 2.0")
        scene.builder.add("a 1.0")
        scene.builder.add("b 1.0")
        try scene.pin("a 1.*")
        try scene.want("b")
        #expect(try scene.solve() == ["b 1.0"])
        try scene.want("a", "b")
        #expect(try scene.solve() == ["a 1.0", "b 1.0"])
    }

    @Test func pipComesWithPythonWhereAChannelHasIt() throws {
        var scene = Scene()
        scene.builder.add("python 3.12")
        scene.request.addPip = true
        try scene.want("python")
        #expect(try scene.solve() == ["python 3.12"])
        scene.builder.add("pip 24", depends: ["python >=3.8", "wheel"], noarch: .python)
        #expect(try scene.solve() == ["python 3.12"])
        scene.builder.add("wheel 1", depends: ["python"], noarch: .python)
        #expect(try scene.solve() == ["python 3.12", "wheel 1", "pip 24"])
        scene.request.addPip = false
        #expect(try scene.solve() == ["python 3.12"])
    }

    @Test func recordsNewerThanTheLimitAreNotSeen() throws {
        var scene = Scene()
        scene.builder.add("a 2.0", timestamp: 2000)
        scene.builder.add("a 1.0", timestamp: 1000)
        try scene.want("a")
        scene.request.excludeNewer = 1500
        #expect(try scene.solve() == ["a 1.0"])
    }

    @Test func bracketKeys() throws {
        var scene = Scene(channels: "main", "other")
        scene.builder.add("a 1.0 x_0")
        scene.builder.add("a 1.0 x_1", subdir: "noarch")
        scene.builder.add("a 0.9 x_2", channel: 1)
        try scene.want("a[build_number=0]")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("a[subdir=noarch]")
        #expect(try scene.solve() == ["a 1.0"])
        try scene.want("a[build='x_2']")
        #expect(try scene.solve() == ["a 0.9"])
        try scene.want("a[md5=0123456789abcdef0123456789abcdef]")
        scene.request.fullRecord = { row in
            var record = PackageRecord(
                name: "a", version: "0.9", build: "x_2", subdir: "linux-64", fileName: "", url: "",
                channel: "https://conda.test/other")
            if row == 2 { record.md5 = .init(hex: "0123456789abcdef0123456789abcdef") }
            return record
        }
        #expect(try scene.solve() == ["a 0.9"])
    }

    @Test func cyclesAreBrokenTheSameWayEachTime() throws {
        var scene = Scene()
        scene.builder.add("a 1.0", depends: ["b"])
        scene.builder.add("b 1.0", depends: ["c", "a"])
        scene.builder.add("c 1.0", depends: ["a"])
        try scene.want("c", "b")
        #expect(try scene.solve() == ["c 1.0", "b 1.0", "a 1.0"])
        try scene.want("b")
        #expect(try scene.solve() == ["c 1.0", "b 1.0", "a 1.0"])
    }

    @Test func onlyWhatWasAskedForOrOnlyTheRest() throws {
        var scene = Scene()
        scene.builder.add("a 1.0", depends: ["b"])
        scene.builder.add("b 1.0")
        try scene.want("a")
        scene.request.noDependencies = true
        #expect(try scene.solve() == ["a 1.0"])
        scene.request.noDependencies = false
        scene.request.onlyDependencies = true
        #expect(try scene.solve() == ["b 1.0"])
    }
}
