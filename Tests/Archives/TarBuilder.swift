// SPDX-License-Identifier: BSD-3-Clause

/// Writes tars of any shape, also such as no honest tool makes.
package struct TarBuilder {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Appends a header and its data; `size` overrides the size in the header.
    package mutating func add(
        _ name: [UInt8], type: Character = "0", data: [UInt8] = [], mode: UInt32 = 0o644, target: [UInt8] = [],
        size: UInt64? = nil, time: UInt64 = 1_700_000_000, magic: String = "ustar\u{0}00", prefix: String = "",
        damage: (inout [UInt8]) -> Void = { _ in }
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: [UInt8], _ place: Int, _ length: Int) {
            for (index, byte) in text.prefix(length).enumerated() { header[place + index] = byte }
        }
        func octal(_ value: UInt64, _ digits: Int) -> [UInt8] {
            let text = String(value, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
        }
        put(name, 0, 100)
        put(octal(UInt64(mode), 7), 100, 7)
        put(octal(0, 7), 108, 7)
        put(octal(0, 7), 116, 7)
        put(octal(size ?? UInt64(data.count), 11), 124, 11)
        put(octal(time, 11), 136, 11)
        header[156] = type.asciiValue ?? 0
        put(target, 157, 100)
        put(Array(magic.utf8), 257, 8)
        put(Array(prefix.utf8), 345, 155)
        damage(&header)
        for index in 148..<156 { header[index] = 32 }
        let sum = header.reduce(UInt64(0)) { $0 + UInt64($1) }
        put(octal(sum, 6) + [0, 32], 148, 8)
        bytes += header + data
        bytes += [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    package mutating func add(
        _ name: String, type: Character = "0", data: String = "", mode: UInt32 = 0o644, target: String = "",
        size: UInt64? = nil
    ) {
        add(
            Array(name.utf8), type: type, data: Array(data.utf8), mode: mode, target: Array(target.utf8), size: size)
    }

    /// Appends an extended header for the next entry.
    package mutating func addPax(_ records: [(String, String)], type: Character = "x") {
        var data: [UInt8] = []
        for (key, value) in records {
            let body = " \(key)=\(value)\n"
            var length = body.utf8.count
            while String(length).utf8.count + body.utf8.count != length {
                length = String(length).utf8.count + body.utf8.count
            }
            data += Array("\(length)\(body)".utf8)
        }
        add(Array("PaxHeaders/x".utf8), type: type, data: data)
    }

    package mutating func addRaw(_ more: [UInt8]) { bytes += more }

    /// The tar with its end mark.
    package func finished() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}
