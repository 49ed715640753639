// SPDX-License-Identifier: BSD-3-Clause
import CShims
package import Failures
import Glibc

/// The error number of a system call, with its name and text.
package struct Errno: Error, Sendable, Equatable, Hashable {
    package let code: Int32

    package init(_ code: Int32) {
        self.code = code
    }

    /// What the last failed call of this thread left behind.
    static var current: Errno { Errno(errno) }

    package static let notPermitted = Errno(EPERM)
    package static let noEntry = Errno(ENOENT)
    package static let inputOutput = Errno(EIO)
    package static let badDescriptor = Errno(EBADF)
    package static let again = Errno(EAGAIN)
    package static let access = Errno(EACCES)
    package static let busy = Errno(EBUSY)
    package static let exists = Errno(EEXIST)
    package static let crossDevice = Errno(EXDEV)
    package static let notDirectory = Errno(ENOTDIR)
    package static let isDirectory = Errno(EISDIR)
    package static let invalid = Errno(EINVAL)
    package static let tooManyFiles = Errno(EMFILE)
    package static let noSpace = Errno(ENOSPC)
    package static let quota = Errno(EDQUOT)
    package static let readOnly = Errno(EROFS)
    package static let tooManyLinks = Errno(EMLINK)
    package static let notEmpty = Errno(ENOTEMPTY)
    package static let loop = Errno(ELOOP)
    package static let notSupported = Errno(ENOTSUP)
    package static let noSystemCall = Errno(ENOSYS)
    /// True when the disk is full or broken: what could be done without is no longer tolerated.
    package var isFault: Bool { self == .inputOutput || self == .noSpace || self == .quota }
    /// How file systems without symbolic links say so.
    package static let linkRefusals: [Errno] = [.notPermitted, .notSupported, .noSystemCall]

    /// The system's text, e.g. `No space left on device`.
    package var text: String {
        guard let text = krait_error_text(code) else { return "error \(code)" }
        return String(cString: text)
    }

    /// The constant's name, e.g. `ENOSPC`.
    package var name: String {
        guard let name = krait_error_name(code) else { return "E\(code)" }
        return String(cString: name)
    }
}

extension Failure {
    /// A refused system call about `subject`: `cannot open: Permission denied`.
    package init(_ errno: Errno, _ subject: String, _ action: String) {
        let hint: String? =
            switch errno {
            case .noSpace, .quota: "free some space, or choose another place"
            case .tooManyFiles: "raise the limit of open files (ulimit -n)"
            default: nil
            }
        self.init(.system, subject, "cannot \(action): \(errno.text)", hint: hint, cause: errno)
    }

    /// The error number underneath, however deep, when the system refused something.
    package var errno: Errno? {
        if let errno = cause as? Errno { return errno }
        return (cause as? Failure)?.errno
    }
}
