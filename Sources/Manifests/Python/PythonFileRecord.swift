// SPDX-License-Identifier: BSD-3-Clause

/// One line of the `RECORD` of an installed python package (PEP 376, 427).
package struct PythonFileRecord: Sendable, Equatable {
    /// As written: relative to the folder that holds the `.dist-info`, or absolute.
    package var path: String
    /// `sha256=…` in URL-safe base 64; empty for files that are made at installation.
    package var hash: String
    package var size: UInt64?

    package init(path: String, hash: String = "", size: UInt64? = nil) {
        self.path = path
        self.hash = hash
        self.size = size
    }

    /// Reads a whole `RECORD`: lines of comma-separated values, quoted where a path has a comma or quote in it.
    package static func parse(_ bytes: [UInt8]) -> [PythonFileRecord] {
        var records: [PythonFileRecord] = []
        var index = 0
        while index < bytes.count {
            let fields = self.fields(bytes, &index)
            guard let path = fields.first, !path.isEmpty else { continue }
            records.append(
                PythonFileRecord(
                    path: path, hash: fields.count > 1 ? fields[1] : "",
                    size: fields.count > 2 ? UInt64(fields[2]) : nil))
        }
        return records
    }

    /// The fields of one line; `index` goes past its end.
    private static func fields(_ bytes: [UInt8], _ index: inout Int) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: "\""), field.isEmpty {
                isQuoted = true
            } else if byte == UInt8(ascii: ",") {
                fields.append(String(decoding: field, as: UTF8.self))
                field.removeAll(keepingCapacity: true)
            } else if byte == 0x0A {
                break
            } else if byte != 0x0D {
                field.append(byte)
            }
        }
        fields.append(String(decoding: field, as: UTF8.self))
        return fields
    }
}
