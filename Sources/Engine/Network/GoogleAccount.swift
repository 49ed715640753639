// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform
import Transport

/// The token that Google Cloud Storage is asked with: a variable's, or the machine's (only where a variable gives its
/// address). Without any, buckets are asked as public ones.
final class GoogleAccount: Sendable {
    private let environment: ProcessEnvironment
    private let known = RenewedValue<String?>(lifetime: 300)

    init(_ environment: ProcessEnvironment) { self.environment = environment }

    /// The server, which a variable of Google's emulators may change.
    var endpoint: String {
        guard let host = environment["STORAGE_EMULATOR_HOST"] else { return "https://storage.googleapis.com" }
        return host.hasPrefix("http://") || host.hasPrefix("https://") ? host : "http://\(host)"
    }

    func token(by transport: Transport, anew: Bool) throws(Failure) -> String? {
        for name in ["GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"] {
            if let token = environment[name] { return token }
        }
        guard let host = environment["GCE_METADATA_HOST"] else { return nil }
        return try known.value(anew: anew) { () throws(Failure) in
            let url = "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token"
            let response = try transport.fetch(
                Request(url, headers: [("Metadata-Flavor", "Google")], maximumBody: 1 << 16))
            try response.requireSuccess()
            return try JSON.parse(response.body, subject: url)["access_token"]?.string
        }
    }
}
