// SPDX-License-Identifier: BSD-3-Clause
import Activation
import Codecs
import Configuration
import Failures
import Locations
import Platform

/// Where words for the user go: data to stdout, everything else to stderr.
struct Console: Sendable {
    /// How much is said on stderr: -1 errors only, 0 as usual, 1 and 2 more.
    var verbosity = 0
    /// One JSON document on stdout and no other text there.
    var isJSON = false
    /// Spaces a level of JSON documents.
    var jsonIndent = 2
    /// Whose words these are: commands in them begin with the name that the tool was called by.
    var dialect = Dialect.krait
    /// Whether stderr is shown in colours; nil where lines are not redrawn, either.
    var colours: Bool?
    /// How the user named the environment.
    let naming = EnvironmentNaming()
    /// Where answers come from.
    var inputDescriptor: Int32 = 0
    /// Where data goes, and everything else.
    var dataDescriptor: Int32 = 1
    var wordsDescriptor: Int32 = 2

    /// Finds out what stderr can show.
    @inline(never)
    mutating func look(_ environment: ProcessEnvironment) {
        // Logs of continuous integration keep every redrawn line, also where they look like a terminal.
        let integration = environment["CI"] ?? ""
        guard isTerminal(wordsDescriptor), environment["TERM"] ?? "dumb" != "dumb",
            integration.isEmpty || integration == "false"
        else { return }
        colours = (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Takes over how much is said, and how.
    mutating func obey(_ settings: Settings) {
        isJSON = settings[.json]
        verbosity = settings[.quiet] ? -1 : Int(clamping: settings[.verbosity])
    }

    /// Writes data for the user or the next program, without what would move a terminal's cursor.
    func data(_ text: String) throws(Failure) { try write(text.printable, to: dataDescriptor) }

    /// Writes code for a shell, whose quoting has taken care of all characters.
    func code(_ text: String) throws(Failure) { try write(text, to: dataDescriptor) }

    /// Writes one JSON document.
    func data(_ json: JSON) throws(Failure) {
        let json = dialect == .krait ? json : retold(json)
        try write(String(decoding: json.serialized(indent: jsonIndent), as: UTF8.self) + "\n", to: dataDescriptor)
    }

    /// A document whose warnings begin commands with the name that the tool was called by.
    @inline(never)
    private func retold(_ json: JSON) -> JSON {
        guard case .object(var members) = json, let warnings = json["warnings"]?.strings else { return json }
        members.set("warnings", .strings(warnings.map(dialect.calling)))
        return .object(members)
    }

    /// Writes what was found: the document where documents are asked for, else the text.
    func show(_ text: @autoclosure () -> String, _ document: @autoclosure () -> JSON) throws(Failure) {
        try isJSON ? data(document()) : data(text())
    }

    /// Says what was done, or writes the document that says so, with `members` for programs.
    @inline(never)
    func done(_ text: String, _ members: JSONMember...) throws(Failure) {
        guard isJSON else { return say(text) }
        try data(.object([JSONMember("success", true)] + members))
    }

    /// Writes text that is there to be read, as a document with it where documents are asked for.
    func text(_ text: String) throws(Failure) {
        let text = dialect.calling(text)
        try isJSON ? data(.object([JSONMember("success", true), JSONMember("text", .string(text))])) : data(text)
    }

    /// Says something a user may want to know, unless `-q`.
    func say(_ text: String) { if verbosity >= 0 { message(text + "\n") } }

    /// Says something under `-v`.
    func detail(_ text: String) { if verbosity >= 1 { message(text + "\n") } }

    /// Says what went wrong or may go wrong, whatever the verbosity.
    func warn(_ text: String) { message("warning: \(text)\n") }

    /// Writes text to stderr. Whatever it was made from, there are neither secrets of URLs nor control characters in it.
    @inline(never)
    func message(_ text: String) {
        let text = dialect.calling(naming.repeated(text)).maskingSecrets.printable
        try? write(colours == nil ? text : onTerminal(text), to: wordsDescriptor)
    }

    /// The text with what a line begins with in its colour, where that tells what kind of line it is. Rows of tables are
    /// cut where a narrow terminal would break most of them.
    @inline(never)
    private func onTerminal(_ text: String) -> String {
        let width = terminalWidth() ?? 80
        var shown = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let sign = line.utf8.dropFirst(2).first
            let isRow = line.utf8.first == 0x20 && (sign == 0x2b || sign == 0x2d || sign == 0x7e)
            shown += "\n"
            let isCut = isRow && width < 60 && line.count > width
            shown += isCut ? line.prefix(width - 1) + "…" : line
        }
        if colours == true {
            for (index, word) in Self.marked.enumerated() {
                shown = replacing("\n\(word)", by: "\n\u{1B}[\(31 + index % 3)m\(word)\u{1B}[m", in: shown)
            }
        }
        return String(shown.dropFirst())
    }

    /// What lines begin with that are red, green or yellow, in turns.
    private static let marked = ["error", "hint", "warning", "  - ", "  + ", "  ~ "]

    /// Writes krait's own text with its control characters to stderr.
    func control(_ text: String) { try? write(text, to: wordsDescriptor) }

    private func write(_ text: String, to descriptor: Int32) throws(Failure) {
        try Self.write(text, to: descriptor, descriptor == dataDescriptor ? "standard output" : "standard error")
    }

    /// Writes text as it is; `subject` is what failures are of.
    static func write(_ text: String, to descriptor: Int32, _ subject: String) throws(Failure) {
        var text = text
        let result = text.withUTF8 { bytes -> Errno? in
            do throws(Errno) {
                try SystemCall.writeAll(rawDescriptor: descriptor, UnsafeRawBufferPointer(bytes))
                return nil
            } catch {
                return error
            }
        }
        if let result {
            throw Failure(result, subject, "write")
        }
    }

    /// Asks a question that is answered with yes or no; yes is the answer of an empty line.
    ///
    /// Without a terminal an answer that is there is taken, and the end of the input is the answer yes, as the peers
    /// have it; so is `-q`. What is `grave` then needs an answer in words.
    ///
    /// - Throws: `Failure(.usage)` for a grave question that nobody answers; the reason of `cancellation`.
    func confirm(_ question: String, grave: Bool = false, _ cancellation: Cancellation) throws(Failure) -> Bool {
        if verbosity < 0, !grave { return true }
        let isSeen = isTerminal(inputDescriptor) && isTerminal(wordsDescriptor)
        while true {
            message("\(question) [Y/n] ")
            if isTerminal(inputDescriptor) { try waitForInput(inputDescriptor, cancellation) }
            let answer = readLine(from: inputDescriptor)
            if !isSeen { message("\n") }
            guard let answer, !grave || isSeen || !answer.isEmpty else {
                if isSeen { return false }
                guard grave else { return true }
                throw Failure(.usage, question, "there is no terminal to ask on", hint: "add -y")
            }
            switch answer.lowercased() {
            case "", "y", "yes": return true
            case "n", "no": return false
            default: continue
            }
        }
    }
}

extension String {
    /// The text with C0 (but line end and tab), DEL and C1 shown as `?`: names, paths and messages of strangers are shown, not
    /// obeyed.
    var printable: String {
        // Bytes of C1 are C2 80 to C2 9F.
        var previous: UInt8 = 0
        let isClean = utf8.allSatisfy { byte in
            defer { previous = byte }
            if byte < 0x20 { return byte == 0x0a || byte == 0x09 }
            return byte != 0x7f && !(previous == 0xc2 && byte < 0xa0)
        }
        if isClean { return self }
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            scalars.append(isControl && scalar != "\n" && scalar != "\t" ? "?" : scalar)
        }
        return String(scalars)
    }
}
