// SPDX-License-Identifier: BSD-3-Clause
import CCurl
import Failures
import Platform
import Synchronization

/// What the network thread does: admits jobs, lets curl work, judges what ended, repeats what failed.
///
/// Everything in here belongs to that one thread. No wait is without an end: curl bounds connecting, `idleTimeout`
/// bounds silence, `RetryPolicy` bounds repetition.
final class NetworkLoop {
    let network: Network
    let multi: MultiHandle
    let settings: TransportSettings
    let policy: RetryPolicy
    /// What waits and runs, by host.
    private var queues: [String: HostQueue] = [:]
    private var waitingCount = 0
    private var delayed: [Job] = []
    private var active: [UInt64: Job] = [:]
    /// What has given its place to another and goes on once there is room for its bytes.
    private var parked: [UInt64: Job] = [:]
    private var spare: [EasyHandle] = []
    /// Failed attempts by host, so that a dead mirror is tried last.
    private var hostFailures: [String: Int] = [:]
    private var roots: Result<TrustRoots?, Failure>?
    /// What each host's connections are made with; kept until all of them are closed.
    private var trusts: [String: HostTrust] = [:]
    private var nextIdleCheck: UInt64 = 0
    private var nextMeasurement: UInt64 = 0
    private var random = SystemRandomNumberGenerator()

    init(network: Network, multi: MultiHandle) {
        self.network = network
        self.multi = multi
        settings = network.settings
        policy = RetryPolicy(network.settings)
    }

    /// Runs until the transport is closed.
    func run() {
        while true {
            let inbox = network.collect()
            if inbox.isClosing { return close(inbox) }
            for job in inbox.jobs { accept(job) }
            for number in inbox.unwanted { drop(number) }
            for number in inbox.roomy { unpause(number) }
            if let cancellation = settings.cancellation, cancellation.isCancelled { abandonAll(cancelled()) }
            let now = monotonicNanoseconds()
            wakeDelayed(now)
            admit(now)
            var running: Int32 = 0
            _ = curl_multi_perform(multi.pointer, &running)
            collectFinished()
            let later = monotonicNanoseconds()
            checkIdle(later)
            measure(later)
            if waitingCount > 0, admit(later) { continue }
            poll()
        }
    }

    // MARK: Admission

    private func accept(_ job: Job) {
        if job.locations.count > 1, job.attempts == 0 {
            // Stable: places that failed less often first, otherwise in the given order.
            let order = job.locations.enumerated().sorted {
                let left = hostFailures[$0.element.authority] ?? 0
                let right = hostFailures[$1.element.authority] ?? 0
                return (left, $0.offset) < (right, $1.offset)
            }
            job.locations = order.map(\.element)
        }
        enqueue(job)
    }

    private func enqueue(_ job: Job) {
        if job.attempts == 0 { job.queued = monotonicNanoseconds() }
        host(of: job) { $0.append(job) }
        waitingCount += 1
    }

    private func host(of job: Job, _ change: (inout HostQueue) -> Void) {
        change(&queues[job.location.authority, default: HostQueue(parallelism: settings.parallelism)])
    }

    private func wakeDelayed(_ now: UInt64) {
        guard delayed.contains(where: { $0.notBefore <= now }) else { return }
        for job in delayed where job.notBefore <= now { enqueue(job) }
        delayed.removeAll { $0.notBefore <= now }
    }

    /// Starts what the limits per host allow; true when something was started.
    @discardableResult
    private func admit(_ now: UInt64) -> Bool {
        guard waitingCount > 0 else { return false }
        var hasStarted = false
        for key in Array(queues.keys) {
            while let job = queues[key]?.next(multiplexed: settings.multiplexed, now: now) {
                waitingCount -= 1
                start(job, now)
                hasStarted = true
            }
            if let job = takeAwaited(from: key, now) {
                waitingCount -= 1
                start(job, now)
                hasStarted = true
            }
        }
        return hasStarted
    }

    /// A host that gives few bodies at a time may be giving those that nobody reads just now, while all who could read wait
    /// for one in line: that one goes beside those, and where that has failed takes the place of one of them.
    private func takeAwaited(from key: String, _ now: UInt64) -> Job? {
        guard let host = queues[key], host.quietUntil <= now else { return nil }
        let running = active.values.filter { $0.location.authority == key }
        guard !running.isEmpty, running.allSatisfy(\.isPaused), let awaited = queues[key]?.takeAwaited(),
            let last = running.max(by: { $0.began < $1.began })
        else { return nil }
        // Beside them at first: what has come of one that nobody reads is lost with its connection.
        if awaited.failures + awaited.excuses > 1 {
            release(last)
            parked[last.number] = last
        }
        return awaited
    }

    private func start(_ job: Job, _ now: UInt64) {
        if job.location.address.scheme == "https", roots == nil {
            roots = Result { () throws(Failure) in try TrustRoots.find(settings.trust) }
        }
        var trusted: HostTrust?
        if job.location.address.scheme == "https" {
            switch roots {
            case .success(let found)?: trusted = found.map { trust(in: $0, for: job.location.address) }
            case .failure(let failure)?: return job.finish(.failure(failure))
            case nil: break
            }
        }
        guard let easy = spare.popLast() ?? EasyHandle() else {
            return job.finish(.failure(Failure(.system, "libcurl", "out of memory")))
        }
        if let upload = job.request.upload {
            do throws(Failure) { job.reader = try UploadReader(upload) } catch { return job.finish(.failure(error)) }
        }
        job.prepareAttempt(now: now)
        job.easy = easy
        let known = queues[job.location.authority]
        easy.prepare(
            job, settings: settings, trust: trusted,
            mayMultiplex: !(known?.isSingle ?? false))
        active[job.number] = job
        host(of: job) { $0.started(job) }
        _ = curl_multi_add_handle(multi.pointer, easy.pointer)
    }

    private func trust(in roots: TrustRoots, for address: Address) -> HostTrust {
        if let known = trusts[address.authority] { return known }
        let trust = HostTrust(roots, address: address, settings: settings)
        trusts[address.authority] = trust
        multi.keep(trust)
        return trust
    }

    // MARK: Events

    private func unpause(_ number: UInt64) {
        if let job = parked.removeValue(forKey: number) { return enqueue(job) }
        guard let job = active[number], job.isPaused, let easy = job.easy else { return }
        job.isPaused = false
        job.lastActivity = monotonicNanoseconds()
        _ = curl_easy_pause(easy.pointer, CURLPAUSE_CONT)
    }

    private func drop(_ number: UInt64) {
        let failure = Failure(.interrupted, "transfer", "was stopped")
        if let job = active[number] {
            release(job)
            job.finish(.failure(failure))
        }
        for job in takeWaiting(where: { $0.number == number }) { job.finish(.failure(failure)) }
    }

    private func collectFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi.pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = krait_curl_message_result(message)
            var context: UnsafeMutableRawPointer?
            guard krait_curl_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { continue }
            finished(Unmanaged<Job>.fromOpaque(context).takeUnretainedValue(), code)
        }
    }

    /// An attempt ended: takes what is to be known of it, then judges.
    private func finished(_ job: Job, _ code: CURLcode) {
        guard let easy = job.easy else { return }
        let status = easy.number(CURLINFO_RESPONSE_CODE)
        // The user knows a bucket by its own name.
        let reached = job.location.renew != nil ? nil : easy.text(CURLINFO_EFFECTIVE_URL)
        let finalURL = masked(reached ?? job.location.shown)
        let message = scrubbed(easy.message(for: code), of: job.location.secrets)
        let next = easy.text(CURLINFO_REDIRECT_URL)
        learn(from: job, easy)
        if let trace = settings.trace { trace.add(traceEntry(job, easy, code, status, finalURL, message, trace)) }
        if code == CURLE_OK, !job.hasBegun { job.begin(status: status, isShared: false) }
        release(job)
        // Once more, on a connection of its own.
        if case .tooLong? = job.verdict { return enqueue(job) }
        if code == CURLE_OK, job.follow(next) { return enqueue(job) }
        // 400 is what S3 says of keys that have ended.
        if status == 401 || status == 400, let renew = job.location.renew,
            job.renewals < max(1, policy.retries) || isExcused(job, since: job.renewed)
        {
            return network.renew(job, renew)
        }
        switch Outcome(job: job, code: code, status: status, message: message) {
        case .success:
            job.finish(.success(response(job, status: status, finalURL: finalURL)))
        case .elsewhere(let failure):
            job.note(failure)
            if !job.isStreaming || job.request.answersAnyStatus, job.verdict == nil, job.status != 0 {
                job.answer = response(job, status: status, finalURL: finalURL)
            }
            if job.locationIndex + 1 < job.locations.count {
                repeatLater(job, failure, retryAfter: nil)
            } else if job.verdict == nil, job.status != 0, let answer = job.answer {
                job.finish(.success(answer))
            } else {
                job.finish(.failure(job.ending(failure, at: job.locationIndex)))
            }
        case .again(let failure, let retryAfter):
            repeatLater(job, failure, retryAfter: retryAfter)
        case .anew(let failure):
            job.resumption.restart()
            repeatLater(job, failure, retryAfter: nil)
        case .fatal(let failure):
            job.finish(.failure(failure))
        }
    }

    /// Whether the host has given others what they asked for since then, so that what `job` met with says little.
    private func isExcused(_ job: Job, since time: UInt64) -> Bool {
        guard policy.mayExcuse(job.excuses), queues[job.location.authority]?.lastGift ?? 0 > time
        else { return false }
        job.excuses += 1
        return true
    }

    private func response(_ job: Job, status: Int, finalURL: String) -> Response {
        host(of: job) { $0.lastGift = monotonicNanoseconds() }
        let body = job.body
        job.body = []
        return Response(status: status, headers: job.headers, body: body, finalURL: finalURL)
    }

    /// Takes a job's attempt away from curl.
    private func release(_ job: Job) {
        guard let easy = job.easy else { return }
        _ = curl_multi_remove_handle(multi.pointer, easy.pointer)
        job.easy = nil
        active[job.number] = nil
        host(of: job) { $0.ended(job) }
        if spare.count < 32 {
            easy.reset()
            spare.append(easy)
        }
    }

    /// Another attempt: at the next place at once, or after all were tried, later; or the end.
    private func repeatLater(_ job: Job, _ failure: Failure, retryAfter: UInt64?) {
        job.note(failure)
        // S3 answers 403 for what is not there to whoever may not list.
        let isLack = job.location.mayLack && (job.status == 404 || job.status == 403)
        if !isLack { hostFailures[job.location.authority, default: 0] += 1 }
        if job.resumption.delivered >= job.deliveredAtFailure + 64 << 10 { (job.failures, job.excuses) = (0, 0) }
        job.deliveredAtFailure = job.resumption.delivered
        let now = monotonicNanoseconds()
        var excused = false
        host(of: job) { host in
            let running = host.streaming + host.sharing + 1
            excused = host.link.noteRefusal(start: job.began, running: running, now: now)
            if let retryAfter, retryAfter <= policy.longestPause {
                host.quietUntil = max(host.quietUntil, now &+ retryAfter)
            }
        }
        job.endDetour()
        if job.locationIndex + 1 < job.locations.count {
            job.locationIndex += 1
            enqueue(job)
            return
        }
        // One place has answered, and this one does not at all.
        if job.status == 0, let answer = job.answer { return job.finish(.success(answer)) }
        let tried = job.locationIndex
        job.locationIndex = 0
        // Fewer at a time may do: what was refused for being too many is no failure of its own.
        if !excused, !isExcused(job, since: job.failed == 0 ? job.began : job.failed) { job.failures += 1 }
        job.failed = now
        guard job.failures <= policy.retries, job.request.upload?.mayRepeat ?? true else {
            if let answer = job.answer { return job.finish(.success(answer)) }
            var last = job.ending(failure, at: tried)
            if job.attempts > 1 { last.reason += " (\(job.attempts) attempts)" }
            return job.finish(.failure(last))
        }
        let number = max(job.failures, min(job.failures + job.excuses, 3))
        let pause = max(policy.pause(before: max(1, number), random: random.next()), retryAfter ?? 0)
        guard pause <= max(policy.longestPause, settings.backoff &* 128) else {
            var last = failure
            last.hint = "the server asks to retry in \(pause / 1_000_000_000) seconds"
            return job.finish(.failure(last))
        }
        job.notBefore = now &+ pause
        delayed.append(job)
    }

    // MARK: Time

    /// Takes from a finished attempt what it tells of the way to its host.
    private func learn(from job: Job, _ easy: EasyHandle) {
        let sent = easy.nanoseconds(CURLINFO_PRETRANSFER_TIME_T)
        let answered = easy.nanoseconds(CURLINFO_STARTTRANSFER_TIME_T)
        let isMultiplexed = easy.isMultiplexed
        let now = monotonicNanoseconds()
        host(of: job) { host in
            if answered > 0 { host.lastAnswer = now }
            if isMultiplexed {
                host.isMultiplexed = true
            } else if job.sharesConnection, answered > 0 {
                host.isSingle = !host.isMultiplexed
            }
            if answered > sent {
                host.link.note(
                    roundTrip: answered - sent, size: job.sharesConnection ? job.resumption.delivered : 0)
                network.note(host.link, to: job.location.authority)
            }
        }
    }

    /// A server of few connections answers on those it has taken and lets the others wait, in vain while we keep the first
    /// ones open: such a request is taken back, and goes out again on a connection that lives.
    private func isStalled(_ job: Job, _ now: UInt64) -> Bool {
        guard job.request.upload == nil, job.headers.fields.isEmpty, job.status == 0,
            let host = queues[job.location.authority],
            let roundTrip = host.link.roundTrip, host.link.bound > 1
        else { return false }
        return host.lastAnswer > job.began && now > job.began &+ Self.patience &+ 20 &* roundTrip
    }

    /// Nanoseconds after which a request is unanswered for long, when others of its host have been answered since it began.
    private static let patience: UInt64 = 4_000_000_000

    private func traceEntry(
        _ job: Job, _ easy: EasyHandle, _ code: CURLcode, _ status: Int, _ url: String, _ message: String,
        _ trace: NetworkTrace
    ) -> NetworkTrace.Entry {
        var entry = NetworkTrace.Entry()
        entry.url = url
        entry.attempt = job.attempts
        entry.status = status
        if code != CURLE_OK { entry.problem = message }
        switch easy.number(CURLINFO_HTTP_VERSION) {
        case CURL_HTTP_VERSION_1_0: entry.version = "1.0"
        case CURL_HTTP_VERSION_1_1: entry.version = "1.1"
        case CURL_HTTP_VERSION_2_0: entry.version = "2"
        default: break
        }
        entry.connection = easy.number(CURLINFO_LOCAL_PORT)
        entry.opened = easy.number(CURLINFO_NUM_CONNECTS) > 0
        entry.isSecure = job.location.address.scheme == "https"
        entry.queued = trace.since(job.queued)
        entry.began = trace.since(job.began)
        func time(_ info: CURLINFO) -> UInt64 {
            let passed = easy.nanoseconds(info)
            return passed > 0 ? entry.began + passed : 0
        }
        if entry.opened { entry.connected = max(time(CURLINFO_CONNECT_TIME_T), time(CURLINFO_APPCONNECT_TIME_T)) }
        entry.firstByte = time(CURLINFO_STARTTRANSFER_TIME_T)
        entry.ended = trace.since(monotonicNanoseconds())
        entry.bytes = UInt64(max(0, easy.number(offset: CURLINFO_SIZE_DOWNLOAD_T)))
        return entry
    }

    /// Looks at what has come since the last time, ten times a second.
    private func measure(_ now: UInt64) {
        guard now >= nextMeasurement else { return }
        nextMeasurement = now + 100_000_000
        var gained: [String: UInt64] = [:]
        for job in active.values {
            gained[job.location.authority, default: 0] +=
                job.resumption.delivered - min(job.measured, job.resumption.delivered)
            job.measured = job.resumption.delivered
        }
        for (authority, bytes) in gained {
            guard var host = queues[authority] else { continue }
            let isBusy = host.streaming + host.sharing >= LinkEstimate.leastWidth
            host.link.note(bytes: bytes, isBusy: isBusy, now: now)
            if bytes > 0 { host.lastGift = now }
            queues[authority] = host
        }
    }

    private func checkIdle(_ now: UInt64) {
        guard now >= nextIdleCheck else { return }
        nextIdleCheck = now + min(500_000_000, settings.idleTimeout / 4 + 1)
        for job in active.values where isStalled(job, now) {
            release(job)
            repeatLater(job, Failure(.network, job.location.shown, "no answer"), retryAfter: nil)
        }
        let idle = active.values.filter { !$0.isPaused && now > $0.lastActivity &+ settings.idleTimeout }
        for job in idle {
            release(job)
            let seconds = settings.idleTimeout / 1_000_000_000
            repeatLater(
                job,
                Failure(
                    .network, job.location.shown, "no data for \(seconds) seconds",
                    hint: "a slow proxy or firewall may need a longer --read-timeout"),
                retryAfter: nil)
        }
    }

    /// Sleeps until a socket, a caller, a signal or the clock has something to do.
    private func poll() {
        let isBusy = !active.isEmpty || waitingCount > 0 || !delayed.isEmpty
        var limit: UInt64 = active.isEmpty ? 1_000_000 : min(500, settings.idleTimeout / 4_000_000 + 1)
        let now = monotonicNanoseconds()
        let quiet = waitingCount > 0 ? queues.values.map(\.quietUntil).filter { $0 > now } : []
        if let next = (delayed.map(\.notBefore) + quiet).min() {
            limit = min(limit, next > now ? (next - now) / 1_000_000 + 1 : 0)
        }
        // Only while there is something to break off: the descriptor stays readable after the first signal.
        if isBusy, let cancellation = settings.cancellation {
            limit = min(limit, 100)
            if cancellation.wakeDescriptor >= 0 {
                var signal = curl_waitfd(fd: cancellation.wakeDescriptor, events: 1, revents: 0)  // CURL_WAIT_POLLIN
                _ = curl_multi_poll(multi.pointer, &signal, 1, Int32(limit), nil)
                return
            }
        }
        _ = curl_multi_poll(multi.pointer, nil, 0, Int32(limit), nil)
    }

    // MARK: The end

    private func cancelled() -> Failure {
        do throws(Failure) {
            try settings.cancellation?.check()
            return Failure(.interrupted, "transfer", "was stopped")
        } catch {
            return error
        }
    }

    private func abandonAll(_ failure: Failure) {
        let running = Array(active.values)
        for job in running { release(job) }
        for job in running + takeWaiting(where: { _ in true }) { job.finish(.failure(failure)) }
    }

    /// Takes the jobs that do not run, whatever they wait for.
    private func takeWaiting(where isMeant: (Job) -> Bool) -> [Job] {
        var taken = delayed.filter(isMeant) + parked.values.filter(isMeant)
        delayed.removeAll(where: isMeant)
        parked = parked.filter { !isMeant($0.value) }
        for key in Array(queues.keys) {
            let jobs = queues[key]?.remove(where: isMeant) ?? []
            waitingCount -= jobs.count
            taken += jobs
        }
        return taken
    }

    private func close(_ inbox: Network.Inbox) {
        for job in inbox.jobs { enqueue(job) }
        abandonAll(Failure(.interrupted, "transfer", "the program is ending"))
        spare.removeAll()
        network.threadEnded()
    }
}
