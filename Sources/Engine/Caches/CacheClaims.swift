// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Synchronization
import Transport

/// Claims in a place that many machines share: an object that only the first can make (`If-None-Match: *`,
/// RFC 9110 §13.1.2) says that its maker is bringing a package. It is made anew every few seconds until the package is
/// there, so that one whose maker was killed is old soon.
final class CacheClaims: Sendable {
    /// Seconds after which a claim that was not made anew is nobody's.
    static let patience: Int64 = 30
    private static let pace: UInt64 = 8_000_000_000

    private let transport: Transport
    private let held = Mutex<Set<String>>([])
    private let isRenewing = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)

    init(_ transport: Transport) { self.transport = transport }

    /// Seconds since a claim was made, by the server's clock; nil where there is none, or no server that tells.
    func age(of url: String) throws(Failure) -> Int64? {
        var request = Request(url)
        request.headersOnly = true
        let response = try transport.fetch(request)
        guard response.isSuccess, let made = response.headers.lastModified.flatMap(secondsSince1970(httpDate:)),
            let now = response.headers["date"].flatMap(secondsSince1970(httpDate:))
        else { return nil }
        return max(now - made, 0)
    }

    /// False when another machine was first. An old claim is replaced.
    func make(_ url: String, isOld: Bool) throws(Failure) -> Bool {
        // Google's store asks for it in words of its own.
        let condition = url.hasPrefix("gs://") ? ("x-goog-if-generation-match", "0") : ("If-None-Match", "*")
        let response = try put(url, isOld ? [] : [condition])
        if response.status == 412 || response.status == 409 { return false }
        try response.requireSuccess()
        // A server that passes over the condition still tells a new object (201) from one that was there (204).
        guard isOld || response.status != 204 else { return false }
        held.withLock { _ = $0.insert(url) }
        renewWhileNeeded()
        return true
    }

    func remove(_ url: String) {
        held.withLock { _ = $0.remove(url) }
        transport.discard(url)
    }

    private func put(_ url: String, _ headers: [(name: String, value: String)] = []) throws(Failure) -> Response {
        var request = Request(url, headers: headers)
        request.upload = Upload("PUT")
        return try transport.fetch(request)
    }

    /// No claim is made any more.
    func end() { hasEnded.store(true, ordering: .relaxed) }

    private func renewWhileNeeded() {
        guard !isRenewing.exchange(true, ordering: .relaxed) else { return }
        // Without a thread claims grow old, and others bring what we bring too.
        try? startThread("claims") { [self] in
            var last = monotonicNanoseconds()
            while !hasEnded.load(ordering: .relaxed) {
                pause(nanoseconds: 200_000_000)
                guard monotonicNanoseconds() - last >= Self.pace else { continue }
                last = monotonicNanoseconds()
                for url in held.withLock({ $0 }) where held.withLock({ $0.contains(url) }) {
                    _ = try? put(url)
                    // It was removed while it was made anew.
                    if !held.withLock({ $0.contains(url) }) { remove(url) }
                }
            }
        }
    }
}

extension Transport {
    /// Asks a place that many machines share to give up a file; what does not want to go is not worth a failure.
    func discard(_ url: String) {
        var request = Request(url)
        request.upload = Upload("DELETE")
        _ = try? fetch(request)
    }
}
