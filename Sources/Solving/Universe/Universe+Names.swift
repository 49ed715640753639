// SPDX-License-Identifier: BSD-3-Clause
import Conda

/// What a name's rows are sorted by.
private struct Standing {
    var source: Int32
    var version: Int32
    var rank: UInt64 = 0
    var features: UInt64
    var channel: UInt64
    var buildNumber: UInt64
    var timestamp: UInt64
    /// 0 for a record of one platform, 1 for noarch: of two that tie in all else the former is taken.
    var noarch: UInt8
    var build: StringID?
}

extension Universe {
    /// Sorts the rows of a name into contenders, best first, installed and virtual packages among them.
    ///
    /// The order is that of Design §3 without the dependency score, which is worked out later where it counts.
    mutating func load(_ name: NameIndex) {
        guard !names[Int(name)].isLoaded else { return }
        names[Int(name)].isLoaded = true
        guard !names[Int(name)].isGroup else { return addGroup(name) }
        var standings = rowStandings(name)
        for place in fixedOfName[names[Int(name)].text] ?? [] { add(place, to: &standings) }
        names[Int(name)].first = ContenderIndex(contenders.count)
        guard !standings.isEmpty else { return }
        rank(&standings)
        if standings.count > 1 { standings.sort { isBetter($0, $1) } }
        names[Int(name)].count = Int32(standings.count)
        for standing in standings {
            contenders.append(
                Contender(
                    source: standing.source, name: name, version: standing.version, rank: standing.rank,
                    buildNumber: standing.buildNumber))
        }
    }

    /// The one contender of a group's name.
    private mutating func addGroup(_ name: NameIndex) {
        names[Int(name)].first = ContenderIndex(contenders.count)
        names[Int(name)].count = 1
        contenders.append(
            Contender(
                source: Int32(table.rows.count), name: name, version: version(text: "0"), rank: 0, buildNumber: 0))
    }

    private func excludeNewerLimit(_ channel: UInt16) -> UInt64? {
        let place = Int(channel)
        return (place < excludeNewerChannels.count ? excludeNewerChannels[place] : nil) ?? excludeNewer
    }

    /// The rows that may be chosen.
    private mutating func rowStandings(_ name: NameIndex) -> [Standing] {
        guard usesTable, let id = names[Int(name)].id, let rows = table.names[id] else { return [] }
        var hidden = HiddenRows()
        var best = UInt16.max
        if priority == .strict { for row in rows { best = min(best, table.rows[row].channel) } }
        let explicit = explicitChannels[name] ?? []
        let forbidden = disallowed.filter { $0.matches(name: names[Int(name)].text) }
        var standings: [Standing] = []
        standings.reserveCapacity(rows.count + 1)
        let ofPackage = excludeNewerPackages[names[Int(name)].text]
        for row in rows {
            let candidate = table.rows[row]
            if candidate.channel > best, !explicit.contains(Int(candidate.channel)) {
                if hidden.byPriority == 0 { hidden.hiddenChannel = candidate.channel }
                hidden.byPriority += 1
                hidden.priorityChannel = best
                continue
            }
            if let limit = ofPackage ?? excludeNewerLimit(candidate.channel) {
                let moment =
                    candidate.indexedTimestamp != 0 ? candidate.indexedTimestamp : candidate.timestamp
                if moment > limit {
                    hidden.byDate += 1
                    continue
                }
            }
            let version = version(candidate.version)
            guard version >= 0 else { continue }
            if !forbidden.isEmpty, isForbidden(row, name, version, by: forbidden) {
                hidden.byPolicy += 1
                continue
            }
            standings.append(
                Standing(
                    source: Int32(row), version: version, features: UInt64(candidate.trackFeatures.count),
                    channel: priority == .disabled ? 0 : UInt64(candidate.channel),
                    buildNumber: candidate.buildNumber, timestamp: candidate.timestamp,
                    noarch: candidate.noarch == .none ? 0 : 1, build: candidate.build))
        }
        names[Int(name)].hidden = hidden
        return standings
    }

    private func isForbidden(
        _ row: Int, _ name: NameIndex, _ version: Int32, by specs: [MatchSpec]
    ) -> Bool {
        let contender = Contender(
            source: Int32(row), name: name, version: version, rank: 0, buildNumber: table.rows[row].buildNumber)
        return specs.contains { spec in
            (spec.version?.matches(versions[Int(version)]) ?? true)
                && SpecMatcher(spec).matchesRest(spec, contender, self)
        }
    }

    /// Adds an installed or virtual package in the place of its twins: the same version, build and subdir.
    private mutating func add(_ place: Int, to standings: inout [Standing]) {
        let package = fixed[place]
        var version = version(text: package.version)
        // A version that cannot be read is no reason to forget the package.
        if version < 0 { version = self.version(text: "0") }
        var standing = Standing(
            source: ~Int32(place), version: version, features: UInt64(package.trackFeatures.count),
            channel: UInt64(table.channels.firstIndex { $0.baseURL == package.channel } ?? table.channels.count),
            buildNumber: package.buildNumber, timestamp: package.timestamp,
            noarch: package.subdir == "noarch" ? 1 : 0, build: table.strings.find(package.build))
        if priority == .disabled { standing.channel = 0 }
        if let build = standing.build, let subdir = table.strings.find(package.subdir) {
            var twin: Standing?
            standings.removeAll { other in
                // Another installed one is no row: an environment may have two records of one name.
                guard other.version == version, other.build == build, other.source >= 0,
                    table.rows[Int(other.source)].subdir == subdir
                else { return false }
                if twin == nil || other.channel < twin?.channel ?? 0 { twin = other }
                return true
            }
            if let twin {
                fixed[place].twin = Int(twin.source)
                standing.features = twin.features
                standing.channel = twin.channel
                standing.buildNumber = twin.buildNumber
                standing.timestamp = twin.timestamp
                standing.noarch = twin.noarch
            }
        }
        standings.append(standing)
    }

    /// Numbers the versions from the newest and packs what ranks first into one integer.
    private func rank(_ standings: inout [Standing]) {
        versions.withUnsafeBufferPointer { versions in
            var distinct = standings.map(\.version)
            distinct.sort()
            var last: Int32 = -1
            distinct.removeAll { version in
                defer { last = version }
                return version == last
            }
            distinct.sort { versions[Int($1)] < versions[Int($0)] }
            for index in standings.indices {
                // The first of the equal ones, so that `1.0` and `1.0.0` stand alike.
                var low = 0
                var high = distinct.count
                let version = versions[Int(standings[index].version)]
                while low < high {
                    let middle = (low + high) / 2
                    if version < versions[Int(distinct[middle])] { low = middle + 1 } else { high = middle }
                }
                standings[index].rank =
                    min(standings[index].features, 0xFF) << 48 | standings[index].channel << 32 | UInt64(low)
            }
        }
    }

    private func isBetter(_ left: Standing, _ right: Standing) -> Bool {
        if left.rank != right.rank { return left.rank < right.rank }
        if left.buildNumber != right.buildNumber { return left.buildNumber > right.buildNumber }
        if left.timestamp != right.timestamp { return left.timestamp > right.timestamp }
        if left.noarch != right.noarch { return left.noarch < right.noarch }
        if let first = left.build, let second = right.build, first != second {
            return table.strings.withBytes(of: first) { first in
                table.strings.withBytes(of: second) { second in second.lexicographicallyPrecedes(first) }
            }
        }
        // Installed first, then in the order of the table.
        return left.source < right.source
    }
}
