// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform
import Testing

@testable import krait

struct UnitsTests {
    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9999, "9.9 kB"), (12_345, "12 kB"), (999_999, "999 kB"),
            (1_000_000, "1.0 MB"), (123_456_789, "123.4 MB"), (1_200_000_000, "1.2 GB"), (2_000_000_000_000, "2 TB"),
        ] as [(UInt64, String)])
    func bytes(count: UInt64, text: String) { #expect(Units.bytes(count) == text) }

    @Test(
        arguments: [
            (0, "0.0 s"), (40, "0.0 s"), (50, "0.1 s"), (1234, "1.2 s"), (9949, "9.9 s"), (9950, "10 s"),
            (59_900, "59 s"),
            (60_000, "1 min 0 s"), (125_000, "2 min 5 s"),
        ] as [(UInt64, String)])
    func durations(milliseconds: UInt64, text: String) { #expect(Units.duration(milliseconds * 1_000_000) == text) }

    @Test func counts() {
        #expect(Units.count(0, "package") == "0 packages")
        #expect(Units.count(1, "package") == "1 package")
        #expect(Units.count(2, "package") == "2 packages")
    }
}

struct TextTableTests {
    @Test func columns() {
        var table = TextTable(rightAligned: [1])
        #expect(table.isEmpty)
        table.append(["größe", "1", "x"])
        table.append(["a", "1000"])
        table.append(["", "", "last"])
        #expect(table.rendered() == "  größe     1  x\n  a      1000\n               last\n")
        #expect(table.rendered(indent: 0).hasPrefix("größe     1  x\n"))
        #expect(TextTable().rendered() == "")
    }
}

struct ProgressLineTests {
    private let line = ProgressLine(
        phase: "Fetching", done: 5_000_000, total: 10_000_000, packagesDone: 3, packagesTotal: 12,
        nanoseconds: 2_500_000_000)

    @Test(arguments: [10, 20, 40, 60, 80, 200])
    func fitsTheTerminal(width: Int) { #expect(line.drawn(width: width).count < width) }

    @Test func wideEnough() {
        #expect(
            line.drawn(width: 100)
                == "Fetching 3/12 [===============               ]  5.0 MB of 10.0 MB  2.0 MB/s  2.5 s left  2.5 s")
        #expect(line.drawn(width: 40) == "Fetching 3/12  5.0 MB of 10.0 MB  2.5 s")
        #expect(line.drawn(width: 39) == "Fetching 3/12  5.0 MB of 10.0 MB")
    }

    @Test func nothingKnownYet() {
        let line = ProgressLine(
            phase: "Solving", done: 0, total: 0, packagesDone: 0, packagesTotal: 0, nanoseconds: 0)
        #expect(line.drawn(width: 80) == "Solving  0.0 s")
    }

    @Test func moreThanPromised() {
        var more = line
        more.done = 99_000_000
        #expect(more.drawn(width: 80).contains("[==============================]"))
    }
}

struct FailureTextTests {
    private let failure = Failure(
        .network, "https://a.example/x", "cannot be fetched", hint: "try again",
        cause: Failure(.network, "a.example", "no such host"))

    @Test func text() {
        #expect(
            FailureText.text(of: failure) == """
                error: `https://a.example/x`: cannot be fetched
                  caused by: `a.example`: no such host
                hint: try again

                """)
        #expect(FailureText.text(of: Failure(.other, "", "nothing is left")) == "error: nothing is left\n")
    }

    @Test func json() throws {
        let json = FailureText.json(of: failure)
        #expect(json["success"] == false)
        #expect(json["code"]?.string == "network")
        #expect(json["exit_code"]?.int == 4)
        #expect(json["hint"]?.string == "try again")
        #expect(json["causes"]?.array?.count == 1)
    }
}

struct ConfigurationTextTests {
    private func listing(_ overrides: [(key: String, value: String)], _ keys: [String] = [], all: Bool = false) throws
        -> ConfigurationListing
    {
        let environment = ProcessEnvironment(
            arguments: ["krait"], variables: [:], currentDirectory: "/", homeDirectory: nil)
        var sources = Settings.Sources()
        sources.ignoresFiles = true
        sources.overrides = try overrides.map { (try #require(SettingKey.named($0.key)), $0.value) }
        return ConfigurationListing(
            try Settings.load(environment, sources), keys: try ConfigurationText.keys(keys), all: all)
    }

    @Test func whatIsSet() throws {
        let listing = try listing([
            ("channels", "conda-forge"), ("channels", "https://user:secret@host.example/x"), ("always_yes", "true"),
            ("local_repodata_ttl", "30"), ("env_prompt", "({name}) "),
        ])
        #expect(
            ConfigurationText.yaml(of: listing, named: { $0 }, showsSources: false, describes: false) == """
                channels:
                  - conda-forge
                  - https://*****@host.example/x
                local_repodata_ttl: 30
                always_yes: true
                env_prompt: '({name}) '

                """)
        let json = ConfigurationText.json(of: listing, showsSources: false)
        #expect(json["always_yes"] == true)
        #expect(json["local_repodata_ttl"]?.int == 30)
        #expect(json["channels"]?.strings?.count == 2)
        let sources = ConfigurationText.json(of: listing, showsSources: true)
        #expect(sources["always_yes"]?["sources"]?.strings == ["command line"])
    }

    @Test func yamlCanBeReadAgain() throws {
        let listing = try listing([], all: true)
        #expect(listing.items.count == SettingKey.all.count)
        let text = ConfigurationText.yaml(of: listing, named: { $0 }, showsSources: true, describes: true)
        let node = try YAML.parse(Array(text.utf8), subject: "text")
        #expect(node.mapping?.count == SettingKey.all.count)
        #expect(node["channel_priority"]?.text == "flexible")
    }

    @Test func unknownKeys() throws {
        #expect(throws: Failure.self) { try ConfigurationText.keys(["chanels"]) }
        do {
            _ = try ConfigurationText.keys(["chanels"])
        } catch {
            #expect(error.hint == "did you mean `channels`?")
        }
        #expect(try ConfigurationText.keys(["yes"]).map(\.name) == ["always_yes"])
    }

    @Test(arguments: SettingKey.all.map(\.name))
    func everyKeyIsDescribed(name: String) throws {
        let key = try #require(SettingKey.named(name))
        #expect(ConfigurationText.paragraph(of: key).contains("KRAIT_\(name.uppercased())"))
        #expect(ConfigurationText.description(of: key)["name"]?.string == name)
    }
}

struct PrintableTextTests {
    /// Each control character alone, and between letters of two bytes and more.
    @Test func controlCharactersAreShown() {
        for range in [0x00...0x08, 0x0b...0x1f, 0x7f...0x9f] as [ClosedRange<UInt32>] {
            for scalar in range.compactMap({ Unicode.Scalar($0) }) {
                #expect("a\(scalar)b".printable == "a?b")
                #expect("é\(scalar)日".printable == "é?日")
            }
        }
        for text in ["", "plain", "a\tb\n", "\u{a0}é日\u{2028}", "Â"] { #expect(text.printable == text) }
    }
}
