// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Failures
import Locations

/// The text of a failure: what, why, and one way out.
enum FailureText {
    /// One `error:` line, the chain of causes where they add something, and a `hint:` line.
    static func text(of failure: Failure) -> String {
        var lines = ["error: " + sentence(failure)]
        var said = lines[0]
        var cause = failure.cause
        while let current = cause {
            // Other errors are what a sentence above was made from.
            guard let failure = current as? Failure else { break }
            let line = sentence(failure)
            if !said.holds(failure.reason) { lines.append("  caused by: \(line)") }
            said += line
            cause = failure.cause
        }
        if let hint = failure.hint { lines.append("hint: \(hint)") }
        return lines.map(shortened).joined(separator: "\n") + "\n"
    }

    /// What strangers wrote may be quoted in it, at any length: lines are cut where nobody reads on.
    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > longest else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.utf8.count > longest ? $0.prefix(longest) + "…" : $0 }.joined(separator: "\n")
    }

    private static let longest = 4096

    /// `subject: reason`, the subject in backticks when it is one line and has none.
    static func sentence(_ failure: Failure) -> String {
        if failure.subject.isEmpty { return failure.reason }
        if failure.subject.contains("\n") { return "\(failure.subject)\n\(failure.reason)" }
        return "\(failure.subject.contains("`") ? failure.subject : "`\(failure.subject)`"): \(failure.reason)"
    }

    /// The same as the one JSON document of a failed command.
    @Sendable static func json(of failure: Failure) -> JSON {
        var members: [JSONMember] = [
            JSONMember("success", false),
            JSONMember("error", .string(sentence(failure))),
            JSONMember("code", .string(failure.code.rawValue)),
            JSONMember("exit_code", .integer(Int64(failure.code.exitCode))),
            JSONMember("subject", .string(failure.subject)),
            JSONMember("reason", .string(failure.reason)),
        ]
        if let hint = failure.hint { members.append(JSONMember("hint", .string(hint))) }
        var causes: [JSON] = []
        var cause = failure.cause as? Failure
        while let current = cause {
            causes.append(.string(sentence(current)))
            cause = current.cause as? Failure
        }
        if let problems = failure.cause as? SolverProblems {
            members.append(JSONMember("solver_problems", problems.json))
        }
        if !causes.isEmpty { members.append(JSONMember("causes", .array(causes))) }
        return .object(members)
    }
}

extension Failure {
    /// The same without the secrets of URLs, for any form it is told in.
    var maskingSecrets: Failure { retold { $0.maskingSecrets } }

    /// The same in the words that `change` makes of its own and of its causes'.
    func retold(_ change: (String) -> String) -> Failure {
        var copy = self
        copy.subject = change(subject)
        copy.reason = change(reason)
        copy.hint = hint.map(change)
        if let failure = cause as? Failure { copy.cause = failure.retold(change) }
        return copy
    }
}
