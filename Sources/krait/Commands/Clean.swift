// SPDX-License-Identifier: BSD-3-Clause
import Configuration
import Engine
import Failures

extension Option {
    fileprivate static let cleanAll = Flag(
        "all", letter: "a", "packages, archives, indexes, locks, trash and environments of `exec`")
    fileprivate static let packages = Flag("packages", letter: "p", "unpacked packages that no environment uses")
    fileprivate static let tarballs = Flag("tarballs", letter: "t", "archives (krait keeps none)")
    fileprivate static let indexCache = Flag("index-cache", letter: "i", "indexes of channels")
    fileprivate static let locks = Flag("locks", also: ["logfiles"], letter: "l", "lock files (krait has none)")
    fileprivate static let environments = Flag("environments", "environments of `exec` in which nothing runs")
    fileprivate static let trash = Flag("trash", "what interrupted commands left behind")
    fileprivate static let temporaryFiles = WordsOption(
        "tempfiles", letter: "c", takes: "[DIR…]", "the same as --trash; directories need not be named")
    fileprivate static let forcePackageDirectories = Flag(
        "force-pkgs-dirs", letter: "f", "the package directories with all that is in them, also other tools' files")
    fileprivate static let ci = Flag("ci", "packages that can be fetched again; indexes and compiled files stay")
}

extension Verb {
    static let clean = Verb(
        ["clean"], "Remove cached packages, indexes and leftovers",
        options: [
            .cleanAll, .packages, .tarballs, .indexCache, .locks, .trash, .temporaryFiles, .environments,
            .forcePackageDirectories, .ci, .dryRun,
        ],
        examples: ["krait clean --all --dry-run", "krait clean --packages -y", "krait clean --ci -y"]
    ) { (session, invocation) throws(Failure) in
        let cleaning = cleaning(invocation)
        guard !cleaning.isEmpty else {
            if session.dialect.isMamba {
                try session.console.text("Nothing to do.\n")
                return 0
            }
            throw Failure(
                .usage, "krait clean", "nothing was selected to remove", hint: "add --all, or see krait clean --help",
                cause: ArgumentMistake())
        }
        let context = try session.context(invocation)
        var found = CleanedCaches(cleaning, context)
        let console = session.console
        let isDry = context.settings[.dryRun]
        if !console.isJSON {
            for note in found.notes { console.say(note) }
            if found.items.isEmpty {
                console.say("Nothing to remove.")
                return 0
            }
            if console.verbosity >= 0 || isDry { try console.data(session.dialect.table.cleaning(found, isDry)) }
        }
        if !isDry {
            if !context.settings[.alwaysYes], !console.isJSON {
                let question = "Remove \(Units.count(found.items.count, "item")), \(Units.bytes(found.bytes))?"
                guard try console.confirm(question, session.cancellation) else {
                    console.say("Aborted; nothing was removed.")
                    return 0
                }
            }
            let before = found.notes.count
            found.remove(context)
            if !console.isJSON {
                for note in found.notes.dropFirst(before) { console.warn(note) }
                console.say("Removed \(Units.count(found.items.count, "item")), \(Units.bytes(found.bytes)).")
            }
        }
        if console.isJSON {
            try console.data(session.dialect.table.cleaningDocument(found, kinds(invocation, cleaning), isDry))
        }
        return 0
    }

    private static func cleaning(_ invocation: Invocation) -> CacheCleaning {
        let all = invocation[.cleanAll]
        var cleaning = CacheCleaning()
        cleaning.packages = all || invocation[.packages]
        // With all of them, saying what krait has not helps nobody.
        cleaning.archives = invocation[.tarballs]
        cleaning.locks = invocation[.locks]
        cleaning.indexes = all || invocation[.indexCache]
        cleaning.trash = all || invocation[.trash] || invocation[.temporaryFiles] != nil
        cleaning.environments = all || invocation[.environments]
        cleaning.everything = invocation[.forcePackageDirectories]
        cleaning.refetchable = invocation[.ci]
        return cleaning
    }

    /// What was asked for, also where krait has none of it.
    private static func kinds(_ invocation: Invocation, _ cleaning: CacheCleaning) -> Set<CleanedCaches.Kind> {
        var kinds: Set<CleanedCaches.Kind> = []
        if cleaning.packages || cleaning.refetchable { kinds.insert(.packages) }
        if cleaning.archives || invocation[.cleanAll] { kinds.insert(.archives) }
        if cleaning.indexes { kinds.insert(.indexes) }
        if cleaning.locks || invocation[.cleanAll] { kinds.insert(.locks) }
        if cleaning.trash { kinds.insert(.trash) }
        if cleaning.environments { kinds.insert(.environments) }
        if cleaning.everything { kinds.insert(.directories) }
        return kinds
    }
}
