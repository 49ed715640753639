// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Engine
import Failures
import Platform

extension Verb {
    private static let changing =
        Option.target + Option.fileInput + Option.channels + Option.solving
        + [.freezeInstalled, .forceReinstall, .overrideFrozen] + Option.linking + Option.network

    static let install = Verb(
        ["install"], "Add packages to an environment", operands: "[SPEC…]",
        options: changing + [.all, .updateAll, .prune, .noPrune, revision],
        examples: ["krait install -n science matplotlib", "krait install -p ./env -f more.yml"]
    ) { (session, invocation) throws(Failure) in
        if let number = invocation[revision] { return try rollBack(to: number, session, invocation) }
        if invocation[.all] || invocation[.updateAll] { return try change(.update, session, invocation) }
        guard !invocation.operands.isEmpty || !invocation[.file].isEmpty else {
            // Scripts build their list of packages, and it may be empty.
            try session.tellNothingToDo(invocation)
            return 0
        }
        return try change(.install, session, invocation)
    }

    private static let revision = ValueOption(
        "revision", also: ["rev"], takes: "N", "go back to how the environment was after revision N")

    /// Makes an environment what it was.
    private static func rollBack(to text: String, _ session: Session, _ invocation: Invocation) throws(Failure) -> Int32
    {
        guard let number = Int(text), number >= 0 else {
            throw Failure(.usage, text, "is not the number of a revision", hint: "`krait list --revisions` shows them")
        }
        guard invocation.operands.isEmpty, invocation[.file].isEmpty else {
            throw Failure(.usage, "--revision", "cannot be used together with specs or files")
        }
        let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
        let context = try session.context(invocation, prefix: prefix)
        var request = ChangeRequest(.install, prefix: prefix)
        request.take(invocation)
        return try Change(session: session, invocation: invocation).run(context) { () throws(Failure) in
            try Planner(context).plan(request, revision: number)
        }
    }

    static let update = Verb(
        ["update", "upgrade"], "Update packages of an environment", operands: "[SPEC…]",
        options: changing + [.all, .updateAll, .prune, .noPrune],
        examples: ["krait update -n science numpy", "krait update -n science --all"]
    ) { (session, invocation) throws(Failure) in
        guard !invocation.operands.isEmpty || invocation[.all] || invocation[.updateAll] || !invocation[.file].isEmpty
        else {
            if session.dialect.isMamba {
                try session.tellNothingToDo(invocation)
                return 0
            }
            throw Failure(.usage, "krait update", "needs a package", hint: "name one, or add --all")
        }
        let rest = try session.withoutOwnPackage(invocation)
        if rest.operands.isEmpty, !invocation.operands.isEmpty, !rest[.all], !rest[.updateAll], rest[.file].isEmpty {
            try session.tellNothingToDo(rest, isSaid: true)
            return 0
        }
        return try change(.update, session, rest)
    }

    static let remove = Verb(
        ["remove", "uninstall"], "Remove packages from an environment, and those that depend on them",
        operands: "[SPEC…]",
        options: changing.filter { $0 !== Option.file && $0 !== Option.noForce } + [
            .all, .keepEnvironment, .force, .prune, .noPrune,
        ],
        examples: ["krait remove -n science matplotlib", "krait remove -n science --all"]
    ) { (session, invocation) throws(Failure) in
        if invocation[.all], !invocation[.keepEnvironment], !session.dialect.table.keepsEmptied {
            return try removeEnvironment(session, invocation)
        }
        guard !invocation.operands.isEmpty || invocation[.all] else {
            if session.dialect.isMamba {
                try session.tellNothingToDo(invocation)
                return 0
            }
            throw Failure(
                .usage, "krait remove", "needs a package", hint: "name one, or add --all to remove the environment")
        }
        return try change(.remove, session, invocation)
    }

    private static func change(
        _ action: ChangeRequest.Action, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> Int32 {
        let settings = try session.settings(invocation)
        let prefix = try session.targetPrefix(invocation, settings, makesBase: action == .install)
        var request = ChangeRequest(action, prefix: prefix)
        request.take(invocation)
        request.passesOverAbsent = session.dialect.table.passesOverAbsent
        return try Change(session: session, invocation: invocation).run(
            request, try session.context(invocation, prefix: prefix))
    }
}

extension Session {
    /// What is said where nothing was asked for.
    ///
    /// - Parameter isSaid: Text has said why.
    fileprivate func tellNothingToDo(_ invocation: Invocation, isSaid: Bool = false) throws(Failure) {
        let prefix = try targetPrefix(invocation, try settings(invocation), makesBase: true)
        guard console.isJSON else {
            if isSaid || console.verbosity < 0 { return }
            return try dialect.isMamba ? console.data("Nothing to do.\n") : console.say("Nothing to do.")
        }
        try console.data(
            .object([
                JSONMember("success", true), JSONMember("prefix", .string(prefix)),
                JSONMember("message", "Nothing to do."),
            ]))
    }
    /// The command line without the package that a peer updates itself by: `conda update -n base conda` is a line of many
    /// images. What base really has is updated as everything else.
    fileprivate func withoutOwnPackage(_ invocation: Invocation) throws(Failure) -> Invocation {
        guard let own = dialect.table.ownPackage,
            invocation.operands.contains(where: { (try? MatchSpec($0))?.exactName == own })
        else { return invocation }
        let settings = try settings(invocation)
        guard let root = settings.rootPrefix, try targetPrefix(invocation, settings) == root else { return invocation }
        var options = Listing.Options()
        options.pattern = own
        options.isFullName = true
        if FileSystem.isDirectory(Path.join(root, "conda-meta")) {
            let found = try Listing(prefix: root, root: root, options: options)
            guard found.packages.isEmpty else { return invocation }
        }
        var rest = invocation
        rest.operands.removeAll { (try? MatchSpec($0))?.exactName == own }
        console.say(
            "`\(own)` is krait here and no package of \(root): nothing to update (`\(own) self-update` tells how krait is)"
        )
        return rest
    }
}
