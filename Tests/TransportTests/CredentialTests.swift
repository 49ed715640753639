// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

@testable import Transport

@Suite struct CredentialTests {
    let server = FaultServer.shared
    var hostAndPort: String { String(server.base.dropFirst(7)) }

    @Test func inURL() throws {
        let transport = Transport(quickSettings())
        let response = try transport.fetch(Request("http://user:pass%20word@\(hostAndPort)/basic"))
        #expect(response.status == 200)
        #expect(!response.finalURL.contains("pass"))
        #expect(try transport.fetch(Request("\(server.base)/basic")).status == 401)
        #expect(try transport.fetch(Request("\(server.base)/t/tk-123/x")).status == 200)
    }

    @Test func fromTheStore() throws {
        var settings = quickSettings()
        settings.credentials = { address in
            switch address.target {
            case "/basic": .basic(user: "user", password: "pass word")
            case "/bearer": .bearer("sesame")
            default: .condaToken("tk-123")
            }
        }
        let transport = Transport(settings)
        for path in ["/basic", "/bearer", "/chan/x"] {
            #expect(try transport.fetch(Request(server.base + path)).status == 200)
        }
        // What is in the URL wins.
        #expect(try transport.fetch(Request("http://a:b@\(hostAndPort)/basic")).status == 401)
    }

    @Test func channelCredentialStaysAtItsOrigin() throws {
        let other = server.base.replacing("127.0.0.1", with: "localhost")
        let request = Request(
            "http://127.0.0.1:1/x", mirrors: ["\(other)/file/5?key=origin"], credential: .bearer("sesame"))
        #expect(try Transport(quickSettings()).fetch(request).status == 200)
        #expect(try server.log("origin")[0].authorization == nil)
    }

    @Test func redirectToAnotherHostLosesIt() throws {
        let transport = Transport(quickSettings())
        let other = server.base.replacing("127.0.0.1", with: "localhost")
        for credential in [Credential.bearer("sesame"), .basic(user: "u", password: "sesame")] {
            let key = credential == .bearer("sesame") ? "crossed1" : "crossed2"
            let away = Request("\(server.base)/redirect?to=\(other)/file/5%3Fkey%3D\(key)", credential: credential)
            #expect(try transport.fetch(away).status == 200)
            #expect(try server.log(key)[0].authorization == nil)
        }
        let stay = Request("\(server.base)/redirect?to=/bearer", credential: .bearer("sesame"))
        #expect(try transport.fetch(stay).status == 200)
        #expect(throws: Failure.self) { try transport.fetch(Request("\(server.base)/loop")) }
    }

    @Test func secureIsNotContinuedInThePlain() {
        var settings = quickSettings(retries: 0)
        settings.trust.explicitFile = server.certificate
        let url = "\(server.secureBase)/redirect?to=\(server.base)/file/5"
        #expect(throws: Failure.self) { try Transport(settings).fetch(Request(url)) }
    }

    @Test func failuresShowNoSecret() {
        let secrets = ["hunter2hunter2", "tk-secret-1"]
        let urls = [
            "http://me:hunter2hunter2@127.0.0.1:1/x", "http://127.0.0.1:1/t/tk-secret-1/chan/x",
            "http://127.0.0.1:1/x?sig=hunter2hunter2", "http://me:hunter2hunter2@nosuchhost.invalid/x",
            "ftp://me:hunter2hunter2@h/x",
        ]
        for url in urls {
            let failure = #expect(throws: Failure.self) { try Transport(quickSettings(retries: 0)).fetch(Request(url)) }
            let text = "\(String(describing: failure))"
            for secret in secrets { #expect(!text.contains(secret), "\(text)") }
        }
    }

    @Test func proxies() throws {
        var settings = quickSettings()
        settings.proxies = ProxySettings(environment: ["http_proxy": server.base, "no_proxy": "127.0.0.0/8,.local"])
        let transport = Transport(settings)
        let response = try transport.fetch(Request("http://example.invalid/x"))
        #expect(String(decoding: response.body, as: UTF8.self) == "proxied http://example.invalid/x")
        #expect(try transport.fetch(Request("\(server.base)/file/5")).body.count == 5)
    }

    @Test func proxyChoice() throws {
        let settings = ProxySettings(
            servers: ["https": "http://p1", "https://special": "http://p2"],
            environment: ["HTTP_PROXY": "http://p3", "ALL_PROXY": "http://p4", "https_proxy": "http://p5"])
        func proxy(_ url: String) throws -> String? { settings.proxy(for: try #require(Address(url))) }
        #expect(try proxy("https://special/x") == "http://p2")
        #expect(try proxy("https://other/x") == "http://p1")
        #expect(try proxy("http://other/x") == "http://p3")
        #expect(ProxySettings().proxy(for: try #require(Address("http://h/"))) == nil)
    }
}
