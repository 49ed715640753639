// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
package import Failures
import Locations
import Manifests
package import Platform

/// The name that an environment file suggests.
package enum EnvironmentFileName {
    /// `name:`, checked as one that is typed; nil for files that have none, are of other kinds, or can be read only once.
    ///
    /// - Throws: `Failure(.parse)` that names the line of what cannot be a name: whoever wrote the file chooses no directory.
    package static func read(_ file: String, environment: ProcessEnvironment) throws(Failure) -> String? {
        // One from the web is read once; it is named on the command line.
        if file.hasURLScheme { return nil }
        let path = Path.absolute(
            Path.expandingHome(file, home: environment.homeDirectory), base: environment.currentDirectory)
        guard let status = try FileSystem.status(path) else {
            throw Failure(.usage, file, "there is no such file", cause: NoInputFile())
        }
        guard status.kind == .regular, let bytes = try readFileIfPresent(path, limit: Inputs.limit),
            let (name, place) = try InputFile.suggestedName(in: bytes, subject: file)
        else { return nil }
        do throws(Failure) {
            try Directories.check(name: name)
        } catch {
            throw Failure(
                .parse, place, "`\(name)` cannot be the name of an environment",
                hint:
                    "names have no slash, space, colon, # or control character; give a name with -n, or a path with -p")
        }
        return name
    }
}
