// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

@testable import Configuration

@Suite struct SettingsTextTests {
    private static let file = """
        # my settings
        channels:   # best first
          - conda-forge
          # the lab's own
          - lab

        # how strict
        channel_priority: flexible # for now
        pkgs_dirs: [/a, /b]
        custom_channels:
            lab: https://lab.example.org  # ours
            other: https://other.example.org
        unknown_key: {stays: as it is}
        """

    private func changed(_ body: (inout SettingsText) throws -> Void) throws -> [String] {
        var text = try SettingsText(Array(Self.file.utf8), subject: "rc")
        try body(&text)
        try text.check()
        return text.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private func key(_ name: String) -> SettingKey { SettingKey.named(name) ?? SettingKey.all[0] }

    private let lines = Self.file.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)

    @Test func nothingChangesWithoutAChange() throws {
        #expect(try changed { _ in } == lines)
    }

    @Test func oneLineChanges() throws {
        var wanted = lines
        wanted[7] = "channel_priority: strict"
        #expect(try changed { try $0.set(key("channel_priority"), .text("strict")) } == wanted)
    }

    @Test func itemsComeAndGo() throws {
        var wanted = lines
        wanted.insert("  - bioconda", at: 5)
        #expect(try changed { try $0.add("bioconda", to: key("channels"), isFirst: false) } == wanted)
        wanted = lines
        wanted.insert("  - bioconda", at: 2)
        #expect(try changed { try $0.add("bioconda", to: key("channels"), isFirst: true) } == wanted)
        wanted = lines
        wanted.remove(at: 2)
        #expect(try changed { _ = try $0.remove("conda-forge", from: key("channels")) } == wanted)
        #expect(try changed { _ = try $0.remove("nobody", from: key("channels")) } == lines)
        // What is there already moves.
        wanted = lines
        wanted.remove(at: 4)
        wanted.insert("  - lab", at: 2)
        #expect(try changed { try $0.add("lab", to: key("channels"), isFirst: true) } == wanted)
    }

    @Test func listsInBracketsAreWrittenAnew() throws {
        var wanted = lines
        wanted.replaceSubrange(8...8, with: ["pkgs_dirs:", "  - /a", "  - /b", "  - /c"])
        #expect(try changed { try $0.add("/c", to: key("pkgs_dirs"), isFirst: false) } == wanted)
        wanted = lines
        wanted.replaceSubrange(8...8, with: ["pkgs_dirs:", "  - /b"])
        #expect(try changed { _ = try $0.remove("/a", from: key("pkgs_dirs")) } == wanted)
    }

    @Test func keysComeAndGo() throws {
        var wanted = lines
        wanted.removeSubrange(1...4)
        #expect(try changed { _ = try $0.remove(key("channels")) } == wanted)
        #expect(try changed { _ = try $0.remove(key("offline")) } == lines)
        #expect(try changed { try $0.set(key("offline"), .text("true")) } == lines + ["offline: true"])
        #expect(
            try changed { try $0.set(key("envs_dirs"), .list([.text("/x: y")])) }
                == lines + ["envs_dirs:", "  - '/x: y'"])
    }

    @Test func membersChange() throws {
        var wanted = lines
        wanted[11] = "    other: https://new.example.org"
        #expect(
            try changed { try $0.set(key("custom_channels"), member: "other", "https://new.example.org") } == wanted)
        wanted = lines
        wanted.insert("    third: https://third.example.org", at: 12)
        #expect(
            try changed { try $0.set(key("custom_channels"), member: "third", "https://third.example.org") } == wanted)
        #expect(
            try changed { try $0.set(key("proxy_servers"), member: "https", "http://p:1") }
                == lines + ["proxy_servers:", "  https: http://p:1"])
    }

    @Test func emptyFilesAndForeignOnes() throws {
        var text = try SettingsText([], subject: "rc")
        try text.add("a", to: key("channels"), isFirst: false)
        #expect(text.text == "channels:\n  - a\n")
        #expect(throws: Failure.self) { try SettingsText(Array("- a\n".utf8), subject: "rc") }
        #expect(throws: Failure.self) { try SettingsText(Array("{channels: [a]}\n".utf8), subject: "rc") }
        #expect(throws: Failure.self) { try SettingsText(Array("a: [\n".utf8), subject: "rc") }
        var wrong = try SettingsText(Array("offline: maybe\n".utf8), subject: "rc")
        #expect(throws: Failure.self) { try wrong.check() }
        try wrong.set(key("offline"), .text("true"))
        try wrong.check()
    }

    @Test func linesOfOtherSystems() throws {
        var text = try SettingsText(Array("channels:\r\n  - a\r\noffline: true\r\n".utf8), subject: "rc")
        try text.set(key("offline"), .text("false"))
        #expect(text.text == "channels:\r\n  - a\r\noffline: false\n")
        for odd in ["\r", "\u{85}", "\u{2028}"] {
            #expect(throws: Failure.self) {
                try SettingsText(Array("# a\(odd)b: c\nd: e\n".utf8), subject: "rc")
            }
        }
    }

    @Test func valuesAreWhatTheKeyTakes() throws {
        #expect(try SettingsText.value(["Yes"], for: key("offline")) == .text("true"))
        #expect(throws: Failure.self) { try SettingsText.value(["5", "6"], for: key("remote_max_retries")) }
        #expect(throws: Failure.self) { try SettingsText.value(["sometimes"], for: key("channel_priority")) }
        #expect(throws: Failure.self) { try SettingsText.value(["x"], for: key("custom_channels")) }
        #expect(try SettingsText.value(["$HOME/x"], for: key("pkgs_dirs")) == .list([.text("$HOME/x")]))
    }
}
