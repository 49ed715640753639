// SPDX-License-Identifier: BSD-3-Clause

/// How strictly a channel's position decides (`channel_priority`).
package enum ChannelPriority: String, Sendable, CaseIterable {
    /// Names in a better channel hide those in a worse one.
    case strict
    /// Records of a better channel are tried first.
    case flexible
    /// Versions decide.
    case disabled
}
