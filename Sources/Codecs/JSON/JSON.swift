// SPDX-License-Identifier: BSD-3-Clause

package import Failures

/// A JSON value that prints back as it was read: members keep their order, numbers their digits.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written as a plain integer that fits.
    case integer(Int64)
    /// Any other number, verbatim: `1.50`, `1e9`, `-0`, integers beyond 64 bits.
    case number(String)
    case string(String)
    case array([JSON])
    case object([JSONMember])
}

/// One `"key": value` of a JSON object.
package struct JSONMember: Sendable, Equatable {
    package var key: String
    package var value: JSON

    package init(key: String, value: JSON) {
        self.key = key
        self.value = value
    }

    package init(_ key: String, _ value: JSON) {
        self.init(key: key, value: value)
    }
}

/// What a parser of text from elsewhere will take before it refuses.
package struct ParsingLimits: Sendable {
    /// Bytes of text.
    package var bytes = 1 << 30
    /// Arrays, objects and the like within one another.
    package var depth = 128
    /// Values altogether, aliases counted each time they are used.
    package var values = 2_000_000

    package init() {}

    package init(bytes: Int = 1 << 30, depth: Int = 128, values: Int = 2_000_000) {
        self.bytes = bytes
        self.depth = depth
        self.values = values
    }
}

extension JSON {
    /// The value that `bytes` spell out; `subject` names the text in a failure, with line and column.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer, subject: String, limits: ParsingLimits = ParsingLimits()
    ) throws(Failure) -> JSON {
        var scanner = try JSONScanner(document: bytes, subject: subject, limits: limits)
        let value = try scanner.value()
        try scanner.end()
        return value
    }

    /// The value that `bytes` spell out; `subject` names the text in a failure, with line and column.
    package static func parse(
        _ bytes: [UInt8], subject: String, limits: ParsingLimits = ParsingLimits()
    ) throws(Failure) -> JSON {
        try bytes.withBuffer { (bytes) throws(Failure) in
            try parse(UnsafeRawBufferPointer(bytes), subject: subject, limits: limits)
        }
    }
}
