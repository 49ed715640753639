// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Engine
import Locations
import Platform

/// What channels are called: by the names that the configuration has for them, so that what is shown can be typed.
struct ChannelNames: Sendable {
    private let configuration: ChannelConfiguration

    init(_ settings: Settings, _ environment: ProcessEnvironment) {
        configuration = ChannelConfiguration(settings, environment)
    }

    /// The name that a custom channel has or that follows the alias, else the channel's URL; as it is where the record has
    /// only a name.
    func name(of record: PackageRecord) -> String {
        record.channel.hasURLScheme ? configuration.displayName(of: record.channel) : record.channel.maskingSecrets
    }

    /// The same for records whose channels are written in several ways: what the archive's URL says comes first.
    fileprivate func exactName(of record: PackageRecord) -> String {
        let name = record.channelURL
        return name.hasURLScheme ? configuration.displayName(of: name) : name.maskingSecrets
    }
}

/// What channels are called in one table: by the last part of their URLs, and whole where two of them would look alike.
struct ShortChannelNames {
    private let names: ChannelNames
    private let shared: Set<String>

    /// - Parameter records: everything that the table tells of.
    init(_ records: [PackageRecord], _ names: ChannelNames) {
        self.names = names
        var channels: [String: Set<String>] = [:]
        for record in records { channels[Self.short(record), default: []].insert(names.exactName(of: record)) }
        shared = Set(channels.filter { $0.value.count > 1 }.keys)
    }

    func name(_ record: PackageRecord) -> String {
        let short = Self.short(record)
        return shared.contains(short) ? names.exactName(of: record) : short
    }

    private static func short(_ record: PackageRecord) -> String {
        let place = record.channel.maskingSecrets
        return place.split(separator: "/").last.map { String($0) } ?? place
    }
}
