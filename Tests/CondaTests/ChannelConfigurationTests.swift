// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures
import Locations
import Testing

@Suite struct ChannelConfigurationTests {
    static let configuration: ChannelConfiguration = {
        var configuration = ChannelConfiguration(cwd: "/work/here", home: "/home/ada")
        configuration.customChannels = [
            "pkgs/free": "https://repo.anaconda.com", "mine": "https://repo.example.org/get/mine", "disk": "~/channels",
        ]
        configuration.customMultichannels = ["both": ["conda-forge", "https://example.org/extra"], "loop": ["loop"]]
        return configuration
    }()

    @Test func membersOfDefaultsByName() throws {
        var configuration = Self.configuration
        #expect(try configuration.resolve("pkgs/main").map(\.baseURL) == ["https://repo.anaconda.com/pkgs/main"])
        #expect(try configuration.resolve("pkgs/pro").map(\.baseURL) == ["https://repo.anaconda.com/pkgs/pro"])
        configuration.defaultChannels = ["conda-forge", "/mirror/pkgs/main/"]
        #expect(try configuration.resolve("pkgs/r").map(\.baseURL) == ["file:///mirror/pkgs/r"])
        configuration.defaultChannels = ["conda-forge"]
        #expect(try configuration.resolve("pkgs/r").map(\.baseURL) == ["https://conda.anaconda.org/pkgs/r"])
        configuration.customChannels["pkgs/main"] = "https://lab.example.org"
        #expect(try configuration.resolve("pkgs/main").map(\.baseURL) == ["https://lab.example.org/pkgs/main"])
    }

    @Test(arguments: [
        ("conda-forge", "https://conda.anaconda.org/conda-forge", "conda-forge"),
        ("conda-forge/label/rc", "https://conda.anaconda.org/conda-forge/label/rc", "conda-forge/label/rc"),
        ("conda.anaconda.org/bioconda", "https://conda.anaconda.org/bioconda", "bioconda"),
        ("https://conda.anaconda.org/conda-forge/", "https://conda.anaconda.org/conda-forge", "conda-forge"),
        ("HTTPS://Conda.Anaconda.org:443/conda-forge", "https://conda.anaconda.org/conda-forge", "conda-forge"),
        ("https://prefix.dev/conda-forge", "https://prefix.dev/conda-forge", "https://prefix.dev/conda-forge"),
        ("http://localhost:8000/x", "http://localhost:8000/x", "http://localhost:8000/x"),
        ("pkgs/free", "https://repo.anaconda.com/pkgs/free", "pkgs/free"),
        ("mine", "https://repo.example.org/get/mine", "mine"),
        ("mine/label/dev", "https://repo.example.org/get/mine/label/dev", "mine/label/dev"),
        ("disk", "file:///home/ada/channels/disk", "disk"),
        ("/srv/channel", "file:///srv/channel", "file:///srv/channel"),
        ("./out", "file:///work/here/out", "file:///work/here/out"),
        ("../out dir", "file:///work/out%20dir", "file:///work/out%20dir"),
        ("~/c", "file:///home/ada/c", "file:///home/ada/c"),
        ("file:///srv/./channel/", "file:///srv/channel", "file:///srv/channel"),
    ])
    func names(text: String, url: String, name: String) throws {
        let channels = try Self.configuration.resolve(text)
        #expect(channels.map(\.baseURL) == [url])
        #expect(channels.map(\.name) == [name])
        #expect(channels.first?.subdirs == nil)
    }

    @Test func lists() throws {
        let defaults = try Self.configuration.resolve("defaults")
        #expect(defaults.map(\.name) == ["pkgs/main", "pkgs/r"])
        #expect(defaults.allSatisfy { $0.collection == "defaults" })
        #expect(try Self.configuration.resolve("both").map(\.name) == ["conda-forge", "https://example.org/extra"])
        #expect(throws: Failure.self) { try Self.configuration.resolve("loop") }
        let list = try Self.configuration.resolve(["conda-forge", "defaults", "nodefaults", "conda-forge"])
        #expect(list.map(\.name) == ["conda-forge"])
    }

    @Test(arguments: ["conda-forge[linux-64,noarch]", "conda-forge[linux-64|NOARCH]", "conda-forge [linux-64; noarch]"])
    func platforms(text: String) throws {
        let channel = try #require(try Self.configuration.resolve(text).first)
        #expect(channel.name == "conda-forge")
        #expect(channel.subdirs == [.linux64, .noarch])
    }

    @Test func platformInPath() throws {
        let channel = try #require(try Self.configuration.resolve("https://example.org/c/linux-aarch64").first)
        #expect(channel.baseURL == "https://example.org/c")
        #expect(channel.subdirs == [.linuxAarch64])
        #expect(channel.url(of: .noarch) == "https://example.org/c/noarch")
    }

    @Test(arguments: [
        "", "none", "<unknown>", "a b", "x/../y", "https://example.org/linux-64/a-1-0.conda", "c[]", "c[what ever]",
        "local", "c:x",
    ])
    func refused(text: String) {
        #expect(throws: Failure.self) { try Self.configuration.resolve(text) }
    }

    @Test func credentialsStayApart() throws {
        let text = "https://ada:s%40fe@conda.anaconda.org/t/xy-1234/conda-forge"
        let channel = try #require(try Self.configuration.resolve(text).first)
        #expect(channel.baseURL == "https://conda.anaconda.org/conda-forge")
        #expect(channel.name == "conda-forge")
        #expect(channel.credentials == URLCredentials(user: "ada", password: "s@fe", token: "xy-1234"))
        #expect(!"\(channel) \(String(reflecting: channel.credentials))".contains("1234"))
        #expect(channel == (try Self.configuration.resolve("http://conda.anaconda.org/conda-forge/").first))
        #expect(channel != (try Self.configuration.resolve("https://conda.anaconda.org:8443/conda-forge").first))
    }

    @Test func secretsAreMasked() {
        let text = "cannot reach https://u:p@h.org/t/tok-1/c/x and http://h2/t/tk (see file:///a/@b)"
        #expect(
            text.maskingSecrets
                == "cannot reach https://*****@h.org/t/*****/c/x and http://h2/t/***** (see file:///a/@b)")
        #expect(PackageURL("https://u:p@h/t/k/c/linux-64/a-1-0.conda").text == "https://h/c/linux-64/a-1-0.conda")
        let failure = #expect(throws: Failure.self) { try MatchSpec("https://u:secret@h/t/tok/c::x=") }
        #expect(failure?.subject.contains("secret") == false)
        #expect(failure?.subject.contains("tok") == false)
    }

    @Test func percentCoding() {
        #expect("a%20b%2Fc%zz%".percentDecoded == "a b/c%zz%")
        #expect("/a b/ü?".percentEncodedPath == "/a%20b/%C3%BC%3F")
    }
}
