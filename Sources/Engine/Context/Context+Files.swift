// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Platform

extension Context {
    /// Writes a file that the user named.
    package func write(_ text: String, to file: String) throws(Failure) {
        let path = absolute(file)
        if !Path.parent(path).isEmpty { try FileSystem.createDirectories(Path.parent(path)) }
        // A link stays one, and so do `/dev/stdout` and the like.
        let target = FileSystem.realPath(path) ?? path
        if let status = try FileSystem.status(target), status.kind != .regular {
            return try overwriteFile(target, Array(text.utf8))
        }
        try writeFileAtomically(target, Array(text.utf8))
    }

    /// A path as the user typed it, from the root.
    package func absolute(_ path: String) -> String {
        Path.absolute(
            Path.expandingHome(path, home: environment.homeDirectory), base: environment.currentDirectory)
    }
}
