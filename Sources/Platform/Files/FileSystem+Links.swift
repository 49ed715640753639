// SPDX-License-Identifier: BSD-3-Clause
package import Failures

extension FileSystem {
    /// For files that are written by a name which the user did not type: in somebody else's directory a link of that name
    /// leads wherever that one chose.
    ///
    /// - Throws: `Failure(.usage)` where `path` is a symbolic link; `option` is what names a file to be written.
    package static func requireNoLink(_ path: String, option: String) throws(Failure) {
        guard try status(path, followLinks: false)?.kind == .symbolicLink else { return }
        throw Failure(
            .usage, path, "is a link, and was not named to be written through", hint: "name it: `\(option) \(path)`")
    }
}
