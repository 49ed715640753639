// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Conda
import Failures

/// What an archive was promised to be; checked before anything of it leaves staging.
package struct ExpectedArchive: Sendable {
    package var size: UInt64?
    package var sha256: SHA256Digest?
    /// Looked at only when there is no SHA-256.
    package var md5: MD5Digest?

    package init(size: UInt64? = nil, sha256: SHA256Digest? = nil, md5: MD5Digest? = nil) {
        self.size = size
        self.sha256 = sha256
        self.md5 = md5
    }

    package init(_ record: PackageRecord) {
        self.init(size: record.size, sha256: record.sha256, md5: record.md5)
    }

    /// Throws when what came is not what was promised.
    func check(_ received: ReceivedArchive, subject: String) throws(Failure) {
        let other = UnpromisedArchive(size: received.size, sha256: received.sha256)
        let hint = "the download was damaged or the channel has changed; try again, then `krait clean --index-cache`"
        if let size, size != received.size {
            let reason =
                received.size < size
                ? "the archive is truncated: \(received.size) of \(size) bytes"
                : "the archive has \(received.size) bytes where \(size) were expected"
            throw Failure(.integrity, subject, reason, hint: hint, cause: other)
        }
        if let sha256 {
            guard sha256 == received.sha256 else {
                throw Failure(
                    .integrity, subject, "SHA-256 is \(received.sha256.hex), expected \(sha256.hex)", hint: hint,
                    cause: other)
            }
        } else if let md5, let found = received.md5, md5 != found {
            throw Failure(
                .integrity, subject, "MD5 is \(found.hex), expected \(md5.hex)", hint: hint, cause: other)
        }
    }
}

/// What came in place of what was promised, as far as it was read: under the failure of an archive that is whole by itself.
package struct UnpromisedArchive: Error, Equatable {
    let size: UInt64
    let sha256: SHA256Digest?
}

/// What an archive turned out to be.
struct ReceivedArchive {
    var size: UInt64
    var sha256: SHA256Digest
    var md5: MD5Digest?
}
