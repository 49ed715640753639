// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Codecs
import Configuration
import Engine
import Failures
import Platform

/// One run of the tool: what it was started with and where its words go.
struct Session: Sendable {
    let environment: ProcessEnvironment
    var console: Console
    var dialect: Dialect { console.dialect }
    let cancellation = Cancellation()
    /// The settings without those of an environment's own files; nil for verbs that read what they need themselves.
    var loaded: Result<Settings, Failure>?
    /// What `--trace-network` asks for.
    var recording: NetworkRecording?
    /// How this process becomes a command; returns only where tests look at what it would become.
    var execute: @Sendable (RunCommand) throws(Failure) -> Int32 = { (command) throws(Failure) in
        try command.execute()
    }

    /// Does what this process was started for, and returns the exit code.
    static func start() -> Int32 {
        let arguments = ProcessEnvironment.currentArguments
        if let payload = Payload.own {
            ThisProcess.holdStandardDescriptors()
            return Session(environment: ProcessEnvironment.current(), console: Console())
                .runPacked(payload, Array(arguments.dropFirst()))
        }
        let dialect = Dialect(calledAs: arguments.first ?? "")
        // Before anything else is looked at: the first dictionary alone costs a third of a start.
        if arguments.count == 2, arguments[1] == "--version" || arguments[1] == "-V" {
            let version = dialect == .krait ? ToolVersion.full : dialect.table.version
            do { try Console.write("\(version)\n", to: 1, "standard output") } catch { return error.code.exitCode }
            return 0
        }
        ThisProcess.holdStandardDescriptors()
        let words = Array(arguments.dropFirst())
        if words.first == ToolLauncher.word { return launch(words.dropFirst()) }
        // Variables, files and words of the command line may hold credentials.
        ThisProcess.forbidDumps()
        let environment = ProcessEnvironment.current()
        var session = Session(environment: environment, console: Console(dialect: dialect))
        session.console.look(environment)
        return session.run(words)
    }

    /// Understands the words of a command line, does what they ask and returns the exit code.
    mutating func run(_ words: [String]) -> Int32 {
        let before = words.prefix { $0 != "--" }
        console.isJSON = before.contains("--json")
        let verbs = Verb.called(words.first)
        let parsed: ParsedCommandLine
        do throws(Failure) {
            speak(try Self.dialect(typedIn: before) ?? dialect)
            let parser = CommandLineParser(
                verbs: verbs, globalOptions: Option.global, generalOptions: Option.general)
            parsed = try parser.parse(dialect.ownSpelling(words))
        } catch {
            return report(error, isCommandLine: true)
        }
        do throws(Failure) {
            return try run(parsed, verbs)
        } catch {
            return report(error, isCommandLine: false)
        }
    }

    /// Becomes the program of a launcher. No verb: each call of a tool pays for what is done before it.
    private static func launch(_ words: ArraySlice<String>) -> Int32 {
        let environment = ProcessEnvironment.current()
        let session = Session(environment: environment, console: Console())
        do throws(Failure) {
            let command = try ToolLauncher.command(words, environment)
            for warning in command.warnings { session.console.warn(warning) }
            return session.become(command)
        } catch {
            return session.report(error, isCommandLine: false)
        }
    }

    /// The dialect that `--dialect` names; what follows the command of `run` and `exec` is not ours.
    private static func dialect(typedIn words: ArraySlice<String>) throws(Failure) -> Dialect? {
        guard let index = words.firstIndex(where: { $0 == "--dialect" || $0.hasPrefix("--dialect=") }),
            !words[..<index].contains(where: { $0 == "run" || $0 == "exec" || $0 == "x" })
        else { return nil }
        let word = words[index]
        let name = word == "--dialect" ? words.dropFirst(index + 1).first ?? "" : String(word.dropFirst(10))
        guard let dialect = Dialect(rawValue: name) else {
            throw Failure(
                .usage, "--dialect \(name)", "is not a dialect that krait knows",
                hint: "it speaks \(Dialect.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return dialect
    }

    private mutating func speak(_ dialect: Dialect) {
        console.dialect = dialect
        if dialect != .krait { console.jsonIndent = dialect.table.jsonIndent }
    }

    private mutating func run(_ parsed: ParsedCommandLine, _ verbs: [Verb]) throws(Failure) -> Int32 {
        switch parsed {
        case .version:
            try console.data("\(dialect.table.version)\n")
            return 0
        case .help(let path):
            try console.text(
                path.isEmpty
                    ? Help.overview(verbs, Option.global) : Help.text(for: path, Option.global, Option.general))
            return 0
        case .run(let verb, let invocation):
            return try run(verb, invocation)
        }
    }

    /// Does what the verb does, and returns its exit code.
    mutating func run(_ verb: Verb, _ invocation: Invocation) throws(Failure) -> Int32 {
        console.isJSON = invocation.has(.json)
        console.verbosity = invocation.has(.quiet) ? -1 : invocation.values(.verbose).count
        // A bad file matters to verbs that ask for settings, and `config` can still repair it.
        if !verb.passesRest { loaded = Result { () throws(Failure) in try settings(invocation) } }
        if case .success(let settings) = loaded { console.obey(settings) }
        recording = invocation[.traceNetwork].map { NetworkRecording(path: $0) }
        guard let action = verb.action else { return 0 }
        let session = self
        let result = Result { () throws(Failure) in try action(session, invocation) }
        // A failure is what one wants to see the requests of.
        if case .failure = result { try? recording?.write() } else { try recording?.write() }
        return try result.get()
    }

    /// Tells a failure, as text on stderr or as the one JSON document; the exit code of it.
    func report(_ failure: Failure, isCommandLine: Bool) -> Int32 {
        let table = dialect.table
        var failure = failure.maskingSecrets.retold(dialect.calling)
        failure.hint = console.naming.hint(failure)
        if console.isJSON {
            try? console.data(table.failureDocument(failure))
        } else {
            console.message(table.failureText(failure, isCommandLine))
        }
        return table.exitCode(failure, isCommandLine)
    }
}
