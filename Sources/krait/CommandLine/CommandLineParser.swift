// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// What a command line asks for.
enum ParsedCommandLine {
    case version
    /// The help of the verb reached by these nouns and verb; empty for the whole tool.
    case help([Verb])
    case run(Verb, Invocation)
}

/// Turns the words of a command line into a verb and its options.
struct CommandLineParser {
    let verbs: [Verb]
    let globalOptions: [Option]
    /// Options that any verb accepts, listed or not.
    var generalOptions: [Option] = []

    /// - Throws: `Failure(.usage)` naming the word that is not understood and the nearest one that is.
    func parse(_ words: [String]) throws(Failure) -> ParsedCommandLine {
        var invocation = Invocation()
        invocation.words = words
        var path: [Verb] = []
        var index = 0
        var onlyOperands = false
        while index < words.count {
            let word = words[index]
            index += 1
            if onlyOperands || word == "-" || !word.hasPrefix("-") {
                try takeOperand(word, &path, &invocation)
                if let verb = path.last, verb.passesRest, !invocation.operands.isEmpty {
                    invocation.operands += words[index...]
                    break
                }
            } else if word == "--" {
                onlyOperands = true
                if let verb = path.last, verb.passesRest {
                    invocation.operands += words[index...]
                    break
                }
            } else if word == "--help" || word == "-h" {
                return .help(path)
            } else if word == "--version" && path.isEmpty || word == "-V" && path.isEmpty {
                return .version
            } else if word.hasPrefix("--") {
                try takeLong(word, words, &index, path, &invocation)
            } else {
                try takeLetters(word, words, &index, path, &invocation)
            }
        }
        guard let verb = path.last else { return .help([]) }
        guard verb.action != nil else { return .help(path) }
        return .run(verb, invocation)
    }

    private func takeOperand(_ word: String, _ path: inout [Verb], _ invocation: inout Invocation) throws(Failure) {
        if let verb = path.last, !verb.isNoun {
            guard !verb.operands.isEmpty else {
                throw Failure(
                    .usage, word, "`\(Self.name(path))` takes no operand", hint: "krait \(Self.name(path)) --help")
            }
            invocation.operands.append(word)
            return
        }
        let choices = path.last?.verbs ?? verbs
        guard let verb = choices.first(where: { $0.names.contains(word) }) else {
            let near = Suggestion.nearest(to: word, among: choices.flatMap(\.names))
            throw Failure(
                .usage, word, "is not a \(path.isEmpty ? "command" : "command of `\(Self.name(path))`")",
                hint: near.map { "did you mean `\($0)`?" } ?? "krait \(Self.name(path, with: "--help")) lists them")
        }
        path.append(verb)
        invocation.verbPath.append(verb.names[0])
        invocation.cannot = verb.cannot
    }

    private func takeLong(
        _ word: String, _ words: [String], _ index: inout Int, _ path: [Verb], _ invocation: inout Invocation
    ) throws(Failure) {
        let body = word.dropFirst(2)
        let equals = body.firstIndex(of: "=")
        let name = String(equals.map { body[..<$0] } ?? body[...])
        let attached = equals.map { String(body[body.index(after: $0)...]) }
        let known = options(of: path)
        guard let option = known.first(where: { $0.name == name || $0.aliases.contains(name) }) else {
            throw unknown("--\(name)", known, path)
        }
        try refuse(option, "--\(name)")
        try take(option, spelled: "--\(name)", attached, words, &index, &invocation)
    }

    /// Takes what follows an option, as many words as its shape has.
    private func take(
        _ option: Option, spelled: String, _ attached: String?, _ words: [String], _ index: inout Int,
        _ invocation: inout Invocation
    ) throws(Failure) {
        switch option.shape {
        case .flag:
            guard attached == nil else {
                throw Failure(.usage, spelled, "takes no value", hint: "write `\(spelled)` alone")
            }
            invocation.note(option, nil)
        case .value, .list, .commaList:
            // What is of no effect must not take away an option that may have one, or be refused.
            if case .none = option.effect, attached == nil, index < words.count, words[index].hasPrefix("-") {
                invocation.note(option, nil)
                return
            }
            invocation.note(option, try value(of: option, spelled: spelled, attached, words, &index, invocation))
        case .pair(let name):
            guard attached == nil, index + 1 < words.count else {
                throw Failure(.usage, spelled, "needs two values", hint: "write `\(spelled) \(name)`")
            }
            for word in words[index...index + 1] { invocation.note(option, word) }
            index += 2
        case .words:
            let following = words[index...].prefix { !$0.hasPrefix("-") }
            index += attached == nil ? following.count : 0
            for word in attached.map({ [$0] }) ?? Array(following) { invocation.note(option, word) }
            if !invocation.has(option) { invocation.note(option, nil) }
        }
    }

    /// `-yq`, `-n NAME`, `-nNAME`.
    private func takeLetters(
        _ word: String, _ words: [String], _ index: inout Int, _ path: [Verb], _ invocation: inout Invocation
    ) throws(Failure) {
        let known = options(of: path)
        var rest = word.dropFirst()
        while let letter = rest.popFirst() {
            guard let option = known.first(where: { $0.letter == letter }) else {
                throw unknown("-\(letter)", known, path)
            }
            try refuse(option, "-\(letter)")
            guard option.takesValue else {
                invocation.note(option, nil)
                continue
            }
            let attached = rest.isEmpty ? nil : String(rest.first == "=" ? rest.dropFirst() : rest)
            try take(option, spelled: "-\(letter)", attached, words, &index, &invocation)
            return
        }
    }

    private func refuse(_ option: Option, _ spelled: String) throws(Failure) {
        guard case .refused(let reason, let hint) = option.effect else { return }
        throw Failure(.usage, spelled, reason, hint: hint)
    }

    private func value(
        of option: Option, spelled: String, _ attached: String?, _ words: [String], _ index: inout Int,
        _ invocation: Invocation
    ) throws(Failure) -> String {
        if case .value = option.shape, let earlier = invocation.values(option).last {
            throw Failure(.usage, spelled, "was given twice, first as `\(earlier)`", hint: "keep one of them")
        }
        if let attached { return attached }
        guard index < words.count else {
            throw Failure(.usage, spelled, "needs a value (\(option.valueName ?? "VALUE"))")
        }
        index += 1
        return words[index - 1]
    }

    private func unknown(_ spelled: String, _ known: [Option], _ path: [Verb]) -> Failure {
        let names = known.filter(\.isEffective).flatMap { ["--\($0.name)"] + $0.aliases.map { "--\($0)" } }
        let near = spelled.hasPrefix("--") ? Suggestion.nearest(to: spelled, among: names) : nil
        return Failure(
            .usage, spelled, path.isEmpty ? "is not an option" : "is not an option of `krait \(Self.name(path))`",
            hint: near.map { "did you mean `\($0)`?" } ?? "krait \(Self.name(path, with: "--help")) lists them")
    }

    /// What may be given here, the verb's own options first: what it does not say itself is a general option.
    private func options(of path: [Verb]) -> [Option] {
        guard let verb = path.last else { return globalOptions + generalOptions }
        return verb.options + globalOptions + (verb.passesRest ? [] : generalOptions)
    }

    private static func name(_ path: [Verb], with last: String? = nil) -> String {
        (path.map { $0.names[0] } + (last.map { [$0] } ?? [])).joined(separator: " ")
    }
}
