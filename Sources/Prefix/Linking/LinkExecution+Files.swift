// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Platform
import Synchronization

/// One entry on its way into the prefix.
struct Placement {
    var claim: PathRegistry.Claim
    var entry: LinkManifest.Entry
    var manifest: LinkManifest
    var source: DirectoryReference
    /// Its path relative to `source`, NUL-terminated; set before use.
    var from: UnsafePointer<CChar>
    /// True for `python-scripts/…`, which must be executable.
    var isScript = false
    /// True when its mode in the package is not the one that the umask of this process leaves it.
    var hasOtherMode = false

    init(claim: PathRegistry.Claim, entry: LinkManifest.Entry, manifest: LinkManifest, source: DirectoryReference) {
        self.claim = claim
        self.entry = entry
        self.manifest = manifest
        self.source = source
        from = Self.nowhere
    }

    nonisolated(unsafe) private static let nowhere: UnsafePointer<CChar> = {
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        text.initialize(to: 0)
        return UnsafePointer(text)
    }()

    var path: String { manifest.path(of: entry) }
}

extension LinkExecution {
    /// A path in words: where `destination` is in the prefix.
    func shown(_ destination: Destination) -> String {
        Path.join(Path.join(plan.target.root, destination.above), String(cString: destination.name))
    }

    /// Places one file or link at `destination`; `method` is what works for this package, and follows what is found.
    func place(
        _ file: Placement, at destination: Destination, method: inout LinkMethod
    ) throws(Failure) {
        if file.entry.kind == .softLink {
            try placeSoftLink(file, at: destination)
            return
        }
        if plan.options.verifiesSizes { try checkSize(file) }
        if let placeholder = file.manifest.placeholder(of: file.entry), !placeholder.offsets.isEmpty {
            try rewrite(file, placeholder, to: destination)
            return
        }
        if !file.entry.hasDigest || plan.options.verifiesFiles { try hash(file) }
        if file.isScript, file.entry.mode & 0o111 != 0o111 {
            try copy(file, to: destination, mode: UInt32(file.entry.mode) | 0o111)
            return
        }
        if file.entry.noLink && method != .move || file.hasOtherMode && method != .softLink {
            var copying = file.entry.noLink ? LinkMethod.copy : .reflink
            try place(plain: file, at: destination, method: &copying)
            return
        }
        try place(plain: file, at: destination, method: &method)
    }

    /// Tries the package's method, and the next one where the file systems refuse it.
    private func place(
        plain file: Placement, at destination: Destination, method: inout LinkMethod
    ) throws(Failure) {
        while true {
            do throws(Errno) {
                switch method {
                case .hardLink:
                    try SystemCall.link(
                        from: file.from, at: file.source, to: destination.name, at: destination.directory)
                case .move:
                    try FileSystem.renameWithoutReplacing(
                        from: file.from, at: file.source, to: destination.name, at: destination.directory)
                case .softLink: try linkSoftly(file, at: destination)
                case .reflink, .copy:
                    try SystemCall.copyFile(
                        from: file.from, at: file.source, to: destination.name, at: destination.directory,
                        mode: UInt32(file.entry.mode), clone: method == .reflink)
                }
                return
            } catch {
                if error == .exists, makeWay(destination) { continue }
                if method == .hardLink, error == .tooManyLinks {
                    var copying = LinkMethod.reflink
                    try place(plain: file, at: destination, method: &copying)
                    return
                }
                guard method != .copy, Self.refusals.contains(error) else {
                    throw failure(error, file, shown(destination))
                }
                let linksSoftly = method == .hardLink && plan.options.allowsSoftLinks
                method = linksSoftly ? .softLink : method == .reflink ? .copy : .reflink
                let found = method
                let package = Int(plan.registry.groups[Int(file.claim.group)].package)
                methods.withLock { $0[package] = found }
            }
        }
    }

    /// In a fresh tree a taken name is one that differs only in case, on a file system that does not tell: it goes.
    private func makeWay(_ destination: Destination) -> Bool {
        guard taken == .replaced, (try? SystemCall.unlink(destination.name, at: destination.directory)) != nil else {
            return false
        }
        let path = Path.join(destination.above, String(cString: destination.name))
        report.withLock { $0.caseCollisions.append(path) }
        return true
    }

    /// What says that another method has to be tried.
    private static let refusals: [Errno] = [
        .crossDevice, .notPermitted, .notSupported, .noSystemCall, .invalid, .access, .readOnly,
    ]

    private func linkSoftly(_ file: Placement, at destination: Destination) throws(Errno) {
        let package = plan.registry.packages[Int(plan.registry.groups[Int(file.claim.group)].package)]
        let target = "\(package.source)/\(file.path)"
        try SystemCall.symbolicLink(target: target, path: destination.name, at: destination.directory)
    }

    private func failure(_ error: Errno, _ file: Placement, _ place: String) -> Failure {
        let package = plan.registry.packages[Int(plan.registry.groups[Int(file.claim.group)].package)]
        if error == .noEntry, !FileSystem.exists(file.path, at: file.source) {
            return DamagedSource.loss(package, file.path)
        }
        return Failure(error, place, "link")
    }

    /// A soft link is made anew with the same text.
    private func placeSoftLink(_ file: Placement, at destination: Destination) throws(Failure) {
        let target = file.manifest.target(of: file.entry)
        while true {
            do throws(Errno) {
                try SystemCall.symbolicLink(target: target, path: destination.name, at: destination.directory)
                return
            } catch {
                if error == .exists, makeWay(destination) { continue }
                guard Errno.linkRefusals.contains(error) else { throw failure(error, file, shown(destination)) }
                try placeBehind(file, at: destination)
                return
            }
        }
    }

    /// On a file system without links a link becomes another copy of the file that it leads to.
    private func placeBehind(_ link: Placement, at destination: Destination) throws(Failure) {
        guard let entry = link.manifest.fileBehind(link.entry) else {
            throw Failure(
                .system, shown(destination),
                "is a link to `\(link.manifest.target(of: link.entry))`, and this file system has no symbolic links",
                hint: "choose a place on another file system")
        }
        let path = link.manifest.path(of: entry)
        let source = sources[Int(plan.registry.groups[Int(link.claim.group)].package)]
        let name = Array(
            ((source.opened == nil ? String(decoding: source.prefix, as: UTF8.self) : "") + path).utf8CString)
        try name.withBuffer { (buffer) throws(Failure) in
            guard let from = buffer.baseAddress else { return }
            var file = link
            file.entry = entry
            file.from = from
            var method = LinkMethod.reflink
            try place(file, at: destination, method: &method)
        }
    }

    private func copy(_ file: Placement, to destination: Destination, mode: UInt32) throws(Failure) {
        try write(try read(file), to: destination, mode: mode)
    }

    /// Writes the file anew with the prefix in place of the placeholder.
    func rewrite(
        _ file: Placement, _ placeholder: LinkManifest.Placeholder, to destination: Destination
    ) throws(Failure) {
        var bytes = try read(file)
        let isRight = PlaceholderReplacement.apply(
            placeholder, of: file.manifest, to: &bytes, prefix: prefix, platform: plan.target.platform)
        guard isRight else { throw changed(file) }
        var mode = UInt32(file.entry.mode)
        if file.isScript { mode |= 0o111 }
        let digest = sha256(of: bytes)
        try write(bytes, to: destination, mode: mode)
        note(file.claim, digest, size: UInt64(bytes.count))
    }

    /// Writes a new file in one go.
    func write(_ bytes: [UInt8], to path: Destination, mode: UInt32) throws(Failure) {
        while true {
            do throws(Errno) {
                let descriptor = try SystemCall.open(path.name, .newFile, mode: mode, at: path.directory)
                try bytes.withBytes { (bytes) throws(Errno) in try SystemCall.writeAll(descriptor, bytes) }
                if let epoch = plan.options.sourceDateEpoch {
                    try SystemCall.setModified(of: descriptor, FileTime(seconds: epoch))
                }
                return
            } catch {
                if error == .exists, makeWay(path) { continue }
                throw Failure(error, shown(path), "write")
            }
        }
    }

    /// The bytes of the file in the package, exactly as many as the manifest says.
    private func read(_ file: Placement) throws(Failure) -> [UInt8] {
        guard let size = Int(exactly: file.entry.size) else { throw changed(file) }
        do throws(Errno) {
            let descriptor = try SystemCall.open(file.from, [.readOnly, .noFollow], at: file.source)
            // No memory on the word of a manifest that may be damaged.
            if size > 1 << 20, try SystemCall.status(of: descriptor).size != file.entry.size { throw .inputOutput }
            var failed: Errno?
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let room = UnsafeMutableRawBufferPointer(buffer)
                do throws(Errno) {
                    // No read that only finds the end: the manifest knows it.
                    while count < size {
                        let got = try SystemCall.read(
                            descriptor, into: UnsafeMutableRawBufferPointer(rebasing: room[count..<size]))
                        if got == 0 { break }
                        count += got
                    }
                } catch {
                    failed = error
                }
            }
            if let failed { throw failed }
            guard bytes.count == size else { throw .inputOutput }
            return bytes
        } catch {
            if error == .inputOutput { throw changed(file) }
            throw failure(error, file, file.path)
        }
    }

    /// Hashes a file that the package tells no digest of, or compares it with the one it tells.
    private func hash(_ file: Placement) throws(Failure) {
        let digest = sha256(of: try read(file))
        if let expected = file.manifest.digest(of: file.entry) {
            if digest != expected { throw changed(file) }
            return
        }
        note(file.claim, digest, size: file.entry.size)
    }

    private func checkSize(_ file: Placement) throws(Failure) {
        let status: FileStatus
        do throws(Errno) {
            status = try SystemCall.status(file.from, followLinks: false, at: file.source)
        } catch {
            throw failure(error, file, file.path)
        }
        if status.size != file.entry.size { throw changed(file) }
    }

    private func changed(_ file: Placement) -> Failure {
        DamagedSource.failure(plan.package(of: file.claim), file.path)
    }
}
