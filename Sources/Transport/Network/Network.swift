// SPDX-License-Identifier: BSD-3-Clause
import CCurl
import Failures
import Platform
import Synchronization

/// The mailbox between callers and the network thread. Nothing of curl exists before the first request.
final class Network: Sendable {
    /// What callers left for the thread.
    struct Inbox {
        var jobs: [Job] = []
        /// Numbers of jobs whose pipe has room again.
        var roomy: [UInt64] = []
        /// Numbers of jobs that nobody wants any more.
        var unwanted: [UInt64] = []
        var isClosing = false
        fileprivate var multi: MultiHandle?
    }

    let settings: TransportSettings
    private let inbox = Mutex(Inbox())
    private let lastNumber = Atomic<UInt64>(0)
    let counter = ByteCounter()
    /// What is known of the way to each host, by authority.
    private let links = Mutex<[String: LinkEstimate]>([:])

    init(settings: TransportSettings) { self.settings = settings }

    func nextNumber() -> UInt64 { lastNumber.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Hands a job to the thread, which starts now if it has not yet.
    func submit(_ jobs: [Job]) throws(Failure) {
        let started: Result<Void, Failure> = inbox.withLock { inbox in
            if inbox.multi == nil {
                guard let multi = MultiHandle() else {
                    return .failure(Failure(.system, "libcurl", "cannot be initialised"))
                }
                do throws(Failure) {
                    try startThread("network", stackSize: 512 << 10) { [self] in
                        NetworkLoop(network: self, multi: multi).run()
                    }
                } catch {
                    return .failure(error)
                }
                inbox.multi = multi
            }
            inbox.jobs += jobs
            return .success(())
        }
        try started.get()
        wake()
    }

    /// Lets a job that was refused try once more with what its scheme says now, which may take requests of its own: on a
    /// thread of its own.
    func renew(_ job: Job, _ renew: @escaping Location.Renewal) {
        job.renewals += 1
        job.renewed = monotonicNanoseconds()
        let work = { @Sendable [self] in
            do throws(Failure) {
                guard let location = try renew() else { throw statusFailure(401, url: job.location.shown) }
                job.locations[job.locationIndex] = location
                job.endDetour()
                try submit([job])
            } catch {
                job.finish(.failure(error))
            }
        }
        do throws(Failure) {
            try startThread("renew", stackSize: 256 << 10, work)
        } catch {
            job.finish(.failure(error))
        }
    }

    /// The consumer of a job took bytes: curl may go on.
    func resume(_ number: UInt64) {
        inbox.withLock { $0.roomy.append(number) }
        wake()
    }

    /// Ends a job soon.
    func stop(_ number: UInt64) {
        inbox.withLock { $0.unwanted.append(number) }
        wake()
    }

    /// Ends the thread and all that it does.
    func close() {
        inbox.withLock { $0.isClosing = true }
        wake()
    }

    /// Empties the mailbox; for the network thread.
    func collect() -> Inbox {
        inbox.withLock { inbox in
            let collected = inbox
            inbox.jobs.removeAll()
            inbox.roomy.removeAll()
            inbox.unwanted.removeAll()
            return collected
        }
    }

    /// What is known of the way to a host; nil before its first answer.
    func link(to authority: String) -> LinkEstimate? { links.withLock { $0[authority] } }

    /// Lets others know what the network thread has learnt.
    func note(_ link: LinkEstimate, to authority: String) { links.withLock { $0[authority] = link } }

    /// The thread has ended; what is submitted from now on starts another.
    func threadEnded() {
        inbox.withLock { inbox in
            inbox.multi = nil
            inbox.isClosing = false
        }
    }

    private func wake() { inbox.withLock { $0.multi?.wake() } }
}

/// Owner of curl's multi handle.
///
/// `@unchecked Sendable`: the network thread uses it; others only call `wake`, which curl allows from any thread.
final class MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    private let trusts = Mutex<[HostTrust]>([])

    init?() {
        guard MultiHandle.library == CURLE_OK, let pointer = curl_multi_init() else { return nil }
        self.pointer = pointer
        _ = krait_curl_multi_set_long(pointer, CURLMOPT_PIPELINING, 2)  // CURLPIPE_MULTIPLEX
        _ = krait_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, 64)
    }

    /// Connections refer to what they were made with until the last of them is closed, which is here; what is stored goes
    /// after this.
    deinit { _ = curl_multi_cleanup(pointer) }

    /// Holds on to what connections refer to.
    func keep(_ trust: HostTrust) { trusts.withLock { $0.append(trust) } }

    func wake() { _ = curl_multi_wakeup(pointer) }

    /// `curl_global_init`, once, when first needed (0.5 ms).
    private static let library = curl_global_init(krait_curl_global_flags())
}
