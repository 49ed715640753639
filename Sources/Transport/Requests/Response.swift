// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// The answer to a `Request`: any status that repeating the request would not change.
package struct Response: Sendable {
    /// HTTP status; 200 for a file that was read, 404 for one that is absent.
    package var status: Int
    /// The header fields of the last answer.
    package var headers: HeaderFields
    /// The whole body; of a failed status only the first kilobytes.
    package var body: [UInt8]
    /// Where the bytes came from after redirects, masked.
    package var finalURL: String

    /// 2xx.
    package var isSuccess: Bool { (200..<300).contains(status) }

    /// Throws what the user should read when the status is not 2xx.
    package func requireSuccess() throws(Failure) {
        if !isSuccess { throw statusFailure(status, url: finalURL) }
    }
}

/// The failure that a final HTTP status means.
func statusFailure(_ status: Int, url: String, attempts: Int = 1) -> Failure {
    let hint: String? =
        switch status {
        case 401, 403: credentialsHint(url)
        case 400 where url.hasPrefix("s3://"):
            "expired keys are refused like this, and buckets of another region (AWS_REGION)"
        case 301 where url.hasPrefix("s3://"): "is the bucket in another region? see AWS_REGION"
        case 407: "the proxy wants a user and a password: set them in the proxy's URL"
        case 404: "check the channel's name and URL"
        default: nil
        }
    let repeated = attempts > 1 ? " after \(attempts) attempts" : ""
    let text = statusText(status)
    return Failure(
        .network, masked(url), "the server answered \(status)\(text)\(repeated)", hint: hint,
        cause: RefusedRequest(status: status, reason: String(text.dropFirst())))
}

/// How the user gets in where nobody is let in without.
package func credentialsHint(_ url: String) -> String {
    if url.hasPrefix("s3://") {
        return "are the keys right (AWS_ACCESS_KEY_ID, AWS_PROFILE and the like), and is this machine's clock?"
    }
    if url.hasPrefix("gs://") { return "set GOOGLE_OAUTH_ACCESS_TOKEN: `gcloud auth print-access-token` prints one" }
    return "the channel may need credentials: `krait auth login` or a netrc entry"
}

private func statusText(_ status: Int) -> String {
    switch status {
    case 400: " Bad Request"
    case 401: " Unauthorized"
    case 403: " Forbidden"
    case 404: " Not Found"
    case 407: " Proxy Authentication Required"
    case 408: " Request Timeout"
    case 410: " Gone"
    case 413: " Content Too Large"
    case 429: " Too Many Requests"
    case 500: " Internal Server Error"
    case 502: " Bad Gateway"
    case 503: " Service Unavailable"
    case 504: " Gateway Timeout"
    default: ""
    }
}
