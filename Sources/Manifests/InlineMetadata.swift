// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures

/// What a script says in a comment of what it needs (PEP 723), with krait's own table `[tool.krait]`.
///
/// The comment begins with `# /// script` and ends with `# ///`; scripts in other languages begin each line with what
/// begins a comment there (`//`, `--`, `;`, `%`).
package struct InlineMetadata: Sendable, Equatable {
    /// `dependencies`: requirements for pip.
    package var requirements: [String] = []
    /// `requires-python`, as a version spec (PEP 440).
    package var python: String?
    /// `tool.krait.channels`, best first.
    package var channels: [String] = []
    /// `tool.krait.dependencies`: specs of conda packages.
    package var specs: [String] = []
    /// `tool.krait.lock`: a lock file, relative to the script.
    package var lock: String?
    /// `tool.krait.interpreter`: the program that reads the script, with its arguments; nil when the file's name says it.
    package var interpreter: [String]?

    /// The longest script that is looked at.
    package static let limit = 16 << 20

    /// Of a script that says nothing.
    package init() {}

    private static let marks = ["#", "//", "--", ";", "%"]

    /// The metadata in `script`; nil when it has none.
    ///
    /// - Throws: `Failure(.parse)` at the line of what is not understood, or begins a second time.
    package init?(script: [UInt8], subject: String) throws(Failure) {
        guard let block = try Self.block(script, subject) else { return nil }
        let document = try TOML.parse(block.text, subject: subject, firstLine: block.line)
        let place = "\(subject):\(block.line - 1)"
        requirements = try Self.texts(document["dependencies"], "dependencies", place)
        python = try Self.text(document["requires-python"], "requires-python", place)
        guard let own = document["tool"]?["krait"] else { return }
        let known = ["channels", "dependencies", "lock", "interpreter"]
        for member in own.object ?? [] where !known.contains(member.key) {
            throw Failure(
                .parse, place, "`\(member.key)` is not a key of [tool.krait]",
                hint: "it has \(known.joined(separator: ", "))")
        }
        channels = try Self.texts(own["channels"], "tool.krait.channels", place)
        specs = try Self.texts(own["dependencies"], "tool.krait.dependencies", place)
        lock = try Self.text(own["lock"], "tool.krait.lock", place)
        if case .string(let word)? = own["interpreter"] {
            interpreter = [word]
        } else if own["interpreter"] != nil {
            interpreter = try Self.texts(own["interpreter"], "tool.krait.interpreter", place)
        }
        if let interpreter, interpreter.first?.isEmpty ?? true {
            throw Failure(.parse, place, "`tool.krait.interpreter` names no program")
        }
    }

    /// The lines between the marks without what makes them comments, and the number of the first one.
    private static func block(_ script: [UInt8], _ subject: String) throws(Failure) -> (text: [UInt8], line: Int)? {
        // Nothing is in the way of scripts without such a comment.
        let all = lines(of: String(decoding: script, as: UTF8.self))
        var found: (text: [UInt8], line: Int)?
        var index = 0
        while index < all.count {
            defer { index += 1 }
            guard let mark = marks.first(where: { all[index] == "\($0) /// script" }) else { continue }
            guard found == nil else {
                throw Failure(.parse, "\(subject):\(index + 1)", "`/// script` begins a second time")
            }
            guard let end = end(all, index, mark) else {
                throw Failure(
                    .parse, "\(subject):\(index + 1)", "`/// script` has no end",
                    hint: "end it with a line `\(mark) ///`")
            }
            let text = all[(index + 1)..<end].map { String($0.dropFirst(mark.count + 1)) }.joined(separator: "\n")
            found = (Array((text + "\n").utf8), index + 2)
            index = end
        }
        return found
    }

    /// The last line `# ///` of the comment that begins at `start`.
    private static func end(_ all: [Substring], _ start: Int, _ mark: String) -> Int? {
        var end: Int?
        var index = start + 1
        while index < all.count, all[index] == mark || all[index].hasPrefix("\(mark) ") {
            if all[index] == "\(mark) ///" { end = index }
            index += 1
        }
        return end
    }

    private static func texts(_ value: JSON?, _ name: String, _ place: String) throws(Failure) -> [String] {
        guard let value else { return [] }
        guard let texts = value.strings else { throw Failure(.parse, place, "`\(name)` is not a list of strings") }
        return texts
    }

    private static func text(_ value: JSON?, _ name: String, _ place: String) throws(Failure) -> String? {
        guard let value else { return nil }
        guard let text = value.string else { throw Failure(.parse, place, "`\(name)` is not a string") }
        return text
    }
}
