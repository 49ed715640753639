// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Engine
import Locations

/// What channels are called in one table: by the last part of their URLs, and whole where two of them would look alike.
struct ChannelNames {
    private let shared: Set<String>

    /// - Parameter records: everything that the table tells of.
    init(_ records: [PackageRecord]) {
        var channels: [String: Set<String>] = [:]
        for record in records { channels[Self.short(record), default: []].insert(Self.whole(record)) }
        shared = Set(channels.filter { $0.value.count > 1 }.keys)
    }

    func name(_ record: PackageRecord) -> String {
        let short = Self.short(record)
        return shared.contains(short) ? Self.whole(record) : short
    }

    private static func short(_ record: PackageRecord) -> String {
        let place = record.channel.maskingSecrets
        return place.split(separator: "/").last.map { String($0) } ?? place
    }

    /// The name that it has on conda.anaconda.org, else its URL.
    private static func whole(_ record: PackageRecord) -> String { record.channelName.maskingSecrets }
}
