// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let database = ValueOption(
        "database", takes: "PLACE",
        "where advisories are: a ZIP as OSV publishes it, a directory of JSON, or the URL of a ZIP or a service")
    fileprivate static let mapping = ValueOption(
        "mapping", takes: "FILE", "a file that says which upstream packages conda packages are")
    fileprivate static let ignore = ValueOption(
        "ignore", also: ["ignore-file"], takes: "FILE", "accepted vulnerabilities, each with a reason and an expiry")
    fileprivate static let failOn = ValueOption(
        "fail-on", takes: "LEVEL",
        "exit with 1 from this severity on, and for any that is unknown: low (the default), medium, high or critical")
    fileprivate static let format = ValueOption("format", takes: "FORMAT", "text, json or sarif")
    fileprivate static let output = ValueOption("output", letter: "o", takes: "FILE", "write the document to this file")
    fileprivate static let fix = Flag("fix", "with --dry-run: the smallest change that the solver can do about it")
}

extension Verb {
    static let audit = Verb(
        ["audit"], "Show known vulnerabilities of the packages in an environment, a lock or an image",
        operands: "[IMAGE]",
        options: Option.target + [
            .lockInstead, .database, .mapping, .ignore, .failOn, .format, .output, .fix, .dryRun, .platform, .category,
            .lockEnvironment, .channel, .overrideChannels,
        ] + Option.network,
        examples: [
            "krait audit -n science --database all.zip",
            "krait audit -f conda-lock.yml --database https://api.osv.dev --fail-on high",
            "krait audit -n science --database all.zip --fix --dry-run",
            "krait audit registry.example.com/team/science:1.0 --database all.zip",
        ]
    ) { (session, invocation) throws(Failure) in
        installSignalHandlers(session.cancellation)
        let level = try severity(invocation)
        let format = try auditFormat(session, invocation)
        guard let database = invocation[.database] else {
            throw Failure(
                .usage, "krait audit", "needs a database of advisories",
                hint: "add --database https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip")
        }
        var request = Audit.Request()
        request.lock = try lockRequest(session, invocation)
        let isFix = invocation[.fix]
        let context: Context
        let image = try imageOperand(invocation, "audit")
        if image != nil {
            context = try session.context(invocation)
            guard !isFix else {
                throw Failure(.usage, "--fix", "is for environments", hint: "solve its lock anew, and pack again")
            }
        } else if request.lock != nil {
            context = try session.context(invocation)
        } else {
            let prefix = try session.prefixToRead(invocation)
            context = try session.context(invocation, prefix: prefix)
            request.prefix = prefix
        }
        if isFix { try requireProposal(request, context) }
        guard !isFix || format != "sarif" else {
            throw Failure(.usage, "--fix", "cannot be written as SARIF", hint: "use --format text or json")
        }
        request.database = database
        request.mapping = invocation[.mapping]
        request.ignore = invocation[.ignore]
        let audit: Audit
        if let image {
            audit = try ImageEnvironment.read(
                image, place: invocation[.prefix], context: context
            ) { (prefix) throws(Failure) in
                request.prefix = prefix
                return try Audit(request, context: context)
            }
        } else {
            audit = try Audit(request, context: context)
        }
        var change = ChangeRequest(.install, prefix: request.prefix ?? "")
        change.channels = invocation.channels
        change.overrideChannels = invocation[.overrideChannels]
        let fix = isFix ? try AuditFix(audit, request: change, context: context) : nil
        var warnings = audit.warnings + (fix?.warnings ?? [])
        if audit.checkedNothing {
            warnings.append(AuditText.hint(audit, request.lock, platform: context.settings[.subdir]))
        }
        for warning in warnings where format != "json" { session.console.warn(warning) }
        let code: Int32 = audit.reaches(level) ? 1 : audit.checkedNothing ? Failure.Code.usage.exitCode : 0
        try tell(audit, fix, request, format: format, fails: code != 0, warnings, session, invocation, context)
        return code
    }

    private static func tell(
        _ audit: Audit, _ fix: AuditFix?, _ request: Audit.Request, format: String, fails: Bool, _ warnings: [String],
        _ session: Session, _ invocation: Invocation, _ context: Context
    ) throws(Failure) {
        let names = session.channelNames(context.settings)
        let text: String
        if format == "text" {
            var shown = AuditText.text(of: audit, isVerbose: session.console.verbosity > 0)
            if let fix {
                let plan = AuditText.text(of: fix) { session.dialect.table.plan($0, names) }
                shown += session.console.naming.repeated(plan)
            }
            text = shown
        } else {
            let document =
                format == "sarif"
                ? AuditSARIF.document(audit, lock: request.lock?.files.first)
                : AuditText.json(audit, fix, fails: fails, warnings) {
                    session.dialect.table.changeDocument($0, nil, names)
                }
            text = String(decoding: document.serialized(indent: 2), as: UTF8.self) + "\n"
        }
        if let file = invocation[.output] { try context.write(text, to: file) } else { try session.console.data(text) }
    }

    private static func severity(_ invocation: Invocation) throws(Failure) -> Severity {
        guard let word = invocation[.failOn] else { return .low }
        guard let level = Severity(name: word), level != .harmless else {
            throw Failure(.usage, word, "is not a severity", hint: "it is low, medium, high or critical")
        }
        return level
    }

    private static func auditFormat(_ session: Session, _ invocation: Invocation) throws(Failure) -> String {
        let format = invocation[.format] ?? (session.console.isJSON ? "json" : "text")
        guard ["text", "json", "sarif"].contains(format) else {
            throw Failure(.usage, format, "is not a format of findings", hint: "it is text, json or sarif")
        }
        return format
    }

    /// `--fix` proposes and changes nothing.
    private static func requireProposal(_ request: Audit.Request, _ context: Context) throws(Failure) {
        guard request.lock == nil else {
            throw Failure(
                .usage, "--fix", "is for environments", hint: "solve a lock anew with `krait lock -f environment.yml`")
        }
        guard context.settings[.dryRun] else {
            throw Failure(
                .usage, "--fix", "only proposes a change",
                hint: "add --dry-run, and run the `krait install` that it proposes")
        }
    }
}
