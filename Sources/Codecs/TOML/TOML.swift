// SPDX-License-Identifier: BSD-3-Clause

package import Failures

/// Reads TOML 1.0 into the values that JSON has: tables are objects, dates and times stay text.
package enum TOML {
    /// - Parameter subject: what failures name, with the line.
    /// - Parameter firstLine: the number of the text's first line there.
    /// - Throws: `Failure(.parse)` at the line that is not TOML.
    package static func parse(_ bytes: [UInt8], subject: String, firstLine: Int = 1) throws(Failure) -> JSON {
        var reader = TOMLReader(bytes, subject: subject, line: firstLine)
        return try reader.document()
    }
}

/// A table in the making; a class, for headers go back to tables that were begun before.
final class TOMLTable {
    enum Value {
        case value(JSON)
        case table(TOMLTable)
        /// `[[NAME]]`; the last one is the one that is written to.
        case tables([TOMLTable])
    }

    private(set) var members: [(key: String, value: Value)] = []
    /// Where each key is in `members`.
    private var places: [String: Int] = [:]
    /// Whether a header began it: a second one is an error.
    var isDefined = false

    subscript(key: String) -> Value? {
        get { places[key].map { members[$0].value } }
        set {
            guard let newValue else { return }
            if let index = places[key] {
                members[index].value = newValue
            } else {
                places[key] = members.count
                members.append((key, newValue))
            }
        }
    }

    var json: JSON {
        .object(
            members.map { member in
                switch member.value {
                case .value(let value): JSONMember(member.key, value)
                case .table(let table): JSONMember(member.key, table.json)
                case .tables(let tables): JSONMember(member.key, .array(tables.map(\.json)))
                }
            })
    }
}
