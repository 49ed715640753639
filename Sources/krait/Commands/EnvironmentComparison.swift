// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let against = ValueOption(
        "against", also: ["lock"], takes: "FILE", "the lock that the environment should follow")
    fileprivate static let againstChannels = Flag(
        "against-channels", "compare the hashes of the packages with those in their channels")
    fileprivate static let strict = Flag("strict", "files that belong to no package are an error")
}

extension Verb {
    static let envDiff = Verb(
        ["diff"], "Show how two environments or files differ", operands: "A B",
        options: [.platform, .category, .lockEnvironment],
        examples: ["krait env diff science science-old", "krait env diff ./env conda-lock.yml"]
    ) { (session, invocation) throws(Failure) in
        guard invocation.operands.count == 2 else {
            throw Failure(
                .usage, "krait env diff", "compares two environments or files",
                hint: "krait env diff science conda-lock.yml")
        }
        let context = try session.context(invocation)
        let old = try contents(invocation.operands[0], invocation, context)
        let new = try contents(invocation.operands[1], invocation, context)
        let difference = EnvironmentDifference(from: old, to: new)
        try session.console.show(
            DifferenceText.text(difference), DifferenceText.json(difference, from: old.source, to: new.source))
        return 0
    }

    static let envVerify = Verb(
        ["verify"], "Check an environment against its records, a lock, pip's lists of files and its channels",
        options: Option.target + [
            .against, .againstChannels, .strict, .platform, .category, .lockEnvironment,
        ] + Option.network,
        examples: [
            "krait env verify -n science", "krait env verify -n science --against conda-lock.yml",
            "krait env verify -n science --against-channels --strict",
        ]
    ) { (session, invocation) throws(Failure) in
        installSignalHandlers(session.cancellation)
        let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
        let context = try session.context(invocation, prefix: prefix)
        var options = EnvironmentInspection.Options()
        options.asksChannels = invocation[.againstChannels]
        options.isStrict = invocation[.strict]
        if let lock = invocation[.against] {
            options.promise = try contents(lock, invocation, context)
            options.found = try contents(prefix, invocation, context)
        }
        let inspection = try EnvironmentInspection(prefix, options, context: context)
        try session.console.show(
            InspectionText.text(inspection),
            InspectionText.json(inspection, from: options.promise?.source, to: prefix))
        return inspection.exitCode
    }

    private static func contents(
        _ word: String, _ invocation: Invocation, _ context: Context
    ) throws(Failure) -> EnvironmentContents {
        var request = ChangeRequest(.create, prefix: "")
        request.categories = invocation[.category]
        request.lockEnvironment = invocation[.lockEnvironment]
        return try EnvironmentContents(word, request: request, context: context)
    }
}
