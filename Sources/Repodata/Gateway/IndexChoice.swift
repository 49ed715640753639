// SPDX-License-Identifier: BSD-3-Clause

/// Whether a whole document costs less than the shards it would replace; pure.
///
/// Shards are small, but what they depend on is only known once they are here, so they come in waves of a round trip each. A
/// document takes one round trip and its bytes.
struct IndexChoice: Equatable {
    /// Nanoseconds.
    var roundTrip: UInt64
    /// Bytes a second; 0 when not known.
    var rate: UInt64
    /// Names in the shard index.
    var names: Int

    /// Waves of shards that a document saves, as most requests have it.
    private static let waves: UInt64 = 3
    /// Bytes a second that a link carries as long as it has shown nothing else.
    private static let assumedRate: UInt64 = 12_500_000
    /// Channels with more names have documents that need not be asked for.
    private static let mostNames = 4000
    /// A channel of so few names is asked for all its shards at once.
    private static let fewNames = 400

    /// The longest document that is worth while: bytes; 0 when none is.
    var longestDocument: UInt64 {
        guard isFar, names <= Self.mostNames else { return 0 }
        return UInt64(Double(Self.waves * roundTrip) / 1e9 * Double(rate == 0 ? Self.assumedRate : rate))
    }

    /// Whether all shards are asked for at once.
    var takesAllShards: Bool { isFar && names <= Self.fewNames }

    /// Whether round trips are worth saving: from 5 ms on.
    var isFar: Bool { roundTrip >= 5_000_000 }
}
