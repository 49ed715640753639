// SPDX-License-Identifier: BSD-3-Clause
import Failures

/// What an extended header of a pax tar says of the next entry; keys without meaning here are ignored.
struct PaxRecords {
    var path: [UInt8]?
    var target: [UInt8]?
    var size: UInt64?
    /// Whole seconds since 1970.
    var modified: Int64?

    var isEmpty: Bool { path == nil && target == nil && size == nil && modified == nil }

    init() {}

    /// From records of the form `length key=value\n`.
    init(_ bytes: [UInt8], subject: String) throws(Failure) {
        var rest = bytes[...]
        func refusal() -> Failure { Failure(.integrity, subject, "an extended header of the tar is damaged") }
        while let first = rest.first, first != 0 {
            var length = 0
            var place = rest.startIndex
            while place < rest.endIndex, (48...57).contains(rest[place]), length < 1 << 24 {
                length = length * 10 + Int(rest[place] - 48)
                place += 1
            }
            guard place < rest.endIndex, rest[place] == 32, length <= rest.count,
                rest.startIndex + length > place + 1, rest[rest.startIndex + length - 1] == 10,
                let equals = rest[place..<rest.startIndex + length].firstIndex(of: 61)
            else { throw refusal() }
            let key = rest[(place + 1)..<equals]
            let value = rest[(equals + 1)..<(rest.startIndex + length - 1)]
            rest = rest[(rest.startIndex + length)...]
            if key.elementsEqual("path".utf8) {
                path = Array(value)
            } else if key.elementsEqual("linkpath".utf8) {
                target = Array(value)
            } else if key.elementsEqual("size".utf8) {
                guard let number = UInt64(String(decoding: value, as: UTF8.self)) else { throw refusal() }
                size = number
            } else if key.elementsEqual("mtime".utf8) {
                modified = Int64(String(decoding: value.prefix { $0 != 46 }, as: UTF8.self))
            } else if key.starts(with: "GNU.sparse.".utf8) || key.elementsEqual("SCHILY.realsize".utf8) {
                throw Failure(.integrity, subject, "the archive has a sparse file")
            }
        }
    }
}
