// SPDX-License-Identifier: BSD-3-Clause

import Conda

/// The work of a plan cut into pieces that threads can do at the same time: by directory, never two in one.
struct LinkJobs: Sendable {
    /// A piece of work.
    struct Job: Sendable {
        enum Kind: Sendable {
            /// Make these directories (a range of ``LinkJobs/ordered``, parents first), and fill them.
            case subtree(Range<Int>)
            /// Fill one directory that exists.
            case files(Int32)
        }

        var kind: Kind
        /// About how many paths it makes.
        var weight: Int
    }

    /// Directories to be made before any job, parents first.
    private(set) var spine: [Int32] = []
    /// Directories that jobs make.
    private(set) var ordered: [Int32] = []
    /// Heaviest first.
    private(set) var jobs: [Job] = []

    /// Cuts the work of `plan` for `workers` threads.
    init(_ plan: LinkPlan, workers: Int) {
        let directories = plan.registry.directories
        var own = [Int](repeating: 0, count: directories.count)
        for (number, group) in plan.registry.groups.enumerated() {
            own[Int(group.directory)] += Self.weight(of: Int32(number), in: plan)
        }
        for (number, directory) in directories.enumerated() where directory.manifestDirectory >= 0 {
            let manifest = plan.registry.packages[Int(directory.owner)].manifest
            if manifest.directories[Int(directory.manifestDirectory)].isListed { own[number] += 1 }
        }
        // Parents have smaller numbers.
        var weights = own
        for number in stride(from: directories.count - 1, to: 0, by: -1) where weights[number] > 0 {
            weights[Int(directories[number].parent)] += weights[number] + 1
        }
        let heavy = max(512, (weights.first ?? 0) / (max(1, workers) * 6))
        // For each directory the root of the piece that makes it; -1 for the spine.
        var pieces = [Int32](repeating: -1, count: directories.count)
        var sizes: [Int32: Int] = [:]
        for number in directories.indices where number > 0 && weights[number] > 0 {
            let above = pieces[Int(directories[number].parent)]
            if above >= 0 {
                pieces[number] = above
            } else if !directories[number].isShared, weights[number] <= heavy {
                pieces[number] = Int32(number)
            } else {
                spine.append(Int32(number))
                continue
            }
            sizes[pieces[number], default: 0] += 1
        }
        if own[0] > 0 { jobs.append(Job(kind: .files(0), weight: own[0])) }
        for number in spine where own[Int(number)] > 0 {
            jobs.append(Job(kind: .files(number), weight: own[Int(number)]))
        }
        collect(pieces, sizes, weights)
        jobs.sort { $0.weight > $1.weight }
    }

    private mutating func collect(_ pieces: [Int32], _ sizes: [Int32: Int], _ weights: [Int]) {
        var places: [Int32: Int] = [:]
        var total = 0
        for (number, piece) in pieces.enumerated() where piece == Int32(number) {
            let size = sizes[piece] ?? 0
            places[piece] = total
            jobs.append(Job(kind: .subtree(total..<total + size), weight: weights[number]))
            total += size
        }
        ordered = [Int32](repeating: 0, count: total)
        for (number, piece) in pieces.enumerated() where piece >= 0 {
            guard let place = places[piece] else { continue }
            ordered[place] = Int32(number)
            places[piece] = place + 1
        }
    }

    private static func weight(of number: Int32, in plan: LinkPlan) -> Int {
        let group = plan.registry.groups[Int(number)]
        let entries = plan.registry.entries(of: group)
        guard plan.groupsWithExceptions.contains(number) else { return entries.count }
        // What is put aside still counts: too much is harmless, nothing made for nothing is not.
        return entries.count { plan.exceptions[PathRegistry.Claim(group: number, entry: $0)] != .leftOut }
    }
}
