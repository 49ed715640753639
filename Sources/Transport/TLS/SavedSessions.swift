// SPDX-License-Identifier: BSD-3-Clause

/// TLS sessions with one host as they are kept in a file: when the certificate of the server ends (seconds since 1970, 8 bytes,
/// the lowest first), whether it takes early data (1 byte), libcurl's key, and the sessions as libcurl writes them, each of
/// these with its length before it (2 bytes).
struct SavedSessions: Equatable {
    var certificateEnds: Int64
    var takesEarlyData: Bool
    var key: [UInt8]
    var sessions: [[UInt8]]

    init(certificateEnds: Int64, takesEarlyData: Bool, key: [UInt8], sessions: [[UInt8]] = []) {
        self.certificateEnds = certificateEnds
        self.takesEarlyData = takesEarlyData
        self.key = key
        self.sessions = sessions
    }

    /// nil for what is not the form of such a file.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 9 else { return nil }
        let ends = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var pieces: [[UInt8]] = []
        var rest = bytes[9...]
        while !rest.isEmpty {
            guard rest.count > 2 else { return nil }
            let count = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
            rest = rest.dropFirst(2)
            guard count > 0, rest.count >= count else { return nil }
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        guard pieces.count > 1 else { return nil }
        self.init(
            certificateEnds: Int64(bitPattern: ends), takesEarlyData: bytes[8] == 1, key: pieces[0],
            sessions: Array(pieces[1...]))
    }

    var bytes: [UInt8] {
        var result = (0..<8).map { UInt8(truncatingIfNeeded: certificateEnds >> ($0 * 8)) }
        result.append(takesEarlyData ? 1 : 0)
        for piece in [key] + sessions {
            result += [UInt8(truncatingIfNeeded: piece.count), UInt8(truncatingIfNeeded: piece.count >> 8)]
            result += piece
        }
        return result
    }
}
