// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// Platform selectors of environment files: `linux`, `osx and arm64`, `not win`, with parentheses; the words mean what
/// they do to conda-build, and `osx64` and whole platforms what they do to conda-lock.
package enum Selector {
    /// Whether `text` admits `platform`; nil when it holds a word that names no platform, and so is no selector.
    package static func evaluate(_ text: String, for platform: Subdir) -> Bool? {
        var parser = Parser(words: words(of: text), platform: platform.description)
        guard let value = parser.orExpression(), parser.index == parser.words.count else { return nil }
        return value
    }

    private static func words(of text: String) -> [String] {
        var spaced = ""
        for character in text { spaced += character == "(" || character == ")" ? " \(character) " : String(character) }
        return spaced.split(separator: " ").map { String($0) }
    }

    private struct Parser {
        let words: [String]
        let platform: String
        var index = 0

        mutating func take(_ word: String) -> Bool {
            guard index < words.count, words[index] == word else { return false }
            index += 1
            return true
        }

        mutating func orExpression() -> Bool? {
            guard var value = andExpression() else { return nil }
            while take("or") {
                guard let other = andExpression() else { return nil }
                value = value || other
            }
            return value
        }

        mutating func andExpression() -> Bool? {
            guard var value = atom() else { return nil }
            while take("and") {
                guard let other = atom() else { return nil }
                value = value && other
            }
            return value
        }

        mutating func atom() -> Bool? {
            if take("not") { return atom().map { !$0 } }
            if take("(") {
                let value = orExpression()
                return take(")") ? value : nil
            }
            guard index < words.count else { return nil }
            index += 1
            return truth(of: words[index - 1])
        }

        /// What stands behind the `-` of a platform and is a selector as it is.
        private static let machines: Set<String> = [
            "aarch64", "arm64", "armv6l", "armv7l", "ppc64", "ppc64le", "riscv64", "s390x", "wasm32", "z",
        ]

        private func truth(of word: String) -> Bool? {
            let parts = platform.split(separator: "-")
            let system = parts.first.map { String($0) } ?? ""
            let machine = parts.count > 1 ? String(parts[1]) : ""
            switch word {
            case "linux", "osx", "win", "emscripten", "wasi", "freebsd", "zos": return system == word
            case "unix": return ["linux", "osx", "emscripten"].contains(system)
            case "x86": return machine == "64" || machine == "32"
            case "x64", "x86_64", "amd64": return machine == "64"
            case "x32": return machine == "32"
            case "arm": return platform.hasPrefix("linux-arm")
            case "linux64", "osx64", "win64": return platform == "\(word.dropLast(2))-64"
            case "linux32", "win32": return platform == "\(word.dropLast(2))-32"
            case "true", "True": return true
            case "false", "False": return false
            default:
                if Self.machines.contains(word) { return machine == word }
                return Subdir.known.contains(word) && word != "noarch" ? platform == word : nil
            }
        }
    }
}
