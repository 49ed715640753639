// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures

/// Failures as conda tells them.
enum CondaFailure {
    @Sendable static func exitCode(_ failure: Failure, isCommandLine: Bool) -> Int32 {
        switch failure.code {
        case .interrupted, .terminated: failure.code.exitCode
        default: isCommandLine ? 2 : 1
        }
    }

    @Sendable static func text(_ failure: Failure, isCommandLine: Bool) -> String {
        isCommandLine
            ? "usage: conda [-h] [-V] COMMAND ...\nconda: error: \(message(failure))\n"
            : "\n\(name(failure)): \(message(failure))\n\n"
    }

    @Sendable static func document(_ failure: Failure) -> JSON {
        let name = name(failure)
        let message = message(failure)
        var members: [JSONMember] = [
            JSONMember("caused_by", .string((failure.cause as? Failure).map(FailureText.sentence) ?? "None")),
            JSONMember("error", .string("\(name): \(message)")), JSONMember("exception_name", .string(name)),
            JSONMember("exception_type", .string("<class 'conda.exceptions.\(name)'>")),
            JSONMember("message", .string(message)),
        ]
        if failure.cause is NotAnEnvironment { members.append(JSONMember("location", .string(failure.subject))) }
        if let problems = failure.cause as? SolverProblems {
            let missing = Self.missing(problems)
            if missing.isEmpty {
                members.append(JSONMember("allow_retry", false))
            } else {
                members += [
                    JSONMember("channel_urls", .array([])), JSONMember("channels_formatted", ""),
                    JSONMember("packages", .strings(missing)),
                    JSONMember("packages_formatted", .string(missing.map { "\n  - \($0)" }.joined())),
                ]
            }
        }
        return .object(members.sorted { $0.key < $1.key })
    }

    /// The name of conda's exception that says the same.
    private static func name(_ failure: Failure) -> String {
        if failure.cause is NotAnEnvironment { return "EnvironmentLocationNotFound" }
        if let problems = failure.cause as? SolverProblems {
            return missing(problems).isEmpty ? "UnsatisfiableError" : "PackagesNotFoundInChannelsError"
        }
        return switch failure.code {
        case .usage: "CondaValueError"
        case .parse: "InvalidSpec"
        case .unsatisfiable: "PackagesNotFoundInChannelsError"
        case .network: "CondaHTTPError"
        case .integrity: "ChecksumMismatchError"
        case .system: "CondaOSError"
        case .lockTimeout: "LockError"
        case .pip: "CondaEnvException"
        case .interrupted, .terminated: "CondaSystemExit"
        case .other: "CondaError"
        }
    }

    /// What was asked for and no channel has, where that is all that is wrong.
    private static func missing(_ problems: SolverProblems) -> [String] {
        let roots = problems.json["problems"]?.array ?? []
        let missing = roots.filter { root in
            let kind = root["kind"]?.string
            return kind == "missing" || kind == "no-match"
                || root["children"]?.array?.allSatisfy {
                    $0["kind"]?.string == "missing" || $0["kind"]?.string == "no-match"
                }
                    == true && kind == "request"
        }
        guard missing.count == roots.count else { return [] }
        return missing.compactMap { $0["subject"]?.string }
    }

    private static func message(_ failure: Failure) -> String {
        if failure.cause is NotAnEnvironment { return "Not a conda environment: \(failure.subject)" }
        var text = FailureText.text(of: failure)
        text.removeLast()
        return text.hasPrefix("error: ") ? String(text.dropFirst(7)) : text
    }
}
