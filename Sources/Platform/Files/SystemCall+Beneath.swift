// SPDX-License-Identifier: BSD-3-Clause
import CShims
import Glibc
import Synchronization

/// What is done about symbolic links on the way to a name.
package enum LinksOnTheWay: Sendable {
    /// Any link is an error (`loop`).
    case refused
    /// Links are followed as long as they stay beneath; absolute ones do not.
    case followedBeneath
}

extension SystemCall {
    /// Opens `path` beneath `directory`: fails with `crossDevice` where it leads out, with `loop` at a link that is not
    /// to be followed. The last component itself is a link only with `followedBeneath` and without `noFollow`.
    package static func openBeneath(
        _ path: UnsafePointer<CChar>, _ options: OpenOptions, mode: UInt32 = 0o664, at directory: DirectoryReference,
        links: LinksOnTheWay = .refused
    ) throws(Errno) -> Descriptor {
        let kernelKnows = BeneathWalk.kernelKnows.load(ordering: .relaxed)
        while kernelKnows {
            let descriptor = krait_open_beneath(
                directory.rawValue, path, options.rawValue | O_CLOEXEC, mode, links == .refused ? 0 : 1)
            if descriptor >= 0 { return Descriptor(owning: descriptor) }
            switch errno {
            case EINTR: continue
            // EAGAIN: something was renamed meanwhile, and the kernel cannot tell whether it led out.
            case EAGAIN: break
            // Old sandboxes refuse calls that they do not know with EPERM.
            case ENOSYS, EPERM: BeneathWalk.kernelKnows.store(false, ordering: .relaxed)
            default: throw .current
            }
            break
        }
        return try BeneathWalk.open(String(cString: path), options, mode: mode, at: directory, links: links)
    }
}

/// What openat2 does, one component after another, for kernels and sandboxes that do not have it.
enum BeneathWalk {
    /// False once the kernel has said that it has no openat2.
    static let kernelKnows = Atomic<Bool>(true)
    /// As many links as the kernel follows in one path.
    private static let linkLimit = 40

    static func open(
        _ path: String, _ options: OpenOptions, mode: UInt32, at directory: DirectoryReference, links: LinksOnTheWay
    ) throws(Errno) -> Descriptor {
        guard !Path.isAbsolute(path) else { throw .crossDevice }
        // Reversed, so that the next component is the last.
        var left = Array(path.split(separator: "/").reversed())
        guard !left.isEmpty else { throw .noEntry }
        // The directories from the root down to where the walk is.
        var way: [Stop] = []
        var followed = 0
        while let component = left.popLast() {
            let here = way.last?.descriptor.reference ?? directory
            if component == "." {
                if left.isEmpty { return try SystemCall.open(".", options, at: here) }
                continue
            }
            if component == ".." {
                guard way.popLast() != nil else { throw .crossDevice }
                if left.isEmpty { left.append(".") }
                continue
            }
            let name = String(component)
            let isLast = left.isEmpty
            do throws(Errno) {
                if isLast { return try SystemCall.open(name, options.union(.noFollow), mode: mode, at: here) }
                way.append(Stop(try SystemCall.open(name, [.directory, .pathOnly, .noFollow], at: here)))
                continue
            } catch {
                // A link: ELOOP, and ENOTDIR where a directory was asked for.
                guard error == .loop || error == .notDirectory,
                    try SystemCall.status(name, followLinks: false, at: here).kind == .symbolicLink
                else { throw error }
                guard links == .followedBeneath, !(isLast && options.contains(.noFollow)) else { throw .loop }
            }
            followed += 1
            let target = String(decoding: try SystemCall.readLink(name, at: here), as: UTF8.self)
            guard followed <= linkLimit else { throw .loop }
            guard !Path.isAbsolute(target) else { throw .crossDevice }
            left.append(contentsOf: target.split(separator: "/").reversed())
        }
        throw .noEntry
    }

    private final class Stop {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }
}
