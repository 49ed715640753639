// SPDX-License-Identifier: BSD-3-Clause
import CShims
package import Failures

/// What is known of the file system that holds a path.
package struct FileSystemFacts: Sendable, Equatable {
    /// Names the file system: paths with equal identities can be renamed and hard-linked to each other.
    package let identity: UInt64
    package let kind: FileSystemKind
    /// Bytes that this user may still write.
    package let available: UInt64
    package let total: UInt64
}

/// File systems that ask for other behaviour.
package enum FileSystemKind: String, Sendable {
    /// In memory: nothing to synchronise.
    case memory
    /// On another machine: locks and times are weak.
    case network
    /// Layers (containers).
    case overlay
    /// Can share blocks between files.
    case cloning
    case other
}

extension FileSystem {
    /// Facts of the file system that holds `path`, or its nearest existing parent.
    package static func facts(_ path: String) throws(Failure) -> FileSystemFacts {
        var place = path.isEmpty ? "." : path
        while true {
            do throws(Errno) {
                return try known(place)
            } catch {
                let parent = Path.parent(place)
                guard error == .noEntry || error == .notDirectory, place != "/", place != "." else {
                    throw Failure(error, path, "look at the file system of")
                }
                place = parent.isEmpty ? "." : parent
            }
        }
    }

    private static func known(_ path: UnsafePointer<CChar>) throws(Errno) -> FileSystemFacts {
        var magic: UInt32 = 0
        var available: UInt64 = 0
        var total: UInt64 = 0
        _ = try SystemCall.check { Int(krait_statfs(path, &magic, &available, &total)) }
        let status = try SystemCall.status(path, followLinks: true)
        return FileSystemFacts(
            identity: status.device, kind: kind(magic: magic), available: available, total: total)
    }

    /// From the magic numbers of statfs(2).
    private static func kind(magic: UInt32) -> FileSystemKind {
        switch magic {
        case 0x0102_1994, 0x8584_58f6: .memory  // tmpfs, ramfs
        case 0x6969, 0xff53_4d42, 0xfe53_4d42, 0x517b, 0x564c, 0x0bd0_0bd0, 0x00c3_6400, 0x0102_1997, 0x6573_5546:
            .network  // nfs, cifs, smb2, smb, ncp, lustre, ceph, 9p, fuse
        case 0x794c_7630: .overlay
        case 0x9123_683e, 0x5846_5342, 0xca45_1a4e, 0x2fc1_2fc1: .cloning  // btrfs, xfs, bcachefs, zfs
        default: .other
        }
    }
}
