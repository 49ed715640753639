// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// One verb of the command line, or a noun with verbs of its own (`env list`).
struct Verb: Sendable {
    /// To do less than a verb does.
    enum Limit: Sendable {
        /// To show what would happen, and to change nothing.
        case dryRun
        /// To fill the package cache, and to stop.
        case downloadOnly
    }

    /// What a verb does once its words are understood; returns the exit code.
    typealias Action = @Sendable (Session, Invocation) throws(Failure) -> Int32

    /// The name and its synonyms, the first one shown.
    let names: [String]
    /// One line for the list of verbs.
    let summary: String
    /// What stands after the verb, e.g. `[SPEC…]`; empty when nothing may.
    let operands: String
    /// Options beside the global ones.
    let options: [Option]
    /// True when everything after the first operand belongs to another program (`run`).
    let passesRest: Bool
    /// What it cannot keep to: it fails instead.
    let cannot: [Limit]
    /// A few lines of examples for `--help`.
    let examples: [String]
    /// Verbs below this one; then `action` is what happens when none of them is named.
    let verbs: [Verb]
    let action: Action?

    init(
        _ names: [String], _ summary: String, operands: String = "", options: [Option] = [], passesRest: Bool = false,
        cannot: [Limit] = [], examples: [String] = [], action: @escaping Action
    ) {
        self.names = names
        self.summary = summary
        self.operands = operands
        self.options = options
        self.passesRest = passesRest
        self.cannot = cannot
        self.examples = examples
        self.verbs = []
        self.action = action
    }

    /// A noun: `names` with verbs below it; `action` is for the noun alone.
    init(_ names: [String], _ summary: String, options: [Option] = [], verbs: [Verb], action: Action? = nil) {
        self.names = names
        self.summary = summary
        self.operands = ""
        self.options = options
        self.passesRest = false
        self.cannot = []
        self.examples = []
        self.verbs = verbs
        self.action = action
    }

    /// The help lists verbs, not operands.
    var isNoun: Bool { !verbs.isEmpty }
}
