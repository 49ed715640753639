// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let spec = ListOption(
        "spec", letter: "s", takes: "SPEC", "packages in the environment (default: the one named like the command)"
    )
    fileprivate static let with = ListOption(
        "with", letter: "w", takes: "SPEC", "packages in addition to the one named like the command")
    fileprivate static let python = ValueOption("python", takes: "VERSION", "the same as --with python=VERSION")
    fileprivate static let refresh = Flag("refresh", "check the channels now for something newer")
}

extension Verb {
    static let exec = Verb(
        ["exec", "x"], "Run a command or a script in an environment that is made for it and reused",
        operands: "COMMAND|SCRIPT [ARGUMENT…]",
        options: [.spec, .with, .python, .refresh, .file, .category, .lockEnvironment, .noPipSection] + Option.channels
            + [.pin, .noPip, .excludeNewer, .virtualPackage, .pyc, .noPyc, .linkMode, .noLinkScripts, .slim]
            + Option.network,
        passesRest: true, cannot: [.dryRun, .downloadOnly],
        examples: [
            "krait exec ruff check .", "krait exec -s python=3.12 -s numpy -- python -c 'import numpy'",
            "krait exec -w pandas --python 3.12 ipython", "krait exec -f conda-lock.yml -- python app.py",
            "krait exec script.py                                what its comment `# /// script` asks for (PEP 723)",
        ]
    ) { (session, invocation) throws(Failure) in
        guard let command = invocation.operands.first else {
            throw Failure(.usage, "krait exec", "needs a command", hint: "krait exec ruff --version")
        }
        var request = ChangeRequest(.create, prefix: "")
        request.take(invocation)
        request.specs = invocation[.spec] + invocation[.with]
        if let python = invocation[.python] { request.specs.append("python=\(python)") }
        var words = invocation.operands
        var guess: CommandPackage?
        let isOpen = invocation[.spec].isEmpty && request.files.isEmpty
        let script = isOpen ? try ScriptRequest(command, session.environment) : nil
        if let script {
            try script.add(to: &request, usesLock: true)
            words.insert(contentsOf: script.interpreter, at: 0)
        } else if isOpen {
            let found = try CommandPackage(command)
            if let note = found.note { session.console.say(note) }
            request.specs.insert(found.package, at: 0)
            guess = found
        }
        // Nobody looks for these environments: they are in no list.
        let context = try session.context(invocation, overriding: [(.registerEnvs, "false")])
        do throws(Failure) {
            return try Throwaway(session: session, invocation: invocation).run(words, request, context, guess)
        } catch {
            throw script?.explaining(error) ?? error
        }
    }
}

/// What `exec` does once it is known what the environment holds.
struct Throwaway {
    let session: Session
    let invocation: Invocation

    func run(
        _ words: [String], _ request: ChangeRequest, _ context: Context, _ guess: CommandPackage?
    ) throws(Failure) -> Int32 {
        let environment = try CachedEnvironment(request, context: context)
        let refreshes = invocation[.refresh]
        let ready = refreshes ? nil : environment.ready()
        let held: CachedEnvironment.Held
        if let ready {
            held = ready
        } else {
            do throws(Failure) {
                held = try obtain(environment, context, refreshes: refreshes)
            } catch {
                throw guess?.explaining(error) ?? error
            }
        }
        try guess?.requireProgram(in: held.prefix)
        let command = try RunCommand(
            RunCommand.Request(prefix: held.prefix, command: words), settings: context.settings)
        for warning in command.warnings { session.console.warn(warning) }
        for note in command.notes { session.console.detail(note) }
        return session.become(command)
    }

    private func obtain(
        _ environment: CachedEnvironment, _ context: Context, refreshes: Bool
    ) throws(Failure) -> CachedEnvironment.Held {
        limitHeapGrowth()
        installSignalHandlers(session.cancellation)
        let start = monotonicNanoseconds()
        let held = try session.withProgress(of: context, invocation) { () throws(Failure) in
            try environment.obtain(refreshes: refreshes)
        }
        for warning in held.warnings { session.console.warn(warning) }
        if let (plan, report) = held.made {
            if !report.scripts.isEmpty {
                session.console.say("Link scripts ran: \(report.scripts.joined(separator: ", "))")
            }
            if !report.messages.isEmpty { session.console.say(report.messages) }
            session.console.say(
                "Made an environment of \(Units.count(plan.links.count, "package")) in "
                    + Units.duration(monotonicNanoseconds() - start))
        }
        return held
    }
}
