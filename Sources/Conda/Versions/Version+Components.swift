// SPDX-License-Identifier: BSD-3-Clause

extension Version {
    /// A run of digits or letters of a component (CEP 33).
    package enum Piece: Sendable, Hashable {
        /// Digits without leading zeros; `0` when there are no others.
        case number(String)
        case word(String)
        case dev
        case post
    }

    /// The version taken apart: the epoch as the first component, then the others; the local part by itself.
    package var parts: (main: [[Piece]], local: [[Piece]]) {
        var copy = text
        let lexed = copy.withUTF8 { bytes in
            VersionLexer.lex(UnsafeRawBufferPointer(bytes)) { pieces, local in
                (main: Self.parts(of: pieces[..<local]), local: Self.parts(of: pieces[local...]))
            }
        }
        switch lexed {
        case .success(let parts): return parts
        case .failure: return ([], [])
        }
    }

    /// The number before `!`, 0 when there is none.
    package var epoch: Int { number(at: 0) ?? 0 }
    /// The first number: 3 in `3.12.1`.
    package var major: Int? { number(at: 1) }
    /// The second number: 12 in `3.12.1`; nil when there is no second component.
    package var minor: Int? { number(at: 2) }

    private func number(at index: Int) -> Int? {
        let main = parts.main
        guard index < main.count, case .number(let digits)? = main[index].first else { return nil }
        return Int(digits)
    }

    private static func parts(of list: VersionPieces) -> [[Piece]] {
        var result: [[Piece]] = []
        var component: [Piece] = []
        for piece in list.pieces {
            let range = Int(piece.start)..<Int(piece.start + piece.count)
            switch piece.kind {
            case .end:
                result.append(component)
                component = []
            case .dev: component.append(.dev)
            case .post: component.append(.post)
            case .string, .stars: component.append(.word(String(decoding: list.text[range], as: UTF8.self)))
            case .zero: component.append(.number("0"))
            default: component.append(.number(String(decoding: list.text[range], as: UTF8.self)))
            }
        }
        return result
    }
}
