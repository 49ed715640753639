// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Engine
import Failures

/// Failures as conda tells them.
enum CondaFailure {
    @Sendable static func exitCode(_ failure: Failure, isCommandLine: Bool) -> Int32 {
        switch failure.code {
        case .interrupted, .terminated: failure.code.exitCode
        default: isCommandLine || CondaException(failure).name == CondaException.argument ? 2 : 1
        }
    }

    @Sendable static func text(_ failure: Failure, isCommandLine: Bool) -> String {
        isCommandLine
            ? "usage: conda [-h] [-V] COMMAND ...\nconda: error: \(message(failure))\n"
            : "\n\(CondaException(failure).name): \(message(failure))\n\n"
    }

    @Sendable static func document(_ failure: Failure) -> JSON {
        let exception = CondaException(failure)
        let message = message(failure)
        let members: [JSONMember] = [
            JSONMember("caused_by", .string((failure.cause as? Failure).map(FailureText.sentence) ?? "None")),
            JSONMember("error", .string("\(exception.name): \(message)")),
            JSONMember("exception_name", .string(exception.name)),
            JSONMember("exception_type", .string("<class 'conda.exceptions.\(exception.name)'>")),
            JSONMember("message", .string(message)),
        ]
        return .object((members + exception.members).sorted { $0.key < $1.key })
    }

    private static func message(_ failure: Failure) -> String {
        if failure.cause is NotAnEnvironment { return "Not a conda environment: \(failure.subject)" }
        var text = FailureText.text(of: failure)
        text.removeLast()
        return text.hasPrefix("error: ") ? String(text.dropFirst(7)) : text
    }
}
