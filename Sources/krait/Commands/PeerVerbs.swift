// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures

extension Verb {
    /// conda's question whether an environment has what a file asks for.
    static let compare = Verb(
        ["compare"], "Show whether an environment has the packages of a file", operands: "FILE",
        options: Option.target, examples: ["krait compare -n science environment.yml"]
    ) { (session, invocation) throws(Failure) in
        guard let file = invocation.operands.first, invocation.operands.count == 1 else {
            throw Failure(
                .usage, "krait compare", "needs one file", hint: "krait compare -n NAME environment.yml")
        }
        let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
        let context = try session.context(invocation, prefix: prefix)
        let lines = try EnvironmentComparison(prefix: prefix, file: file, context: context).differences
        if session.console.isJSON {
            try session.console.data(.strings(lines))
        } else if lines.isEmpty {
            try session.console.data(
                "Success. All the packages in the specification file are present in the environment.\n")
        } else {
            try session.console.data(lines.map { $0 + "\n" }.joined())
        }
        return lines.isEmpty ? 0 : 1
    }

    /// conda's news of channels.
    static let notices = Verb(
        ["notices"], "Accepted and without effect: krait fetches no news of channels",
        options: [.ignored("channel", letter: "c", takes: .list("CHANNEL"), "krait fetches no news of channels")]
    ) { (session, _) throws(Failure) in
        if session.console.isJSON { try session.console.data(.object([])) }
        return 0
    }

    /// micromamba's list of what its `run` has started.
    static let processes = Verb(
        ["ps"], "Refused: `run` becomes the command, so there is nothing of krait's to list", operands: "[list|stop …]"
    ) { (_, _) throws(Failure) in
        throw Failure(
            .usage, "krait ps", "keeps no list: `krait run` becomes the command that it starts",
            hint: "`ps` and `kill` of the system see it under its own name")
    }

    /// micromamba's work on archives.
    static let package = Verb(
        ["package"], "Refused: krait makes no archives of packages", operands: "extract|compress|transmute …"
    ) { (_, _) throws(Failure) in
        throw Failure(
            .usage, "krait package", "does not take archives apart or make them",
            hint: "`cph extract`, `cph create` and `cph transmute` of conda-package-handling do")
    }
}
