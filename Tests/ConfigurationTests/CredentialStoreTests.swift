// SPDX-License-Identifier: BSD-3-Clause
import Platform
import Testing

@testable import Configuration

@Suite struct CredentialStoreTests {
    @Test func mamba() throws {
        let home = try Home([
            ".mamba/auth/authentication.json": """
            {"h.org": {"type": "CondaToken", "token": "t1"}, "h.org/private/a": {"type": "BearerToken", "token": "t2"},
             "i.org:8080": {"type": "BasicHTTPAuthentication", "user": "u", "password": "cGFzcyB3b3Jk"},
             "j.org": {"type": "Unheard"}}
            """
        ])
        let store = CredentialStore(home.environment())
        #expect(store.secret(authority: "h.org", path: "/chan/linux-64/x.conda") == .condaToken("t1"))
        #expect(store.secret(authority: "H.org", path: "/private/a/linux-64/x.conda") == .bearer("t2"))
        #expect(store.secret(authority: "h.org", path: "/private/ab") == .condaToken("t1"))
        #expect(store.secret(authority: "i.org:8080", path: "/") == .basic(user: "u", password: "pass word"))
        #expect(store.secret(authority: "i.org", path: "/") == nil)
        #expect(store.secret(authority: "j.org", path: "/") == nil)
    }

    @Test func rattler() throws {
        let home = try Home([
            "c.json": """
            {"h.org": {"BearerToken": "t1"}, "*.i.org": {"CondaToken": "t2"}, "*.org": {"BasicHTTP": {"username": "u", "password": "p"}},
             "o.net": {"OAuth": {"access_token": "t3"}}, "s3.net": {"S3Credentials": {}},
             "s3://lab/team": {"S3Credentials": {"access_key_id": "a", "secret_access_key": "b"}}}
            """
        ])
        let store = CredentialStore(home.environment(["RATTLER_AUTH_FILE": home.path + "/c.json"]))
        #expect(store.secret(authority: "h.org", path: "/") == .bearer("t1"))
        #expect(store.secret(authority: "a.b.i.org:443", path: "/") == .condaToken("t2"))
        #expect(store.secret(authority: "x.org", path: "/") == .basic(user: "u", password: "p"))
        #expect(store.secret(authority: "o.net", path: "/") == .bearer("t3"))
        #expect(store.secret(authority: "s3.net", path: "/") == nil)
        let keys = Secret.keys(identifier: "a", secret: "b", sessionToken: nil)
        #expect(store.secret(authority: "lab", path: "/team/c/x", purpose: .bucket) == keys)
        #expect(store.secret(authority: "lab", path: "/teams/c", purpose: .bucket) == nil)
        #expect(store.secret(authority: "h.org", path: "/", purpose: .bucket) == nil)
    }

    @Test func anacondaAndNetrc() throws {
        let home = try Home([
            ".continuum/anaconda-client/tokens/https%3A%2F%2Fapi.anaconda.org.token": "tk\n",
            ".netrc": """
            # comment
            machine a.org login u password "p \\"q"
            macdef init
            machine fake login x password y

            machine a.org login second password second
            machine b.org
              password only
            default login d password e
            """,
        ])
        let store = CredentialStore(home.environment())
        #expect(store.secret(authority: "conda.anaconda.org", path: "/x") == .condaToken("tk"))
        #expect(store.secret(authority: "a.org:80", path: "/x") == .basic(user: "u", password: "p \"q"))
        #expect(store.secret(authority: "b.org", path: "/x") == .basic(user: "", password: "only"))
        #expect(store.secret(authority: "c.org", path: "/x") == .basic(user: "d", password: "e"))
        let other = CredentialStore(home.environment(["NETRC": "/none"]), usesAnacondaTokens: false)
        #expect(other.secret(authority: "a.org", path: "/x") == nil)
        #expect(other.secret(authority: "conda.anaconda.org", path: "/x") == nil)
    }

    @Test func typedAndVariables() throws {
        let home = try Home([".mamba/auth/authentication.json": "not json", ".rattler/credentials.json": "[]"])
        let store = CredentialStore(
            home.environment(["KRAIT_AUTH_REPO_X_ORG_8080": "token:t:1"]),
            typed: [("a.org", "u:p:q"), ("b.org", "bearer:x"), ("c.org", "tok")])
        #expect(store.secret(authority: "a.org", path: "/") == .basic(user: "u", password: "p:q"))
        #expect(store.secret(authority: "b.org", path: "/") == .bearer("x"))
        #expect(store.secret(authority: "c.org", path: "/") == .condaToken("tok"))
        #expect(store.secret(authority: "repo-x.org:8080", path: "/") == .condaToken("t:1"))
        #expect(store.secret(authority: "d.org", path: "/") == nil)
        #expect("\(Secret.bearer("x"))" == "*****")
    }
}
