// SPDX-License-Identifier: BSD-3-Clause
import CCurl
import Failures
import Platform

/// What the end of an attempt means for its job.
enum Outcome {
    case success
    /// This place will not give it; another one may.
    case elsewhere(Failure)
    /// The same may work later, not before the nanoseconds that the server asked for.
    case again(Failure, retryAfter: UInt64?)
    /// The bytes changed under us and nobody has seen them: from the start.
    case anew(Failure)
    case fatal(Failure)
}

extension Outcome {
    /// Judges an attempt by curl's result, the HTTP status and what the job has received.
    init(job: Job, code: CURLcode, status: Int, message: String) {
        let url = job.location.shown
        if let verdict = job.verdict {
            self = Outcome(verdict, job: job, url: url)
            return
        }
        guard code == CURLE_OK else {
            self = Outcome(code: code, job: job, url: url, message: message)
            return
        }
        if RetryPolicy.mayChange(status: status) {
            let pause = job.headers["retry-after"].flatMap {
                RetryPolicy.pause(retryAfter: $0, now: wallClockSeconds())
            }
            self = .again(statusFailure(status, url: url), retryAfter: pause)
            return
        }
        guard (200..<300).contains(status) else {
            let isAnswer = status == 304 && (!job.isStreaming || job.request.answersAnyStatus)
            self = isAnswer ? .success : .elsewhere(statusFailure(status, url: url))
            return
        }
        let delivered = job.resumption.delivered
        // Of an answer that begins later in the file the total is its own word, which the length of the part may belie.
        if let expected = job.request.expectedSize ?? job.resumption.total, delivered < expected,
            !job.request.headersOnly
        {
            let reason = "the body ended after \(delivered) of \(expected) bytes"
            self = .again(Failure(.network, url, reason), retryAfter: nil)
            return
        }
        self = .success
    }

    private init(_ verdict: Job.Verdict, job: Job, url: String) {
        switch verdict {
        case .complete:
            self = .success
        case .changed:
            // What there is of it is not what it should be: who knows a hash of it asks anew.
            let failure = Failure(
                .integrity, url, "the file changed on the server while it was being fetched",
                hint: "run the command again")
            self = job.isStreaming ? .elsewhere(failure) : .anew(failure)
        case .refused(let reason):
            self = .elsewhere(Failure(.network, url, "the answer is unusable: \(reason)"))
        case .consumerGone, .tooLong:
            self = .fatal(Failure(.interrupted, url, "the transfer was stopped"))
        }
    }

    private init(code: CURLcode, job: Job, url: String, message: String) {
        let failure = Failure(.network, url, lowercasedStart(message), hint: Outcome.hint(code))
        if job.resumption.isComplete, job.delivers {
            // Everything came before the connection broke.
            self = .success
        } else if permanent.contains(code.rawValue) {
            self = .elsewhere(failure)
        } else {
            self = .again(failure, retryAfter: nil)
        }
    }

    private static func hint(_ code: CURLcode) -> String? {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT:
            "is there a network? behind a proxy set https_proxy"
        case CURLE_COULDNT_RESOLVE_PROXY:
            "check https_proxy, http_proxy, all_proxy and `proxy_servers`"
        case CURLE_OPERATION_TIMEDOUT:
            "a firewall may drop the connection; behind a proxy set https_proxy"
        case CURLE_PEER_FAILED_VERIFICATION:
            "if a proxy or the server has its own CA, name its certificates: --cacert FILE or SSL_CERT_FILE"
        default: nil
        }
    }
}

/// Results of curl that another try cannot change (Rules §6.4).
private let permanent: Set<UInt32> = Set(
    [
        CURLE_UNSUPPORTED_PROTOCOL, CURLE_FAILED_INIT, CURLE_URL_MALFORMAT, CURLE_NOT_BUILT_IN, CURLE_OUT_OF_MEMORY,
        CURLE_WRITE_ERROR, CURLE_ABORTED_BY_CALLBACK, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_TOO_MANY_REDIRECTS,
        CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
        CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ISSUER_ERROR, CURLE_LOGIN_DENIED,
        CURLE_FILESIZE_EXCEEDED, CURLE_BAD_CONTENT_ENCODING, CURLE_UNKNOWN_OPTION, CURLE_REMOTE_ACCESS_DENIED,
    ].map(\.rawValue))

/// Reasons begin in lower case, unless the first word is an abbreviation.
private func lowercasedStart(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard bytes.count > 1, (0x41...0x5a).contains(bytes[0]), !(0x41...0x5a).contains(bytes[1]) else { return text }
    return String(decoding: [bytes[0] | 0x20] + bytes[1...], as: UTF8.self)
}
