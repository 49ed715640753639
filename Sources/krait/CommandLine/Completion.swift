// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Configuration

/// Completion scripts, made from the tables of verbs and options.
///
/// The scripts walk the words typed so far and keep the verb that was reached as a path, `/env/config`; what may
/// follow is looked up by that path.
struct Completion {
    /// What a value, or an operand, can be.
    enum Words: Equatable {
        case none
        case files
        case directories
        case environments
        case programs
        case words([String])
    }

    /// One verb or noun with its place.
    struct Place {
        /// `/env/list`; empty for the tool itself.
        let path: String
        let verbs: [Verb]
        /// What is offered.
        let options: [Option]
        /// What may be there, so that the words are read right.
        let knownOptions: [Option]
        let operands: Words
    }

    let places: [Place]
    let globalOptions: [Option]
    /// Options that any verb accepts; known, and not offered where a verb does not list them.
    let generalOptions: [Option]
    let command: String

    init(verbs: [Verb], globalOptions: [Option], generalOptions: [Option] = [], command: String) {
        var places = [Place(path: "", verbs: verbs, options: [], knownOptions: [], operands: .none)]
        Self.append(verbs, below: "", to: &places)
        self.places = places
        self.globalOptions = globalOptions
        self.generalOptions = generalOptions
        self.command = command
    }

    private static func append(_ verbs: [Verb], below path: String, to places: inout [Place]) {
        for verb in verbs {
            let own = path + "/" + verb.names[0]
            places.append(
                Place(
                    path: own, verbs: verb.verbs, options: verb.options.filter(\.isEffective),
                    knownOptions: verb.options, operands: words(of: verb, own)))
            append(verb.verbs, below: own, to: &places)
        }
    }

    /// The script for a shell; nil where there is none.
    func script(_ shell: Shell) -> String? {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        case .posix, .tcsh, .xonsh, .powershell: nil
        }
    }

    /// What the hook adds: the script is asked for when a word is completed for the first time.
    static func loader(_ shell: Shell, _ request: HookRequest) -> String {
        let name = request.command
        let call = "\(shell.quoted(request.executable)) shell completion --shell \(shell.rawValue)"
        switch shell {
        case .bash:
            return """
                case $- in *i*)
                    _\(name)_load() { eval "$(\(call))" && return 124; }
                    complete -o bashdefault -o default -F _\(name)_load \(name) ;;
                esac

                """
        case .zsh:
            return """
                if [[ -o interactive ]] && (( ${+functions[compdef]} )); then
                    _\(name)() { eval "$(\(call))"; _\(name) "$@"; }
                    compdef _\(name) \(name)
                fi

                """
        case .fish, .posix, .tcsh, .xonsh, .powershell: return ""
        }
    }

    /// Every pair of place and word that leads to another place, synonyms included.
    var steps: [(from: String, word: String, to: String)] {
        places.flatMap { place in
            place.verbs.flatMap { verb in
                verb.names.map { (place.path, $0, place.path + "/" + verb.names[0]) }
            }
        }
    }

    /// All options of all places.
    private var allOptions: [Option] { globalOptions + generalOptions + places.flatMap(\.knownOptions) }

    /// The spellings that are followed by a value; what is a flag for one verb and has a value for another is left
    /// out, as the words are read without knowing which verb will come.
    var valueSpellings: [String] { valued.flatMap(\.spellings) }

    /// The spellings of options with a value, by what it can be.
    var valued: [(words: Words, spellings: [String])] {
        var seen = Set(allOptions.filter { !$0.takesValue }.flatMap(Self.spellings))
        var groups: [(words: Words, spellings: [String])] = []
        for option in allOptions where option.takesValue {
            let words = Self.words(of: option)
            let spellings = Self.spellings(option).filter { seen.insert($0).inserted }
            if let index = groups.firstIndex(where: { $0.words == words }) {
                groups[index].spellings += spellings
            } else if !spellings.isEmpty {
                groups.append((words, spellings))
            }
        }
        return groups
    }

    /// Every way to write an option.
    static func spellings(_ option: Option) -> [String] {
        (option.letter.map { ["-\($0)"] } ?? []) + ([option.name] + option.aliases).map { "--" + $0 }
    }

    /// What an option's value can be.
    static func words(of option: Option) -> Words {
        if option.takesValue, let key = option.setting, case .choice(let words) = key.kind {
            return .words(words)
        }
        switch (option.valueName, option.name) {
        case ("DIR", _): return .directories
        case ("FILE", _): return .files
        case ("NAME", "name"): return .environments
        case ("SHELL", _): return .words(Shell.allCases.map(\.rawValue))
        case (_, "progress"): return .words(["auto", "plain", "none"])
        default: return .none
        }
    }

    private static func words(of verb: Verb, _ path: String) -> Words {
        if verb.passesRest { return .programs }
        switch path.split(separator: "/").last {
        case "activate": return .environments
        case "get", "describe": return .words(SettingKey.all.map(\.name))
        default: return .none
        }
    }
}
