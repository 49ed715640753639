// SPDX-License-Identifier: BSD-3-Clause
import Conda

extension LinkMode {
    /// The method tried first.
    var firstMethod: LinkMethod {
        switch self {
        case .automatic, .hardLink: .hardLink
        case .reflink: .reflink
        case .softLink: .softLink
        case .copy: .copy
        }
    }
}

/// What is done with one file; the numbers are `link.type` of conda-meta (Rules §13).
enum LinkMethod: UInt8, Sendable {
    case hardLink = 1
    case softLink = 2
    case copy = 3
    /// A copy that shares its blocks; recorded as a copy.
    case reflink = 0
    /// The file itself is moved out of a staging directory; recorded as a copy.
    case move = 4

    /// The number that conda-meta has for it.
    var recorded: UInt8 {
        switch self {
        case .hardLink: 1
        case .softLink: 2
        case .copy, .reflink, .move: 3
        }
    }
}
