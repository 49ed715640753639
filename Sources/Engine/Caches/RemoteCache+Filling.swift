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
/// package at the same moment one brings it while the others wait (``CacheClaims``). A registry takes no claims; two machines
/// may bring the same package there.
extension RemoteCache {
    /// A package that another machine is bringing.
    private struct Awaited {
        let url: String
        let sha256: SHA256Digest
        let size: UInt64?
        let claim: String
        /// When the claim has to have been made anew, by ``monotonicNanoseconds()``.
        private(set) var end: UInt64 = 0

        init(_ url: String, _ sha256: SHA256Digest, _ size: UInt64?, _ claim: String, age: Int64) {
            self.url = url
            self.sha256 = sha256
            self.size = size
            self.claim = claim
            wait(since: age)
        }

        /// Goes on waiting for a claim that was made `age` seconds ago.
        mutating func wait(since age: Int64) {
            end = monotonicNanoseconds() + UInt64(clamping: CacheClaims.patience - age) * 1_000_000_000
        }
    }

    /// Brings those of `links` that the first place lacks from their channels to it; what has no SHA-256 has no place.
    ///
    /// - Returns: A warning where the place takes nothing; packages are not kept there then.
    func fill(_ links: @autoclosure () -> [ChangePlan.Link]) throws(Failure) -> String? {
        guard let place = places.first, takes(place) else { return nil }
        // Each machine begins with others, so that many share the work.
        let links = links().filter { $0.record.sha256 != nil && !url(of: $0).hasPrefix("file:") }.shuffled()
        guard !links.isEmpty else { return nil }
        let staging = try StagingDirectory(in: context.environment["TMPDIR"] ?? "/tmp", key: context.changeKey)
        let registry = place.hasPrefix("oci://") ? CachedRegistry(place, context.transport) : nil
        let claims = CacheClaims(context.transport)
        defer { claims.end() }
        let refusal = Mutex<Failure?>(nil)
        let awaited = Mutex<[Awaited]>([])
        try forEachInParallel(links.count, workers: 8, name: "fill") { (index) throws(Failure) in
            guard refusal.withLock({ $0 == nil }) else { return }
            do throws(Failure) {
                let other = try bring(links[index], to: place, registry, claims, staging)
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
        try wait(for: awaited.withLock { $0 }, claims, registry)
        return nil
    }

    /// Removes from the first place what is there for `record` and is not its archive, so that the next machine brings that
    /// anew; what does not want to go is not worth a failure. Registries check themselves what they take.
    func discard(_ record: PackageRecord) {
        guard let place = places.first, takes(place), !place.hasPrefix("oci:"), let url = urls(of: record).first else {
            return
        }
        context.transport.discard(url)
    }

    /// Whether packages are brought to the first place.
    private func takes(_ place: String) -> Bool {
        context.settings[.remoteCacheFill] && !context.settings[.offline] && !RemoteCache.isLocal(place)
    }

    private func url(of link: ChangePlan.Link) -> String { link.source ?? link.record.url }

    /// Brings one package, unless it is there; where another machine brings it, what to wait for.
    private func bring(
        _ link: ChangePlan.Link, to place: String, _ registry: CachedRegistry?, _ claims: CacheClaims,
        _ staging: StagingDirectory
    ) throws(Failure) -> Awaited? {
        guard let sha256 = link.record.sha256 else { return nil }
        let url = RemoteCache.url(in: place, sha256, link.record)
        if try isThere(url, sha256, registry, size: link.record.size) { return nil }
        let claim = "\(place)/claims/\(sha256)"
        if registry == nil {
            let age = try claims.age(of: claim)
            if let age, age < CacheClaims.patience { return Awaited(url, sha256, link.record.size, claim, age: age) }
            guard try claims.make(claim, isOld: age != nil) else {
                return Awaited(url, sha256, link.record.size, claim, age: 0)
            }
        }
        defer { if registry == nil { claims.remove(claim) } }
        // Who had the claim before may have finished a moment ago.
        if registry == nil, try isThere(url, sha256, nil, size: link.record.size) { return nil }
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
    private func wait(
        for awaited: [Awaited], _ claims: CacheClaims, _ registry: CachedRegistry?
    ) throws(Failure) {
        var awaited = awaited
        var interval: UInt64 = 200_000_000
        while !awaited.isEmpty {
            pause(nanoseconds: interval)
            interval = min(interval * 2, 2_000_000_000)
            try context.cancellation.check()
            var left: [Awaited] = []
            for var one in awaited where (try? isThere(one.url, one.sha256, registry, size: one.size)) != true {
                if one.end <= monotonicNanoseconds() {
                    guard let age = try? claims.age(of: one.claim), age < CacheClaims.patience else { continue }
                    one.wait(since: age)
                }
                left.append(one)
            }
            awaited = left
        }
    }
}
