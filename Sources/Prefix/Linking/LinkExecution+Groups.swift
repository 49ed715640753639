// SPDX-License-Identifier: BSD-3-Clause

import Codecs
import Conda
import Failures
import Platform
import Synchronization

extension LinkExecution {
    /// Places all entries of a group.
    func place(group number: Int32, _ places: LinkPlaces) throws(Failure) {
        let group = plan.registry.groups[Int(number)]
        if group.manifestDirectory < 0 {
            try writeEntryPoints(number, group, places)
            return
        }
        let manifest = plan.registry.packages[Int(group.package)].manifest
        let from = manifest.directories[Int(group.manifestDirectory)]
        let hasExceptions = plan.groupsWithExceptions.contains(number)
        var method = methods.withLock { $0[Int(group.package)] }
        let isMapped = isMapped(group, manifest)
        let isScript = isMapped && manifest.path(of: from).utf8.starts(with: "python-scripts".utf8)
        let source = sources[Int(group.package)]
        let sourceScratch = source.opened == nil ? PathBuffer() : nil
        let opened = try places.opened(group.directory)
        let directory = destinationPrefix(of: group)
        let above = opened == nil ? "" : plan.registry.path(of: group.directory)
        var count = 0
        try manifest.text.withBytes { (text) throws(Failure) in
            for index in from.entries {
                let entry = manifest.entries[index]
                if entry.kind == .directory { continue }
                count += 1
                let claim = PathRegistry.Claim(group: number, entry: Int32(index))
                var file = Placement(claim: claim, entry: entry, manifest: manifest, source: source.reference)
                file.isScript = isScript
                file.hasOtherMode = UInt32(entry.mode) & (source.taken ^ creationMask) != 0
                file.from = pointer(text, entry.path)
                if let sourceScratch {
                    file.from = source.prefix.withUnsafeBytes { sourceScratch.join($0, path(text, entry)) }
                }
                if hasExceptions, let exception = plan.exceptions[claim] {
                    if exception == .leftOut { continue }
                    try placeAside(file, places, method: &method)
                    continue
                }
                var destination = Destination(directory: root, name: pointer(text, entry.path))
                let start = entry.path + UInt32(entry.nameOffset)
                if let opened {
                    destination = Destination(
                        directory: opened.descriptor.reference, name: pointer(text, start), above: above)
                } else if isMapped {
                    let name = UnsafeRawBufferPointer(
                        rebasing: text[Int(start)..<Int(entry.path) + Int(entry.pathLength)])
                    destination.name = directory.withUnsafeBytes { places.scratch.join($0, name) }
                }
                do throws(Failure) {
                    try place(file, at: destination, method: &method)
                } catch {
                    guard let aside = try asideForLate(claim, error) else { throw error }
                    try places.at(aside) { (aside) throws(Failure) in try place(file, at: aside, method: &method) }
                }
            }
        }
        let done = count
        report.withLock { $0.paths += done }
    }

    /// True when the group's paths in the prefix are not those in the package.
    private func isMapped(_ group: PathRegistry.Group, _ manifest: LinkManifest) -> Bool {
        let from = manifest.directories[Int(group.manifestDirectory)]
        let to = plan.registry.directories[Int(group.directory)]
        guard Int(from.pathLength) == Int(to.pathLength) else { return true }
        return plan.registry.text.withUnsafeBytes { destination in
            manifest.text.withUnsafeBytes { text in
                !ByteSearch.stands(
                    UnsafeRawBufferPointer(
                        rebasing: text[Int(from.path)..<Int(from.path) + Int(from.pathLength)]),
                    in: destination, at: Int(to.path)) && from.pathLength > 0
            }
        }
    }

    /// The path of the group's directory with a slash, empty for the root.
    private func destinationPrefix(of group: PathRegistry.Group) -> [UInt8] {
        let directory = plan.registry.directories[Int(group.directory)]
        guard directory.pathLength > 0 else { return [] }
        return plan.registry.text[Int(directory.path)..<Int(directory.path + directory.pathLength)]
            + [UInt8(ascii: "/")]
    }

    /// Places an entry below `__clobbers__`, for another has its path.
    private func placeAside(
        _ file: Placement, _ places: LinkPlaces, method: inout LinkMethod
    ) throws(Failure) {
        guard let path = plan.place(of: file.claim) else { return }
        try makeDirectoryAside(of: path)
        try places.at(path) { (aside) throws(Failure) in try place(file, at: aside, method: &method) }
    }

    private func writeEntryPoints(
        _ number: Int32, _ group: PathRegistry.Group, _ places: LinkPlaces
    ) throws(Failure) {
        guard let python = plan.python else { return }
        let manifest = plan.registry.packages[Int(group.package)].manifest
        let interpreter = Array("\(plan.target.prefix)/\(python.executable)".utf8)
        for (index, point) in manifest.entryPoints.enumerated() {
            let claim = PathRegistry.Claim(group: number, entry: -1 - Int32(index))
            guard let path = plan.place(of: claim) else { continue }
            if plan.exceptions[claim] == .putAside {
                try makeDirectoryAside(of: path)
            }
            let script = EntryPointScript.bytes(point, interpreter: interpreter, platform: plan.target.platform)
            do throws(Failure) {
                try places.at(path) { (place) throws(Failure) in
                    try write(script, to: place, mode: EntryPointScript.mode)
                }
            } catch {
                guard let aside = try asideForLate(claim, error) else { throw error }
                try places.at(aside) { (place) throws(Failure) in
                    try write(script, to: place, mode: EntryPointScript.mode)
                }
            }
            note(claim, sha256(of: script), size: UInt64(script.count))
        }
        report.withLock { $0.paths += manifest.entryPoints.count }
    }

    private func pointer(_ text: UnsafeRawBufferPointer, _ offset: UInt32) -> UnsafePointer<CChar> {
        guard let base = text.baseAddress else { preconditionFailure("the text is never empty") }
        return (base + Int(offset)).assumingMemoryBound(to: CChar.self)
    }

    private func path(_ text: UnsafeRawBufferPointer, _ entry: LinkManifest.Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text[Int(entry.path)..<Int(entry.path) + Int(entry.pathLength)])
    }
}
