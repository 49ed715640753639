// SPDX-License-Identifier: BSD-3-Clause
package import Conda
package import Failures

/// What a user wants of one environment, as typed; paths may be relative to the current directory.
package struct ChangeRequest: Sendable {
    /// The kinds of change.
    package enum Action: String, Sendable {
        case create, install, update, remove
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
    package var noDependencies = false
    package var onlyDependencies = false
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
    /// An environment that is not there is made (`env update`).
    package var makesMissing = false
    /// With `-y` an environment that is there may be made anew, as with the peers.
    package var mayReplace = false
    /// A directory that holds something else already will do for a new environment, as with conda.
    package var goesAmongFiles = false
    package var pins: [String] = []
    package var categories: [String] = []
    package var lockEnvironment: String?
    /// The specs of the files are all that is wanted: what earlier commands asked for no longer counts.
    package var replacesSpecs = false
    /// The lock must still answer the environment file.
    package var locked = false
    package var pipNoConstraints = false
    package var noPipSection = false
    /// Requirements for pip that stand in ``requirementsFile`` itself, as in a script (PEP 723).
    package var requirements: [String] = []
    /// The file that ``requirements`` stand in, absolute.
    package var requirementsFile = ""
    /// pip takes newer versions of what is there (`env update`).
    package var upgradesPip = false
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
