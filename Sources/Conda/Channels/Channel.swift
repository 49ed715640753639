// SPDX-License-Identifier: BSD-3-Clause
package import Locations

/// A place that packages come from (CEP 26, Rules §3).
package struct Channel: Sendable {
    /// The canonical URL without subdir, credentials and trailing slash: `https://conda.anaconda.org/conda-forge`.
    package let baseURL: String
    /// What the channel is called in messages: `conda-forge`, or the URL where no shorter name leads to it.
    package let name: String
    /// The list that the channel is a member of, as `defaults`; nil for one of its own.
    package let collection: String?
    /// The subdirs that the user limited it to (`conda-forge[linux-64]`); nil for no limit.
    package let subdirs: [Subdir]?
    /// What was in the URL to get in with; never printed.
    package let credentials: URLCredentials?

    package init(
        baseURL: String, name: String, collection: String? = nil, subdirs: [Subdir]? = nil,
        credentials: URLCredentials? = nil
    ) {
        self.baseURL = baseURL
        self.name = name
        self.collection = collection
        self.subdirs = subdirs
        self.credentials = credentials
    }

    /// Where the files of `subdir` are, without credentials.
    package func url(of subdir: Subdir) -> String { "\(baseURL)/\(subdir.name)" }
}

extension Channel: Hashable {
    /// Channels are equal when they are the same place: credentials, the platform limit and `http`/`https` aside
    /// (Rules §3.2).
    package static func == (left: Channel, right: Channel) -> Bool {
        left.identity == right.identity
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(identity) }

    private var identity: Substring {
        for scheme in ["https://", "http://"] where baseURL.hasPrefix(scheme) {
            return baseURL.dropFirst(scheme.count)
        }
        return baseURL[...]
    }
}

extension Channel: CustomStringConvertible {
    package var description: String { name }
}
