// SPDX-License-Identifier: BSD-3-Clause

/// A MessagePack value.
package enum MessagePackValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// An integer beyond `Int64`.
    case unsigned(UInt64)
    case float(Double)
    case string(String)
    case binary([UInt8])
    case array([MessagePackValue])
    case map([MessagePackPair])
    case extended(Int8, [UInt8])
}

/// One key and its value in a MessagePack map.
package struct MessagePackPair: Sendable, Equatable {
    package var key: MessagePackValue
    package var value: MessagePackValue

    package init(_ key: MessagePackValue, _ value: MessagePackValue) {
        self.key = key
        self.value = value
    }
}

extension MessagePackValue {
    /// The value of the last pair whose key is the text `key`.
    package subscript(key: String) -> MessagePackValue? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.last { $0.key == .string(key) }?.value
    }

    /// The text, when this is a string.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}
