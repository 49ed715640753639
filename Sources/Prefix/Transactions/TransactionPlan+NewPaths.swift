// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

extension TransactionPlan {
    /// Something that is made at a path.
    private struct Place {
        enum Kind {
            case entry(PathRegistry.Claim)
            case compiled
            /// A file of a package that stays.
            case transfer
        }

        var kind: Kind
        var path: String
    }

    /// What becomes of something that stands where a new path shall be.
    private enum Way {
        /// It goes out of the way, or there is nothing.
        case free
        /// It stays.
        case taken
        /// Nobody has looked yet whose it is.
        case unsettled
    }

    /// Plans every path that is made; false when something stands in the way and it is not settled yet whose it is.
    mutating func planNewPaths() throws(Failure) -> Bool {
        var places: [Place] = []
        link.forEachPlaced { places.append(Place(kind: .entry($0), path: $1)) }
        for path in CompiledFiles.expected(of: link) { places.append(Place(kind: .compiled, path: path)) }
        for transfer in transfers { places.append(Place(kind: .transfer, path: transfer.to)) }
        var index = 0
        while index < places.count {
            let place = places[index]
            index += 1
            guard let directory = try planDirectory(Path.parent(place.path)) else { return false }
            let path = directory.path(of: Path.name(place.path))
            switch try makeWay(to: path, in: directory, for: place.kind) {
            case .unsettled: return false
            case .taken: try giveUp(place, &places)
            case .free:
                made.insert(ExactPath(path))
                journal.made.append(path)
            }
        }
        for path in link.listedDirectories where try planDirectory(path) == nil { return false }
        return true
    }

    /// Puts a new file aside, for something that stays has its path; a file of a package that stays remains aside.
    private mutating func giveUp(_ place: Place, _ places: inout [Place]) throws(Failure) {
        switch place.kind {
        case .compiled: break
        case .transfer: cancelTransfer(to: place.path)
        case .entry(let claim):
            guard link.exceptions[claim] == nil else {
                throw Failure(
                    .other, Path.join(change.target.root, place.path), "is in the way of a package's file",
                    hint: "move it away and try again")
            }
            link.putAside(claim, winner: "")
            places.append(Place(kind: place.kind, path: link.asidePath(of: claim)))
        }
    }

    /// Decides about what stands at the physical path `path`, where something new shall be.
    private mutating func makeWay(
        to path: String, in directory: Directory, for kind: Place.Kind
    ) throws(Failure) -> Way {
        // Two of a package's paths are one when a link of the user's is on the way.
        if made.contains(ExactPath(path)) { return .taken }
        guard directory.isThere, let status = try FileSystem.status(path, followLinks: false, at: root) else {
            return .free
        }
        if status.kind == .directory {
            guard settlement != nil else { return .unsettled }
            guard try holdsOnlyOld(path) else { return .taken }
            move(path, isDirectory: true)
            return .free
        }
        if !old.contains(ExactPath(path)) {
            if case .compiled = kind {
                // Python has compiled it itself.
            } else if let settlement {
                if settlement.owners[ExactPath(path)] == nil {
                    replacedFiles.append(path)
                } else if !transfers.contains(where: { ExactPath($0.from) == ExactPath(path) }) {
                    return .taken
                }
            } else {
                return .unsettled
            }
        }
        move(path)
        return .free
    }

    /// Whether nothing is in the directory `path`, however deep, but files of packages that go and what python has
    /// compiled of them.
    private func holdsOnlyOld(_ path: String) throws(Failure) -> Bool {
        for entry in try FileSystem.entries(path, at: root) {
            let name = "\(path)/\(entry.name)"
            var kind = entry.kind
            if kind == .unknown { kind = try FileSystem.status(name, followLinks: false, at: root)?.kind ?? .unknown }
            if kind == .directory {
                guard try holdsOnlyOld(name) else { return false }
            } else if !old.contains(ExactPath(name)) {
                guard let source = UnownedFile.source(of: name), old.contains(ExactPath(source)) else { return false }
            }
        }
        return true
    }

    /// Where the directory `path` is or will be; nil when it is not settled whose the thing is that stands there.
    private mutating func planDirectory(_ path: String) throws(Failure) -> Directory? {
        if let known = directories[ExactPath(path)] { return known }
        guard let parent = try planDirectory(Path.parent(path)) else { return nil }
        let place = parent.path(of: Path.name(path))
        var directory = Directory(place: place, isThere: false)
        if parent.isThere, let status = try FileSystem.status(place, followLinks: false, at: root) {
            if status.kind == .directory {
                directory.isThere = true
            } else if old.contains(ExactPath(place))
                || transfers.contains(where: { $0.from.utf8.elementsEqual(place.utf8) })
            {
                move(place)
            } else if settlement == nil {
                return nil
            } else if status.kind == .symbolicLink {
                directory = Directory(place: try linkedDirectory(place), isThere: true)
            } else {
                replacedFiles.append(place)
                move(place)
            }
        }
        directories[ExactPath(path)] = directory
        if !directory.isThere { journal.madeDirectories.append(place) }
        return directory
    }

    /// Files go through a link that a user or another tool made only if it leads to a directory in the prefix.
    private mutating func linkedDirectory(_ path: String) throws(Failure) -> String {
        guard let place = try physical.place(of: path), FileSystem.isDirectory(path, at: root) else {
            throw Failure(
                .other, Path.join(change.target.root, path),
                "is a link that leads out of the prefix, and packages have files below it",
                hint: "replace the link by a directory")
        }
        return place
    }
}
