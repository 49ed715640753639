// SPDX-License-Identifier: BSD-3-Clause
import Conda
import Failures

/// The rows of the table that need a decision, each under the rule that made it.
struct DecisionReport {
    private var rows: [String: [String]] = [:]
    private var agreed = 0

    /// Counts the row, and files it if conda and rattler differ or our text is not conda's.
    mutating func add(_ peers: PeerAnswers, _ ours: MatchSpec?) {
        if peers.agree {
            agreed += 1
            guard let ours, let conda = peers.conda, ours.description != conda,
                let rule = Self.printingRule(ours, conda)
            else { return }
            rows[rule, default: []].append("`\(peers.spec)` → `\(ours)`, conda `\(conda)`")
            return
        }
        let rule = ours.map { Self.acceptingRule($0, peers) } ?? Self.refusingRule(peers.spec)
        rows[rule, default: []].append(
            "`\(peers.spec)` → \(Self.quoted(ours?.description)); conda \(Self.quoted(peers.conda)); "
                + "rattler \(Self.quoted(peers.rattler))")
    }

    /// Why our canonical text differs from conda's though all agree what the spec means.
    static func printingRule(_ ours: MatchSpec, _ conda: String) -> String? {
        if ours.details.when != nil {
            return "CEP 43: the specs in `when` are printed without space; conda prints what was typed"
        }
        if ours.version == nil, conda.contains("=*") {
            return "CEP 29 appendix A: a version that may be any (`*.*`) is left out"
        }
        return nil
    }

    private static func acceptingRule(_ spec: MatchSpec, _ peers: PeerAnswers) -> String {
        let details = spec.details
        if details.url != nil, !peers.spec.contains("[") {
            return "CEP 29 appendix C: a URL or path gives name, version, build and, where its path has a subdir, "
                + "channel and subdir; the URL itself is kept as well"
        }
        if details.fileName != nil, !peers.spec.contains("[") {
            return "Rules §9.1: a bare file name asks for the archive of that name (`fn`), wherever it is; "
                + "conda makes it a path, rattler a package name"
        }
        if !details.extras.isEmpty || !details.flags.isEmpty {
            return "CEP 44, CEP 45: `extras` and `flags` take a text or a list; conda's parser is older"
        }
        if spec.exactName == nil {
            return "CEP 29 \"String matching\": the name may be a pattern, `*` stands for any; rattler has that off"
        }
        if spec.channel != nil, peers.conda != nil, peers.rattler != nil {
            return "CEP 29 \"Channel matching\": the channel is kept as typed; conda applies its configuration "
                + "(`pkgs/main` is one of `defaults`), rattler drops a default port"
        }
        if spec.build?.text.contains(" ") == true {
            return "CEP 29 keyword expressions: values with a space are printed in quotes; conda prints them bare"
        }
        if case .all(let parts)? = spec.version?.condition,
            parts.contains(where: { if case .text = $0 { true } else { false } })
        {
            return "CEP 29 \"Version matching\": a glob with a star in front is one clause; rattler splits it"
        }
        if peers.spec.contains("[") {
            return "CEP 29 syntax: pairs in brackets may be separated by spaces, every record field can be a key"
        }
        return "CEP 29 grammar allows it"
    }

    private static func refusingRule(_ spec: String) -> String {
        do throws(Failure) {
            _ = try MatchSpec(spec)
            return "accepted"
        } catch {
            let reason = error.reason
            if reason.contains("not a package's name") || reason.contains("pattern for package names") {
                return "CEP 26: refused, the name has characters or an order that names cannot have"
            }
            if reason.contains("`key=value`") || reason.contains("has no value") || reason.contains("not closed") {
                return "CEP 29 syntax: refused, brackets hold `key=value` pairs and are closed (bare words such as "
                    + "`[toml]` would be dropped silently)"
            }
            if reason.contains("behind the brackets") || reason.contains("parentheses") {
                return "CEP 29 rationale: refused, options in parentheses and text behind the brackets were left out"
            }
            if reason.contains("nothing follows") {
                return "CEP 29 syntax: refused, a separator without what it separates"
            }
            if reason.contains("is not a build") {
                return "CEP 29 \"String matching\": refused, a build is one expression, `|` and `,` join versions only"
            }
            if reason.contains("operator") || reason.contains("version") {
                return
                    "CEP 29 \"Version matching\": refused, clauses are joined by `,` or `|` and "
                    + "begin with a known operator"
            }
            return "refused: \(reason)"
        }
    }

    private static func quoted(_ text: String?) -> String { text.map { "`\($0)`" } ?? "refused" }

    /// The report: a rule a section, with its number of rows and some of them.
    var text: String {
        var text = """
            # Match specs on which conda and rattler differ

            Made by `MatchSpecConformanceTests.parsedForms` with `KRAIT_WRITE_DECISIONS=1` from
            `conformance/matchspec_parse.jsonl`. Rows on which both agree: \(agreed), all as they say.
            Each row below: the spec → what krait makes of it; conda; rattler (lenient).


            """
        for (rule, examples) in rows.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            text += "## \(rule)\n\n\(examples.count) row\(examples.count == 1 ? "" : "s").\n\n"
            for example in examples.prefix(6) { text += "- \(example)\n" }
            if examples.count > 6 { text += "- and \(examples.count - 6) more\n" }
            text += "\n"
        }
        return String(text.dropLast())
    }
}
