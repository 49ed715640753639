// SPDX-License-Identifier: BSD-3-Clause
import CCurl
import Platform

/// Owner of one libcurl easy handle, its header list and its error text. Used on the network thread only.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var fields: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(fields)
        errorText.deallocate()
    }

    /// Back to defaults; connections and TLS sessions are kept.
    func reset() {
        curl_easy_reset(pointer)
        curl_slist_free_all(fields)
        fields = nil
        errorText[0] = 0
    }

    func set(_ option: CURLoption, _ value: Int) { _ = krait_curl_set_long(pointer, option, value) }
    func set(_ option: CURLoption, _ value: String?) { _ = krait_curl_set_text(pointer, option, value) }
    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) {
        _ = krait_curl_set_pointer(pointer, option, value)
    }
    func set(_ option: CURLoption, callback: @escaping KraitCurlBytes) {
        _ = krait_curl_set_bytes(pointer, option, callback)
    }

    /// Sets the request's own header fields.
    func set(headers: [(name: String, value: String)]) {
        curl_slist_free_all(fields)
        fields = nil
        for field in headers { fields = curl_slist_append(fields, "\(field.name): \(field.value)") }
        set(CURLOPT_HTTPHEADER, pointer: fields.map { UnsafeMutableRawPointer($0) })
    }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        return krait_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    /// A time of the finished attempt since its start: nanoseconds; `info` gives microseconds.
    func nanoseconds(_ info: CURLINFO) -> UInt64 {
        UInt64(max(0, number(offset: info))) * 1000
    }

    func number(offset info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return krait_curl_get_offset(pointer, info, &value) == CURLE_OK ? Int(value) : 0
    }

    /// Bytes of the body that have arrived, before any encoding is undone.
    var arrived: UInt64 { UInt64(max(0, number(offset: CURLINFO_SIZE_DOWNLOAD_T))) }

    /// The answer came over HTTP/2.
    var isMultiplexed: Bool { number(CURLINFO_HTTP_VERSION) >= CURL_HTTP_VERSION_2_0 }

    func text(_ info: CURLINFO) -> String? {
        var value: UnsafePointer<CChar>?
        guard krait_curl_get_text(pointer, info, &value) == CURLE_OK, let value else { return nil }
        return String(cString: value)
    }

    /// Sets the options that every attempt has, and where curl reports to; `job` must outlive the attempt.
    func prepare(_ job: Job, settings: TransportSettings, trust: HostTrust?, mayMultiplex: Bool) {
        reset()
        let location = job.location
        let address = location.address
        set(CURLOPT_URL, address.text)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_ERRORBUFFER, pointer: errorText)
        set(CURLOPT_PRIVATE, pointer: Unmanaged.passUnretained(job).toOpaque())
        set(CURLOPT_USERAGENT, settings.userAgent)
        set(CURLOPT_FOLLOWLOCATION, job.request.staysWithHost || location.keepsToItself ? 0 : 1)
        set(CURLOPT_MAXREDIRS, 10)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        // What came over TLS is not continued without it.
        set(CURLOPT_REDIR_PROTOCOLS_STR, address.scheme == "https" ? "https" : "http,https")
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectTimeout / 1_000_000))
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // A paused stream would hold up its neighbours of the same HTTP/2 connection, so long bodies get their own; the
        // others wait for the first connection, unless it cannot be shared anyway.
        let shares = job.sharesConnection && address.scheme == "https" && mayMultiplex
        set(CURLOPT_HTTP_VERSION, shares ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
        set(CURLOPT_PIPEWAIT, shares ? 1 : 0)
        // What a piece of an encoded body grows to is kept whole while the transfer is paused: small pieces.
        set(CURLOPT_BUFFERSIZE, job.request.allowsEncoding ? 16 << 10 : job.sharesConnection ? 64 << 10 : 256 << 10)
        if job.request.headersOnly { set(CURLOPT_NOBODY, 1) }
        if job.request.allowsEncoding { set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        prepareProxy(address, settings)
        prepareTrust(settings, trust)
        var headers = job.request.headers
        switch location.credential {
        case .basic(let user, let password)?:
            set(CURLOPT_HTTPAUTH, Int(1))  // CURLAUTH_BASIC, a cast macro
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password)
        case .bearer(let token)?:
            // curl drops this field when a redirect leaves the host.
            headers.append(("Authorization", "Bearer \(token)"))
        case .s3(let keys, let region)?:
            set(CURLOPT_AWS_SIGV4, "aws:amz:\(region):s3")
            set(CURLOPT_USERNAME, keys.identifier)
            set(CURLOPT_PASSWORD, keys.secret)
            // What is sent is not read twice to sign it too.
            if job.request.upload != nil { headers.append(("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")) }
            if let token = keys.sessionToken { headers.append(("X-Amz-Security-Token", token)) }
        case .condaToken?, nil: break
        }
        // Offsets count decoded bytes, so a body that may come encoded is asked for from the start again.
        if !job.request.allowsEncoding { headers += job.resumption.fields(location: job.locationIndex) }
        if let upload = job.request.upload { headers += prepareUpload(upload, job) }
        set(headers: headers)
        prepareCallbacks(job)
    }

    /// Sets what is sent; answers the header fields for it.
    private func prepareUpload(_ upload: Upload, _ job: Job) -> [(name: String, value: String)] {
        set(CURLOPT_UPLOAD, 1)
        set(CURLOPT_CUSTOMREQUEST, upload.method)
        set(CURLOPT_INFILESIZE, Int(clamping: upload.count))
        set(CURLOPT_READDATA, pointer: Unmanaged.passUnretained(job).toOpaque())
        set(
            CURLOPT_READFUNCTION,
            callback: { bytes, size, count, context in
                // What curl takes for "stop".
                let abort = 0x1000_0000
                guard let context else { return abort }
                let job = Unmanaged<Job>.fromOpaque(context).takeUnretainedValue()
                job.lastActivity = monotonicNanoseconds()
                return job.reader?.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
                    ?? abort
            })
        // Nobody waits a second for a server that does not know this. Old versions of curl would sign the empty field.
        if case .s3? = job.location.credential {
            set(CURLOPT_EXPECT_100_TIMEOUT_MS, 1)
            return []
        }
        return [("Expect", "")]
    }

    private func prepareProxy(_ address: Address, _ settings: TransportSettings) {
        // The empty text also keeps curl from reading the environment by itself.
        set(CURLOPT_PROXY, settings.proxies.proxy(for: address) ?? "")
        set(CURLOPT_NOPROXY, settings.proxies.exceptions)
    }

    private func prepareTrust(_ settings: TransportSettings, _ trust: HostTrust?) {
        set(CURLOPT_CAINFO, nil as String?)
        set(CURLOPT_CAPATH, nil as String?)
        set(CURLOPT_SSL_VERIFYPEER, settings.trust.insecure ? 0 : 1)
        set(CURLOPT_SSL_VERIFYHOST, settings.trust.insecure ? 0 : 2)
        if let certificate = settings.clientCertificate {
            set(CURLOPT_SSLCERT, certificate)
            set(CURLOPT_SSLKEY, settings.clientKey ?? certificate)
        }
        guard let trust else { return }
        set(CURLOPT_SSL_CTX_DATA, pointer: Unmanaged.passUnretained(trust).toOpaque())
        _ = krait_curl_set_tls(pointer) { _, context, trust in
            guard let context, let trust else { return CURLE_SSL_CERTPROBLEM }
            let host = Unmanaged<HostTrust>.fromOpaque(trust).takeUnretainedValue()
            guard host.roots.attach(to: context) else { return CURLE_SSL_CERTPROBLEM }
            host.tickets?.attach(to: context)
            return CURLE_OK
        }
    }

    private func prepareCallbacks(_ job: Job) {
        let context = Unmanaged.passUnretained(job).toOpaque()
        set(CURLOPT_HEADERDATA, pointer: context)
        set(
            CURLOPT_HEADERFUNCTION,
            callback: { bytes, _, count, context in
                guard let context else { return 0 }
                let job = Unmanaged<Job>.fromOpaque(context).takeUnretainedValue()
                job.lastActivity = monotonicNanoseconds()
                bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
                    job.headers.take(line: UnsafeBufferPointer(start: $0, count: count))
                }
                return count
            })
        set(CURLOPT_WRITEDATA, pointer: context)
        set(
            CURLOPT_WRITEFUNCTION,
            callback: { bytes, _, count, context in
                guard let context else { return 0 }
                let job = Unmanaged<Job>.fromOpaque(context).takeUnretainedValue()
                job.lastActivity = monotonicNanoseconds()
                if !job.hasBegun, let easy = job.easy {
                    job.begin(status: easy.number(CURLINFO_RESPONSE_CODE), isShared: easy.isMultiplexed)
                }
                switch job.receive(UnsafeRawBufferPointer(start: bytes, count: count)) {
                case .taken: return count
                case .pause: return krait_curl_pause()
                case .stop: return 0
                }
            })
    }

    /// What went wrong in curl's words.
    func message(for code: CURLcode) -> String {
        errorText[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    }
}
