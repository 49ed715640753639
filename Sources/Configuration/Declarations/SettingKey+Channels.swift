// SPDX-License-Identifier: BSD-3-Clause
package import Conda

extension SettingKey {
    static let channelKeys: [SettingKey] = [
        channels, channelAlias, defaultChannels, customChannels, customMultichannels, mirroredChannels,
        overrideChannelsEnabled, channelPriority, allowlistChannels, denylistChannels, channelSettings, useLocal,
    ]

    package static let channels = Setting<[String]>(
        "channels", shown: "conda-forge", aliases: ["channel"], "channels, highest priority first")
    package static let channelAlias = Setting<String>(
        "channel_alias", default: "https://conda.anaconda.org", "where channel names are looked up")
    package static let defaultChannels = Setting<[String]>(
        "default_channels", shown: "https://repo.anaconda.com/pkgs/main, https://repo.anaconda.com/pkgs/r",
        "what `defaults` means")
    package static let customChannels = Setting<[SettingMember]>(
        "custom_channels", "names of channels with their base URLs")
    package static let customMultichannels = Setting<[SettingMember]>(
        "custom_multichannels", "names that stand for several channels")
    package static let mirroredChannels = Setting<[SettingMember]>(
        "mirrored_channels", "channels with the URLs that are tried in order")
    package static let overrideChannelsEnabled = Setting<Bool>(
        "override_channels_enabled", default: true, "whether `--override-channels` is allowed")
    package static let channelPriority = Setting<ChannelPriority>(
        "channel_priority", default: .flexible, "how strictly a channel's position decides")
    package static let allowlistChannels = Setting<[String]>(
        "allowlist_channels", aliases: ["whitelist_channels"], "the only channels allowed")
    package static let channelSettings = Setting<[SettingValue]>(
        "channel_settings", "`exclude_newer` of single channels; what else stands there is for conda's plugins")
    package static let useLocal = Setting<Bool>(
        "use_local", default: false, "the channel `local` comes before the others")
    package static let denylistChannels = Setting<[String]>("denylist_channels", "channels that are refused")
}
