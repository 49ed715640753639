// SPDX-License-Identifier: BSD-3-Clause
package import Conda

/// What an environment should become; everything a solve depends on besides the candidates.
package struct SolveRequest: Sendable {
    /// Specs that must hold afterwards, as the user gave them (`create`, `install`).
    package var specs: [MatchSpec] = []
    /// Specs whose names are to be brought up to date; with a version they must hold as well (`update`).
    package var update: [MatchSpec] = []
    /// Bring every installed package up to date (`update --all`).
    package var updateAll = false
    /// What is to be erased together with all that needs it (`remove`).
    package var remove: [MatchSpec] = []
    /// What was asked for earlier and should go on to hold: given up only where the request cannot be had otherwise.
    package var keep: [MatchSpec] = []
    /// Limits on versions that never install anything (`pinned`, `--pin`, the python minor pin).
    package var pins: [MatchSpec] = []
    /// The last pin is the minor version of the installed python, which `--no-py-pin` gives up.
    package var pinsPython = false
    /// What the environment holds now.
    package var installed: [PackageRecord] = []
    /// What the machine offers; always there and never changed.
    package var virtualPackages: [VirtualPackage] = []
    /// How channels rank.
    package var channelPriority = ChannelPriority.flexible
    /// Installed packages may not change (`--freeze-installed`).
    package var freezeInstalled = false
    /// Drop what nothing that was asked for needs (`--prune`).
    package var prune = false
    /// `python` needs `pip` when a channel has it.
    package var addPip = false
    /// Records from this moment on (ms since 1970) are not seen (`--exclude-newer`).
    package var excludeNewer: UInt64?
    /// The same by names of packages and by base URLs of channels, in place of the general moment and the package's
    /// before the channel's; the highest number is no limit.
    package var excludeNewerPackages: [String: UInt64] = [:]
    package var excludeNewerChannels: [String: UInt64] = [:]
    /// Records that are not seen (`disallowed_packages`); what is installed stays.
    package var disallowed: [MatchSpec] = []
    /// Give up after so many seconds (`--solver-timeout`).
    package var timeout: Double?
    /// Of the solution, keep only what was asked for (`--no-deps`).
    package var noDependencies = false
    /// Of the solution, keep only what was not asked for (`--only-deps`).
    package var onlyDependencies = false
    /// Choose the channel's record also where the installed one is the same (`--force-reinstall`).
    package var forceReinstall = false
    /// Every name that the channels have, for suggestions; the candidates' names when nil.
    package var allNames: (@Sendable () -> [String])?
    /// The subdirs, other than those searched, that have a name; for messages.
    package var otherSubdirs: (@Sendable (String) -> [String])?
    /// The full record of a row, for specs that ask for more than the table holds (`md5`, `url`, `license`, …).
    package var fullRecord: FullRecord?

    package init() {}
}
