// SPDX-License-Identifier: BSD-3-Clause
import Failures
package import Platform

/// Where the bytes of an archive come from.
package enum PackageSource: Sendable {
    /// Bytes that a transfer delivers.
    case pipe(BytePipe)
    /// A file on this machine.
    case file(String)

    /// The archive's bytes, read by the caller's thread.
    ///
    /// - Parameter offset: where the archive begins in the file.
    func open(
        _ expected: ExpectedArchive, hashing: Bool = true, from offset: UInt64 = 0, subject: String
    ) throws(Failure) -> ArchiveInput {
        switch self {
        case .pipe(let pipe):
            return ArchiveInput(expected: expected, subject: subject) { (buffer) throws(Failure) in
                try pipe.read(into: buffer)
            }
        case .file(let path):
            let descriptor = try Descriptor.openRegular(path)
            if offset > 0 {
                do throws(Errno) {
                    try SystemCall.seek(descriptor, to: offset)
                } catch {
                    throw Failure(error, path, "read")
                }
            }
            let file = OpenFile(descriptor, path: path)
            return ArchiveInput(expected: expected, hashing: hashing, subject: subject) { (buffer) throws(Failure) in
                try file.read(into: buffer)
            }
        }
    }

    /// Whether reading would not have to wait now.
    var isReady: Bool {
        switch self {
        case .pipe(let pipe): pipe.isReady
        case .file: true
        }
    }

    /// The bytes of the whole archive, once its transfer tells.
    var total: UInt64? {
        if case .pipe(let pipe) = self { pipe.total } else { nil }
    }

    /// The bytes that will wait in memory to be read; nil as long as nobody knows.
    var held: UInt64? {
        switch self {
        case .pipe(let pipe): pipe.expectedCount.map { UInt64($0) }
        case .file: 0
        }
    }

    /// The bytes of a transfer that were read.
    package var consumed: UInt64 {
        switch self {
        case .pipe(let pipe): pipe.consumed
        case .file: 0
        }
    }

    /// Says that nothing more will be read.
    func cancel() {
        if case .pipe(let pipe) = self { pipe.cancel() }
    }
}

/// Lets a closure own an open file.
private final class OpenFile {
    private var source: FileSource

    init(_ descriptor: consuming Descriptor, path: String) {
        source = FileSource(descriptor, subject: path)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int { try source.read(into: buffer) }
}
