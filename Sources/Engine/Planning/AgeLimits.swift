// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Configuration
import Failures
import Locations
import Platform

/// From which moment on records are not seen, in ms since 1970 (`exclude_newer`, `exclude_newer_package`,
/// `exclude_newer_channel`). Of several for one package or channel the first counts, which is that of the strongest source.
struct AgeLimits {
    private(set) var all: UInt64?
    private(set) var packages: [String: UInt64] = [:]
    /// By base URLs.
    private(set) var channels: [String: UInt64] = [:]
    /// Every channel that is named, with the base URLs that it stands for.
    private let named: [(text: String, urls: Set<String>)]

    /// - Throws: `Failure(.usage)` that names what is empty, no moment, or no package or channel.
    init(_ settings: Settings, _ environment: ProcessEnvironment) throws(Failure) {
        let now = wallClockSeconds()
        // One on the command line that came out empty is a mistake; an empty setting says nothing, as with conda.
        if let text = settings[.excludeNewer], !text.isEmpty || settings.origin(.excludeNewer) == .commandLine {
            all = try Self.moment(text, of: SettingKey.excludeNewer.name, now)
        }
        for text in settings[.excludeNewerPackage] {
            let (what, moment) = try Self.limit(text, SettingKey.excludeNewerPackage, now)
            let name: PackageName
            do throws(Failure) { name = try PackageName(what) } catch {
                throw Failure(.usage, "\(SettingKey.excludeNewerPackage.name) \(text)", error.reason)
            }
            if packages[name.text] == nil { packages[name.text] = moment }
        }
        let configuration = ChannelConfiguration(settings, environment)
        var named: [(text: String, urls: Set<String>)] = []
        for text in try settings[.excludeNewerChannel] + Self.ofChannels(settings) {
            let (what, moment) = try Self.limit(text, SettingKey.excludeNewerChannel, now)
            let urls = Set(try configuration.resolve(what).map(\.baseURL))
            named.append((what, urls))
            for url in urls where channels[url] == nil { channels[url] = moment }
        }
        self.named = named
    }

    /// What of the command line has no effect: channels that are not asked, packages that none of them has.
    func warnings(
        _ settings: Settings, channels asked: Set<String>, has: (String) -> Bool
    ) -> [String] {
        var warnings: [String] = []
        // A file holds for all environments, and not each of them has everything.
        if settings.origins(.excludeNewerPackage).contains(.commandLine) {
            warnings += packages.keys.sorted().filter { !has($0) }.map {
                "`--exclude-newer-package` has no effect on \($0): no channel has a package of that name"
            }
        }
        if settings.origins(.excludeNewerChannel).contains(.commandLine) {
            warnings += named.filter { $0.urls.isDisjoint(with: asked) }.map {
                "`--exclude-newer-channel` has no effect on \($0.text.maskingSecrets): it is not one of the channels"
            }
        }
        return warnings
    }

    /// What of the command line has no effect where nothing is chosen.
    func warningsForLocked(_ settings: Settings) -> [String] {
        let keys: [SettingKey] = [.excludeNewer, .excludeNewerPackage, .excludeNewerChannel]
        return keys.filter { settings.origins($0).contains(.commandLine) }.map {
            let option = $0.name.split(separator: "_").joined(separator: "-")
            return "`--\(option)` has no effect: the lock or list says which packages come, whatever their age"
        }
    }

    /// What conda's `channel_settings` say, the last first, as `CHANNEL=TIME`.
    private static func ofChannels(_ settings: Settings) throws(Failure) -> [String] {
        var limits: [String] = []
        for entry in settings[.channelSettings].reversed().map(\.map) {
            func text(_ key: String) -> String? { entry.first { $0.key == key }?.value.text }
            guard let channel = text("channel"), let time = text("exclude_newer") ?? text("exclude-newer"),
                !time.isEmpty, truth(time) != true
            else { continue }
            guard !channel.contains(where: "*?[".contains) else {
                throw Failure(
                    .usage, "\(SettingKey.channelSettings.name) \(channel.maskingSecrets)",
                    "is a pattern: an age limit is for one channel", hint: "name the channels one by one")
            }
            limits.append("\(channel)=\(truth(time) == false ? "none" : time)")
        }
        return limits
    }

    /// `WHAT=TIME`
    private static func limit(
        _ text: String, _ key: SettingKey, _ now: Int64
    ) throws(Failure) -> (what: String, moment: UInt64) {
        let place = "\(key.name) \(text.maskingSecrets)"
        guard let sign = text.lastIndex(of: "="), sign > text.startIndex else {
            throw Failure(.usage, place, "is not WHAT=TIME", hint: "write numpy=7d")
        }
        let moment = try moment(String(text[text.index(after: sign)...]), of: place, now)
        return (String(text[..<sign]), moment)
    }

    /// `none` is no limit.
    private static func moment(_ text: String, of place: String, _ now: Int64) throws(Failure) -> UInt64 {
        if text == "none" { return .max }
        do throws(Failure) {
            return try Moment(text, nowSeconds: now, includesDay: true).milliseconds
        } catch {
            let reason = text.isEmpty ? "has no date or age" : "`\(text)` \(error.reason)"
            throw Failure(.usage, place, reason, hint: "write 2026-01-31, 2026-01-31T12:00:00Z, 7d or none")
        }
    }
}
