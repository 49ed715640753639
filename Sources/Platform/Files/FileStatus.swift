// SPDX-License-Identifier: BSD-3-Clause
import Glibc

/// What kind of thing a name in a directory is.
package enum FileKind: UInt8, Sendable {
    case regular, directory, symbolicLink, characterDevice, blockDevice, fifo, socket, unknown

    init(mode: UInt32) {
        self =
            switch mode & UInt32(S_IFMT) {
            case UInt32(S_IFREG): .regular
            case UInt32(S_IFDIR): .directory
            case UInt32(S_IFLNK): .symbolicLink
            case UInt32(S_IFCHR): .characterDevice
            case UInt32(S_IFBLK): .blockDevice
            case UInt32(S_IFIFO): .fifo
            case UInt32(S_IFSOCK): .socket
            default: .unknown
            }
    }

    /// From the `d_type` of a directory entry.
    init(entryType: UInt8) {
        self = FileKind(mode: UInt32(entryType) << 12)
    }
}

/// A point in time of a file, as the file system keeps it.
package struct FileTime: Sendable, Equatable, Comparable {
    package var seconds: Int64
    package var nanoseconds: Int64

    package init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static func < (left: FileTime, right: FileTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }
}

/// What the system tells of a file.
package struct FileStatus: Sendable, Equatable {
    package let kind: FileKind
    /// The permission bits, with set-id and sticky ones.
    package let mode: UInt32
    package let size: UInt64
    /// Bytes on the disk.
    package let allocated: UInt64
    package let modified: FileTime
    package let changed: FileTime
    package let device: UInt64
    package let inode: UInt64
    package let linkCount: UInt64
    package let owner: UInt32
    private let isNullDevice: Bool
    package let group: UInt32

    init(_ raw: stat) {
        kind = FileKind(mode: raw.st_mode)
        mode = raw.st_mode & 0o7777
        size = UInt64(max(0, raw.st_size))
        allocated = UInt64(max(0, raw.st_blocks)) * 512
        // An archive tells whatever time it likes, which some file systems keep: sums of it are to stay numbers.
        let seconds = max(-1 << 40, min(Int64(raw.st_mtim.tv_sec), 1 << 40))
        modified = FileTime(seconds: seconds, nanoseconds: Int64(raw.st_mtim.tv_nsec))
        changed = FileTime(seconds: Int64(raw.st_ctim.tv_sec), nanoseconds: Int64(raw.st_ctim.tv_nsec))
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        linkCount = UInt64(raw.st_nlink)
        owner = raw.st_uid
        // Device 1:3.
        isNullDevice = kind == .characterDevice && raw.st_rdev == 0x103
        group = raw.st_gid
    }

    /// A file of more than 1 GB of which hardly anything is there: whoever reads all of it reads zeros for minutes.
    package var isHollow: Bool { kind == .regular && size > 1 << 30 && allocated < size / 64 }

    /// Whether it belongs to the user that this process works as.
    package var isOwn: Bool { owner == geteuid() }

    /// Whether its group or everybody may write to it.
    package var isWritableByOthers: Bool { mode & 0o022 != 0 }

    /// Whether somebody else than the owner may write to it; a group that has the owner's number is his alone, and
    /// root's is root's.
    package var isWritableByStrangers: Bool {
        mode & 0o002 != 0 || mode & 0o020 != 0 && group != owner && group != 0
    }

    /// A file with bytes of its own; `/dev/null`, which people put where a file is asked for, is an empty one.
    var isRegular: Bool { kind == .regular || isNullDevice }

    /// Whether anybody may execute it.
    package var isExecutable: Bool { mode & 0o111 != 0 }
}
