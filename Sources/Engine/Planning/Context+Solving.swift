// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Configuration
package import Failures
import Platform

extension Context {
    /// What the machine offers to packages of `platform`, with `virtual_packages` put over it (CEP 30).
    package func virtualPackages(_ platform: Subdir) throws(Failure) -> [VirtualPackage] {
        let host = HostFacts.current()
        var facts = VirtualPackage.Facts(subdir: try Subdir(kernel: host.kernelName, machine: host.machine))
        facts.kernelRelease = host.kernelRelease
        facts.glibcVersion = host.glibcVersion ?? defaultGlibcVersion(machine: host.machine)
        facts.x86Level = host.x86Level
        var found = VirtualPackage.detect(facts: facts, environment: environment.variables, target: platform)
        // CEP 30 has nothing better than 0 for a machine that is not here; with that no package of macOS would do.
        for index in found.indices where found[index].name == "__osx" && found[index].version == "0" {
            found[index].version = "11.0"
        }
        var said: [VirtualPackage.Override] = []
        for text in settings[.virtualPackages] { said.append(try VirtualPackage.Override(text)) }
        return VirtualPackage.applying(said, to: found)
    }

    /// Where there is no C library to ask, as in an empty root, the oldest that packages are built for (CEP 30); none
    /// where the library is musl.
    private func defaultGlibcVersion(machine: String) -> String? {
        FileSystem.exists("/lib/ld-musl-\(machine).so.1") ? nil : "2.17"
    }
}
