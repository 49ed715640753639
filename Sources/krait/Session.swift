// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

/// One run of the tool: what it was started with and where its words go.
struct Session: Sendable {
    let environment: ProcessEnvironment
    var console: Console
    let cancellation = Cancellation()
    /// The settings without those of an environment's own files; nil for verbs that read what they need themselves.
    var loaded: Result<Settings, Failure>?

    /// Understands the command line, does what it asks and returns the exit code.
    static func start() -> Int32 {
        let words = Array(ProcessEnvironment.currentArguments.dropFirst())
        // Before anything else is looked at: the first dictionary alone costs a third of a start.
        if words.count == 1, words[0] == "--version" || words[0] == "-V" {
            do { try Console().data("\(ToolVersion.full)\n") } catch { return error.code.exitCode }
            return 0
        }
        let environment = ProcessEnvironment.current()
        var session = Session(environment: environment, console: Console())
        let before = words.prefix { $0 != "--" }
        session.console.isJSON = before.contains("--json")
        do throws(Failure) {
            return try session.run(words)
        } catch {
            session.report(error)
            return error.code.exitCode
        }
    }

    private mutating func run(_ words: [String]) throws(Failure) -> Int32 {
        let verbs = Verb.all
        switch try CommandLineParser(verbs: verbs, globalOptions: Option.global).parse(words) {
        case .version:
            try console.data("\(ToolVersion.full)\n")
            return 0
        case .help(let path):
            try console.data(path.isEmpty ? Help.overview(verbs, Option.global) : Help.text(for: path, Option.global))
            return 0
        case .run(let verb, let invocation):
            console.isJSON = invocation[flag: .json]
            console.verbosity = invocation[flag: .quiet] ? -1 : invocation.count(.verbose)
            // A bad file matters to verbs that ask for settings, and `config` can still repair it.
            if !verb.passesRest { loaded = Result { () throws(Failure) in try settings(invocation) } }
            if case .success(let settings) = loaded { console.obey(settings) }
            // Logs of continuous integration keep every redrawn line, also where they look like a terminal.
            let integration = environment["CI"] ?? ""
            console.isInteractive = isTerminal(2) && (integration.isEmpty || integration == "false")
            guard let action = verb.action else { return 0 }
            return try action(self, invocation)
        }
    }

    /// Tells a failure, as text on stderr or as the one JSON document.
    private func report(_ failure: Failure) {
        if console.isJSON {
            try? console.data(FailureText.json(of: failure))
        } else {
            console.raw(FailureText.text(of: failure))
        }
    }
}
