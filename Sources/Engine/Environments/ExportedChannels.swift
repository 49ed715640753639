// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Locations
import Prefix

/// The channels of an environment in the order in which they were used, as the user wrote them.
struct ExportedChannels {
    private(set) var texts: [String]

    /// From what the history keeps of each command; where it keeps nothing (other tools), from the commands themselves and
    /// the configuration. Channels of packages that are none of these come last.
    init(history: History, records: [PackageRecord], context: Context) throws(Failure) {
        let settings = context.settings
        let configuration = ChannelConfiguration(settings, context.environment)
        let configured = settings[.channels].filter { $0 != "nodefaults" }
        var isRecorded = true
        var written = history.revisions.reversed().flatMap(\.channels)
        if written.isEmpty {
            isRecorded = false
            written = history.revisions.reversed().flatMap { Self.channels(ofCommand: $0.command) } + configured
        }
        texts = []
        var known: Set<Channel> = []
        func add(_ text: String, _ texts: inout [String]) {
            guard let channels = try? configuration.resolve(text.separatingCredentials.plain), !channels.isEmpty else {
                return
            }
            // A list such as `defaults` is worth its name when any of it is new.
            if channels.map({ known.insert($0).inserted }).contains(true) {
                texts.append(text.separatingCredentials.plain)
            }
        }
        for text in written { add(text, &texts) }
        for text in try Self.used(records, configuration, settings) { add(text, &texts) }
        // What the configuration adds on every command was not wanted here.
        let isOther = configured.contains { text in
            let channels = try? configuration.resolve(text.separatingCredentials.plain)
            return channels?.contains { !known.contains($0) } ?? true
        }
        if isRecorded, !texts.isEmpty, isOther { texts.append("nodefaults") }
    }

    /// The channels of packages, most used first; members of `defaults` by that name.
    private static func used(
        _ records: [PackageRecord], _ configuration: ChannelConfiguration, _ settings: Settings
    ) throws(Failure) -> [String] {
        var counts: [Channel: Int] = [:]
        for record in records {
            let place = record.channel.isEmpty ? record.url : record.channel
            guard !place.isEmpty, let channel = try? configuration.resolve(place).first else { continue }
            counts[channel, default: 0] += 1
        }
        let defaults = Set((try? configuration.resolve("defaults")) ?? [])
        var names: [String] = []
        for (channel, _) in counts.sorted(by: { ($1.value, $0.key.baseURL) < ($0.value, $1.key.baseURL) }) {
            let name = defaults.contains(channel) ? "defaults" : configuration.displayName(of: channel.baseURL)
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The values of `-c` and `--channel` in a command as the history keeps it.
    private static func channels(ofCommand command: String) -> [String] {
        let words = command.split(separator: " ").map { String($0) }
        var channels: [String] = []
        for (index, word) in words.enumerated() {
            if word == "-c" || word == "--channel" {
                if index + 1 < words.count { channels.append(words[index + 1]) }
            } else if word.hasPrefix("--channel=") {
                channels.append(String(word.dropFirst("--channel=".utf8.count)))
            }
        }
        return channels
    }
}
