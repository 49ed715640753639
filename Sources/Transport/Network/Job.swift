// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Locations
import Platform

/// One request on its way: all attempts, their state, and where the bytes go.
///
/// `@unchecked Sendable`: made by a caller, handed over once, and from then on touched by the network thread only.
final class Job: @unchecked Sendable {
    /// Where body bytes go.
    enum Sink {
        case memory
        case pipe(BytePipe)
    }

    /// Why an attempt was broken off by us.
    enum Verdict {
        case complete
        case changed
        case refused(String)
        /// It is too long to share a connection.
        case tooLong
        case consumerGone
    }

    let number: UInt64
    let request: Request
    let sink: Sink
    let transfer: Transfer
    /// Counts for all jobs of a transport.
    let counter: ByteCounter
    /// Called once, on the network thread; must be quick.
    let completion: @Sendable (Result<Response, Failure>) -> Void
    /// Places of the bytes in the order of trying.
    var locations: [Location]
    var locationIndex = 0
    /// How often its place was asked for once more.
    var renewals = 0
    /// When that was last, and when an attempt last failed: nanoseconds, 0 for never.
    var renewed: UInt64 = 0
    var failed: UInt64 = 0
    /// Failed rounds since bytes were last gained.
    var failures = 0
    /// Failed rounds since then that do not count, for the host gave others what they asked for.
    var excuses = 0
    var deliveredAtFailure: UInt64 = 0
    var attempts = 0
    var notBefore: UInt64 = 0
    var resumption: Resumption
    var body: [UInt8] = []
    /// Of what was delivered, where its place names a digest.
    private var hasher: SHA256Hasher?
    /// What each place said last, by its index.
    private var told: [Int: Failure] = [:]
    /// What a place said for good, where the caller takes any answer: it counts when the others cannot be reached.
    var answer: Response?

    // The attempt that runs.
    var easy: EasyHandle?
    /// What is sent, from its beginning.
    var reader: UploadReader?
    var headers = HeaderFields()
    var status = 0
    var hasBegun = false
    var delivers = false
    var verdict: Verdict?
    var isPaused = false
    var lastActivity: UInt64 = 0
    /// When it was first put in line, and when this attempt was given to curl: nanoseconds.
    var queued: UInt64 = 0
    var began: UInt64 = 0
    /// Bytes that the estimate of the link has counted.
    var measured: UInt64 = 0

    init(
        number: UInt64, request: Request, locations: [Location], sink: Sink, transfer: Transfer,
        counter: ByteCounter, completion: @escaping @Sendable (Result<Response, Failure>) -> Void
    ) {
        self.number = number
        self.request = request
        self.locations = locations
        self.sink = sink
        self.transfer = transfer
        self.counter = counter
        self.completion = completion
        resumption = Resumption(expected: request.expectedSize)
    }

    /// Where this attempt goes: to the place itself, or to where that has sent it.
    var location: Location { detour ?? locations[locationIndex] }
    private(set) var detour: Location?
    private var detours = 0

    /// Goes to where the place has sent it next; false where it leads nowhere. For places with keys that curl would take
    /// along: another host gets none of them.
    func follow(_ target: String?) -> Bool {
        guard location.keepsToItself, request.upload == nil, detours < 10, [301, 302, 303, 307, 308].contains(status),
            let address = target.flatMap({ Address($0) }),
            String.mayLead(from: location.address.scheme, to: address.scheme), !address.isLocal
        else { return false }
        detours += 1
        let credential = address.hasSameOrigin(as: location.address) ? location.credential : nil
        detour = Location(
            address: address, shown: location.shown, credential: credential, mayLack: location.mayLack,
            renew: location.renew)
        return true
    }

    /// The next attempt begins at the place itself.
    func endDetour() { (detour, detours) = (nil, 0) }

    var isStreaming: Bool {
        if case .pipe = sink { true } else { false }
    }

    /// Notes what the place that was just tried says.
    func note(_ failure: Failure) { told[locationIndex] = failure }

    /// The failure of the last place, made from what the others said.
    func ending(_ failure: Failure, at last: Int) -> Failure {
        var failure = failure
        for index in told.keys.sorted(by: >) where index != last {
            guard var other = told[index] else { continue }
            if let cause = failure.cause as? Failure { other.cause = cause }
            failure.cause = other
        }
        return failure
    }

    /// The body is short enough to be taken whole, so that it cannot hold up others on the same HTTP/2 connection. One of
    /// unknown length is believed to be until its head is there.
    var sharesConnection: Bool {
        switch sink {
        case .memory: true
        case .pipe(let pipe): !isTooLong && (request.likelySize ?? 0) <= UInt64(pipe.capacity)
        }
    }

    /// Somebody does nothing else until it gives something.
    var isAwaited: Bool {
        switch sink {
        case .memory: true
        case .pipe(let pipe): pipe.isAwaited
        }
    }

    /// The head said that the body does not fit into the pipe.
    var isTooLong = false

    /// Forgets the last attempt.
    func prepareAttempt(now: UInt64) {
        headers = HeaderFields()
        status = 0
        hasBegun = false
        delivers = false
        verdict = nil
        isPaused = false
        lastActivity = now
        began = now
        if resumption.delivered == 0 {
            body.removeAll()
            hasher = location.sha256 == nil ? nil : SHA256Hasher()
        }
        attempts += 1
    }

    /// The head of the answer is complete: decides what its body is.
    ///
    /// `isShared` tells that others are on the same connection.
    func begin(status: Int, isShared: Bool) {
        hasBegun = true
        self.status = status
        let isBody = (200..<300).contains(status) || (status == 416 && resumption.delivered > 0)
        guard isBody else { return }
        switch resumption.begin(status: status, headers: headers, location: locationIndex) {
        case .deliver:
            delivers = true
            // What is told of the body's length is of one that does not come.
            if request.headersOnly { return }
            // curl undoes whatever it can, also one encoding about another, as soon as it may undo any.
            if request.allowsEncoding, let encoding = headers.strangeEncoding {
                verdict = .refused("it comes in the encoding `\(encoding)`, which was not asked for")
                return
            }
            if let total = resumption.total {
                transfer.learn(total: total)
                if case .pipe(let pipe) = sink { pipe.expect(total: total) }
            }
            if let total = resumption.total, total > UInt64(request.maximumBody) {
                verdict = .refused("the body is longer than \(request.maximumBody) bytes")
                return
            }
            if isShared, case .pipe(let pipe) = sink, let total = resumption.total, total > UInt64(pipe.capacity) {
                isTooLong = true
                verdict = .tooLong
                return
            }
            if case .memory = sink, let total = resumption.total, body.isEmpty {
                body.reserveCapacity(Int(total))
            }
        case .complete: verdict = .complete
        case .changed: verdict = .changed
        case .refused(let reason): verdict = .refused(reason)
        }
    }

    /// What the write callback tells curl.
    enum Receipt { case taken, pause, stop }

    /// Takes body bytes of the running attempt.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Receipt {
        if verdict != nil { return .stop }
        guard delivers else {
            // The text of an error answer: the beginning is kept, a long one is not waited for.
            if body.count < 4096, resumption.delivered == 0, !isStreaming {
                body.append(contentsOf: bytes.prefix(4096 - body.count))
            }
            return .taken
        }
        let before = resumption
        if request.allowsEncoding, let easy, before.delivered / 200 > max(easy.arrived, 4096) {
            verdict = .refused("it grows to more than 200 times what arrived")
            return .stop
        }
        var after = before
        let fresh = UnsafeRawBufferPointer(rebasing: bytes[after.drop(of: bytes.count)...])
        if let expected = request.expectedSize, after.delivered + UInt64(fresh.count) > expected {
            verdict = .refused("more bytes than the expected \(expected)")
            return .stop
        }
        defer {
            resumption = after
            transfer.count(received: after.delivered)
            counter.add(after.delivered - before.delivered)
        }
        guard after.delivered + UInt64(fresh.count) <= UInt64(request.maximumBody) else {
            verdict = .refused("the body is longer than \(request.maximumBody) bytes")
            return .stop
        }
        switch sink {
        case .memory:
            body.append(contentsOf: fresh)
            hasher?.update(fresh)
            after.delivered += UInt64(fresh.count)
        case .pipe(let pipe):
            var taken = 0
            while taken < fresh.count {
                let piece = UnsafeRawBufferPointer(
                    rebasing: fresh[taken..<min(taken + min(pipe.capacity, 64 << 10), fresh.count)])
                guard pipe.offer(piece) else {
                    // curl hands over the whole buffer again: what the pipe has of it is dropped then.
                    after.skipping = before.skipping + UInt64(taken)
                    isPaused = true
                    return .pause
                }
                hasher?.update(piece)
                taken += piece.count
                after.delivered += UInt64(piece.count)
            }
            if pipe.isCancelled {
                verdict = .consumerGone
                return .stop
            }
        }
        return .taken
    }

    /// Hands the end to everyone who waits for it.
    func finish(_ result: Result<Response, Failure>) {
        var result = result
        if case .success(let response) = result, response.isSuccess, let expected = location.sha256,
            let found = hasher.take()?.finish(), found != expected
        {
            let reason = "does not match its manifest: SHA-256 is \(found), expected \(expected)"
            result = .failure(Failure(.integrity, location.shown, reason))
        }
        if case .pipe(let pipe) = sink {
            switch result {
            case .success: pipe.finish()
            case .failure(let failure): pipe.fail(failure)
            }
        }
        transfer.finish(result)
        completion(result)
    }
}

/// One place where the bytes are, with what that place wants to know.
struct Location: Sendable {
    /// What curl is given; may hold a conda token, never a password.
    let address: Address
    /// For messages.
    let shown: String
    let credential: Credential?
    /// Its not having the bytes is no fault.
    let mayLack: Bool
    /// What the bytes have to be, where the scheme names it and the request does not.
    let sha256: SHA256Digest?
    /// Asks the scheme once more, for a place that lets nobody in any longer; what is shown is the name of that scheme then,
    /// not the URL that curl is given.
    let renew: Renewal?

    typealias Renewal = @Sendable () throws(Failure) -> Location?

    /// `host:port`, what the limits are counted by.
    let authority: String

    init(
        address: Address, shown: String, credential: Credential?, mayLack: Bool = false, sha256: SHA256Digest? = nil,
        renew: Renewal? = nil
    ) {
        self.address = address
        self.shown = shown
        self.credential = credential
        self.mayLack = mayLack
        self.sha256 = sha256
        self.renew = renew
        authority = address.authority
    }

    /// It wants to know what curl would tell every host that it sends to next.
    var keepsToItself: Bool {
        if case .s3(let keys, _)? = credential { keys.sessionToken != nil } else { false }
    }

    /// Texts that no message may contain.
    var secrets: [String] { credential?.secrets ?? [] }
}
