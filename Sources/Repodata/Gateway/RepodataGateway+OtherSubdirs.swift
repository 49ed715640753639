// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Failures
import Platform
import Synchronization

extension RepodataGateway {
    /// The platforms that packages are made for today.
    private static let platforms: [Subdir] = [.linux64, .linuxAarch64, .osxArm64, .osx64, .win64]

    /// The other subdirs in which channels have `name`, for a message: only what costs little is looked at, which is
    /// folders of this machine, shard indexes and what is cached.
    package func otherSubdirs(having name: String, channels: [Channel], besides searched: [Subdir]) -> [String] {
        let name = name.asciiLowered
        let places = Self.platforms.filter { !searched.contains($0) }.flatMap { subdir in
            channels.filter { $0.subdirs?.contains(subdir) ?? true }.map { Place(channel: $0, subdir: subdir) }
        }
        let found = Mutex<Set<String>>([])
        // That one of them cannot be had is no reason to say less of the others.
        try? forEachInParallel(places.count, workers: 16, name: "platforms") { (index) throws(Failure) in
            let place = places[index]
            guard let source = try? self.openCheaply(place) else { return }
            let has =
                switch source.content {
                case .empty: false
                case .index(let index): index.find(name) != nil
                case .shards(let shards): shards.index.nameNumber(name) != nil
                }
            if has { _ = found.withLock { $0.insert(place.subdir.name) } }
        }
        let names = found.withLock { $0 }
        return Self.platforms.map(\.name).filter { names.contains($0) }
    }

    private func openCheaply(_ place: Place) throws(Failure) -> SubdirSource? {
        if let path = place.localPath { return try openLocal(place, path, .normal).source }
        if settings.usesShards, let sharded = try openShards(place, .normal, wallClockSeconds()) {
            return sharded.source
        }
        return openCached(place, place.url)?.source
    }
}
