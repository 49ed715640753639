// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Testing

@testable import Configuration

/// The table and the code that reads it agree.
@Suite struct SettingTableTests {
    /// What each file of the product says, but for the declarations themselves.
    private static let sources: String = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        var text = ""
        for case let file as URL in FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) ?? .init()
        where file.pathExtension == "swift" && !file.path.contains("/Declarations/SettingKey") {
            text += (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        }
        return text
    }()

    /// `remote_max_retries` is read as `settings[.remoteMaxRetries]`.
    private static func token(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    private static func isRead(_ name: String) -> Bool {
        let token = token(name)
        return ["settings[.\(token)]", "self[.\(token)]"].contains { sources.contains($0) }
    }

    @Test(arguments: SettingKey.all.filter { $0.effect == .honoured }.map(\.name))
    func isReadByTheProduct(name: String) {
        #expect(Self.isRead(name), "nothing reads settings[.\(Self.token(name))]: read it, or declare it as .noEffect")
    }

    /// Only a `Setting` can be read, and all of them are honoured.
    @Test(arguments: SettingKey.all.filter { $0.effect != .honoured }.map(\.name))
    func isReadByNobody(name: String) throws {
        #expect(!Self.isRead(name))
        #expect(type(of: try #require(SettingKey.named(name))) == SettingKey.self)
    }

    /// A token that is declared and not listed would never be set.
    @Test func everyDeclarationIsListed() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Configuration/Declarations")
        var declared = 0
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let text = try String(contentsOf: file, encoding: .utf8)
            declared += text.components(separatedBy: "static let ").filter { $0.contains("= Setting<") }.count
        }
        #expect(declared == SettingKey.all.filter { $0.effect == .honoured }.count)
    }

    @Test func tableIsSound() {
        var seen: Set<String> = []
        for key in SettingKey.all {
            for name in [key.name] + key.aliases {
                #expect(seen.insert(name).inserted, "\(name)")
                #expect(SettingKey.named(name) === key, "\(name)")
                #expect(!SettingSource.isOfActivation(name.uppercased()), "\(name)")
            }
            #expect(!key.documentation.isEmpty)
            if key.kind == .flag, let text = key.defaultText { #expect(["true", "false"].contains(text)) }
            if case .choice(let words) = key.kind, let text = key.defaultText { #expect(words.contains(text)) }
        }
        #expect(SettingKey.named("yes")?.name == "always_yes")
        #expect(SettingKey.named("channels")?.variables.first == "KRAIT_CHANNELS")
    }

    /// What is refused fails wherever it is set, and says where, once it is asked whether all can be honoured; its default is
    /// allowed.
    @Test(arguments: SettingKey.all.filter { if case .refused = $0.effect { true } else { false } }.map(\.name))
    func refused(name: String) throws {
        let key = try #require(SettingKey.named(name))
        for name in [key.name] + key.aliases {
            let file = #expect(throws: Failure.self) {
                try Home([".condarc": "\(name): yes\n"]).settings().requireHonoured()
            }
            #expect(file?.subject.hasSuffix(".condarc:1") == true)
            #expect(file?.reason.contains("refused") == true)
            let variable = "MAMBA_\(name.uppercased())"
            #expect(throws: Failure.self) { try Home().settings([variable: "1"]).requireHonoured() }
            #expect(throws: Failure.self) { try Home().settings(flags: [(name, "true")]).requireHonoured() }
            guard key.kind == .flag else { continue }
            #expect(throws: Never.self) {
                try Home([".condarc": "\(name): false\n"]).settings([variable: "no"]).requireHonoured()
            }
        }
        #expect(throws: Failure.self) { try SettingsText.value(["true"], for: key) }
    }

    /// What the peers' own sources declare (`Tests/Fixtures/peers`) is honoured, said to be without effect, or refused:
    /// nothing that works there is passed over.
    @Test(arguments: ["conda", "micromamba"])
    func everySettingOfThePeersIsKnown(tool: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/peers/\(tool).settings")
        let names = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(names.count > 60)
        for name in names { #expect(SettingKey.named(String(name)) != nil, "\(name)") }
    }

    /// conda has maps where krait has lists of `name=value`.
    @Test func listsAsMaps() throws {
        let settings = try Home([
            ".condarc": """
            cooldown: 7d
            cooldown_exclude: {numpy: 3d, mine: false, usual: null}
            override_virtual_packages: {cuda: 12.8, __glibc: "2.17"}
            """
        ]).settings()
        #expect(settings[.excludeNewer] == "7d")
        #expect(settings[.excludeNewerPackage] == ["numpy=3d", "mine=none"])
        #expect(settings[.virtualPackages] == ["__cuda=12.8", "__glibc=2.17"])
        #expect(throws: Failure.self) { try Home([".condarc": "channels: {a: b}\n"]).settings() }
    }

    @Test func theLocalChannel() throws {
        let settings = try Home([".condarc": "use_local: true\nchannels: [a]\n"]).settings()
        #expect(try settings.channels(first: ["b"]) == ["local", "b", "a"])
        #expect(try settings.channels(overriding: true) == ["local"])
    }
}
