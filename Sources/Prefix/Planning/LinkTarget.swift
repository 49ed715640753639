// SPDX-License-Identifier: BSD-3-Clause

/// Where files go and what is written into them; the two differ for `--root`, for packing, and while a new environment
/// is built beside its place (Design §1).
package struct LinkTarget: Sendable, Equatable {
    /// The directory that files are written to, absolute.
    package var root: String
    /// The prefix that files are told they live in, absolute.
    package var prefix: String
    /// Which system will run the files.
    package var platform: TargetPlatform

    package init(root: String, prefix: String, platform: TargetPlatform = .linux) {
        self.root = root
        self.prefix = prefix
        self.platform = platform
    }

    /// A target whose files live where they are written.
    package init(_ prefix: String, platform: TargetPlatform = .linux) {
        self.init(root: prefix, prefix: prefix, platform: platform)
    }
}

/// The kinds of system that ask for different linking.
package enum TargetPlatform: Sendable, Equatable {
    case linux, macOS

    /// The longest first line that the system takes for a shebang, `#!` included.
    var shebangLimit: Int {
        switch self {
        case .linux: 127
        case .macOS: 512
        }
    }
}
