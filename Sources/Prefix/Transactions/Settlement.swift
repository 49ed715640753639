// SPDX-License-Identifier: BSD-3-Clause

import Conda
import Failures
import Platform

/// Who has which path when packages come to others that stay: what a new environment of them all would say. It reads
/// all records, so it is made only when two may want one path.
///
/// A directory wins over files and links of its name, and of packages that want one path the last in topological order
/// has it. What other tools left in another way, a file in the records of two packages or files below another's link,
/// stays as it is while no new package wants those paths.
struct Settlement {
    /// A file of a package that stays, which gets another place.
    struct Transfer {
        var record: InstalledRecord
        var from: String
        var to: String
        /// The path that another has now; nil when the file is back at its own.
        var original: String?
    }

    /// The package that stays and has the file at a path.
    private(set) var owners: [ExactPath: InstalledRecord] = [:]
    private(set) var transfers: [Transfer] = []
    /// Entries of new packages whose path is another's; the name is empty when that is a directory.
    private(set) var losers: [(claim: PathRegistry.Claim, winner: String)] = []
    /// What new packages take from those that stay.
    private(set) var clobbers: [Clobber] = []

    /// The best of those that want a path.
    private struct Winner {
        var rank: Int
        /// Its number among the packages that stay; nil for a new one.
        var kept: Int?
        var name: String
    }

    /// A path of a package that stays.
    private struct Holding {
        var record: Int
        /// Where its file is.
        var place: ExactPath
        /// Where it would be if no other had the path.
        var wanted: ExactPath

        var isAside: Bool { place != wanted }
    }

    private let kept: [InstalledRecord]
    private let ranks: [String: Int]
    private var holdings: [Holding] = []
    private var winners: [ExactPath: Winner] = [:]
    private var keptDirectories: Set<ExactPath> = []
    private var newDirectories: Set<ExactPath> = []

    /// What becomes of the paths of `kept` and of the packages of `link`; a higher rank has a path.
    init(_ kept: [InstalledRecord], _ link: LinkPlan, ranks: [String: Int]) throws(Failure) {
        self.kept = kept
        self.ranks = ranks
        try takeHoldings()
        var claims: [(claim: PathRegistry.Claim, path: ExactPath, name: String)] = []
        link.forEachWanted { claim, path in
            claims.append((claim, ExactPath(path), link.package(of: claim).record.name))
        }
        for (_, path, name) in claims {
            Self.note(path.ancestors, in: &newDirectories)
            contest(path, Winner(rank: ranks[name] ?? 0, kept: nil, name: name))
        }
        for directory in link.listedDirectories.map({ ExactPath($0) }) {
            newDirectories.insert(directory)
            Self.note(directory.ancestors, in: &newDirectories)
        }
        for (claim, path, name) in claims {
            if newDirectories.contains(path) || keptDirectories.contains(path) {
                losers.append((claim, ""))
            } else if let winner = winners[path], winner.name != name {
                losers.append((claim, winner.name))
            }
        }
        for holding in holdings { settle(holding) }
    }

    private mutating func takeHoldings() throws(Failure) {
        let kept = kept
        let lists = try inParallel(kept.count) { (index) throws(Failure) in try kept[index].paths() }
        for (number, paths) in lists.enumerated() {
            let name = kept[number].name
            let rank = ranks[name] ?? 0
            for path in paths where path.kind != .linkedPackageRecord {
                let place = ExactPath(path.path)
                if path.kind == .directory {
                    keptDirectories.insert(place)
                    Self.note(place.ancestors, in: &keptDirectories)
                    continue
                }
                if path.path.utf8.starts(with: "\(TransactionDirectory.metadata)/".utf8) { continue }
                let wanted = path.originalPath.map { ExactPath($0) } ?? place
                holdings.append(Holding(record: number, place: place, wanted: wanted))
                Self.note(wanted.ancestors, in: &keptDirectories)
                contest(wanted, Winner(rank: rank, kept: number, name: name))
                if rank >= owners[place].map({ ranks[$0.name] ?? 0 }) ?? 0 { owners[place] = kept[number] }
            }
        }
    }

    private mutating func contest(_ path: ExactPath, _ winner: Winner) {
        if let best = winners[path], best.rank >= winner.rank { return }
        winners[path] = winner
    }

    private static func note(_ ancestors: some Sequence<ExactPath>, in directories: inout Set<ExactPath>) {
        for directory in ancestors where !directories.insert(directory).inserted { return }
    }

    /// Decides whether the file of a package that stays gets another place.
    private mutating func settle(_ holding: Holding) {
        let record = kept[holding.record]
        let path = holding.wanted
        let isDirectory = newDirectories.contains(path) || keptDirectories.contains(path)
        let winner = winners[path]
        if holding.isAside {
            guard !isDirectory, winner?.kept == holding.record else { return }
            transfers.append(Transfer(record: record, from: holding.place.text, to: path.text))
            return
        }
        if isDirectory {
            // Other tools link files through another package's link; there they stay.
            if keptDirectories.contains(path) { return }
        } else {
            guard let winner, winner.kept != holding.record else { return }
            // Several may have it in their records: it is the file of the last.
            guard owners[path]?.distribution == record.distribution else { return }
        }
        let aside = "\(LinkPlan.clobbersDirectory)/\(record.name)/\(path.text)"
        transfers.append(Transfer(record: record, from: path.text, to: aside, original: path.text))
        clobbers.append(
            Clobber(path: path.text, winner: isDirectory ? "" : winner?.name ?? "", loser: record.name))
    }
}
