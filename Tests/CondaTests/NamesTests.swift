// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Testing

@Suite struct NamesTests {
    @Test(arguments: ["numpy", "_r-mutex", "_x86_64-microarch-level", "a", "7zip", "path.py", "__glibc", "_", "r-a."])
    func goodNames(text: String) throws {
        #expect(try PackageName(text).text == text)
    }

    @Test(arguments: [
        "", "-a", ".a", "a--b", "a..b", "a_-b", "___x", "__", "__-a", "a b", "ä", "a/b", "a*", "__a--b",
        String(repeating: "x", count: 65),
    ])
    func badNames(text: String) {
        #expect(throws: Failure.self) { try PackageName(text) }
    }

    @Test func namesAreLowered() throws {
        #expect(try PackageName("PyYAML").text == "pyyaml")
        #expect(try PackageName("__CUDA").isVirtual)
    }

    @Test func fileNames() throws {
        let name = try DistributionFileName("sysroot_linux-64-2.17-h0157908_18.conda")
        #expect(name.name == "sysroot_linux-64" && name.version == "2.17" && name.build == "h0157908_18")
        #expect(name.description == "sysroot_linux-64-2.17-h0157908_18.conda")
        #expect(try DistributionFileName("a-1!2-0.tar.bz2").archive == .tarBzip2)
        for bad in ["a-1.conda", "a-1-0.zip", "--.conda", "../x-1-0.conda", "a-..-0.conda", "a-1-b c.conda", ".conda"] {
            #expect(throws: Failure.self, "\(bad)") { try DistributionFileName(bad) }
        }
    }

    @Test func relativePaths() throws {
        #expect(try RelativePath("a/b").directory?.text == "a")
        #expect(try RelativePath("a").directory == nil)
        #expect(try RelativePath("..a/b..").text == "..a/b..")
        for bad in [
            "", "/", "/a", "a/", "a//b", "..", "a/../b", ".", "./a", "a/.", "a\0b", String(repeating: "a", count: 5000),
        ] {
            #expect(throws: Failure.self, "\(bad.prefix(20))") { try RelativePath(bad) }
        }
    }

    @Test func subdirs() throws {
        #expect(try Subdir("Linux-64") == .linux64)
        #expect(try Subdir("haiku-riscv128").processor == "riscv128")
        #expect(Subdir.linux64.isUnix && !Subdir.noarch.isUnix && !Subdir.win64.isUnix)
        for bad in ["", "linux", "linux-", "-64", "linux-64-x", "li nux-64", "linux_64"] {
            #expect(throws: Failure.self, "\(bad)") { try Subdir(bad) }
        }
        #expect(try Subdir(kernel: "Linux", machine: "x86_64") == .linux64)
        #expect(try Subdir(kernel: "Linux", machine: "aarch64") == .linuxAarch64)
        #expect(try Subdir(kernel: "Darwin", machine: "arm64") == .osxArm64)
        #expect(try Subdir(kernel: "Linux", machine: "i686").name == "linux-32")
        #expect(throws: Failure.self) { try Subdir(kernel: "Plan9", machine: "x") }
    }
}
