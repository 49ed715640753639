// SPDX-License-Identifier: BSD-3-Clause

/// A run of digits or letters in a version, or the end of a component.
struct VersionPiece {
    /// What a piece is; the order is the order of pieces (Rules §7.2), ends apart.
    enum Kind: UInt8 { case end, lowest, stars, dev, string, zero, number, post, highest }

    var kind: Kind
    /// What the encoder writes for it; set by ``VersionKey``.
    var code: UInt8 = 0
    /// Its place in the lower-cased text.
    var start: Int32 = 0
    var count: Int32 = 0
}

/// A component list as the lexer leaves it: pieces, each component closed by an `.end`, and the bytes they point to.
struct VersionPieces {
    var pieces: UnsafeMutableBufferPointer<VersionPiece>
    let text: UnsafeBufferPointer<UInt8>

    subscript(_ range: PartialRangeUpTo<Int>) -> VersionPieces { slice(0..<range.upperBound) }
    subscript(_ range: PartialRangeFrom<Int>) -> VersionPieces { slice(range.lowerBound..<pieces.count) }

    private func slice(_ range: Range<Int>) -> VersionPieces {
        VersionPieces(pieces: UnsafeMutableBufferPointer(rebasing: pieces[range]), text: text)
    }
}

/// Splits a version into components and pieces (CEP 33, Rules §7.1).
struct VersionLexer {
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let pieces: UnsafeMutableBufferPointer<VersionPiece>
    private var filled = 0

    /// Splits `bytes` and hands the pieces, and where the local ones begin, to `body`; both live only during the call.
    static func lex<Output>(
        _ bytes: UnsafeRawBufferPointer, _ body: (VersionPieces, _ local: Int) -> Output
    ) -> Result<Output, VersionProblem> {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count + 1) { text in
            // A component of one letter makes three pieces: the filled-in zero, the letter, the end.
            withUnsafeTemporaryAllocation(of: VersionPiece.self, capacity: bytes.count * 3 + 8) { pieces in
                var lexer = VersionLexer(text: text, pieces: pieces)
                switch lexer.run(bytes) {
                case .failure(let problem): return .failure(problem)
                case .success(let local):
                    let filled = UnsafeMutableBufferPointer(rebasing: pieces[..<lexer.filled])
                    return .success(body(VersionPieces(pieces: filled, text: UnsafeBufferPointer(text)), local))
                }
            }
        }
    }

    private init(text: UnsafeMutableBufferPointer<UInt8>, pieces: UnsafeMutableBufferPointer<VersionPiece>) {
        self.text = text
        self.pieces = pieces
    }

    private mutating func run(_ bytes: UnsafeRawBufferPointer) -> Result<Int, VersionProblem> {
        guard !bytes.isEmpty else { return .failure(.empty) }
        var epochEnd: Int?
        var localStart: Int?
        var dashes = false
        var underscores = false
        for index in bytes.indices {
            var byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."),
                UInt8(ascii: "*"):
                break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte |= 0x20
            case UInt8(ascii: "_"): underscores = true
            case UInt8(ascii: "-"):
                dashes = true
                byte = UInt8(ascii: "_")
            case UInt8(ascii: "!"):
                guard epochEnd == nil else { return .failure(.manyEpochs) }
                epochEnd = index
            case UInt8(ascii: "+"):
                guard localStart == nil else { return .failure(.manyLocals) }
                localStart = index
            default: return .failure(.badCharacter(byte))
            }
            text[index] = byte
        }
        if dashes, underscores { return .failure(.mixedDash) }
        let mainEnd = localStart ?? bytes.count
        let mainStart = epochEnd.map { $0 + 1 } ?? 0
        guard mainStart < mainEnd else { return .failure(.empty) }
        if let epochEnd {
            guard epochEnd > 0, text[..<epochEnd].allSatisfy({ $0.isDigit }) else { return .failure(.badEpoch) }
            addRuns(0..<epochEnd)
        } else {
            add(.zero, 0..<0)
        }
        add(.end, 0..<0)
        if let problem = addList(mainStart..<mainEnd, keepsLastUnderscore: true) { return .failure(problem) }
        let local = filled
        if let localStart {
            if let problem = addList(localStart + 1..<bytes.count, keepsLastUnderscore: false) {
                return .failure(problem)
            }
        }
        return .success(local)
    }

    /// Adds the components of `range`; a last `_` belongs to the last component (the openssl rule).
    private mutating func addList(_ range: Range<Int>, keepsLastUnderscore: Bool) -> VersionProblem? {
        var range = range
        let keeps = keepsLastUnderscore && text[range.upperBound - 1] == UInt8(ascii: "_")
        if keeps { range = range.lowerBound..<range.upperBound - 1 }
        var start = range.lowerBound
        var index = start
        while true {
            let ended = index >= range.upperBound
            if ended || text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: "_") {
                let end = ended && keeps ? index + 1 : index
                guard start < end else { return .emptyComponent }
                addRuns(start..<end)
                add(.end, 0..<0)
                start = index + 1
                if ended { return nil }
            }
            index += 1
        }
    }

    /// Adds the runs of digits, stars and other characters of one component, with a zero before a first letter.
    private mutating func addRuns(_ range: Range<Int>) {
        if !text[range.lowerBound].isDigit { add(.zero, 0..<0) }
        var start = range.lowerBound
        while start < range.upperBound {
            let digits = text[start].isDigit
            let stars = text[start] == UInt8(ascii: "*")
            var end = start + 1
            while end < range.upperBound, text[end].isDigit == digits, (text[end] == UInt8(ascii: "*")) == stars {
                end += 1
            }
            if digits {
                while start < end, text[start] == UInt8(ascii: "0") { start += 1 }
                add(start == end ? .zero : .number, start..<end)
            } else {
                add(stars ? .stars : word(start..<end), start..<end)
            }
            start = end
        }
    }

    private func word(_ range: Range<Int>) -> VersionPiece.Kind {
        if range.count == 3, text[range].elementsEqual("dev".utf8) { return .dev }
        if range.count == 4, text[range].elementsEqual("post".utf8) { return .post }
        return .string
    }

    private mutating func add(_ kind: VersionPiece.Kind, _ range: Range<Int>) {
        pieces.initializeElement(
            at: filled,
            to: VersionPiece(kind: kind, start: Int32(range.lowerBound), count: Int32(range.count)))
        filled += 1
    }
}
