// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let platforms = ListOption(
        "platform", letter: "p", takes: "SUBDIR", hasCommas: true, "platforms to lock, e.g. linux-64,osx-arm64")
    fileprivate static let lockFile = ValueOption(
        "lockfile", also: ["output"], letter: "o", takes: "FILE",
        "where to write (conda-lock.yml beside the first file)")
    fileprivate static let format = ValueOption("format", takes: "FORMAT", "conda-lock or explicit")
}

extension Verb {
    static let lock = Verb(
        ["lock"], "Solve for one or several platforms, and write the exact packages to a lock file",
        operands: "[SPEC…|SCRIPT]",
        options: [.file, .platforms, .lockFile, .format, .dryRun] + Option.channels
            + Option.solving.filter { $0 !== Option.platform } + Option.network,
        examples: [
            "krait lock -f environment.yml --platform linux-64,osx-arm64",
            "krait create --locked -f environment.yml     from then on",
            "krait lock script.py                         for `krait exec script.py`",
        ]
    ) { (session, invocation) throws(Failure) in
        installSignalHandlers(session.cancellation)
        var request = ChangeRequest(.create, prefix: "")
        request.take(invocation)
        var script: ScriptRequest?
        if request.files.isEmpty, request.specs.count == 1 {
            script = try ScriptRequest(request.specs[0], session.environment)
        }
        if let script {
            request.specs = []
            try script.add(to: &request, usesLock: false)
        } else if request.files.isEmpty, request.specs.isEmpty {
            guard FileSystem.exists("environment.yml") else {
                throw Failure(.usage, "krait lock", "needs a file or a spec", hint: "krait lock -f environment.yml")
            }
            request.files = ["environment.yml"]
        }
        request.locked = false
        let first = try session.context(invocation)
        var platforms = invocation[.platforms]
        if platforms.isEmpty { platforms = try LockWriter(first).platforms(ofFiles: request.files) }
        if platforms.isEmpty { platforms = [try first.targetPlatform().name] }
        let isDry = first.settings[.dryRun]
        let files = try lockFiles(invocation, request, platforms, script?.lock)
        if invocation[.lockFile] == nil {
            try script?.requireOwnLock()
            for (file, _, _) in files { try FileSystem.requireNoLink(file, option: "--lockfile") }
        }
        var written: [String] = []
        var warnings: [String] = []
        for (file, format, platforms) in files {
            var lock = LockFile()
            for platform in platforms {
                let context = try session.context(invocation, overriding: [(.subdir, platform)])
                do throws(Failure) {
                    try session.withProgress(of: context, invocation) { () throws(Failure) in
                        try LockWriter(context).addSolution(of: request, for: file, to: &lock)
                    }
                } catch {
                    var failure = error
                    if failure.subject.isEmpty { failure.subject = platform }
                    throw failure
                }
            }
            let text = try lock.text(format)
            if !isDry { try first.write(text, to: file) }
            written.append(file)
            warnings += lock.warnings.filter { !warnings.contains($0) }
        }
        if session.console.isJSON {
            try session.console.data(
                .object([
                    JSONMember("success", true), JSONMember("files", .strings(written)),
                    JSONMember("platforms", .strings(platforms)), JSONMember("warnings", .strings(warnings)),
                ]))
        } else {
            for warning in warnings { session.console.warn(warning) }
            session.console.say(
                "\(isDry ? "Would write" : "Wrote") \(written.joined(separator: ", ")) for \(platforms.joined(separator: ", "))"
            )
        }
        return 0
    }

    /// What to write where: one `conda-lock.yml`, or a list of URLs for each platform.
    private static func lockFiles(
        _ invocation: Invocation, _ request: ChangeRequest, _ platforms: [String], _ scriptLock: String?
    ) throws(Failure) -> [(file: String, format: LockFile.Format, platforms: [String])] {
        let named = invocation[.lockFile] ?? scriptLock
        var format = named.map { LockFile.Format(fileName: $0) } ?? .condaLock
        if let text = invocation[.format] {
            guard let known = LockFile.Format(rawValue: text) else {
                throw Failure(.usage, text, "is not a format of locks", hint: "it is conda-lock or explicit")
            }
            format = known
        }
        let directory = request.files.first.map { Path.parent($0) } ?? ""
        let beside = directory.isEmpty || directory == "." ? "" : directory + "/"
        switch format {
        case .condaLock: return [(named ?? beside + "conda-lock.yml", format, platforms)]
        case .explicit:
            if let named, platforms.count == 1 { return [(named, format, platforms)] }
            guard named == nil else {
                throw Failure(
                    .usage, "--lockfile", "a list of URLs holds one platform",
                    hint: "leave it out: each platform gets a file")
            }
            return platforms.map { ("\(beside)conda-\($0).lock", format, [$0]) }
        }
    }
}
