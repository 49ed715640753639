// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
package import Failures
import Prefix

/// Whether an environment is what it should be, in every way that can be told (`env verify`).
package struct EnvironmentInspection: Sendable {
    /// What can be wrong. Each kind has an exit code of its own, and so has more than one of them.
    package enum Kind: String, Sendable, CaseIterable {
        case files, lock, channels, pip, unowned

        package static let severalExitCode: Int32 = 10
        package var exitCode: Int32 {
            switch self {
            case .files: 11
            case .lock: 12
            case .channels: 13
            case .pip: 14
            case .unowned: 15
            }
        }
    }

    /// What is looked at beside the files.
    package struct Options: Sendable {
        /// The lock or file of which the environment should be, read.
        package var promise: EnvironmentContents?
        /// How the environment differs from ``promise`` is told from this.
        package var found: EnvironmentContents?
        /// Ask the channels for the hashes of the packages.
        package var asksChannels = false
        /// Files of no package are an error.
        package var isStrict = false

        package init() {}
    }

    /// Files against records, and what no package has.
    package let diagnosis: Diagnosis
    /// Packages against the lock.
    package let drift: EnvironmentDifference?
    /// Hashes against the channels; nil where these were not asked.
    package let channels: [ChannelMismatch]?
    /// What pip installed against its own lists.
    package let pip: [PipDamage]
    /// How many packages have attestations by what their channels say (CEP 50). krait cannot verify them: that takes the
    /// certificates and the transparency log of sigstore, and nobody says yet who may sign for a channel.
    package let attestedCount: Int
    private let isStrict: Bool

    package init(_ prefix: String, _ options: Options, context: Context) throws(Failure) {
        let state = try PrefixState.existing(prefix)
        diagnosis = try Doctor(context).diagnose(prefix)
        if let promise = options.promise, let found = options.found {
            drift = EnvironmentDifference(from: promise, to: found)
        } else {
            drift = nil
        }
        pip = try PipDamage.find(state, cancellation: context.cancellation)
        channels = options.asksChannels ? try context.mismatches(state) : nil
        isStrict = options.isStrict
        attestedCount = try state.heads().count { $0.record.otherKeys["attestations_sha256"] != nil }
    }

    /// Files that nobody answers for: neither a package nor pip nor python's compiler.
    package var unowned: [String] { diagnosis.strays.filter { $0.origin == .unknown }.map(\.path) }

    /// What is wrong.
    package var failed: [Kind] {
        Kind.allCases.filter { kind in
            switch kind {
            case .files: !diagnosis.isWhole
            case .lock: drift.map { !$0.isEmpty } ?? false
            case .channels: channels.map { !$0.isEmpty } ?? false
            case .pip: !pip.isEmpty
            case .unowned: isStrict && !unowned.isEmpty
            }
        }
    }

    package var exitCode: Int32 { failed.count > 1 ? Kind.severalExitCode : failed.first?.exitCode ?? 0 }
}
