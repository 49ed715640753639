// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Platform
import Testing

@testable import Configuration

@Suite struct SettingsTests {
    @Test func defaults() throws {
        let settings = try Home().settings()
        #expect(settings[.offline] == false)
        #expect(settings[.changeps1])
        #expect(settings[.channelPriority] == .flexible)
        #expect(settings[.envPrompt] == "({default_env}) ")
        #expect(settings[.remoteMaxRetries] == 3)
        #expect(settings[.downloadThreads] == 50)
        #expect(settings[.subdir] == nil)
        #expect(try settings.channels() == ["conda-forge"])
        #expect(settings.origin(.offline) == .builtin)
        #expect(settings.compilingMode == .timestamp)
        #expect(settings.effectiveLinkMode == .automatic)
    }

    @Test func precedence() throws {
        let home = try Home([
            ".condarc": "channels: [a]\noffline: true\nauto_stack: 1\n",
            ".mambarc": "channels: [b, a]\nauto_stack: 2\n",
            ".conda/condarc.d/2.yml": "auto_stack: 9\nremote_max_retries: 7\n",
            ".conda/condarc.d/1.yaml": "remote_max_retries: 6\n",
            ".conda/condarc.d/readme.txt": "remote_max_retries: x\n",
        ])
        let settings = try home.settings(
            ["CONDA_CHANNELS": "c,d", "MAMBA_AUTO_STACK": "3"], flags: [("channels", "z,1")])
        #expect(settings[.channels] == ["z,1", "c", "d", "b", "a"])
        #expect(settings[.autoStack] == 3)
        #expect(settings[.remoteMaxRetries] == 7)
        #expect(settings[.offline])
        #expect(settings.origin(.autoStack) == .environment("MAMBA_AUTO_STACK"))
        #expect(settings.origin(.offline) == .file(home.path + "/.condarc", line: 2))
        #expect(settings.origin(.channels) == .commandLine)
        #expect(settings.origins(.channels).count == 4)
        #expect(settings.files.map { Path.name($0) } == ["1.yaml", "2.yml", ".condarc", ".mambarc"])
    }

    @Test func prefixesOfVariables() throws {
        let home = try Home()
        let variables = [
            "CONDA_ALWAYS_YES": "0", "MAMBA_ALWAYS_YES": "0", "KRAIT_YES": "on", "CONDA_SUBDIR": "osx-arm64",
        ]
        let settings = try home.settings(variables)
        #expect(settings[.alwaysYes])
        #expect(settings[.subdir] == "osx-arm64")
        #expect(settings[.subdir] == "osx-arm64")
        // Neither empty ones nor other tools' names nor lower case count.
        #expect(try home.settings(["CONDA_OFFLINE": "", "CONDA_EXE": "x", "conda_json": "1"]).isSet(.json) == false)
    }

    @Test func flagsAreOneSource() throws {
        let settings = try Home([".condarc": "channels: [x]"]).settings(
            flags: [("channels", "b"), ("channel", "a"), ("always_yes", "true"), ("always_yes", "false")])
        #expect(settings[.channels] == ["b", "a", "x"])
        #expect(!settings[.alwaysYes])
    }

    @Test func marks() throws {
        let home = try Home([
            ".condarc": """
            channels:
              - last  #!bottom
              - first  #!top
              - low
            offline: true  #!final
            proxy_servers:
              http: http://a  #!final
              https: http://b
            always_yes: no
            """,
            ".mambarc":
                "channels: [high, low]\noffline: false\nproxy_servers: {http: http://c, https: http://d, all: e}\n",
        ])
        let settings = try home.settings(["CONDA_OFFLINE": "false"])
        #expect(settings[.channels] == ["first", "high", "low", "last"])
        #expect(settings[.offline])
        #expect(settings[.proxyServers].map(\.value.text) == ["http://a", "http://d", "e"])
        let final = try Home([".condarc": "channels:  #!final\n  - a\n", ".mambarc": "channels: [b]"])
        #expect(try final.settings(["CONDA_CHANNELS": "c"])[.channels] == ["a"])
    }

    @Test func placesOfFiles() throws {
        let home = try Home([
            "root/.condarc": "auto_stack: 1", "xdg/conda/condarc": "auto_stack: 2", ".conda/.condarc": "auto_stack: 3",
            ".condarc": "auto_stack: 4", "active/condarc": "auto_stack: 5", "my.yml": "auto_stack: 6",
            "xdg/mamba/mambarc": "auto_stack: 7", ".mambarc": "auto_stack: 8", "mine.yml": "auto_stack: 9",
            "target/condarc.d/x.yml": "auto_stack: 10",
        ])
        let base = home.path
        let all = [
            "MAMBA_ROOT_PREFIX": base + "/root", "XDG_CONFIG_HOME": base + "/xdg", "CONDA_PREFIX": base + "/active",
            "CONDARC": base + "/my.yml", "MAMBARC": "~/mine.yml",
        ]
        let settings = try home.settings(all, targetPrefix: base + "/target")
        #expect(settings[.autoStack] == 10)
        #expect(settings.files.count == 10)
        #expect(settings.rootPrefix == base + "/root")
        #expect(try home.settings(all)[.autoStack] == 9)
        var sources = Settings.Sources()
        sources.ignoresFiles = true
        #expect(try Settings.load(home.environment(all), sources)[.autoStack] == 0)
        sources = Settings.Sources()
        sources.files = ["my.yml"]
        sources.ignoresEnvironment = true
        let only = try Settings.load(home.environment(all.merging(["CONDA_JSON": "1"]) { $1 }), sources)
        #expect(only[.autoStack] == 6)
        #expect(!only[.json])
        sources.files = ["absent.yml"]
        #expect(throws: Failure.self) { try Settings.load(home.environment(), sources) }
    }

    @Test func badFiles() throws {
        func failure(_ text: String) throws -> Failure? {
            let home = try Home([".condarc": text])
            return #expect(throws: Failure.self) { try home.settings() }
        }
        let syntax = try failure("channels: [a\noffline: true\n")
        #expect(syntax?.subject.contains(".condarc:2:") == true || syntax?.subject.contains(".condarc:3:") == true)
        let flag = try failure("a: 1\noffline: perhaps\n")
        #expect(flag?.subject.hasSuffix(".condarc:2:10") == true)
        #expect(flag?.reason == "`offline` must be true or false, not `perhaps`")
        #expect(flag?.code == .parse)
        #expect(try failure("channels: {a: b}")?.reason.contains("a list") == true)
        #expect(try failure("custom_channels: [a]")?.reason.contains("pairs") == true)
        #expect(try failure("channel_priority: high")?.reason.contains("strict") == true)
        #expect(try failure("remote_max_retries: -1")?.reason.contains("number") == true)
        #expect(try failure("just text")?.reason.contains("key: value") == true)
        let variable = #expect(throws: Failure.self) { try Home().settings(["CONDA_OFFLINE": "perhaps"]) }
        #expect(variable?.subject == "$CONDA_OFFLINE")
        #expect(throws: Failure.self) { try Home().settings(["CONDA_ENVS_DIRS": "/a", "CONDA_ENVS_PATH": "/b"]) }
    }

    @Test func toleratedFiles() throws {
        let home = try Home([
            ".condarc": "",
            ".mambarc": "unknown: {a: [1]}\nchannels:\noffline: ~\nssl_verify: no\nremote_read_timeout_secs: 9.15\n",
        ])
        try home.makeDirectory(".conda/.condarc")
        let settings = try home.settings()
        #expect(!settings.isSet(.channels))
        #expect(!settings.isSet(.offline))
        #expect(settings[.sslVerify] == "no")
        #expect(settings[.remoteReadTimeoutSecs] == 10)
    }

    @Test func noHome() throws {
        let environment = ProcessEnvironment(arguments: [], variables: [:], currentDirectory: "/", homeDirectory: nil)
        let settings = try Settings.load(environment)
        #expect(settings.rootPrefix == nil)
        #expect(settings.environmentDirectories.isEmpty)
        #expect(settings.directories.registry == nil)
        #expect(throws: Failure.self) { try settings.directories.prefix(named: "x") }
    }

    @Test func expansion() throws {
        let home = try Home([
            ".condarc":
                "envs_dirs: [~/e, $WORK/e, '${WORK}2', $NONE/x]\nchannel_alias: http://$HOST/\npinned_packages: [a $WORK]"
        ])
        let settings = try home.settings(["WORK": "/work", "HOST": "h"])
        #expect(settings[.envsDirs] == [home.path + "/e", "/work/e", "/work2", "$NONE/x"])
        #expect(settings[.channelAlias] == "http://h/")
        #expect(settings[.pinnedPackages] == ["a $WORK"])
    }

    @Test func listsInVariables() throws {
        let settings = try Home().settings([
            "CONDA_PKGS_DIRS": "/a,/b", "CONDA_ENVS_PATH": "/c:/d", "CONDA_PINNED_PACKAGES": "a>1,<2 & b",
        ])
        #expect(settings[.pkgsDirs] == ["/a", "/b"])
        #expect(settings[.envsDirs] == ["/c", "/d"])
        #expect(settings[.pinnedPackages] == ["a>1,<2", "b"])
    }

    @Test func channelLists() throws {
        let settings = try Home([".condarc": "channels: [a, defaults]"]).settings()
        #expect(try settings.channels(first: ["b"]) == ["b", "a", "defaults"])
        #expect(try settings.channels(first: ["b", "nodefaults"]) == ["b"])
        #expect(try settings.channels(first: ["b", "a"], overriding: true) == ["b", "a"])
        #expect(throws: Failure.self) { try settings.channels(overriding: true) }
        let strict = try Home([".condarc": "override_channels_enabled: false"]).settings()
        #expect(throws: Failure.self) { try strict.channels(first: ["b"], overriding: true) }
    }
}
