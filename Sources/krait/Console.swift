// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Configuration
import Failures
import Platform

/// Where words for the user go: data to stdout, everything else to stderr.
struct Console: Sendable {
    /// How much is said on stderr: -1 errors only, 0 as usual, 1 and 2 more.
    var verbosity = 0
    /// One JSON document on stdout and no other text there.
    var isJSON = false
    /// Spaces a level of JSON documents.
    var jsonIndent = 2
    /// Whether stderr is a terminal that takes colours and redrawn lines.
    var isInteractive = false

    /// Takes over how much is said, and how.
    mutating func obey(_ settings: Settings) {
        isJSON = settings[.json]
        verbosity = settings[.quiet] ? -1 : Int(clamping: settings[.verbosity])
    }

    /// Writes data for the user or the next program.
    func data(_ text: String) throws(Failure) { try write(text, to: 1) }

    /// Writes one JSON document.
    func data(_ json: JSON) throws(Failure) {
        try write(String(decoding: json.serialized(indent: jsonIndent), as: UTF8.self) + "\n", to: 1)
    }

    /// Says something a user may want to know, unless `-q`.
    func say(_ text: String) { if verbosity >= 0 { try? write(text + "\n", to: 2) } }

    /// Says something under `-v`.
    func detail(_ text: String) { if verbosity >= 1 { try? write(text + "\n", to: 2) } }

    /// Says what went wrong or may go wrong, whatever the verbosity.
    func warn(_ text: String) { try? write("warning: \(text)\n", to: 2) }

    /// Writes text as it is to stderr.
    func raw(_ text: String) { try? write(text, to: 2) }

    private func write(_ text: String, to descriptor: Int32) throws(Failure) {
        var text = text
        let result = text.withUTF8 { bytes -> Errno? in
            do throws(Errno) {
                try SystemCall.writeAll(rawDescriptor: descriptor, UnsafeRawBufferPointer(bytes))
                return nil
            } catch {
                return error
            }
        }
        if let result { throw Failure(result, descriptor == 1 ? "standard output" : "standard error", "write") }
    }

    /// Asks a question that is answered with yes or no; yes is the answer of an empty line.
    ///
    /// Without a terminal an answer that is there is taken, and the end of the input is the answer yes, as the peers
    /// have it; so is `-q`. What is `grave` then needs an answer in words.
    ///
    /// - Throws: `Failure(.usage)` for a grave question that nobody answers.
    func confirm(_ question: String, grave: Bool = false) throws(Failure) -> Bool {
        if verbosity < 0, !grave { return true }
        let isSeen = isTerminal(0) && isTerminal(2)
        while true {
            raw("\(question) [Y/n] ")
            let answer = readLine()
            if !isSeen { raw("\n") }
            guard let answer, !grave || isSeen || !answer.isEmpty else {
                if isSeen { return false }
                guard grave else { return true }
                throw Failure(.usage, "confirmation", "nobody is there to answer `\(question)`", hint: "add -y")
            }
            switch answer.lowercased() {
            case "", "y", "yes": return true
            case "n", "no": return false
            default: continue
            }
        }
    }
}
