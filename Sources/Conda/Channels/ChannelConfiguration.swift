// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Locations

/// What names of channels mean (Rules §3.2).
package struct ChannelConfiguration: Sendable {
    /// Where channels are that are given by name only.
    package var alias = "https://conda.anaconda.org"
    /// Names with a place of their own: the channel is `place/name`.
    package var customChannels: [String: String] = [:]
    /// Names that stand for several channels.
    package var customMultichannels: [String: [String]] = [:]
    /// The members of `defaults`.
    package var defaultChannels = ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"]
    /// What relative paths start from.
    package var cwd: String
    /// What `~` is.
    package var home: String?

    package init(cwd: String, home: String?) {
        self.cwd = cwd
        self.home = home
    }

    /// The channels of a list in its order, each once; `nodefaults` takes `defaults` out.
    package func resolve(_ texts: [String]) throws(Failure) -> [Channel] {
        let dropsDefaults = texts.contains("nodefaults")
        var channels: [Channel] = []
        for text in texts where !(dropsDefaults && text == "defaults") {
            for channel in try resolve(text) {
                let isKnown = channels.contains { $0 == channel && $0.subdirs == channel.subdirs }
                if !isKnown { channels.append(channel) }
            }
        }
        return channels
    }

    /// The channel or channels that `text` means: a name, a URL or a path, possibly limited to platforms.
    package func resolve(_ text: String) throws(Failure) -> [Channel] {
        try resolve(text, depth: 0)
    }

    private func resolve(_ text: String, depth: Int) throws(Failure) -> [Channel] {
        guard depth < 8 else { throw Failure(.usage, text.maskingSecrets, "channel lists contain each other") }
        let (location, subdirs) = try takePlatforms(text.trimmingSpace)
        if location == "nodefaults" { return [] }
        switch location {
        case "", "<unknown>", "unknown", "none", "None", ":///<unknown>":
            throw Failure(.usage, text, "not a channel")
        default: break
        }
        if location.hasSuffix(".conda") || location.hasSuffix(".tar.bz2") {
            throw Failure(
                .usage, text.maskingSecrets, "this is a package and not a channel",
                hint: "name it among the packages to install")
        }
        if location.hasURLScheme || Self.isPath(location) { return [try channel(at: location, subdirs)] }
        guard Self.isName(location) else {
            // Most likely a URL without its beginning.
            let shown = "https://\(text)".maskingSecrets.dropFirst("https://".utf8.count)
            throw Failure(.usage, String(shown), "not the name of a channel")
        }
        let name = location.trimmingSlashes
        if let custom = customChannel(name, subdirs) { return [custom] }
        if let members = customMultichannels[name] ?? (name == "defaults" ? defaultChannels : nil) {
            var channels: [Channel] = []
            for member in members {
                for channel in try resolve(member, depth: depth + 1) {
                    channels.append(channel.inCollection(name, limitedTo: subdirs))
                }
            }
            return channels
        }
        if let place = besideDefaults(name) { return [try channel(at: place, subdirs)] }
        if name == "local" {
            throw Failure(
                .usage, text, "there is no local channel: nothing was built into conda-bld",
                hint: "give the path of its directory")
        }
        let (plain, credentials) = alias.separatingCredentials
        let base = plain.canonicalURL
        // `conda.anaconda.org/conda-forge` is the alias without its scheme.
        let host = base.droppingScheme
        let rest = name.hasPrefix(host + "/") ? String(name.dropFirst(host.count + 1)) : name
        return [Channel(baseURL: "\(base)/\(rest)", name: rest, subdirs: subdirs, credentials: credentials)]
    }

    /// Where `pkgs/main`, `pkgs/r` and their like are: with the members of `defaults`, not with the other names.
    private func besideDefaults(_ name: String) -> String? {
        guard name.hasPrefix("pkgs/") else { return nil }
        for member in defaultChannels {
            var parts = member.split(separator: "/", omittingEmptySubsequences: false)
            if parts.last == "" { parts.removeLast() }
            guard parts.count > 2, parts[parts.count - 2] == "pkgs" else { continue }
            return (parts.dropLast(2).map { String($0) } + [name]).joined(separator: "/")
        }
        return nil
    }

    /// The registered channel of the longest prefix, with the rest of the name appended.
    private func customChannel(_ name: String, _ subdirs: [Subdir]?) -> Channel? {
        let candidates = customChannels.keys.filter { name == $0 || name.hasPrefix($0 + "/") }
        guard let key = candidates.max(by: { $0.utf8.count < $1.utf8.count }), let place = customChannels[key] else {
            return nil
        }
        let (plain, credentials) = url(of: place).separatingCredentials
        return Channel(
            baseURL: Self.joined(plain.canonicalURL, key) + name.dropFirst(key.count), name: name, subdirs: subdirs,
            credentials: credentials)
    }

    /// A registered place may already end in the name.
    private static func joined(_ place: String, _ name: String) -> String {
        place.hasSuffix("/" + name) ? place : "\(place)/\(name)"
    }

    private func channel(at location: String, _ subdirs: [Subdir]?) throws(Failure) -> Channel {
        let (plain, credentials) = url(of: location).separatingCredentials
        let base = plain.canonicalURL
        guard !base.droppingScheme.isEmpty else { throw Failure(.usage, location.maskingSecrets, "not a channel") }
        return Channel(baseURL: base, name: displayName(of: base), subdirs: subdirs, credentials: credentials)
    }

    /// The URL of a URL or path.
    private func url(of location: String) -> String {
        if location.asciiLowered.hasPrefix("file:") {
            var path = String(location.dropFirst(5))
            while path.hasPrefix("//") { path.removeFirst() }
            return "file://" + path.percentDecoded.absolutePath(cwd: cwd, home: home).percentEncodedPath
        }
        if location.hasURLScheme { return location.escapingURLText }
        return "file://" + location.absolutePath(cwd: cwd, home: home).percentEncodedPath
    }

    /// The shortest name that leads to a URL: a registered one, what follows the alias, or the URL itself.
    package func displayName(of baseURL: String) -> String {
        let base = baseURL.separatingCredentials.plain.canonicalURL
        for (name, place) in customChannels.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
            let root = Self.joined(url(of: place).separatingCredentials.plain.canonicalURL, name)
            if base == root { return name }
            if base.hasPrefix(root + "/") { return name + base.dropFirst(root.count) }
        }
        let root = alias.separatingCredentials.plain.canonicalURL + "/"
        if base.hasPrefix(root) { return String(base.dropFirst(root.count)) }
        // The members of `defaults` are known by their path, as in conda.
        if base.hasPrefix("https://repo.anaconda.com/pkgs/") { return String(base.dropFirst(26)) }
        return base
    }

    /// Takes `[linux-64,noarch]` from the end, or a component of the path that is a known platform.
    private func takePlatforms(_ text: String) throws(Failure) -> (location: String, subdirs: [Subdir]?) {
        if text.utf8.last == UInt8(ascii: "]"), let open = text.utf8.lastIndex(of: UInt8(ascii: "[")) {
            let inner = text[text.utf8.index(after: open)...].utf8.dropLast()
            let words = inner.split { ",|; \t".utf8.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
            var subdirs: [Subdir] = []
            for word in words {
                do throws(Failure) {
                    subdirs.append(try Subdir(word))
                } catch {
                    throw Failure(.usage, text.maskingSecrets, "`\(word)` is \(error.reason)", hint: error.hint)
                }
            }
            guard !subdirs.isEmpty else { throw Failure(.usage, text.maskingSecrets, "the list of platforms is empty") }
            return (String(text[..<open]).trimmingSpace, subdirs)
        }
        var components = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard components.count > 1,
            let place = components.lastIndex(where: { Subdir.known.contains($0.asciiLowered) }), place > 0
        else { return (text, nil) }
        let subdir = try Subdir(components.remove(at: place))
        return (components.joined(separator: "/"), [subdir])
    }

    /// Whether `text` is a path, and no name or URL.
    package static func isPath(_ text: String) -> Bool {
        text == "." || text == ".." || text == "~"
            || ["/", "./", "../", "~/"].contains { text.hasPrefix($0) }
    }

    /// Signs that neither names nor the `/` between their parts have.
    private static func isName(_ text: String) -> Bool {
        let parts = text.trimmingSlashes.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && !part.elementsEqual("..".utf8) && !part.elementsEqual(".".utf8)
                && part.allSatisfy { $0.isLetter || $0.isDigit || "-_.+!~%".utf8.contains($0) }
        }
    }
}

extension Channel {
    /// The same channel as a member of a list.
    fileprivate func inCollection(_ collection: String, limitedTo subdirs: [Subdir]?) -> Channel {
        Channel(
            baseURL: baseURL, name: name, collection: collection, subdirs: subdirs ?? self.subdirs,
            credentials: credentials)
    }
}

extension String {
    fileprivate var trimmingSlashes: String {
        var slice = Array(utf8)[...]
        while slice.first == UInt8(ascii: "/") { slice.removeFirst() }
        while slice.last == UInt8(ascii: "/") { slice.removeLast() }
        return slice.text
    }

    fileprivate var droppingScheme: String {
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")) else { return self }
        return String(self[utf8.index(after: colon)...]).trimmingSlashes
    }
}
