// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Prefix
import Synchronization

/// Where packages are unpacked for one environment when there is no cache: beside it, so that files can be moved.
final class UnpackingDirectory: Sendable {
    private let parent: String
    private let key: ChangeKey
    private let made = Mutex<StagingDirectory?>(nil)

    /// One beside `prefix`; it is made when it is asked for first.
    init(for prefix: String, key: ChangeKey) {
        parent = Self.place(beside: prefix)
        self.key = key
    }

    /// The directory, which is made now unless it is there.
    func path() throws(Failure) -> String {
        try made.withLock { (made) throws(Failure) in
            if let made { return made.path }
            let staging = try StagingDirectory(in: parent, key: key)
            made = staging
            return staging.path
        }
    }

    /// Removes it, if it was made.
    func remove() { made.withLock { $0 = nil } }

    /// Beside the environment, or in it where its parent directory belongs to somebody else.
    static func place(beside prefix: String) -> String {
        let parent = Path.parent(prefix)
        return FileSystem.isDirectory(prefix) && !FileSystem.isWritableDirectory(parent) ? prefix : parent
    }
}
