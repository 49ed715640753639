// SPDX-License-Identifier: BSD-3-Clause
import CCurl

/// The versions of libcurl and of what it is linked with.
package struct TransportLibraries: Sendable {
    package let curl: String
    package let openSSL: String?
    package let nghttp2: String?
    package let cAres: String?

    /// Those of this process, as libcurl tells them.
    package static var current: TransportLibraries? {
        let info = krait_curl_versions().pointee
        guard let version = info.version else { return nil }
        func text(_ value: UnsafePointer<CChar>?) -> String? { value.map { String(cString: $0) } }
        // `OpenSSL/3.0.17`
        let tls = text(info.ssl_version)?.split(separator: "/").last.map { String($0) }
        return TransportLibraries(
            curl: String(cString: version), openSSL: tls, nghttp2: text(info.nghttp2_version), cAres: text(info.ares))
    }
}
