// SPDX-License-Identifier: BSD-3-Clause

/// A version as bytes whose lexicographic order is the version order of CEP 33.
///
/// A missing piece counts as 0 and a missing component as no pieces, so trailing zeros are left out, and a zero in the
/// middle is written as one of two codes that tell whether what follows it lies below or above an endless row of
/// zeros: `1.0.dev` < `1` < `1.0.1` then holds byte by byte. No key is the beginning of another. Nearly all fit
/// into two integers; the rest of a long one is in `tail`.
struct VersionKey: Hashable, Sendable {
    private(set) var high: UInt64 = 0
    private(set) var low: UInt64 = 0
    private(set) var tail: [UInt8] = []
    private var count: UInt32 = 0

    /// The key of a whole version.
    init(main: VersionPieces, local: VersionPieces) {
        append(main)
        append(Code.end)
        append(local)
        append(Code.end)
    }

    private init() {}

    static func == (left: VersionKey, right: VersionKey) -> Bool {
        left.high == right.high && left.low == right.low && left.tail == right.tail
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
        if !tail.isEmpty { hasher.combine(tail) }
    }
}

extension VersionKey: Comparable {
    static func < (left: VersionKey, right: VersionKey) -> Bool {
        if left.high != right.high { return left.high < right.high }
        if left.low != right.low { return left.low < right.low }
        if left.tail.isEmpty { return !right.tail.isEmpty }
        return left.tail.lexicographicallyPrecedes(right.tail)
    }
}

extension VersionKey {
    /// The keys between which every version that begins with the given one lies (Rules §7.4).
    ///
    /// The versions with given first pieces are neighbours in the order, so the prefix test is two comparisons. The
    /// last piece, if it is a word, only has to begin the candidate's word.
    static func bounds(main: VersionPieces, local: VersionPieces) -> ClosedRange<VersionKey> {
        var lower = VersionKey()
        var upper = VersionKey()
        if local.pieces.isEmpty {
            lower.append(main, open: .lowest)
            upper.append(main, open: .highest)
        } else {
            lower.append(main)
            lower.append(Code.end)
            upper = lower
            lower.append(local, open: .lowest)
            upper.append(local, open: .highest)
        }
        return lower...upper
    }

    /// The bytes that stand for pieces and ends, in their order.
    private enum Code {
        static let lowest: UInt8 = 0x00
        /// `*` stands in specs such as `>1.0.0*` only; it lies below everything, as in conda.
        static let stars: UInt8 = 0x01
        static let dev: UInt8 = 0x02
        static let string: UInt8 = 0x03
        static let zeroBeforeLess: UInt8 = 0x04
        static let emptyBeforeLess: UInt8 = 0x05
        static let end: UInt8 = 0x06
        static let emptyBeforeMore: UInt8 = 0x07
        static let zeroBeforeMore: UInt8 = 0x08
        /// 1 … 127 are one byte from here on.
        static let smallNumber: UInt8 = 0x20
        /// Plus the number of bytes that follow.
        static let number: UInt8 = 0xA0
        static let hugeNumber: UInt8 = 0xB0
        static let post: UInt8 = 0xF0
        static let highest: UInt8 = 0xFF
    }

    /// Writes a component list; `open` ends its last component with a piece below or above all others.
    private mutating func append(_ list: VersionPieces, open: VersionPiece.Kind? = nil) {
        assignCodes(list.pieces, open: open)
        let last = list.pieces.count - 1
        for (index, piece) in list.pieces.enumerated() where piece.code != 0 || piece.kind == .lowest {
            append(piece.code)
            switch piece.kind {
            case .string, .stars:
                for offset in 0..<Int(piece.count) { append(list.text[Int(piece.start) + offset]) }
                // An open last word goes straight on to the bound: 0x00 or 0xFF.
                if open == nil || index != last - 1 { append(0) }
            case .number: appendNumber(list.text, piece)
            default: break
            }
        }
    }

    /// Decides from the last piece backwards which byte each one is; 0 leaves it out.
    private func assignCodes(_ pieces: UnsafeMutableBufferPointer<VersionPiece>, open: VersionPiece.Kind?) {
        guard !pieces.isEmpty else { return }
        // Below, at or above zero: the rest of the list, and the rest of the component.
        var list = 0
        var component = 0
        var end = pieces.count - 1
        if let open {
            pieces[end].kind = open
            pieces[end].code = open == .lowest ? Code.lowest : Code.highest
            component = open == .lowest ? -1 : 1
        }
        var index = pieces.count - 2
        while index >= -1 {
            if index == -1 || pieces[index].kind == .end {
                if pieces[end].kind == .end {
                    pieces[end].code =
                        component != 0
                        ? Code.end : list < 0 ? Code.emptyBeforeLess : list > 0 ? Code.emptyBeforeMore : 0
                }
                if component != 0 { list = component }
                component = 0
                end = index
            } else {
                switch pieces[index].kind {
                case .zero:
                    pieces[index].code =
                        component < 0 ? Code.zeroBeforeLess : component > 0 ? Code.zeroBeforeMore : 0
                case .stars: (pieces[index].code, component) = (Code.stars, -1)
                case .dev: (pieces[index].code, component) = (Code.dev, -1)
                case .string: (pieces[index].code, component) = (Code.string, -1)
                case .post: (pieces[index].code, component) = (Code.post, 1)
                default: (pieces[index].code, component) = (Code.number, 1)
                }
            }
            index -= 1
        }
    }

    /// Writes a number above zero; the code byte that is already written is corrected to tell its length.
    private mutating func appendNumber(_ text: UnsafeBufferPointer<UInt8>, _ piece: VersionPiece) {
        let digits = UnsafeBufferPointer(rebasing: text[Int(piece.start)..<Int(piece.start + piece.count)])
        // Every number of 20 digits is above every number of 19, and 19 digits fit into 64 bits.
        if digits.count > 19 {
            replaceLast(Code.hugeNumber)
            for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: digits.count >> shift)) }
            for digit in digits { append(digit) }
            return
        }
        var value: UInt64 = 0
        for digit in digits { value = value &* 10 &+ UInt64(digit &- UInt8(ascii: "0")) }
        if value < 128 {
            replaceLast(Code.smallNumber + UInt8(value) - 1)
            return
        }
        let length = (UInt64.bitWidth - value.leadingZeroBitCount + 7) / 8
        replaceLast(Code.number + UInt8(length))
        for place in (0..<length).reversed() { append(UInt8(truncatingIfNeeded: value >> UInt64(place * 8))) }
    }

    private mutating func append(_ byte: UInt8) {
        switch count {
        case 0..<8: high |= UInt64(byte) << UInt64(56 - 8 * count)
        case 8..<16: low |= UInt64(byte) << UInt64(120 - 8 * count)
        default: tail.append(byte)
        }
        count += 1
    }

    private mutating func replaceLast(_ byte: UInt8) {
        count -= 1
        switch count {
        case 0..<8: high &= ~(0xFF << UInt64(56 - 8 * count))
        case 8..<16: low &= ~(0xFF << UInt64(120 - 8 * count))
        default: tail.removeLast()
        }
        append(byte)
    }
}
