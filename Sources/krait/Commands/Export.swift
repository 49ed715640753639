// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures

extension Option {
    fileprivate static let noBuilds = Flag(
        "no-builds", also: ["no-build"], "versions without builds, for other platforms")
    fileprivate static let fromHistory = Flag("from-history", "only the requested specs, as they were written")
    fileprivate static let withVersions = Flag(
        "with-versions", "with --from-history: the versions that are installed")
    fileprivate static let ignoreChannels = Flag("ignore-channels", "name no channels")
    fileprivate static let channelSubdir = Flag("channel-subdir", "each package with its channel and platform")
    fileprivate static let explicit = Flag("explicit", letter: "e", "URLs of archives, to be installed without solving")
    fileprivate static let noMD5 = Flag("no-md5", "with --explicit: URLs without hashes")
    static let md5 = Flag("md5", "with --explicit: URLs with md5")
    static let sha256 = Flag("sha256", "with --explicit: URLs with sha256")
    fileprivate static let format = ValueOption(
        "format", takes: "FORMAT", "yaml, json, explicit, conda-lock or requirements")
    fileprivate static let output = ValueOption(
        "file", letter: "f", takes: "FILE", "write this file; its extension decides the format")
    fileprivate static let noVariables = Flag("no-variables", "leave out the environment's variables")
    fileprivate static let withSecrets = Flag("with-secrets", "also variables that look like secrets")
}

extension Verb {
    static let export = Verb(
        ["export"], "Write an environment to a file, so that others can make it", options: exportOptions,
        examples: [
            "krait export -n science > environment.yml",
            "krait export -n science --from-history --with-versions -f environment.yml",
            "krait export -n science -f conda-lock.yml",
        ],
        action: runExport)

    /// The same as `env export`, where conda has it.
    static let envExport = Verb(
        ["export"], export.summary, options: exportOptions, examples: ["krait env export -n science > environment.yml"],
        action: runExport)

    private static let exportOptions =
        Option.target + [
            .noBuilds, .fromHistory, .withVersions, .ignoreChannels, .explicit, .noMD5, .md5, .sha256, .format, .output,
            .noVariables, .withSecrets, .channel, .overrideChannels, .channelSubdir,
        ] + Option.exportOfOthers

    private static func runExport(_ session: Session, _ invocation: Invocation) throws(Failure) -> Int32 {
        let prefix = try session.prefixToRead(invocation)
        let context = try session.context(invocation, prefix: prefix)
        let format = try exportFormat(invocation)
        var options = try exportOptions(invocation)
        options.takesNodefaults = session.dialect == .krait
        options.namelessName = session.dialect.table.exportsPathAsName.map { $0 ? prefix : "" }
        let export = try EnvironmentExport(prefix: prefix, options: options, context: context)
        let console = session.console
        let file = invocation[.output]
        let chosen = format ?? (console.isJSON && file == nil ? .json : .yaml)
        let (written, more) = try export.text(chosen)
        let text = session.dialect.callingInHead(written)
        for warning in export.warnings + more { console.warn(warning) }
        if let file {
            let isWritten = try session.write(text, to: file, context)
            if console.isJSON {
                try console.data(
                    .object([
                        JSONMember("success", true), JSONMember("file", .string(file)),
                        JSONMember("dry_run", .bool(!isWritten)),
                        JSONMember("format", .string(chosen.rawValue)),
                        JSONMember("warnings", .strings(export.warnings + more)),
                    ]))
            }
        } else if console.isJSON, chosen != .json {
            try console.data(
                .object([JSONMember("format", .string(chosen.rawValue)), JSONMember("text", .string(text))]))
        } else {
            try console.data(text)
        }
        return 0
    }

    private static func exportFormat(_ invocation: Invocation) throws(Failure) -> ExportFormat? {
        var named: ExportFormat?
        do throws(Failure) {
            named = try invocation[.format].map { (name) throws(Failure) in try ExportFormat(name: name) }
        } catch {
            var failure = error
            failure.cause = ArgumentMistake()
            throw failure
        }
        if invocation[.explicit] {
            guard named == nil || named == .explicit else {
                throw Failure(.usage, "--explicit", "cannot be combined with --format", hint: "give only one of them")
            }
            return .explicit
        }
        return named ?? invocation[.output].flatMap { ExportFormat(fileName: $0) }
    }

    private static func exportOptions(_ invocation: Invocation) throws(Failure) -> EnvironmentExport.Options {
        var options = EnvironmentExport.Options()
        options.noBuilds = invocation[.noBuilds]
        options.fromHistory = invocation[.fromHistory]
        options.withVersions = invocation[.withVersions]
        if options.withVersions, !options.fromHistory {
            throw Failure(
                .usage, "--with-versions", "goes with --from-history", hint: "without it all versions are there")
        }
        options.ignoreChannels = invocation[.ignoreChannels]
        options.channelSubdir = invocation[.channelSubdir]
        options.noVariables = invocation[.noVariables]
        options.withSecrets = invocation[.withSecrets]
        options.channels = invocation[.channel]
        options.overrideChannels = invocation[.overrideChannels]
        if invocation[.noMD5] { options.hash = .none }
        if invocation[.md5] { options.hash = .md5 }
        if invocation[.sha256] { options.hash = .sha256 }
        return options
    }
}
