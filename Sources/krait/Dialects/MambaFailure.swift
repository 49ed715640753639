// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures

/// Failures as micromamba tells them.
enum MambaFailure {
    @Sendable static func exitCode(_ failure: Failure, isCommandLine: Bool) -> Int32 {
        switch failure.code {
        case .interrupted, .terminated: failure.code.exitCode
        default: isCommandLine ? 109 : 1
        }
    }

    @Sendable static func text(_ failure: Failure, isCommandLine: Bool) -> String {
        if isCommandLine {
            return "The following argument was not expected: \(failure.subject)\n\(message(failure))\n"
                + "Run with --help for more information.\n"
        }
        guard failure.code == .unsatisfiable else { return "critical libmamba \(message(failure))\n" }
        let lines = message(failure).split(separator: "\n", omittingEmptySubsequences: false)
        return "error    libmamba \(unsolved)\n" + lines.map { "    \($0)\n" }.joined()
            + "critical libmamba \(unsolved)\n"
    }

    @Sendable static func document(_ failure: Failure) -> JSON {
        var log = [entry("critical", message(failure))]
        guard failure.code == .unsatisfiable else {
            return .object([JSONMember("log_history", .array(log))])
        }
        log = [entry("error", "\(unsolved)\n\(message(failure))"), entry("critical", unsolved)]
        return .object([
            JSONMember("log_history", .array(log)), JSONMember("solver_problems", .strings(problems(failure))),
            JSONMember("success", false),
        ])
    }

    private static let unsolved = "Could not solve for environment specs"

    /// Each problem as one line of text.
    private static func problems(_ failure: Failure) -> [String] {
        let problems = (failure.cause as? SolverProblems)?.json["problems"]?.array ?? []
        let texts = problems.compactMap { $0["text"]?.string }
        return texts.isEmpty ? [FailureText.sentence(failure)] : texts
    }

    private static func message(_ failure: Failure) -> String {
        var text = FailureText.text(of: failure)
        text.removeLast()
        return text.hasPrefix("error: ") ? String(text.dropFirst(7)) : text
    }

    private static func entry(_ level: String, _ message: String) -> JSON {
        .object([
            JSONMember("level", .string(level)), JSONMember("location", ""), JSONMember("message", .string(message)),
            JSONMember("source", "libmamba"),
        ])
    }
}
