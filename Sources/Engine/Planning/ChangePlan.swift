// SPDX-License-Identifier: BSD-3-Clause
package import Conda
import Failures
import Manifests
import Packages
import Platform
import Transport

/// What will be done to one environment: shown to the user, then carried out.
package struct ChangePlan: Sendable {
    /// Why a package is linked.
    package enum Reason: String, Sendable, CaseIterable {
        case install, upgrade, downgrade
        /// Another build or channel of the same version.
        case change
        case reinstall
    }

    /// A package to be linked, in topological order.
    package struct Link: Sendable {
        package var record: PackageRecord
        /// Canonical specs the user asked for it with; empty for a dependency.
        package var specs: [String]
        package var reason: Reason
        /// What stands in its place now.
        package var replaced: PackageRecord?
        /// Where to fetch it from when that is not the record's URL: with credentials, or a path.
        package var source: String?
        /// What the channel's URL carried to get in with.
        var credential: Credential?
        /// What a cache has of it.
        var cached: CacheEntry?
        /// True when nothing has to be fetched.
        package var isCached: Bool { cached != nil }
    }

    package var request: ChangeRequest
    /// True when the prefix does not exist or is empty.
    package var isNew = true
    /// An environment that is there goes first, once all that is needed has been fetched.
    package var replaces = false
    /// How many packages that one has.
    package var replacedCount = 0
    package var links: [Link] = []
    /// Packages that go and have no successor.
    package var removals: [PackageRecord] = []
    package var unchanged: [PackageRecord] = []
    /// Names of everything that will be there, dependencies first.
    var order: [String] = []
    /// Specs of packages that stay and that this request names.
    var newSpecs: [String: [String]] = [:]
    /// The channels in their effective order, as written.
    package var channels: [String] = []
    package var warnings: [String] = []
    /// Specs for the history file: asked for and no longer asked for.
    package var updateSpecs: [String] = []
    package var removeSpecs: [String] = []
    /// True when ``updateSpecs`` list all that a lock or an explicit file holds.
    var isList = false
    /// Variables that the environment will set when activated.
    package var variables: [(name: String, value: String)] = []
    /// How many requirements pip will get.
    package var pipRequirementCount: Int { pip.requirements.count }
    /// The lines that pip will get, as written.
    package var pipRequirements: [String] { pip.lines }
    /// What `-v` tells: what the channels had to offer and how much of it counted.
    package var details: [String] = []
    /// What may be of interest.
    package var hints: [String] = []
    /// The platform the environment is for.
    package var platform: Subdir
    /// True when that is not this machine's.
    package var isForeign = false
    /// Paths that are left out because they were before; nil when the request says what is.
    var leftOut: Set<String>?
    /// What the cache has may be moved into the environment: nobody else uses it.
    var movesFiles = false
    /// Puts the last files into a new environment, whose directory it is given, before it is there.
    var completion: (@Sendable (DirectoryReference) throws(Failure) -> Void)?
    var inputs: Inputs
    /// What comes after the conda packages.
    var pip: PipSection

    init(_ request: ChangeRequest, platform: Subdir, inputs: Inputs) {
        self.request = request
        self.platform = platform
        self.inputs = inputs
        pip = PipSection(inputs)
        warnings = inputs.warnings
    }

    /// True when the request names what is there in another way than before: nothing changes but what is remembered.
    package var asksAnew = false

    /// True when nothing would change.
    package var isEmpty: Bool {
        links.isEmpty && removals.isEmpty && pipRequirementCount == 0 && variables.isEmpty
            && (!isNew || request.action == .update || request.action == .remove)
    }

    /// Names of packages that go, or that another version or build takes the place of.
    package var displaced: Set<String> {
        Set(removals.map(\.name) + links.filter { $0.reason != .reinstall }.compactMap { $0.replaced?.name })
    }

    /// Bytes that have to be fetched, as far as the records tell.
    package var downloadSize: UInt64 { links.filter { !$0.isCached }.compactMap(\.record.size).saturatingSum }
}

/// What was done.
package struct ChangeReport: Sendable {
    package var prefix: String
    package var fetched = 0
    package var fetchedBytes: UInt64 = 0
    /// Files that several packages hold: path, winner, loser.
    package var clobbers: [(path: String, winner: String, loser: String)] = []
    /// Packages whose link scripts ran.
    package var scripts: [String] = []
    /// What link scripts wanted to say.
    package var messages: String = ""
    package var warnings: [String] = []
    /// What was left out on the user's wish, by rule or glob.
    package var leftOut: [LeftOutFiles.Saving] = []
    /// `uv` or `pip` when one of them ran.
    package var pipInstaller: String?

    init(prefix: String) { self.prefix = prefix }
}
