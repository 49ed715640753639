// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Conda
import Configuration
import Failures
import Packages
import Platform
import Prefix
import Synchronization
import Transport

/// A read-through cache: what the place lacks is brought there before it is read from there. Of machines that miss a
/// package at the same moment one brings it while the others wait, by an object that only the first can make
/// (`If-None-Match: *`, RFC 9110 §13.1.2). A registry has no such request; two machines may bring the same package there.
extension RemoteCache {
    /// A package that another machine is bringing.
    private struct Awaited {
        var url: String
        var sha256: SHA256Digest
        /// When it is waited for no longer, by ``monotonicNanoseconds()``.
        var end: UInt64

        init(_ url: String, _ sha256: SHA256Digest, seconds: Int64) {
            self.url = url
            self.sha256 = sha256
            end = monotonicNanoseconds() + UInt64(clamping: seconds) * 1_000_000_000
        }
    }

    /// Brings those of `links` that the first place lacks from their channels to it; what has no SHA-256 has no place.
    ///
    /// - Returns: A warning where the place takes nothing; packages are not kept there then.
    func fill(_ links: @autoclosure () -> [ChangePlan.Link]) throws(Failure) -> String? {
        guard let place = places.first, context.settings[.remoteCacheFill], !context.settings[.offline],
            !place.hasPrefix("/"), !place.hasPrefix("file:")
        else { return nil }
        // Each machine begins with others, so that many share the work.
        let links = links().filter { $0.record.sha256 != nil && !url(of: $0).hasPrefix("file:") }.shuffled()
        guard !links.isEmpty else { return nil }
        let staging = try StagingDirectory(in: context.environment["TMPDIR"] ?? "/tmp", key: context.changeKey)
        let registry = place.hasPrefix("oci://") ? CachedRegistry(place, context.transport) : nil
        let refusal = Mutex<Failure?>(nil)
        let awaited = Mutex<[Awaited]>([])
        try forEachInParallel(links.count, workers: 8, name: "fill") { (index) throws(Failure) in
            guard refusal.withLock({ $0 == nil }) else { return }
            do throws(Failure) {
                let other = try bring(links[index], to: place, registry, staging)
                if let other { awaited.withLock { $0.append(other) } }
            } catch {
                try context.cancellation.check()
                refusal.withLock { $0 = $0 ?? error }
            }
        }
        if let failure = refusal.withLock({ $0 }) {
            return "remote_cache \(failure.subject): \(failure.reason); packages are not kept there "
                + "(`krait config set remote_cache_fill false` only reads)"
        }
        try wait(for: awaited.withLock { $0 }, registry)
        return nil
    }

    private func url(of link: ChangePlan.Link) -> String { link.source ?? link.record.url }

    /// Brings one package, unless it is there; where another machine brings it, what to wait for.
    private func bring(
        _ link: ChangePlan.Link, to place: String, _ registry: CachedRegistry?, _ staging: StagingDirectory
    ) throws(Failure) -> Awaited? {
        guard let sha256 = link.record.sha256 else { return nil }
        let url = RemoteCache.url(in: place, sha256, link.record)
        if try isThere(url, sha256, registry) { return nil }
        let claim = "\(place)/claims/\(sha256)"
        if registry == nil {
            // Long enough for a link of 8 Mbit/s; a size is what a channel says.
            let patience = Int64(clamping: min(30 + (link.record.size ?? 0) / 1_000_000, 900))
            let age = try self.age(ofClaim: claim)
            if let age, age < patience { return Awaited(url, sha256, seconds: patience - age) }
            guard try makeClaim(claim, isOld: age != nil) else { return Awaited(url, sha256, seconds: patience) }
        }
        defer { if registry == nil { removeClaim(claim) } }
        // Who had the claim before may have finished a moment ago.
        if registry == nil, try isThere(url, sha256, nil) { return nil }
        var request = Request(
            self.url(of: link), credential: link.credential, expectedSize: link.record.size,
            namedBy: link.source == nil ? link.record.channel : nil)
        request.caches = Array(urls(of: link.record).dropFirst())
        var refusal: Failure?
        do throws(Failure) {
            try withArchive(request, sha256, in: staging) { (file, bytes) throws(Failure) in
                do throws(Failure) {
                    try send(file, bytes, link.record, sha256, to: url, registry)
                } catch {
                    refusal = error
                }
            }
        } catch {
            // What the channel refuses is told when the package itself is fetched.
            try context.cancellation.check()
        }
        if let refusal { throw refusal }
        return nil
    }

    /// Returns when all are there, or are not to be expected any more.
    private func wait(for awaited: [Awaited], _ registry: CachedRegistry?) throws(Failure) {
        var awaited = awaited
        while !awaited.isEmpty {
            pause(nanoseconds: 200_000_000)
            try context.cancellation.check()
            let now = monotonicNanoseconds()
            var left: [Awaited] = []
            for one in awaited where one.end > now {
                if (try? isThere(one.url, one.sha256, registry)) == false { left.append(one) }
            }
            awaited = left
        }
    }

    /// Seconds since a claim was made, by the server's clock; nil where there is none, or no server that tells.
    private func age(ofClaim url: String) throws(Failure) -> Int64? {
        var request = Request(url)
        request.headersOnly = true
        let response = try context.transport.fetch(request)
        guard response.isSuccess, let made = response.headers.lastModified.flatMap(secondsSince1970(httpDate:)),
            let now = response.headers["date"].flatMap(secondsSince1970(httpDate:))
        else { return nil }
        return max(now - made, 0)
    }

    /// False when another machine was first. An old claim is replaced.
    private func makeClaim(_ url: String, isOld: Bool) throws(Failure) -> Bool {
        var request = Request(url)
        request.upload = Upload("PUT")
        if !isOld {
            // Google's store asks for it in words of its own.
            request.headers = [
                url.hasPrefix("gs://") ? ("x-goog-if-generation-match", "0") : ("If-None-Match", "*")
            ]
        }
        let response = try context.transport.fetch(request)
        if response.status == 412 || response.status == 409 { return false }
        try response.requireSuccess()
        // A server that passes over the condition still tells a new object (201) from one that was there (204).
        return isOld || response.status != 204
    }

    private func removeClaim(_ url: String) {
        var request = Request(url)
        request.upload = Upload("DELETE")
        _ = try? context.transport.fetch(request)
    }
}
