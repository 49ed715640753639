// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Testing

@Suite struct VirtualPackageTests {
    static let host: VirtualPackage.Facts = {
        var facts = VirtualPackage.Facts(subdir: .linux64)
        facts.kernelRelease = "6.1.0-18-amd64"
        facts.glibcVersion = "2.36"
        facts.x86Level = 3
        return facts
    }()

    static func detect(
        _ environment: [String: String] = [:], target: Subdir = .linux64,
        _ change: (inout VirtualPackage.Facts) -> Void = { _ in }
    ) -> [String] {
        var facts = host
        change(&facts)
        return VirtualPackage.detect(facts: facts, environment: environment, target: target).map(\.description)
    }

    @Test func native() {
        #expect(
            Self.detect() == ["__archspec=1=x86_64_v3", "__glibc=2.36=0", "__linux=6.1.0=0", "__unix=0=0"])
        #expect(!Self.detect { $0.glibcVersion = nil }.contains { $0.hasPrefix("__glibc") })
        #expect(Self.detect { $0.kernelRelease = "" }.contains("__linux=0=0"))
        #expect(
            Self.detect { $0.kernelRelease = "5.15.167.4-microsoft-standard-WSL2" }.contains("__linux=5.15.167.4=0"))
    }

    @Test func otherTargets() {
        #expect(Self.detect(target: .osxArm64) == ["__archspec=0=aarch64", "__osx=0=0", "__unix=0=0"])
        #expect(Self.detect(target: .win64) == ["__archspec=0=x86_64", "__win=0=0"])
        #expect(
            Self.detect(target: .linuxAarch64)
                == ["__archspec=0=aarch64", "__glibc=2.28=0", "__linux=6.1.0=0", "__unix=0=0"])
    }

    @Test func overrides() {
        #expect(Self.detect(["CONDA_OVERRIDE_GLIBC": "2.17"]).contains("__glibc=2.17=0"))
        #expect(!Self.detect(["CONDA_OVERRIDE_GLIBC": ""]).contains { $0.hasPrefix("__glibc") })
        #expect(Self.detect(["CONDA_OVERRIDE_LINUX": "4.18.1"]).contains("__linux=4.18.1=0"))
        #expect(Self.detect(["CONDA_OVERRIDE_LINUX": "4"]).contains("__linux=6.1.0=0"))
        #expect(Self.detect(["CONDA_OVERRIDE_OSX": "13.0"]) == Self.detect())
        #expect(Self.detect(["CONDA_OVERRIDE_OSX": "13.0"], target: .osx64).contains("__osx=13.0=0"))
        #expect(Self.detect(["CONDA_OVERRIDE_UNIX": "9"]) == Self.detect())
        #expect(Self.detect(["CONDA_OVERRIDE_ARCHSPEC": "skylake"]).contains("__archspec=1=skylake"))
        #expect(Self.detect(["CONDA_OVERRIDE_CUDA": "12.8"]).contains("__cuda=12.8=0"))
        #expect(
            !Self.detect(["CONDA_OVERRIDE_CUDA": ""]) { $0.cudaVersion = "12.4" }.contains { $0.hasPrefix("__cuda") })
    }

    @Test func cuda() {
        let all = Self.detect {
            $0.cudaVersion = "12.4.1"
            $0.cudaArchitecture = "8.6"
        }
        #expect(all.contains("__cuda=12.4=0") && all.contains("__cuda_arch=8.6=0"))
        #expect(!Self.detect { $0.cudaArchitecture = "8.6" }.contains { $0.hasPrefix("__cuda") })
        #expect(!Self.detect(["CONDA_OVERRIDE_CUDA_ARCH": "9.0a"]).contains { $0.hasPrefix("__cuda") })
        #expect(
            Self.detect(["CONDA_OVERRIDE_CUDA": "12", "CONDA_OVERRIDE_CUDA_ARCH": "9.0a"]).contains("__cuda_arch=9.0=0")
        )
    }

    @Test func saidByTheUser() throws {
        let found = VirtualPackage.detect(facts: Self.host, environment: [:], target: .linux64)
        let said = try ["__cuda=12.8", "__glibc=", "__archspec=1=zen4", "__mine"].map {
            try VirtualPackage.Override($0)
        }
        #expect(
            VirtualPackage.applying(said, to: found).map(\.description)
                == ["__archspec=1=zen4", "__cuda=12.8=0", "__linux=6.1.0=0", "__mine=0=0", "__unix=0=0"])
        for text in ["cuda=12", "__cuda=a b", "__", "__a=1=2=3", ""] {
            #expect(throws: Failure.self) { try VirtualPackage.Override(text) }
        }
    }
}
