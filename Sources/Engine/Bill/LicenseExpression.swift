// SPDX-License-Identifier: BSD-3-Clause

/// What a package says of its licence, as an expression of SPDX (specification 2.3, annex D).
struct LicenseExpression: Sendable, Equatable {
    /// In the spelling of the licence list, operators in capitals.
    let text: String
    /// Licences in it that are none of the list: `LicenseRef-…`.
    private(set) var references: [String] = []
    /// True for one licence of the list alone.
    let isIdentifier: Bool
    /// It has what a document of SPDX can only give as text: `DocumentRef-…`, for which it would have to tell where the other
    /// document is and its hash, or `+`, which spdx-tools takes for an unknown licence.
    let needsText: Bool

    /// Nil for text that is not an expression, or that names a licence not known to be on the list.
    init?(_ text: String) {
        var parser = Parser(text)
        guard let written = parser.expression(depth: 0), parser.tokens.isEmpty else { return nil }
        self.text = written
        references = parser.references
        needsText = parser.needsText
        isIdentifier = parser.references.isEmpty && Self.known(Substring(written), in: Self.identifiers) != nil
    }

    /// Identifiers that packages of channels use, not all of the list: what is not here is given as plain text.
    private static let identifiers = """
        0BSD AFL-2.1 AFL-3.0 AGPL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0 Artistic-1.0 \
        Artistic-1.0-Perl Artistic-2.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent BSD-3-Clause \
        BSD-3-Clause-Attribution BSD-3-Clause-Clear BSD-3-Clause-LBNL BSD-4-Clause BSL-1.0 Bitstream-Vera \
        CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CC-PDDC CC0-1.0 CDDL-1.0 CDDL-1.1 CECILL-2.1 CECILL-B \
        CECILL-C CNRI-Python CPL-1.0 ECL-2.0 EPL-1.0 EPL-2.0 EUPL-1.1 EUPL-1.2 FSFAP FTL FreeImage GD \
        GFDL-1.3-only GFDL-1.3-or-later GPL-1.0-or-later GPL-2.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0 \
        GPL-3.0-only GPL-3.0-or-later HDF5 HPND HPND-sell-variant ICU IJG ISC ImageMagick Info-ZIP JasPer-2.0 \
        LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1 LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0 LGPL-3.0-only \
        LGPL-3.0-or-later LPPL-1.3c Libpng Linux-OpenIB MIT MIT-0 MIT-CMU MPL-1.1 MPL-2.0 MS-PL NCSA NTP \
        NetCDF OFL-1.1 OLDAP-2.8 OpenSSL PSF-2.0 PostgreSQL Python-2.0 Python-2.0.1 Qhull Ruby SGI-B-2.0 SMLNJ \
        SSPL-1.0 TCL UPL-1.0 Unicode-3.0 Unicode-DFS-2016 Unlicense Vim W3C WTFPL X11 ZPL-2.0 ZPL-2.1 Zlib \
        blessing bzip2-1.0.6 curl gnuplot libpng-2.0 libtiff zlib-acknowledgement
        """
    private static let exceptions = """
        Autoconf-exception-2.0 Autoconf-exception-3.0 Bison-exception-2.2 Classpath-exception-2.0 \
        Font-exception-2.0 GCC-exception-2.0 GCC-exception-3.1 LLVM-exception Libtool-exception \
        Linux-syscall-note OCaml-LGPL-linking-exception OpenSSL-exception Qt-GPL-exception-1.0 \
        Qt-LGPL-exception-1.1 Universal-FOSS-exception-1.0 WxWindows-exception-3.1
        """

    /// The list's own spelling of `word`.
    private static func known(_ word: Substring, in list: String) -> String? {
        let lowered = word.lowercased()
        return list.split(separator: " ").first { $0.lowercased() == lowered }.map { String($0) }
    }

    /// With `+` it is a licence or any later version of it. Of the GNU licences that means one of the list: `GPL-2.0+`.
    private static func identifier(_ word: Substring) -> String? {
        if let found = known(word, in: identifiers) { return found }
        guard word.utf8.last == UInt8(ascii: "+") else { return nil }
        return known(word.dropLast() + "-or-later", in: identifiers)
            ?? known(word.dropLast(), in: identifiers).map { $0 + "+" }
    }

    /// Whether `word` names a licence that is told of elsewhere: `LicenseRef-…`, `DocumentRef-…:LicenseRef-…`.
    private static func isReference(_ word: Substring) -> Bool {
        func isName(_ part: Substring, _ kind: String) -> Bool {
            part.hasPrefix(kind) && part.utf8.count > kind.utf8.count && part.utf8.allSatisfy(isReferenceByte)
        }
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        return switch parts.count {
        case 1: isName(parts[0], "LicenseRef-")
        case 2: isName(parts[0], "DocumentRef-") && isName(parts[1], "LicenseRef-")
        default: false
        }
    }

    private struct Parser {
        var tokens: [Substring]
        var references: [String] = []
        var needsText = false

        init(_ text: String) {
            var tokens: [Substring] = []
            var word = text.startIndex
            func isPlain(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7f && byte != 0x28 && byte != 0x29 }
            for place in text.utf8.indices {
                let byte = text.utf8[place]
                if isPlain(byte) { continue }
                if word < place { tokens.append(text[word..<place]) }
                word = text.utf8.index(after: place)
                if byte > 0x20 { tokens.append(text[place..<word]) }
            }
            if word < text.endIndex { tokens.append(text[word...]) }
            self.tokens = tokens.reversed()
        }

        mutating func expression(depth: Int) -> String? {
            guard depth < 16, var text = operand(depth: depth) else { return nil }
            while let word = tokens.last?.uppercased(), word == "AND" || word == "OR" {
                tokens.removeLast()
                guard let next = operand(depth: depth) else { return nil }
                text += " \(word) \(next)"
            }
            return text
        }

        private mutating func operand(depth: Int) -> String? {
            guard let word = tokens.popLast() else { return nil }
            if word == "(" {
                guard let inner = expression(depth: depth + 1), tokens.popLast() == ")" else { return nil }
                return "(\(inner))"
            }
            if LicenseExpression.isReference(word) {
                references.append(String(word))
                if word.hasPrefix("DocumentRef-") { needsText = true }
                return String(word)
            }
            guard let identifier = LicenseExpression.identifier(word) else { return nil }
            if identifier.hasSuffix("+") { needsText = true }
            guard tokens.last?.uppercased() == "WITH" else { return identifier }
            tokens.removeLast()
            guard let exception = tokens.popLast().flatMap({ LicenseExpression.known($0, in: exceptions) }) else {
                return nil
            }
            return "\(identifier) WITH \(exception)"
        }
    }

    /// What the name of a `LicenseRef-` or of an element of SPDX may have.
    static func isReferenceByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// `text` with everything else replaced by `-`.
    static func referenceName(_ text: String) -> String {
        String(decoding: text.utf8.map { isReferenceByte($0) ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
    }
}
