// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Failures

/// What a user wants of one environment, as typed; paths may be relative to the current directory.
package struct ChangeRequest: Sendable {
    /// The kinds of change.
    package enum Action: String, Sendable {
        case create, install, update, remove
    }

    /// Which packages a request is for.
    package enum Dependencies: Sendable {
        case all
        /// The named ones alone.
        case none
        /// What the named ones need, without these.
        case only
    }

    /// What may be found at the prefix, where an action is not so strict by itself.
    package struct Place: Sendable {
        /// An environment that is not there is made (`env update`).
        package var mayBeMissing = false
        /// With `-y` an environment that is there may be made anew, as with the peers.
        package var mayBeReplaced = false
        /// A directory that holds something else already will do for a new environment, as with conda.
        package var mayHoldFiles = false
    }

    /// What pip is to do.
    package struct Pip: Sendable {
        /// What files have for it is left out.
        package var isLeftOut = false
        /// It may replace what conda packages brought.
        package var isUnconstrained = false
        /// It takes newer versions of what is there (`env update`).
        package var upgrades = false
        /// Requirements that stand in ``file`` itself, as in a script (PEP 723).
        package var requirements: [String] = []
        /// Absolute.
        package var file = ""
    }

    package var action: Action
    /// In place of the one that the settings say.
    package var platform: Subdir?
    /// Absolute.
    package var prefix: String
    /// Specs, URLs or paths of archives.
    package var specs: [String] = []
    /// Files of specs, environments or locks.
    package var files: [String] = []
    /// Channels of the command line, best first.
    package var channels: [String] = []
    package var overrideChannels = false
    /// Every package, not only those named (`update --all`, `remove --all`).
    package var all = false
    /// Without `create_default_packages`.
    package var noDefaultPackages = false
    package var dependencies = Dependencies.all
    package var freezeInstalled = false
    /// What the named packages need is brought up to date too, as far as it is installed.
    package var updateDependencies = false
    package var forceReinstall = false
    /// Also drop what nothing that was asked for needs; nil is the action's own habit: only `remove` does.
    package var prune: Bool?
    /// Remove only what is named, whatever needs it.
    package var force = false
    /// What is to be removed and is not installed is told of, and the rest goes, as with micromamba.
    package var passesOverAbsent = false
    package var place = Place()
    package var pins: [String] = []
    package var categories: [String] = []
    package var lockEnvironment: String?
    /// The specs of the files are all that is wanted: what earlier commands asked for no longer counts.
    package var replacesSpecs = false
    /// The lock must still answer the environment file.
    package var locked = false
    package var pip = Pip()
    /// Only a lock is written: nothing is installed, on whichever platform.
    var isForLock = false
    /// Globs of paths that are left out.
    package var excludes: [String] = []
    /// Write the solver's input here.
    package var testcase: String?

    package init(_ action: Action, prefix: String) {
        self.action = action
        self.prefix = prefix
    }
}

extension Context {
    /// - Throws: `Failure(.usage)` for files among words that should be specs: who forgot `-f` is told that first.
    package func requireSpecs(_ words: [String]) throws(Failure) {
        for word in words { try Inputs.refuseFile(word, self) }
    }
}
