// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Failures
import Manifests
import Platform
import Scenes
import Testing

@testable import Engine

@Suite("Settings that are written and shown")
struct ConfigurationEditTests {
    typealias Action = ConfigurationEdit.Action

    /// A file, a key, what is done to it, and the file afterwards; nil where it says so already.
    static let edits: [(String, String, Action, String?)] = [
        ("", "offline", .set(["true"]), "offline: true\n"),
        ("offline: true\n", "offline", .set(["true"]), nil),
        ("# mine\noffline: false # of the old value\n", "offline", .set(["true"]), "# mine\noffline: true\n"),
        ("", "channels", .set(["a", "b"]), "channels:\n  - a\n  - b\n"),
        ("channels:\n  - a\n", "channels", .append(["b"]), "channels:\n  - a\n  - b\n"),
        ("channels:\n  - a\n", "channels", .prepend(["b"]), "channels:\n  - b\n  - a\n"),
        ("channels:\n  - a\n", "channels", .prepend(["b", "c"]), "channels:\n  - b\n  - c\n  - a\n"),
        ("channels:\n  - a\n", "channels", .append(["a"]), nil),
        ("channels:\n  - a\n  - b\n", "channels", .remove(["a"]), "channels:\n  - b\n"),
        ("channels:\n  - a\n", "channels", .clear, "channels: []\n"),
        ("offline: true\nssl_verify: false\n", "offline", .removeKey, "ssl_verify: false\n"),
        // Names that mean the same.
        ("", "ignore_pinned", .set(["true"]), "ignore_pinned: true\n"),
        ("no_pin: false\n", "ignore_pinned", .set(["true"]), "no_pin: true\n"),
        ("ignore_pinned: false\n", "no_pin", .set(["true"]), "ignore_pinned: true\n"),
        ("", "disallow", .append(["a"]), "disallow:\n  - a\n"),
        ("disallow:\n  - a\n", "disallowed_packages", .clear, "disallow: []\n"),
        ("no_pin: true\nignore_pinned: false\n", "no_pin", .set(["false"]), nil),
        ("no_pin: true\noffline: true\nignore_pinned: false\n", "no_pin", .removeKey, "offline: true\n"),
        ("", "custom_channels", .setMember("lab", "https://h"), "custom_channels:\n  lab: https://h\n"),
        (
            "custom_channels:\n  lab: https://h\n", "custom_channels", .setMember("lab", "https://i"),
            "custom_channels:\n  lab: https://i\n"
        ),
    ]

    @Test(arguments: edits.indices)
    func edit(_ row: Int) throws {
        let (before, name, action, after) = Self.edits[row]
        let home = try TemporaryDirectory()
        if !before.isEmpty { try home.write(before, ".condarc") }
        let edit = try ConfigurationEdit(.user, environment: home.environment())
        let key = try #require(SettingKey.named(name))
        #expect(try edit.run([(action, key, name)], isDry: true) == (after != nil))
        #expect(before.isEmpty ? !home.exists(".condarc") : try home.read(".condarc") == before)
        #expect(try edit.run([(action, key, name)]) == (after != nil))
        guard let after else { return }
        let text = try home.read(".condarc")
        #expect(text == after)
    }

    /// A file, a key, what cannot be done to it, and why.
    static let refusals: [(String, String, Action, String)] = [
        ("", "offline", .append(["true"]), "is not a list"),
        ("", "offline", .remove(["true"]), "is not a list"),
        ("", "offline", .clear, "is not a list"),
        ("", "offline", .setMember("a", "b"), "has no members"),
        ("", "offline", .removeKey, "has no value in"),
        ("channels: [a]\n", "channels", .remove(["b"]), "has no `b` in"),
        ("", "offline", .set(["perhaps"]), "perhaps"),
        ("", "channel_priority", .set(["severe"]), "severe"),
        ("channels: [a\n", "channels", .append(["b"]), ""),
    ]

    @Test(arguments: refusals.indices)
    func refused(_ row: Int) throws {
        let (before, name, action, reason) = Self.refusals[row]
        let home = try TemporaryDirectory()
        if !before.isEmpty { try home.write(before, ".condarc") }
        let edit = try ConfigurationEdit(.user, environment: home.environment())
        let key = try #require(SettingKey.named(name))
        let failure = try failure { try edit.run([(action, key, name)]) }
        #expect("\(failure.subject) \(failure.reason)".contains(reason), "\(failure)")
        #expect(before.isEmpty ? !home.exists(".condarc") : try home.read(".condarc") == before)
    }

    @Test func placesOfFiles() throws {
        let home = try TemporaryDirectory()
        let environment = home.environment()
        func file(_ place: ConfigurationEdit.Place) throws -> String {
            try ConfigurationEdit(place, environment: environment).file
        }
        #expect(try file(.user) == "\(home.path)/.condarc")
        #expect(try file(.prefix("/env")) == "/env/.condarc")
        #expect(try file(.file("~/x")) == "\(home.path)/x" && file(.file("x")) == "\(home.path)/x")
        try home.write("", ".mambarc")
        #expect(try file(.user) == "\(home.path)/.mambarc", "the stronger one")
        var nobody = environment
        nobody.homeDirectory = nil
        let failure = try failure { try ConfigurationEdit(.user, environment: nobody) }
        #expect(failure.subject == "HOME" && failure.code == .usage)
    }

    @Test func wholeFiles() throws {
        let home = try TemporaryDirectory()
        let edit = try ConfigurationEdit(.user, environment: home.environment())
        try edit.run(whole: "# all\n")
        #expect(try home.read(".condarc") == "# all\n")
        let failure = try failure { try edit.run(whole: "# again\n") }
        #expect(failure.reason == "holds a configuration already")
        #expect(try home.read(".condarc") == "# all\n")
    }

    /// YAML on standard input, and the keys that it sets.
    @Test(arguments: [
        ("offline: true\n", ["offline"]), ("channels: [a, b]\n", ["channels"]), ("", []), ("unknown: 1\n", []),
        ("custom_channels: {a: b, c: d}\n", ["custom_channels", "custom_channels"]),
        ("ssl_verify: false\nchannels: []\n", ["ssl_verify", "channels"]),
    ])
    func ofStandardInput(text: String, keys: [String]) throws {
        #expect(try ConfigurationEdit.actions(of: Array(text.utf8)).map { $0.1.name } == keys)
    }

    @Test(arguments: ["- a\n", "text\n"])
    func noSettings(text: String) throws {
        let failure = try failure { try ConfigurationEdit.actions(of: Array(text.utf8)) }
        #expect(failure.code == .parse && failure.subject == "standard input:1")
        #expect(failure.reason == "is not a list of `key: value` lines")
    }

    @Test func listing() throws {
        let home = try TemporaryDirectory()
        try home.write("channels: [https://u:secret@h/c]\noffline: true\n", ".condarc")
        let settings = try Settings.load(home.environment())
        func shown(_ keys: [String], all: Bool = false) throws -> [String: JSON] {
            let keys = try keys.map { try #require(SettingKey.named($0)) }
            return Dictionary(
                uniqueKeysWithValues: ConfigurationListing(settings, keys: keys, all: all).items
                    .map { ($0.key.name, $0.value?.json($0.key.kind) ?? .null) })
        }
        let set = try shown([])
        #expect(set["offline"] == .bool(true) && set["ssl_verify"] == nil)
        #expect(!"\(set)".contains("secret"))
        #expect(try shown(["offline"]) == ["offline": .bool(true)])
        let all = try shown([], all: true)
        #expect(all.count == SettingKey.all.count && all["custom_channels"] == .object([]))
        #expect(all["pkgs_dirs"]?.array?.isEmpty == false)
    }
}
