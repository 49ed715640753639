// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Option {
    static let clone = ValueOption("clone", takes: "ENV", "copy this environment (name or path)")
    static let asIs = Flag("as-is", "with --clone: changed files of packages are copied as they are (the default)")
    static let pristine = Flag("pristine", "with --clone: changed files of packages are taken as they were shipped")
}

/// `create --clone` and `rename`.
struct Clone {
    let session: Session
    let invocation: Invocation

    /// Makes `prefix` like the environment that `--clone` names.
    func create(_ prefix: String, _ context: Context) throws(Failure) -> Int32 {
        guard invocation.operands.isEmpty, invocation[.file].isEmpty else {
            throw Failure(
                .usage, "--clone", "takes no specs and no files",
                hint: "clone first, then `krait install -p \(prefix)` what you need more")
        }
        guard !(invocation[.asIs] && invocation[.pristine]) else {
            throw Failure(.usage, "--pristine", "contradicts --as-is")
        }
        let source = try existing(invocation[.clone] ?? "", context)
        let clone = try EnvironmentClone(source: source, prefix: prefix, context: context)
        if context.settings[.dryRun] { return try tell(clone, nil, since: 0) }
        return try make(clone, context)
    }

    /// Gives an environment another name or place.
    func rename(_ source: String, to destination: String, _ context: Context) throws(Failure) -> Int32 {
        let prefix = try place(destination, context)
        if let active = session.environment["CONDA_PREFIX"], active == source {
            throw Failure(.usage, source, "is active, and so cannot be renamed", hint: "deactivate it first")
        }
        guard !FileSystem.isWithin(prefix, source) else {
            throw Failure(.usage, prefix, "is inside the environment that would be renamed")
        }
        let removal = try EnvironmentRemoval(prefix: source, context: context)
        let clone = try EnvironmentClone(source: source, prefix: prefix, context: context)
        try removal.checkPermission()
        if context.settings[.dryRun] { return try tell(clone, nil, since: 0) }
        let code = try make(clone, context)
        try removal.run()
        session.console.say("Removed \(source)")
        return code
    }

    private func make(_ clone: EnvironmentClone, _ context: Context) throws(Failure) -> Int32 {
        installSignalHandlers(session.cancellation)
        let start = monotonicNanoseconds()
        let report = try session.withProgress(of: context, invocation) { () throws(Failure) in
            try clone.run(isPristine: invocation[.pristine])
        }
        return try tell(clone, report, since: start)
    }

    private func tell(
        _ clone: EnvironmentClone, _ report: EnvironmentClone.Report?, since start: UInt64
    ) throws(Failure) -> Int32 {
        let console = session.console
        if console.isJSON {
            var members: [JSONMember] = [
                JSONMember("success", true), JSONMember("prefix", .string(clone.prefix)),
                JSONMember("source", .string(clone.source)), JSONMember("dry_run", .bool(report == nil)),
                JSONMember("linked", .integer(Int64(clone.cachedCount))),
                JSONMember("copied", .integer(Int64(clone.copiedCount))),
            ]
            if let report {
                members.append(JSONMember("copied_files", .integer(Int64(report.files))))
                members.append(JSONMember("differing", .strings(report.differing)))
                members.append(JSONMember("still_holding", .strings(report.stillHolding)))
                members.append(JSONMember("warnings", .strings(report.warnings)))
            }
            try console.data(.object(members))
            return 0
        }
        for warning in report?.warnings ?? [] { console.warn(warning) }
        let counts =
            "\(Units.count(clone.cachedCount, "package")) linked from the cache"
            + (clone.copiedCount > 0 ? ", \(clone.copiedCount) copied" : "")
        guard let report else {
            console.say("Would make \(clone.prefix) from \(clone.source): \(counts)")
            return 0
        }
        console.say(
            "Done in \(Units.duration(monotonicNanoseconds() - start)): \(counts), "
                + "\(Units.count(report.files, "other file")) copied, \(report.rewritten) with the new path")
        console.say("\nRun a command in it:  krait run -p \(clone.prefix) COMMAND")
        return 0
    }

    /// The environment of a name, or at a path.
    private func existing(_ text: String, _ context: Context) throws(Failure) -> String {
        if text.contains("/") || text == "." || text == ".." { return try place(text, context) }
        return try context.settings.directories.prefix(named: text)
    }

    /// Where an environment of this name or path is or will be.
    private func place(_ text: String, _ context: Context) throws(Failure) -> String {
        guard text.contains("/") || text == "." else { return try context.settings.directories.prefix(named: text) }
        let environment = session.environment
        return Path.absolute(
            Path.expandingHome(text, home: environment.homeDirectory), base: environment.currentDirectory)
    }
}

extension Verb {
    static let rename = Verb(
        ["rename"], "Give an environment another name or place", operands: "NAME_OR_DIR",
        options: Option.target + [.dryRun], cannot: [.downloadOnly],
        examples: ["krait rename -n science physics", "krait rename -p ./old ./new"]
    ) { (session, invocation) throws(Failure) in
        guard let destination = invocation.operands.first, invocation.operands.count == 1 else {
            throw Failure(.usage, "krait rename", "needs the new name or path", hint: "krait rename -n OLD NEW")
        }
        let settings = try session.settings(invocation)
        let prefix = try session.targetPrefix(invocation, settings, fallbacks: [])
        let context = try session.context(invocation, prefix: prefix)
        return try Clone(session: session, invocation: invocation).rename(prefix, to: destination, context)
    }
}
