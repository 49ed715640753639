// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Platform
import Scenes
import Testing
import Transport

@testable import Engine

@Suite("What the configuration says of fetching")
struct TransportSettingsTests {
    private static func settings(
        _ settings: [String: String] = [:], variables: [String: String] = [:]
    ) throws -> TransportSettings {
        let context = try Scene([]).context(settings, variables: variables)
        return TransportSettings(
            context.settings, environment: context.environment, cancellation: context.cancellation)
    }

    /// The words of `ssl_verify`, conda's and micromamba's among them, in any case of letters; others are files.
    @Test(
        arguments: [
            ("true", false, []), ("Yes", false, []), ("on", false, []), ("1", false, []), ("y", false, []),
            ("<true>", false, []), ("<system>", false, []), ("TRUSTSTORE", false, []), ("false", true, []),
            ("No", true, []), ("OFF", true, []), ("0", true, []), ("n", true, []), ("<False>", true, []),
            ("/etc/ca.pem", false, ["/etc/ca.pem"]), ("yesterday.pem", false, ["yesterday.pem"]),
        ] as [(String, Bool, [String])])
    func trust(word: String, insecure: Bool, files: [String]) throws {
        let trust = try Self.settings(["ssl_verify": word]).trust
        #expect(trust.insecure == insecure && trust.configured == files && trust.explicitFile == nil)
    }

    /// A file of the command line is the only one; one that is configured is one among others.
    @Test func certificateFiles() throws {
        let typed = try Self.settings(["cacert_path": "/a.pem"], variables: ["SSL_CERT_FILE": "/b.pem"]).trust
        #expect(typed.explicitFile == "/a.pem" && typed.configured.isEmpty)
        #expect(typed.environment == ["SSL_CERT_FILE": "/b.pem"])
        let configured = try Self.settings(variables: ["MAMBA_CACERT_PATH": "/a.pem"]).trust
        #expect(configured.explicitFile == nil && configured.configured == ["/a.pem"])
    }

    /// Numbers that make no sense are cut to what does.
    @Test func limits() throws {
        let odd = try Self.settings([
            "remote_connect_timeout_secs": "99999999999999", "remote_backoff_factor": "1000000000",
            "download_threads": "0",
        ])
        #expect(odd.parallelism == 1 && odd.connectTimeout == (1 << 33) * 1_000_000_000)
        #expect(odd.backoff == 86_400_000_000_000, "half of two days")
        let usual = try Self.settings()
        #expect(usual.parallelism > 1 && usual.multiplexed > usual.parallelism)
        let few = try Self.settings(["download_threads": "4"])
        #expect(few.parallelism == 4 && few.multiplexed == 4, "what the user has set is the most")
        let small = try Self.settings(["low_memory": "true"])
        #expect(small.parallelism == 3 && small.multiplexed == 6)
        #expect(usual.retries == 0 && usual.userAgent.hasPrefix("krait/"))
    }

    /// A mirrored channel is a name or a URL, and what is asked for are URLs.
    @Test func mirrors() throws {
        let scene = try Scene([])
        try scene.write(
            ".condarc",
            "channel_alias: https://a.example\nmirrored_channels:\n  lab: [https://m.example/lab]\n"
                + "  https://b.example/c: [https://n.example/c]\n")
        let context = try scene.context()
        let found = TransportSettings(
            context.settings, environment: context.environment, cancellation: context.cancellation
        ).mirrors
        #expect(found.map(\.prefix).sorted() == ["https://a.example/lab", "https://b.example/c"])
        #expect(found.flatMap(\.replacements).sorted() == ["https://m.example/lab", "https://n.example/c"])
    }
}
