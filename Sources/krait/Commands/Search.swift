// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Engine
import Failures
import Platform

extension Option {
    fileprivate static let details = Flag(
        "info", also: ["pretty"], letter: "i", "everything known about each package")
    fileprivate static let tree = Flag("tree", letter: "t", "show as a tree, as deep as it is")
    fileprivate static let recursive = Flag("recursive", "not one step, but as deep as it is")
    fileprivate static let everyRecord = Flag("all", letter: "a", "every record, not only the newest of each name")
    static let local = Flag("local", "ask the environment that is active")
    static let remote = Flag("remote", "ask channels, the default")
    fileprivate static let environments = Flag("envs", "ask all environments of this user")
    fileprivate static let exactly = Flag(
        "skip-flexible-search", "called as conda: do not look for longer names where there is none of this name")
}

extension Verb {
    private static let places = Option.channels + [.platform] + Option.network
    private static let query = Option.target + [.local, .remote] + places

    static let search = Verb(
        ["search"], "Show the builds of a package that channels have", operands: "SPEC…",
        options: [.details, .local, .environments, .exactly] + places + Option.treesOfNoUse + Option.searchOfOthers,
        examples: [
            "krait search numpy", "krait search 'py*'", "krait search 'python>=3.12' --info",
            "krait search numpy --envs",
        ]
    ) { (session, invocation) throws(Failure) in
        let questions = try questions(.search, session, invocation)
        let names = session.channelNames(try session.settings(invocation))
        if invocation[.environments] { return try searchEnvironments(questions, names, session, invocation) }
        var answers: [PackageAnswer] = []
        let prefix = invocation[.local] ? try asked(.search, session, invocation) : nil
        for var question in questions {
            question.prefix = prefix
            answers.append(try widely(question, session, invocation))
        }
        let all = PackageAnswer(merging: answers)
        if all.packages.isEmpty, !session.console.isJSON {
            try session.console.data(MambaPackages.none(.search, invocation.operands, invocation))
        } else if session.console.isJSON {
            var question = questions[0]
            question.spec = invocation.operands.joined(separator: " ")
            try session.console.data(session.dialect.table.foundDocument(question, all, names))
        } else {
            try session.console.data(text(all.packages, names, session, invocation))
        }
        return 0
    }

    /// `search --envs`.
    private static func searchEnvironments(
        _ questions: [PackageQuery], _ names: ChannelNames, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> Int32 {
        for question in questions { _ = try MatchSpec(question.spec) }
        var groups: [(prefix: String, packages: [PackageRecord])] = []
        for environment in try EnvironmentList(try session.context(invocation)).environments {
            var packages: [PackageRecord] = []
            for var question in questions {
                question.prefix = environment.prefix
                packages += try installed(question, session, invocation)
            }
            if !packages.isEmpty { groups.append((environment.prefix, packages)) }
        }
        let specs = questions.map(\.spec).joined(separator: " ")
        if groups.isEmpty {
            throw Failure(
                .unsatisfiable, specs, "no environment has it", cause: NothingFound(spec: specs, urls: nil))
        }
        if session.console.isJSON {
            try session.console.data(CondaPackages.located(groups))
            return 0
        }
        var text = session.dialect == .conda ? "Searching environments for \(specs): ...working... done\n" : ""
        text +=
            invocation[.details]
            ? groups.map { CondaPackages.described($0.packages) }.joined() : CondaPackages.located(groups, names)
        try session.console.data(text)
        return 0
    }

    /// What an environment has; one that cannot be read says nothing of the others.
    private static func installed(
        _ question: PackageQuery, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> [PackageRecord] {
        do throws(Failure) {
            return try answer(question, session, invocation).packages
        } catch {
            if error.code == .interrupted { throw error }
            if error.code != .unsatisfiable { session.console.warn("\(error.subject): \(error.reason)") }
            return []
        }
    }

    static let repoquery = Verb(
        ["repoquery"], "Ask channels or an environment about dependencies",
        verbs: [
            Verb(
                ["search"], "Packages that match a spec", operands: "SPEC…",
                options: [.details] + query + Option.treesOfNoUse
            ) {
                (session, invocation) throws(Failure) in try ask(.search, session, invocation)
            },
            Verb(
                ["depends"], "What a package depends on", operands: "SPEC…",
                options: [.tree, .recursive] + query + Option.tablesOfNoUse,
                examples: ["krait repoquery depends numpy --tree", "krait repoquery depends -n science pandas"]
            ) { (session, invocation) throws(Failure) in try ask(.depends, session, invocation) },
            Verb(
                ["whoneeds"], "What depends on a package (for channels, the whole index is read)", operands: "SPEC…",
                options: [.tree, .recursive, .everyRecord] + query + Option.tablesOfNoUse,
                examples: ["krait repoquery whoneeds zlib", "krait repoquery whoneeds -n science --tree openssl"]
            ) { (session, invocation) throws(Failure) in try ask(.whoneeds, session, invocation) },
        ])

    private static func questions(
        _ kind: PackageQuery.Kind, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> [PackageQuery] {
        // conda shows everything then.
        if invocation.operands.isEmpty, session.dialect == .conda, kind == .search {
            return [question(kind, "*", session, invocation)]
        }
        guard !invocation.operands.isEmpty else {
            throw Failure(
                .usage, "krait \(invocation.verbPath.joined(separator: " "))", "needs a spec",
                hint: "quote specs that have spaces or signs: 'numpy >=2'")
        }
        return invocation.operands.map { question(kind, $0, session, invocation) }
    }

    private static func question(
        _ kind: PackageQuery.Kind, _ spec: String, _ session: Session, _ invocation: Invocation
    ) -> PackageQuery {
        var question = PackageQuery(kind, spec)
        question.channels = invocation.channels
        question.overrideChannels = invocation[.overrideChannels]
        question.isRecursive = invocation[.recursive] || invocation[.tree]
        question.takesAll =
            kind == .whoneeds && (invocation[.everyRecord] || session.dialect.table.tellsEveryRecord)
        return question
    }

    private static func answer(
        _ question: PackageQuery, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> PackageAnswer {
        let context = try session.context(invocation, prefix: question.prefix)
        do throws(Failure) {
            return try session.withProgress(of: context, invocation) { () throws(Failure) in
                try PackageSearch(context).answer(question)
            }
        } catch {
            // For micromamba that is an answer.
            guard session.dialect.isMamba, error.code == .unsatisfiable else { throw error }
            return PackageAnswer()
        }
    }

    /// The answer, as conda has it of longer names too where nothing has the very name.
    private static func widely(
        _ question: PackageQuery, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> PackageAnswer {
        let isWide = !invocation[.exactly] && session.dialect == .conda
        do throws(Failure) {
            return try answer(question, session, invocation)
        } catch {
            let name = question.spec.prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) }
            let rest = question.spec.dropFirst(name.count)
            guard isWide, error.cause is NothingFound, !name.isEmpty, !rest.contains("*"), !rest.contains(":") else {
                throw error
            }
            var wide = question
            wide.spec = "*\(name)*\(rest)"
            do throws(Failure) {
                let found = try answer(wide, session, invocation)
                session.console.say("No match found for: \(question.spec). Search: \(wide.spec)")
                return found
            } catch let other {
                throw other.cause is NothingFound ? error : other
            }
        }
    }

    private static func text(
        _ packages: [PackageRecord], _ names: ChannelNames, _ session: Session, _ invocation: Invocation
    ) -> String {
        let table = session.dialect.table
        if invocation[.details] { return table.details(packages) }
        guard invocation.operands.contains(where: { $0.contains("*") }), let steps = table.steps else {
            return table.found(packages, names)
        }
        var answer = PackageAnswer()
        answer.packages = packages
        return steps(PackageQuery(.search, ""), answer, names)
    }

    private static func ask(
        _ kind: PackageQuery.Kind, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> Int32 {
        let questions = try questions(kind, session, invocation)
        let prefix = try asked(kind, session, invocation)
        var answers: [(PackageQuery, PackageAnswer)] = []
        for var question in questions {
            question.prefix = prefix
            answers.append((question, try answer(question, session, invocation)))
        }
        if session.console.isJSON, answers.count > 1 {
            var question = answers[0].0
            question.spec = invocation.operands.joined(separator: " ")
            answers = [(question, PackageAnswer(merging: answers.map(\.1)))]
        }
        for (question, answer) in answers { try tell(question, answer, session, invocation) }
        return 0
    }

    /// The environment that is asked; nil for channels.
    private static func asked(
        _ kind: PackageQuery.Kind, _ session: Session, _ invocation: Invocation
    ) throws(Failure) -> String? {
        // As with micromamba the active environment knows best what it needs, unless channels are named.
        let isActive =
            kind != .search && session.environment["CONDA_PREFIX"] != nil && !invocation[.remote]
            && invocation.channels.isEmpty
        if invocation[.prefix] != nil || invocation[.name] != nil || invocation[.local] || isActive {
            guard !invocation[.remote] else {
                throw Failure(.usage, "--remote", "an environment and channels cannot be searched at once")
            }
            let prefix = try session.targetPrefix(invocation, try session.settings(invocation))
            if let pending = EnvironmentRecovery.notice(prefix), !session.console.isJSON {
                session.console.warn(pending)
            }
            return prefix
        }
        return nil
    }

    private static func tell(
        _ question: PackageQuery, _ answer: PackageAnswer, _ session: Session, _ invocation: Invocation
    ) throws(Failure) {
        let kind = question.kind
        let table = session.dialect.table
        let names = session.channelNames(try session.settings(invocation))
        if session.console.isJSON {
            try session.console.data(table.answerDocument(question, answer, names))
        } else if session.dialect.isMamba, MambaPackages.isNothing(answer, kind) {
            try session.console.data(MambaPackages.none(kind, [question.spec], invocation))
        } else if answer.tree != nil, invocation[.tree] {
            try session.console.data(table.tree(question, answer, names))
        } else if kind == .search {
            try session.console.data(text(answer.packages, names, session, invocation))
        } else if let steps = table.steps {
            try session.console.data(steps(question, answer, names))
        } else {
            try session.console.data(steps(answer, kind, names))
        }
    }

    /// The packages in a table; the dependencies that no package answers below.
    private static func steps(
        _ answer: PackageAnswer, _ kind: PackageQuery.Kind, _ names: ChannelNames
    ) -> String {
        var unanswered: [String] = []
        var known: Set<String> = []
        func collect(_ node: PackageAnswer.Node) {
            for child in node.children {
                if child.package == nil, known.insert(child.text).inserted {
                    unanswered.append(
                        "\(child.text)  (\(child.text.hasPrefix("__") ? "virtual package" : "no matching package"))\n")
                }
                collect(child)
            }
        }
        if let tree = answer.tree, kind == .depends { collect(tree) }
        if answer.packages.isEmpty, unanswered.isEmpty {
            return kind == .whoneeds ? "nothing needs it\n" : "it needs nothing\n"
        }
        return (answer.packages.isEmpty ? "" : PackageText.table(answer.packages, names)) + unanswered.joined()
    }
}
