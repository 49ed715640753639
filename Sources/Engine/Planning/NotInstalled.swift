// SPDX-License-Identifier: BSD-3-Clause

/// Under the failure of a change of packages that the environment has not.
package struct NotInstalled: Error {
    package let prefix: String
    /// What was asked for and is not there, as specs.
    package let packages: [String]
    /// They were to be brought up to date, not to go.
    package let isUpdate: Bool

    package init(prefix: String, packages: [String], isUpdate: Bool) {
        self.prefix = prefix
        self.packages = packages
        self.isUpdate = isUpdate
    }
}
