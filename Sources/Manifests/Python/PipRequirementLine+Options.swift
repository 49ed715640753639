// SPDX-License-Identifier: BSD-3-Clause

extension PipRequirementLine {
    /// Options that a requirements file may have and that take a value.
    private static let valued: Set<String> = [
        "--requirement", "--constraint", "--editable", "--index-url", "--extra-index-url", "--find-links",
        "--trusted-host",
        "--hash", "--no-binary", "--only-binary", "--use-feature", "--config-settings", "--global-option",
    ]

    /// What the short and the older spellings stand for.
    private static let longNames: [String: String] = [
        "-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url",
        "--pypi-url": "--index-url",
        "-f": "--find-links", "-C": "--config-settings", "--config-setting": "--config-settings",
    ]

    /// The options of a text that begins with one: `--name=value`, `--name value`, `-xvalue`, quotes as in a shell.
    static func options(in text: String) -> [Option] {
        var options: [Option] = []
        var words = words(of: text)[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), word.utf8.count > 1 else {
                options.append(Option(name: word, value: nil))
                continue
            }
            var name = word
            var value: String?
            if word.hasPrefix("--") {
                if let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) {
                    name = String(word[..<equals])
                    value = String(word[word.utf8.index(after: equals)...])
                }
            } else if word.utf8.count > 2 {
                name = String(word.prefix(2))
                value = String(word.dropFirst(2))
                if value?.hasPrefix("=") == true { value?.removeFirst() }
            }
            name = longNames[name] ?? name
            if value == nil, valued.contains(name) { value = words.popFirst() }
            options.append(Option(name: name, value: value))
        }
        return options
    }

    /// Words as a POSIX shell splits them, which is how pip reads options.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word: [UInt8]?
        var quote: UInt8?
        for byte in text.utf8 {
            if let open = quote {
                if byte == open { quote = nil } else { word?.append(byte) }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
                word = word ?? []
            } else if byte == 0x20 || byte == 0x09 {
                if let done = word { words.append(String(decoding: done, as: UTF8.self)) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        if let done = word { words.append(String(decoding: done, as: UTF8.self)) }
        return words
    }
}
