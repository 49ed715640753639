// SPDX-License-Identifier: BSD-3-Clause

/// Lists of specs as histories have them: the text of a Python list, or, in old ones, texts between commas.
enum SpecList {
    /// The specs of a list.
    static func parse(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return plain(text) }
        var specs: [String] = []
        var position = 1
        while position < bytes.count - 1 {
            let quote = bytes[position]
            position += 1
            guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { continue }
            var spec: [UInt8] = []
            while position < bytes.count, bytes[position] != quote {
                if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
                spec.append(bytes[position])
                position += 1
            }
            position += 1
            specs.append(String(decoding: spec, as: UTF8.self))
        }
        return specs
    }

    /// The Python text of a list; also JSON as long as nothing needs other escapes.
    static func text(_ specs: [String]) -> String {
        let quoted = specs.map { spec in
            var text = "\""
            for scalar in spec.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { text.append("\\") }
                // A line feed would end the line.
                text.unicodeScalars.append(scalar.value < 0x20 ? " " : scalar)
            }
            return text + "\""
        }
        return "[" + quoted.joined(separator: ", ") + "]"
    }

    /// conda's way with lists before 4.4: commas part specs, but also the parts of a version.
    private static func plain(_ text: String) -> [String] {
        var specs: [String] = []
        for part in text.split(separator: ",").map({ String($0).trimmed }) where !part.isEmpty {
            if let first = part.utf8.first, "0123456789<>=!~".utf8.contains(first), let last = specs.last {
                specs[specs.count - 1] = "\(last),\(part)"
            } else {
                specs.append(part)
            }
        }
        return specs
    }
}
