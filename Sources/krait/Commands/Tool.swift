// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let expose = ListOption(
        "expose", takes: "NAME=PROGRAM", "put this program on PATH under this name, and no other")
    fileprivate static let toolWith = ListOption(
        "with", letter: "w", takes: "SPEC", "additional packages in the tool's environment")
}

extension Verb {
    static let tool = Verb(
        ["tool"], "Install programs on PATH, each in an environment of its own",
        verbs: [toolInstall, toolList, toolUpgrade, toolRemove, toolRun])

    private static let making =
        Option.channels + [.noPip, .excludeNewer, .pyc, .noPyc, .linkMode, .noLinkScripts]
        + Option.network

    private static let toolInstall = Verb(
        ["install"], "Install programs, and put them on PATH", operands: "SPEC…",
        options: [.expose, .toolWith] + making, cannot: [.dryRun, .downloadOnly],
        examples: ["krait tool install ruff", "krait tool install ipython --with numpy --expose py=ipython"]
    ) { (session, invocation) throws(Failure) in
        guard !invocation.operands.isEmpty else {
            throw Failure(.usage, "krait tool install", "needs a spec", hint: "krait tool install ruff")
        }
        guard invocation.operands.count == 1 || invocation[.expose].isEmpty && invocation[.toolWith].isEmpty else {
            throw Failure(
                .usage, "--expose and --with", "are for one tool", hint: "install the others in commands of their own")
        }
        var tools: [Tool] = []
        for text in invocation.operands {
            guard let name = try MatchSpec(text).exactName, Tool.Exposed.isName(name) else {
                throw Failure(.usage, text, "does not name one package")
            }
            var tool = Tool(name: name, spec: text)
            tool.with = invocation[.toolWith]
            tool.channels = invocation.channels
            tool.overridesChannels = invocation[.overrideChannels]
            for exposed in invocation[.expose] { tool.asked.append(try Tool.Exposed(exposed)) }
            tools.append(tool)
        }
        return try ToolVerbs(session: session, invocation: invocation).make(tools.count) {
            (installation, index) throws(Failure) in try installation.install(tools[index])
        }
    }

    private static let toolUpgrade = Verb(
        ["upgrade", "update"], "Update tools, all of them unless some are named", operands: "[NAME…]",
        options: making.filter {
            $0 !== Option.channel && $0 !== Option.useLocal && $0 !== Option.overrideChannels
        },
        cannot: [.dryRun, .downloadOnly], examples: ["krait tool upgrade", "krait tool upgrade ruff"]
    ) { (session, invocation) throws(Failure) in
        let tools = try Tools(try session.context(invocation))
        var names = invocation.operands
        for name in names { _ = try tools.tool(name) }
        if names.isEmpty { names = tools.all.map(\.name) }
        return try ToolVerbs(session: session, invocation: invocation).make(names.count) {
            (installation, index) throws(Failure) in try installation.upgrade(names[index])
        }
    }

    private static let toolList = Verb(["list"], "Show the tools that are installed") {
        (session, invocation) throws(Failure) in
        let tools = try Tools(try session.context(invocation))
        var table = TextTable()
        for tool in tools.all { table.append([tool.name, tool.version, ToolVerbs.exposed(tool)]) }
        try session.console.show(table.rendered(), .array(tools.all.map { ToolVerbs.json($0) }))
        return 0
    }

    private static let toolRemove = Verb(
        ["remove", "uninstall"], "Remove tools", operands: "NAME…", cannot: [.dryRun, .downloadOnly],
        examples: ["krait tool remove ruff"]
    ) { (session, invocation) throws(Failure) in
        let tools = try Tools(try session.context(invocation))
        guard !invocation.operands.isEmpty else {
            throw Failure(.usage, "krait tool remove", "needs a name", hint: "`krait tool list` shows them")
        }
        for name in invocation.operands { _ = try tools.tool(name) }
        for name in invocation.operands {
            let isGone = try tools.remove(name)
            session.console.say("Removed \(name)" + (isGone ? "" : "; its files go when what runs in it has ended"))
        }
        if session.console.isJSON {
            try session.console.data(
                .object([JSONMember("success", true), JSONMember("removed", .strings(invocation.operands))]))
        }
        return 0
    }

    private static let toolRun = Verb(
        ["run"], "Run a tool, installed or not", operands: "NAME [ARGUMENT…]",
        options: Option.channels + Option.network,
        passesRest: true, cannot: [.dryRun, .downloadOnly], examples: ["krait tool run ruff check ."]
    ) { (session, invocation) throws(Failure) in
        guard let name = invocation.operands.first else {
            throw Failure(.usage, "krait tool run", "needs a name", hint: "krait tool run ruff --version")
        }
        let context = try session.context(invocation, overriding: [(.registerEnvs, "false")])
        guard let held = try Tools(context).held(name) else {
            var request = ChangeRequest(.create, prefix: "")
            request.take(invocation)
            let guess = try CommandPackage(name)
            request.specs = [guess.package]
            return try Throwaway(session: session, invocation: invocation).run(
                invocation.operands, request, context, guess)
        }
        let words = [held.program] + invocation.operands.dropFirst()
        return session.become(
            try RunCommand(RunCommand.Request(prefix: held.prefix, command: words), settings: context.settings))
    }
}

/// What the verbs of `tool` have in common.
struct ToolVerbs {
    let session: Session
    let invocation: Invocation

    /// Makes `count` tools one after the other, and tells of each.
    func make(
        _ count: Int, _ body: (ToolInstallation, Int) throws(Failure) -> ToolInstallation.Report
    ) throws(Failure) -> Int32 {
        limitHeapGrowth()
        installSignalHandlers(session.cancellation)
        let console = session.console
        let context = try session.context(invocation, overriding: [(.registerEnvs, "false")])
        let installation = try ToolInstallation(
            executable: ThisProcess.executable(session.environment) ?? "/usr/local/bin/krait", context: context)
        var made: [JSON] = []
        for index in 0..<count {
            let report = try session.withProgress(of: context, invocation) { () throws(Failure) in
                try body(installation, index)
            }
            for warning in report.warnings { console.warn(warning) }
            if !report.messages.isEmpty { console.say(report.messages) }
            console.say(Self.line(report))
            made.append(Self.json(report.tool))
        }
        let places = try ToolPlaces(session.environment)
        if count > 0, !places.isOnPath {
            console.warn("\(places.programs) is not on PATH: shells do not find what is in it")
        }
        if console.isJSON {
            try console.data(.object([JSONMember("success", true), JSONMember("tools", .array(made))]))
        } else if count == 0 {
            console.say("No tool is installed.")
        }
        return 0
    }

    private static func line(_ report: ToolInstallation.Report) -> String {
        let tool = report.tool
        let what = "\(tool.name) \(tool.version)"
        let names = "\(Units.count(tool.exposed.count, "program")): \(exposed(tool))"
        if report.isUnchanged { return "\(what) is the newest; \(names)" }
        guard let before = report.before else { return "Installed \(what), \(names)" }
        return before == tool.version
            ? "Made \(what) again, \(names)" : "Upgraded \(tool.name) \(before) to \(tool.version), \(names)"
    }

    static func exposed(_ tool: Tool) -> String {
        tool.exposed.map { $0.name == $0.program ? $0.name : "\($0.name) (\($0.program))" }.joined(separator: ", ")
    }

    static func json(_ tool: Tool) -> JSON {
        .object([
            JSONMember("name", .string(tool.name)), JSONMember("version", .string(tool.version)),
            JSONMember("spec", .string(tool.spec)), JSONMember("with", .strings(tool.with)),
            JSONMember("channels", .strings(tool.channels)),
            JSONMember("exposed", .object(tool.exposed.map { JSONMember($0.name, .string($0.program)) })),
        ])
    }
}
