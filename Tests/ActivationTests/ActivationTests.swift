// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

@testable import Activation

/// Environments for the tests: `/r` is base, `/r/envs/a`, `/r/envs/b` and `/x/c` have variables and scripts.
func facts(_ prefix: String) throws(Failure) -> PrefixFacts {
    let name = String(prefix.split(separator: "/").last ?? "")
    switch name {
    case "a":
        return PrefixFacts(
            path: prefix, activateScripts: ["/s/a1", "/s/a2"], deactivateScripts: ["/s/a9"],
            variables: [EnvironmentVariable("V", "of a"), EnvironmentVariable("ONLY_A", "1")])
    case "b":
        return PrefixFacts(
            path: prefix, activateScripts: ["/s/b1"], deactivateScripts: ["/s/b9"],
            variables: [EnvironmentVariable("V", "of b"), EnvironmentVariable("ONLY_B", "1")])
    case "gone": throw Failure(.system, prefix, "is gone")
    default: return PrefixFacts(path: prefix)
    }
}

@Suite struct ActivationTests {
    let a = "/r/envs/a"
    let b = "/r/envs/b"

    private func activation(_ variables: [String: String], _ change: (inout ActivationSettings) -> Void = { _ in })
        -> Activation
    {
        var settings = ActivationSettings()
        settings.rootPrefix = "/r"
        change(&settings)
        return Activation(variables: variables, settings: settings, facts: facts)
    }

    @Test func first() throws {
        let transform = try activation(["PATH": "/usr/bin:/bin", "HOME": "/h"]).activate(a)
        #expect(transform.searchPath == .set("/r/envs/a/bin:/usr/bin:/bin"))
        #expect(transform.activateScripts == ["/s/a1", "/s/a2"])
        #expect(transform.deactivateScripts.isEmpty)
        #expect(transform.unset.isEmpty)
        #expect(transform.prompt == .replace(by: "(a) ", level: 1))
        let after = transform.applied(to: [:])
        #expect(after["CONDA_PREFIX"] == a)
        #expect(after["CONDA_SHLVL"] == "1")
        #expect(after["CONDA_DEFAULT_ENV"] == "a")
        #expect(after["CONDA_PROMPT_MODIFIER"] == "(a) ")
        #expect(after["V"] == "of a")
    }

    @Test func shadowedVariablesAreKeptAndNamed() throws {
        let transform = try activation(["PATH": "/bin", "V": "mine"]).activate(a)
        #expect(transform.applied(to: [:])["__CONDA_SHLVL_0_V"] == "mine")
        #expect(transform.notes.count == 1)
        #expect(try activation(["PATH": "/bin", "V": "of a"]).activate(a).notes.isEmpty)
    }

    @Test func names() throws {
        let activation = activation([:])
        #expect(activation.defaultName(of: "/r") == "base")
        #expect(activation.defaultName(of: "/r/envs/a") == "a")
        #expect(activation.defaultName(of: "/elsewhere/envs/a") == "a")
        #expect(activation.defaultName(of: "/x/c") == "/x/c")
    }

    /// Nothing of a name is read a second time, by a shell or by the format itself; the format is the user's own.
    @Test func namesAreInertInPrompts() throws {
        for name in ["e$(x)", "e`x`", "e\\w", "e!1", "e%n", "e\u{1B}[1m", "e\nx", "e\u{9B}m", "e{prefix}", "e${x}"] {
            let shown = try activation([:]) { $0.promptFormat = "%F{green}({name})%f " }.activate(
                "/p/" + name, stack: false)
            guard case .replace(let text, _) = shown.prompt else {
                Issue.record("no prompt")
                continue
            }
            #expect(text.hasPrefix("%F{green}(e") && text.hasSuffix(")%f "))
            let inner = text.dropFirst(10).dropLast(4)
            #expect(
                !inner.unicodeScalars.contains { "$`\\!%{}".unicodeScalars.contains($0) || $0.value < 0x20 }, "\(name)")
            #expect(shown.export.contains(EnvironmentVariable("CONDA_PROMPT_MODIFIER", text)))
        }
    }

    @Test func promptFormats() throws {
        func modifier(_ format: String, _ prefix: String, _ variables: [String: String] = [:], stack: Bool = false)
            throws -> String?
        {
            try activation(variables) { $0.promptFormat = format }.activate(prefix, stack: stack)
                .applied(to: [:])["CONDA_PROMPT_MODIFIER"]
        }
        #expect(try modifier("[{name}] ", "/x/c") == "[c] ")
        #expect(try modifier("{prefix}>{default_env}", "/x/c") == "/x/c>/x/c")
        let variables = try activation(["PATH": "/bin"]).activate(a).applied(to: [:])
        #expect(try modifier("{stacked_env}", b, variables, stack: true) == "b;a")
        #expect(try modifier("{stacked_env}", b, variables) == "b")
        let off = try activation([:]) { $0.changesPrompt = false }.activate(a)
        #expect(off.prompt == .none)
        #expect(off.applied(to: [:])["CONDA_PROMPT_MODIFIER"] == "")
    }

    @Test func exchange() throws {
        let one = try activation(["PATH": "/first:/bin"]).activate(a).applied(to: [
            "PATH": "/first:/bin", "V": "mine", "__CONDA_SHLVL_0_V": "mine",
        ])
        let moved = one.merging(["PATH": "/mine:/r/envs/a/bin:/bin"]) { $1 }
        let transform = try activation(moved).activate(b)
        #expect(transform.searchPath == .set("/mine:/r/envs/b/bin:/bin"))
        #expect(transform.deactivateScripts == ["/s/a9"])
        #expect(transform.activateScripts == ["/s/b1"])
        #expect(transform.unset == ["ONLY_A"])
        let two = transform.applied(to: moved)
        #expect(two["CONDA_PREFIX_1"] == a)
        #expect(two["V"] == "of b")
        #expect(two["__CONDA_SHLVL_0_V"] == "mine")
        // Back where one came from is deactivating.
        #expect(try activation(two).activate(a).applied(to: two)["CONDA_SHLVL"] == "1")
    }

    @Test func autoStack() throws {
        let one = try activation(["PATH": "/bin"]).activate(a).applied(to: ["PATH": "/bin"])
        let transform = try activation(one) { $0.autoStack = 1 }.activate(b)
        #expect(transform.searchPath == .set("/r/envs/b/bin:/r/envs/a/bin:/bin"))
        #expect(transform.deactivateScripts.isEmpty)
        #expect(transform.applied(to: one)["CONDA_STACKED_2"] == "true")
    }

    @Test func sameAgainIsReactivation() throws {
        let one = try activation(["PATH": "/bin"]).activate(a).applied(to: ["PATH": "/bin"])
        let transform = try activation(one).activate(a)
        #expect(transform.searchPath == .none)
        #expect(transform.export.isEmpty)
        #expect(transform.deactivateScripts == ["/s/a9"])
        #expect(transform.activateScripts == ["/s/a1", "/s/a2"])
        #expect(try activation([:]).reactivate() == Transform())
    }

    @Test func damagedBooks() throws {
        #expect(try activation(["CONDA_SHLVL": "0"]).deactivate() == Transform())
        #expect(try activation(["CONDA_SHLVL": "x", "CONDA_PREFIX": a]).deactivate() == Transform())
        #expect(throws: Failure.self) { try activation(["CONDA_SHLVL": "2", "CONDA_PREFIX": a]).deactivate() }
        #expect(throws: Failure.self) { try activation([:]).activate("/gone") }
        #expect(activation(["CONDA_SHLVL": "3"]).level == 0)
    }

    /// Any walk through activations ends, after as many deactivations, in the very environment it began with.
    @Test(arguments: 0..<200)
    func walksAreUndone(seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let paths: [String?] = [nil, "", "/bin", "/usr/bin:/bin:", ":/bin", "/r/envs/a/bin:/bin", "/bin:/bin::/r/bin"]
        var start: [String: String] = ["HOME": "/h"]
        start["PATH"] = paths[random(paths.count)]
        for (name, values) in [
            ("V", [nil, "", "mine"]), ("ONLY_A", [nil, "x", "1"]), ("CONDA_SHLVL", [nil, "0"]),
            ("CONDA_PREFIX", [nil, "/stale"]), ("CONDA_PROMPT_MODIFIER", [nil, ""]),
        ] {
            start[name] = values[random(values.count)]
        }
        var now = start
        for _ in 0..<(1 + random(6)) {
            let prefix = [a, b, "/x/c", "/r"][random(4)]
            now = try activation(now).activate(prefix, stack: random(2) == 0).applied(to: now)
            if random(4) == 0 { now = try activation(now).reactivate().applied(to: now) }
            if random(4) == 0 { now = try activation(now).deactivate().applied(to: now) }
        }
        while activation(now).level > 0 { now = try activation(now).deactivate().applied(to: now) }
        #expect(now == start)
    }

    @Test func variablesOfPrefixes() {
        let (variables, notes) = PrefixFacts.merge(
            packages: [
                [EnvironmentVariable("one", "1"), EnvironmentVariable("TWO", "2")],
                [EnvironmentVariable("TWO", "22"), EnvironmentVariable("THREE", "3"), EnvironmentVariable("a-b", "x")],
            ],
            state: [
                EnvironmentVariable("THREE", "***unset***"), EnvironmentVariable("ONE", "mine"),
                EnvironmentVariable("PATH", "/x"), EnvironmentVariable("http_proxy", "p"),
            ])
        #expect(
            variables.map { "\($0.name)=\($0.value)" }
                == ["TWO=22", "THREE=***unset***", "ONE=mine", "HTTP_PROXY=p"])
        #expect(notes.count == 3)
    }

    @Test func aVariableThatIsMarkedAsUnset() throws {
        func activation(_ variables: [String: String]) -> Activation {
            Activation(variables: variables, settings: ActivationSettings()) { path in
                PrefixFacts(path: path, variables: [EnvironmentVariable("GONE", "***unset***")])
            }
        }
        let start = ["PATH": "/bin", "GONE": "mine"]
        let active = try activation(start).activate("/p").applied(to: start)
        #expect(active["GONE"] == nil)
        let again = try activation(active).reactivate().applied(to: active)
        #expect(again["GONE"] == nil)
        #expect(try activation(again).deactivate().applied(to: again) == start)
    }

    @Test func scriptsOfAShell() {
        let facts = PrefixFacts(
            path: "/p", activateNames: ["b.sh", "a.sh", "a.fish", "B.sh", ".hidden.sh"],
            deactivateNames: ["a.sh", "b.sh"],
            variables: [], shell: .posix)
        #expect(facts.activateScripts == ["B.sh", "a.sh", "b.sh"].map { "/p/etc/conda/activate.d/\($0)" })
        #expect(facts.deactivateScripts == ["/p/etc/conda/deactivate.d/b.sh", "/p/etc/conda/deactivate.d/a.sh"])
    }

    @Test func running() throws {
        let plan = try activation(["PATH": "/bin", "V": "mine"]).run(a)
        #expect(plan.script == ". '/s/a1'\n. '/s/a2'\n")
        #expect(plan.environment["PATH"] == "/r/envs/a/bin:/bin")
        #expect(plan.environment["V"] == "of a")
        let simple = try activation(["PATH": "/bin"]).run("/x/c")
        #expect(simple.script == nil)
        #expect(simple.environment["CONDA_PREFIX"] == "/x/c")
        // An environment that is left runs its scripts; one that is on already runs none.
        #expect(try activation(plan.environment).run("/x/c").script == ". '/s/a9'\n")
        #expect(try activation(plan.environment).run(a).script == nil)
        #expect(
            try activation(plan.environment.merging(["PATH": "/sbin"]) { $1 }).run(a).environment["PATH"]
                == "/r/envs/a/bin:/sbin")
    }
}
