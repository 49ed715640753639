// SPDX-License-Identifier: BSD-3-Clause

/// Under the failure of a change of an environment in which this user may not write.
package struct UnwritableEnvironment: Error {
    /// Where the environment is.
    package let prefix: String

    package init(prefix: String) { self.prefix = prefix }
}
