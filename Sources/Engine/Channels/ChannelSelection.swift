// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Configuration
import Failures
import Locations
package import Platform

/// The channels of one command, best first.
struct ChannelSelection {
    /// Texts as they were given, for history and exports.
    let texts: [String]
    let channels: [Channel]

    /// Command line first, then files, then the configuration, which `--override-channels` and `nodefaults` shut out;
    /// conda-forge when nobody names one (Design §4).
    ///
    /// - Parameter specs: a channel that one of them names joins as the last, as in conda and micromamba.
    init(
        _ request: ChangeRequest, fileChannels: [String], specs: [MatchSpec], context: Context
    ) throws(Failure) {
        try self.init(
            commandLine: request.channels, files: fileChannels, specs: specs, overrides: request.overrideChannels,
            context: context)
    }

    init(
        commandLine: [String], files: [String] = [], specs: [MatchSpec] = [], overrides: Bool, context: Context
    ) throws(Failure) {
        let settings = context.settings
        let texts = try settings.channels(first: commandLine + files, overriding: overrides)
        let configuration = ChannelConfiguration(settings, context.environment)
        var seen: Set<Channel> = []
        var channels: [Channel] = []
        var used: [String] = []
        for text in texts {
            var isNew = false
            for channel in try configuration.resolve(text) where seen.insert(channel).inserted {
                channels.append(channel)
                isNew = true
            }
            if isNew { used.append(Self.lasting(text.separatingCredentials.plain, context.environment)) }
        }
        for spec in specs {
            guard let text = spec.channel?.exactText, !channels.contains(where: { spec.matches(channel: $0) }) else {
                continue
            }
            for channel in try configuration.resolve(text) where seen.insert(channel).inserted {
                channels.append(channel)
            }
            used.append(Self.lasting(text, context.environment))
        }
        try Self.check(channels, settings, configuration)
        self.texts = used
        self.channels = channels
    }

    /// A path that means the same from everywhere; other texts as they are.
    private static func lasting(_ text: String, _ environment: ProcessEnvironment) -> String {
        guard text.hasPrefix(".") || text.hasPrefix("~") else { return text }
        return Path.absolute(
            Path.expandingHome(text, home: environment.homeDirectory), base: environment.currentDirectory)
    }

    private static func check(
        _ channels: [Channel], _ settings: Settings, _ configuration: ChannelConfiguration
    ) throws(Failure) {
        var allowed: Set<Channel> = []
        for text in settings[.allowlistChannels] { allowed.formUnion(try configuration.resolve(text)) }
        var denied: Set<Channel> = []
        for text in settings[.denylistChannels] { denied.formUnion(try configuration.resolve(text)) }
        for channel in channels where denied.contains(channel) || !allowed.isEmpty && !allowed.contains(channel) {
            let key = denied.contains(channel) ? SettingKey.denylistChannels : .allowlistChannels
            throw Failure(
                .usage, channel.name, "may not be used: `\(key.name)` of the configuration",
                hint: settings.origin(key).description)
        }
    }
}

extension ChannelConfiguration {
    /// What the configuration says of names of channels.
    package init(_ settings: Settings, _ environment: ProcessEnvironment) {
        self.init(cwd: environment.currentDirectory, home: environment.homeDirectory)
        alias = settings[.channelAlias]
        for member in settings[.customChannels] { customChannels[member.key] = member.value.text }
        let builds = [
            environment["CONDA_BLD_PATH"], settings.rootPrefix.map { Path.join($0, "conda-bld") }, "~/conda-bld",
        ]
        // conda-build's directories, where they are.
        let places = builds.compactMap { $0 }.map { Path.expandingHome($0, home: environment.homeDirectory) }
            .filter { $0.hasPrefix("/") && FileSystem.isDirectory($0) }
        if !places.isEmpty { customMultichannels["local"] = places }
        for member in settings[.customMultichannels] { customMultichannels[member.key] = member.value.list }
        let members = settings[.defaultChannels]
        if !members.isEmpty { defaultChannels = members }
    }
}
