// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform
import Synchronization

/// Packages that were unpacked into staging on the prefix's own file system: whole directories are renamed into place
/// (Design §3, Straight into the prefix).
extension LinkExecution {
    /// Renames a whole directory out of staging; false when something stands there already.
    func moveWhole(_ directory: Int32, _ places: LinkPlaces) throws(Failure) -> Bool {
        let place = plan.registry.directories[Int(directory)]
        guard place.manifestDirectory >= 0 else { return false }
        let manifest = plan.registry.packages[Int(place.owner)].manifest
        let from = manifest.path(of: manifest.directories[Int(place.manifestDirectory)])
        let source = sources[Int(place.owner)]
        let path = source.opened == nil ? String(decoding: source.prefix, as: UTF8.self) + from : from
        let above = try places.opened(place.parent)
        do throws(Errno) {
            try withPath(of: directory, in: above) { (to) throws(Errno) in
                try SystemCall.renameWithoutReplacing(
                    from: path, at: source.reference, to: to, at: above?.descriptor.reference ?? root)
            }
            return true
        } catch {
            return false
        }
    }

    /// Rewrites the files of a moved directory that hold the build prefix.
    func fillMoved(_ directory: Int32, _ places: LinkPlaces) throws(Failure) {
        var next = plan.registry.directories[Int(directory)].firstGroup
        while next >= 0 {
            let group = plan.registry.groups[Int(next)]
            let manifest = plan.registry.packages[Int(group.package)].manifest
            if group.manifestDirectory < 0 {
                try place(group: next, places)
            } else {
                let entries = manifest.directories[Int(group.manifestDirectory)].entries
                for index in entries where needsWork(manifest.entries[index], manifest) {
                    let claim = PathRegistry.Claim(group: next, entry: Int32(index))
                    try places.at(plan.destination(of: claim)) { (place) throws(Failure) in
                        try workOnMoved(claim, manifest, at: place)
                    }
                }
                report.withLock { $0.paths += entries.count }
            }
            next = group.next
        }
    }

    private func needsWork(_ entry: LinkManifest.Entry, _ manifest: LinkManifest) -> Bool {
        guard entry.kind == .hardLink else { return false }
        return !entry.hasDigest || !(manifest.placeholder(of: entry)?.offsets.isEmpty ?? true)
    }

    private func workOnMoved(
        _ claim: PathRegistry.Claim, _ manifest: LinkManifest, at destination: Destination
    ) throws(Failure) {
        // The file moves aside under a name of its own, and is placed from there.
        let directory = destination.directory
        let path = String(cString: destination.name)
        let aside = path + temporaryName()
        try FileSystem.rename(from: path, at: directory, to: aside, at: directory)
        var file = Placement(
            claim: claim, entry: manifest.entries[Int(claim.entry)], manifest: manifest, source: directory)
        let name = Array(aside.utf8CString)
        try name.withBuffer { (buffer) throws(Failure) in
            guard let from = buffer.baseAddress else { return }
            file.from = from
            var method = LinkMethod.move
            try place(file, at: destination, method: &method)
        }
        try FileSystem.unlink(aside, at: directory)
    }
}
