// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures

extension Option {
    fileprivate static let against = ValueOption(
        "against", also: ["lock"], takes: "FILE", "the lock that the environment should follow")
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
        if session.console.isJSON {
            try session.console.data(DifferenceText.json(difference, from: old.source, to: new.source))
        } else {
            try session.console.data(DifferenceText.text(difference))
        }
        return 0
    }

    static let envVerify = Verb(
        ["verify"], "Tell whether an environment is as its lock says, or without one as its records say",
        options: Option.target + [
            .against, .platform, .category, .lockEnvironment,
        ],
        examples: ["krait env verify -n science --against conda-lock.yml", "krait env verify -n science"]
    ) { (session, invocation) throws(Failure) in
        guard let lock = invocation[.against] else { return try checkFiles(session, invocation) }
        let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
        let context = try session.context(invocation, prefix: prefix)
        let promised = try contents(lock, invocation, context)
        let found = try contents(prefix, invocation, context)
        let drift = EnvironmentDifference(from: promised, to: found)
        if session.console.isJSON {
            var document = DifferenceText.json(drift, from: promised.source, to: prefix)
            if case .object(let members) = document {
                document = .object([JSONMember("success", .bool(drift.isEmpty))] + members)
            }
            try session.console.data(document)
        } else if drift.isEmpty {
            session.console.say("\(prefix) is as \(lock) says: \(Units.count(drift.unchangedCount, "package"))")
        } else {
            try session.console.data(DifferenceText.text(drift))
            session.console.warn("\(prefix) is not as \(lock) says")
        }
        return drift.isEmpty ? 0 : 1
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
