// SPDX-License-Identifier: BSD-3-Clause

import Failures
package import Platform

/// What shall become of a living prefix: a value, decided by whoever solved.
package struct PrefixChange: Sendable {
    /// Where files are written and what is written into them.
    package var target: LinkTarget
    /// Packages that go; both the old ones of updates and those only removed.
    package var removed: [InstalledRecord] = []
    /// Packages that come, in topological order; both updates' new ones and those only added.
    package var installed: [LinkPackage] = []
    /// Names of all packages of the result in topological order: the last has a path that several want. Packages that
    /// are not named come first.
    package var order: [String] = []
    /// Requested specs of packages that stay, where they change.
    package var requestedSpecs: [String: [String]] = [:]
    /// The layout of the result's python, when that stays; nil without python.
    package var python: PythonLayout?
    /// What is added to the history.
    package var revision: History.Revision
    package var options = LinkOptions()
    package var synchronization = Synchronization.automatic
    /// How long to wait for another process that changes the prefix.
    package var lockSeconds: UInt64 = 60
    /// Marks what is begun, and tells what was begun by this user's krait.
    package var key = ChangeKey.none
    /// Change the prefix even when it is marked as frozen.
    package var overridesFrozen = false

    package init(target: LinkTarget, revision: History.Revision) {
        self.target = target
        self.revision = revision
    }
}
