// SPDX-License-Identifier: BSD-3-Clause

extension JSON {
    /// The value of the last member called `key`; nil when there is none or this is no object.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// The text, when this is a string.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The truth value, when this is one.
    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The number, when this is an integer of 64 bits.
    package var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    /// The number, when this is an integer that `Int` holds.
    package var int: Int? { integer.flatMap { Int(exactly: $0) } }

    /// The number, when this is an integer from 0 to 2⁶⁴ − 1.
    package var unsigned: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .number(let text): UInt64(text)
        default: nil
        }
    }

    /// The elements, when this is an array.
    package var array: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members in order, when this is an object.
    package var object: [JSONMember]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The texts, when this is an array of nothing but strings.
    package var strings: [String]? {
        guard case .array(let elements) = self else { return nil }
        var texts: [String] = []
        texts.reserveCapacity(elements.count)
        for element in elements {
            guard case .string(let text) = element else { return nil }
            texts.append(text)
        }
        return texts
    }

    /// True for `null`.
    package var isNull: Bool { self == .null }

    /// The same value with the members of every object ordered by key, as Python's `sort_keys` does.
    package var sortedByKey: JSON {
        switch self {
        case .array(let elements):
            .array(elements.map(\.sortedByKey))
        case .object(let members):
            .object(
                members.map { JSONMember($0.key, $0.value.sortedByKey) }
                    .sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) })
        default:
            self
        }
    }

    /// An array of strings.
    package static func strings(_ texts: some Sequence<String>) -> JSON {
        .array(texts.map { .string($0) })
    }

    /// An integer of any size, exactly.
    package static func unsigned(_ value: UInt64) -> JSON {
        Int64(exactly: value).map { .integer($0) } ?? .number(String(value))
    }
}

extension [JSONMember] {
    /// The value of the last member called `key`.
    package subscript(key: String) -> JSON? {
        last { $0.key == key }?.value
    }

    /// Sets the member called `key`, in its place when there is one, else at the end.
    package mutating func set(_ key: String, _ value: JSON) {
        if let index = lastIndex(where: { $0.key == key }) {
            self[index].value = value
        } else {
            append(JSONMember(key, value))
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { JSONMember($0.0, $0.1) })
    }
}
