// SPDX-License-Identifier: BSD-3-Clause

/// Under the failure of a request that was answered: the peers tell the answer's status and its words.
package struct RefusedRequest: Error {
    /// HTTP status.
    package let status: Int
    /// `Not Found` and the like; empty for a status that has no name here.
    package let reason: String

    package init(status: Int, reason: String) {
        self.status = status
        self.reason = reason
    }
}
