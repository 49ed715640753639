// SPDX-License-Identifier: BSD-3-Clause

package import Failures

/// A console script of a `noarch: python` package: `command = module:function` (Rules §12.6).
package struct EntryPoint: Sendable, Hashable {
    /// The name of the script; one path component.
    package let command: String
    /// Dotted, e.g. `jupyterlab.labapp`.
    package let module: String
    /// Dotted, e.g. `main` or `LabApp.launch_instance`.
    package let function: String

    /// The entry point that `text` spells; a name that is no plain file name or identifier is refused.
    package init(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            let equals = bytes[..<colon].lastIndex(of: UInt8(ascii: "="))
        else {
            throw Failure(.integrity, "entry point `\(text)`", "expected `command = module:function`")
        }
        let command = Self.trim(bytes[..<equals])
        let module = Self.trim(bytes[(equals + 1)..<colon])
        // Extras in brackets are an old habit of setuptools and mean nothing here.
        let function = Self.trim(bytes[(colon + 1)...].prefix { $0 != UInt8(ascii: "[") })
        guard Self.isFileName(command) else {
            throw Failure(.integrity, "entry point `\(text)`", "its command is not a plain file name")
        }
        guard Self.isDottedName(module), Self.isDottedName(function) else {
            throw Failure(.integrity, "entry point `\(text)`", "it names no Python function")
        }
        self.command = String(decoding: command, as: UTF8.self)
        self.module = String(decoding: module, as: UTF8.self)
        self.function = String(decoding: function, as: UTF8.self)
    }

    /// The text that makes this entry point again.
    package var description: String { "\(command) = \(module):\(function)" }

    private static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return bytes
    }

    private static func isFileName(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, name.count <= 200, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else {
            return false
        }
        return name.allSatisfy { byte in
            byte > 0x20 && byte != 0x7f && !"/\\:\"'`$;&|<>*?".utf8.contains(byte)
        }
    }

    private static func isDottedName(_ name: ArraySlice<UInt8>) -> Bool {
        name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
            return part.allSatisfy { byte in
                byte >= 0x80 || byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            }
        }
    }
}
