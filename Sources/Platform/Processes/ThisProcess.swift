// SPDX-License-Identifier: BSD-3-Clause
import CShims
package import Failures
import Glibc

/// What the kernel knows of this process.
package enum ThisProcess {
    /// The name of the program that started this one, as `ps` shows it; nil where /proc does not tell.
    package static func parentName() -> String? {
        guard let bytes = try? readFile("/proc/\(getppid())/comm", limit: 256) else { return nil }
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return name.isEmpty ? nil : name
    }

    /// Where this executable is, by the name it was started under: links to it stay links, so that an update behind
    /// them counts. Else what /proc says.
    package static func executable(_ environment: ProcessEnvironment) -> String? {
        if let word = environment.arguments.first, !word.isEmpty,
            let path = try? findProgram(word, environment: environment.variables)
        {
            let absolute = Path.absolute(path, base: environment.currentDirectory)
            if SystemCall.isAccessible(absolute, .execute) { return absolute }
        }
        return try? FileSystem.readLink("/proc/self/exe")
    }

    /// Keeps what is in this process's memory, credentials among it, out of core dumps and from the user's other processes.
    /// Programs that are executed are as they always are.
    package static func forbidDumps() { krait_forbid_dumps() }

    /// Sees to it that no file that is opened later takes the place of a closed stdin, stdout or stderr.
    package static func holdStandardDescriptors() { krait_hold_standard_descriptors() }

    /// Makes `path` the current directory.
    package static func changeDirectory(_ path: String) throws(Failure) {
        if chdir(path) != 0 { throw Failure(.current, path, "go to") }
    }
}
