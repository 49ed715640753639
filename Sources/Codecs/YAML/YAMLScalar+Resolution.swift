// SPDX-License-Identifier: BSD-3-Clause

extension YAMLScalar {
    /// What `text` means: by its tag if it has one, by its form if it is plain, else itself.
    init(_ text: String, isPlain: Bool, tag: String?) {
        let value: YAMLScalar?
        switch tag {
        case nil:
            value = isPlain ? Self.null(text) ?? Self.truth(text) ?? Self.integer(text) ?? Self.float(text) : nil
        case "tag:yaml.org,2002:null": value = .null
        case "tag:yaml.org,2002:bool": value = Self.truth(text)
        case "tag:yaml.org,2002:int": value = Self.integer(text)
        case "tag:yaml.org,2002:float":
            if case .integer(let number) = Self.integer(text) {
                value = .float(Double(number))
            } else {
                value = Self.float(text)
            }
        default: value = nil
        }
        self = value ?? .text(text)
    }

    private static func null(_ text: String) -> YAMLScalar? {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        default: nil
        }
    }

    private static func truth(_ text: String) -> YAMLScalar? {
        switch text {
        case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": .bool(true)
        case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": .bool(false)
        default: nil
        }
    }

    /// Integers: `0b…`, `0…` octal, `0x…`, decimal, base 60 (`1:30`); `_` may stand between digits.
    private static func integer(_ text: String) -> YAMLScalar? {
        var digits = Array(text.utf8)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard let first = digits.first, first &- UInt8(ascii: "0") < 10 else { return nil }
        let plain = digits.filter { $0 != UInt8(ascii: "_") }
        func number(_ digits: some Collection<UInt8>, radix: Int) -> YAMLScalar? {
            guard digits.allSatisfy({ hexValue($0) < radix }) else { return nil }
            // `0b_` and `0x_` have the form but no digits; PyYAML fails on them, here they stay text.
            guard !digits.isEmpty else { return nil }
            let sign = isNegative ? "-" : ""
            let value = Int64(sign + String(decoding: digits, as: UTF8.self), radix: radix)
            return value.map { .integer($0) } ?? .text(text)
        }
        if first == UInt8(ascii: "0") {
            if digits.count == 1 { return .integer(0) }
            switch digits[digits.startIndex + 1] {
            case UInt8(ascii: "b"): return number(plain.dropFirst(2), radix: 2)
            case UInt8(ascii: "x"): return number(plain.dropFirst(2), radix: 16)
            default: return number(plain, radix: 8)
            }
        }
        guard digits.contains(UInt8(ascii: ":")) else { return number(plain, radix: 10) }
        // The first part may hold `_`, the others not.
        let parts = digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.dropFirst().allSatisfy(isSexagesimal) else { return nil }
        var value: Int64 = 0
        for part in parts {
            let digits = part.filter { $0 != UInt8(ascii: "_") }
            guard digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
            guard let next = Int64(String(decoding: digits, as: UTF8.self)) else { return .text(text) }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 60)
            let (sum, isTooLargeToo) = product.addingReportingOverflow(next)
            guard !isTooLarge, !isTooLargeToo else { return .text(text) }
            value = sum
        }
        return .integer(isNegative ? -value : value)
    }

    /// `0` … `59`, perhaps with a leading zero.
    private static func isSexagesimal(_ part: some Collection<UInt8>) -> Bool {
        let digits = Array(part)
        guard digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return false }
        return digits.count == 1 || digits.count == 2 && digits[0] <= UInt8(ascii: "5")
    }

    /// Floats: they have a point; an exponent has a sign; `.inf`, `.nan`; base 60 (`1:30.5`).
    private static func float(_ text: String) -> YAMLScalar? {
        var rest = Array(text.utf8)[...]
        var sign = 1.0
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
            sign = rest.first == UInt8(ascii: "-") ? -1 : 1
            rest.removeFirst()
        }
        switch String(decoding: rest, as: UTF8.self) {
        case ".inf", ".Inf", ".INF": return .float(sign * .infinity)
        case ".nan", ".NaN", ".NAN": return rest.count == text.utf8.count ? .float(.nan) : nil
        default: break
        }
        guard let point = rest.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let whole = rest[..<point]
        var fraction = rest[(point + 1)...]
        var exponent: ArraySlice<UInt8> = []
        if let letter = fraction.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            exponent = fraction[(letter + 1)...]
            fraction = fraction[..<letter]
            guard exponent.first == UInt8(ascii: "-") || exponent.first == UInt8(ascii: "+"), exponent.count > 1,
                exponent.dropFirst().allSatisfy({ $0 &- UInt8(ascii: "0") < 10 })
            else { return nil }
        }
        guard fraction.allSatisfy(isDigitOrLine) else { return nil }
        if whole.isEmpty {
            // `.5`: no sign before it, a digit after it.
            guard rest.count == text.utf8.count, let digit = fraction.first, digit != UInt8(ascii: "_") else {
                return nil
            }
        } else {
            guard whole[whole.startIndex] &- UInt8(ascii: "0") < 10 else { return nil }
        }
        if whole.contains(UInt8(ascii: ":")) {
            guard exponent.isEmpty, rest.last.map({ $0 | 0x20 }) != UInt8(ascii: "e") else { return nil }
            return sexagesimal(whole, fraction, sign)
        }
        guard whole.allSatisfy(isDigitOrLine) else { return nil }
        var spelling = sign < 0 ? "-" : ""
        spelling += whole.isEmpty ? "0" : plainDigits(whole)
        spelling += "." + (fraction.isEmpty ? "0" : plainDigits(fraction))
        if !exponent.isEmpty { spelling += "e" + plainDigits(exponent) }
        return Double(spelling).map { .float($0) }
    }

    private static func sexagesimal(
        _ whole: ArraySlice<UInt8>, _ fraction: ArraySlice<UInt8>, _ sign: Double
    ) -> YAMLScalar? {
        let parts = whole.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.dropFirst().allSatisfy(isSexagesimal), parts[0].allSatisfy(isDigitOrLine) else { return nil }
        var value = 0.0
        for part in parts { value = value * 60 + (Double(plainDigits(part)) ?? 0) }
        if !fraction.isEmpty { value += Double("0." + plainDigits(fraction) + "0") ?? 0 }
        return .float(sign * value)
    }

    private static func isDigitOrLine(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "_")
    }

    /// The bytes without `_`.
    private static func plainDigits(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }
}
