// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures

/// A way to name bytes that is neither http nor a file: it turns its URLs into what curl can ask for.
package protocol Scheme: Sendable {
    /// Lower-case, without the colon.
    var name: String { get }

    /// Where the bytes of `address`, one of this scheme's, are, and what that place wants to know.
    ///
    /// May ask by `transport` on the caller's thread: for keys, tokens, manifests. Throws when it learns that the bytes
    /// are not to be had.
    func place(of address: Address, for request: Request, by transport: Transport) throws(Failure) -> SchemePlace
}

/// An http or https URL with what goes along.
package struct SchemePlace: Sendable {
    package var url: String
    package var credential: Credential?
    /// The digest of the bytes, where the scheme names one that the request does not know.
    package var sha256: SHA256Digest?
    /// 404, 403 or 401 where the bytes are known not to be had, so that there is no URL; else 200.
    package var status = 200

    package init(url: String, credential: Credential? = nil, sha256: SHA256Digest? = nil) {
        self.url = url
        self.credential = credential
        self.sha256 = sha256
    }

    package init(status: Int) {
        url = ""
        self.status = status
    }
}
