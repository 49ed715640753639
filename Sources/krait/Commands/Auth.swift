// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Locations
import Platform

extension Option {
    fileprivate static let everyHost = Flag("all", "every host")
    fileprivate static let user = ValueOption(
        "username", letter: "u", takes: "NAME", "the user name that goes with a password")
    fileprivate static let password = ValueOption("password", letter: "p", takes: "TEXT", "the user's password")
    fileprivate static let token = ValueOption(
        "token", letter: "t", takes: "TEXT", "a conda token (`/t/TOKEN`)")
    fileprivate static let bearer = ValueOption("bearer", letter: "b", takes: "TEXT", "a bearer token")
    fileprivate static let passwordInput = Flag("password-stdin", "read the password from standard input")
    fileprivate static let tokenInput = Flag("token-stdin", "read the token from standard input")
    fileprivate static let bearerInput = Flag("bearer-stdin", "read the bearer token from standard input")
}

extension Verb {
    static let auth = Verb(
        ["auth"], "Manage the credentials for hosts (micromamba reads them too)",
        verbs: [authLogin, authLogout, authList, authTest])

    private static let authLogin = Verb(
        ["login"], "Store credentials for a host", operands: "HOST",
        options: [.user, .password, .token, .bearer, .passwordInput, .tokenInput, .bearerInput], cannot: [.dryRun],
        examples: ["krait auth login lab.example.org --bearer-stdin < token"]
    ) { (session, invocation) throws(Failure) in
        _ = try session.settings(invocation)
        let host = try MambaCredentialFile.key(try host(invocation, "login"))
        func secret(_ option: ValueOption, _ input: Flag) throws(Failure) -> String? {
            guard invocation[input] else { return invocation[option] }
            guard let line = readLine(from: session.console.inputDescriptor), !line.isEmpty else {
                throw Failure(.usage, "--\(input.name)", "standard input holds no line")
            }
            return line
        }
        for option in [Option.token, Option.bearer] where invocation[option] == "" {
            throw Failure(.usage, "--\(option.name)", "is empty")
        }
        let given = [
            try secret(.token, .tokenInput).map { StoredCredential.condaToken($0) },
            try secret(.bearer, .bearerInput).map { StoredCredential.bearer($0) },
            try secret(.password, .passwordInput).map {
                StoredCredential.basic(user: invocation[.user] ?? "", password: $0)
            },
        ].compactMap { $0 }
        guard let credential = given.first, given.count == 1 else {
            throw Failure(
                .usage, "krait auth login", "needs one of --token, --bearer, or --username with --password",
                hint: "each has a form that reads standard input, such as --bearer-stdin")
        }
        if case .basic(let user, _) = credential, user.isEmpty {
            throw Failure(.usage, "--password", "goes with --username")
        }
        try MambaCredentialFile(session.environment).set(credential, for: host)
        try session.console.done("Stored the credentials of \(host)")
        return 0
    }

    private static let authLogout = Verb(
        ["logout"], "Remove the credentials of a host", operands: "[HOST]", options: [.everyHost], cannot: [.dryRun]
    ) { (session, invocation) throws(Failure) in
        _ = try session.settings(invocation)
        let file = try MambaCredentialFile(session.environment)
        if invocation[.everyHost] {
            for host in try file.hosts() { try file.set(nil, for: host) }
            try session.console.done("Removed all credentials")
            return 0
        }
        let typed = try host(invocation, "logout")
        let hosts = try file.hosts()
        // Another tool may keep something under a name that krait would not give it.
        let host = hosts.contains(typed) ? typed : try MambaCredentialFile.key(typed)
        guard hosts.contains(host) else {
            throw Failure(.usage, host, "no credentials are kept for it", hint: "`krait auth list` shows what is")
        }
        try file.set(nil, for: host)
        try session.console.done("Forgot \(host)")
        return 0
    }

    private static let authList = Verb(["list"], "Show the hosts that have credentials") {
        (session, _) throws(Failure) in
        let hosts = try MambaCredentialFile(session.environment).hosts().map(\.maskingSecrets)
        try session.console.show(hosts.map { $0 + "\n" }.joined(), ["hosts": .strings(hosts)])
        return 0
    }

    private static let authTest = Verb(
        ["test"], "Check whether a server accepts the credentials stored for it", operands: "HOST|URL",
        options: Option.network,
        examples: [
            "krait auth test https://lab.example.org/channel", "krait auth test oci://registry.example.org/team",
        ]
    ) { (session, invocation) throws(Failure) in
        guard let text = invocation.operands.first, invocation.operands.count == 1, !text.isEmpty else {
            throw Failure(.usage, "krait auth test", "needs a host", hint: "krait auth test lab.example.org")
        }
        let context = try session.context(invocation)
        installSignalHandlers(session.cancellation)
        let test = try AccountTest(text, context)
        let held = test.kind.map { "a \($0) of \(test.source ?? "")" } ?? "nothing is kept for it"
        try session.console.show(
            "\(test.place): \(held); the server answered \(test.status)\n",
            [
                "success": true, "place": .string(test.place), "kind": test.kind.map { .string($0) } ?? .null,
                "source": test.source.map { .string($0) } ?? .null, "status": .integer(Int64(test.status)),
            ])
        return 0
    }

    private static func host(_ invocation: Invocation, _ verb: String) throws(Failure) -> String {
        guard let host = invocation.operands.first, invocation.operands.count == 1, !host.isEmpty else {
            throw Failure(.usage, "krait auth \(verb)", "needs a host", hint: "krait auth \(verb) lab.example.org")
        }
        return host
    }
}
