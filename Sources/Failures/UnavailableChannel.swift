// SPDX-License-Identifier: BSD-3-Clause

/// Under the failure of a command whose channel is none: the peers tell it from other failures of the network.
package struct UnavailableChannel: Error {
    /// The channel's URL, without credentials.
    package let url: String

    package init(url: String) { self.url = url }
}
