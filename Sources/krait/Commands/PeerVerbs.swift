// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Engine
import Failures

extension Verb {
    private static let success =
        "Success. All the packages in the specification file are present in the environment with matching version and "
        + "build string."

    /// conda's question whether an environment has what a file asks for.
    static let compare = Verb(
        ["compare"], "Check whether an environment has the packages in a file", operands: "FILE",
        options: Option.target, examples: ["krait compare -n science environment.yml"]
    ) { (session, invocation) throws(Failure) in
        guard let file = invocation.operands.first, invocation.operands.count == 1 else {
            throw Failure(
                .usage, "krait compare", "needs one file", hint: "krait compare -n NAME environment.yml")
        }
        let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
        let context = try session.context(invocation, prefix: prefix)
        let lines = try EnvironmentComparison(prefix: prefix, file: file, context: context).differences
        // conda has its sentence in documents as well.
        try session.console.show(
            (lines.isEmpty ? [success] : lines).map { $0 + "\n" }.joined(),
            .strings(lines.isEmpty && session.dialect == .conda ? [success] : lines))
        return lines.isEmpty ? 0 : 1
    }

    /// conda's news of channels.
    static let notices = Verb(
        ["notices"], "Accepted and without effect: krait does not fetch channel notices",
        options: Option.indexesOfNoUse
    ) { (session, _) throws(Failure) in
        if session.console.isJSON { try session.console.data(.array([])) }
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
        ["package"], "Refused: krait makes no archives of packages", operands: "extract|compress|transmute …",
        options: Option.packageOfOthers
    ) { (_, _) throws(Failure) in
        throw Failure(
            .usage, "krait package", "does not take archives apart or make them",
            hint: "`cph extract`, `cph create` and `cph transmute` of conda-package-handling do")
    }

    /// micromamba's help for installers.
    static let constructor = Verb(
        ["constructor"], "Refused: krait unpacks no installers", operands: "[…]",
        options: [
            .ignored("prefix", letter: "p", takes: .value("DIR"), "krait unpacks no installers"),
            .ignored("extract-conda-pkgs", also: ["extract-tarball"], "krait unpacks no installers"),
        ]
    ) { (_, _) throws(Failure) in
        throw Failure(
            .usage, "krait constructor", "unpacks no installers",
            hint: "constructor's installers bring micromamba with them; `krait create -p DIR -f LOCK` needs none")
    }

    /// What micromamba's completion of words asks.
    static let completer = Verb(
        ["completer"], "Refused: see `krait shell completion`", operands: "[WORD…]", passesRest: true
    ) { (_, _) throws(Failure) in
        throw Failure(
            .usage, "krait completer", "prints no completions: the shell's own script does that",
            hint: "eval \"$(krait shell completion --shell bash)\"")
    }

    /// conda's list of its verbs.
    static let commands = Verb(["commands"], "List the commands, one per line") { (session, _) throws(Failure) in
        let names = all.flatMap(\.names).sorted()
        try session.console.show(names.map { $0 + "\n" }.joined(), .strings(names))
        return 0
    }

    /// conda's list of plugins.
    static let plugins = Verb(
        ["plugins"], "Accepted and without effect: krait has no plugins", operands: "[list]"
    ) { (session, _) throws(Failure) in
        if session.console.isJSON { try session.console.data(.array([])) }
        return 0
    }
}
