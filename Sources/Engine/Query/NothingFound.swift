// SPDX-License-Identifier: BSD-3-Clause

/// Under the failure of a search that no package answers.
package struct NothingFound: Error {
    /// What was searched for.
    package let spec: String
    /// The subdirs that were asked, without credentials; nil of environments.
    package let urls: [String]?

    package init(spec: String, urls: [String]?) {
        self.spec = spec
        self.urls = urls
    }
}
