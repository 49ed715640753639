// SPDX-License-Identifier: BSD-3-Clause

extension String {
    /// Whether the text is exactly `count` hexadecimal digits.
    package func isHexadecimal(count: Int) -> Bool {
        utf8.count == count && utf8.allSatisfy { $0.isDigit || (0x61...0x66).contains($0 | 0x20) }
    }

    /// The path made absolute, without `.`, `..` and doubled slashes; `~` is `home`.
    package func absolutePath(cwd: String, home: String?) -> String {
        var path = self
        if let home, path == "~" || path.hasPrefix("~/") { path = home + path.dropFirst() }
        if !path.hasPrefix("/") { path = "\(cwd)/\(path)" }
        var components: [Substring.UTF8View] = []
        for component in path[...].utf8.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                _ = components.popLast()
            } else {
                components.append(Substring(component).utf8)
            }
        }
        return "/" + components.map { String(Substring($0)) }.joined(separator: "/")
    }
}
