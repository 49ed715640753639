// SPDX-License-Identifier: BSD-3-Clause

/// What waits for one host and what runs: long bodies, each on a connection of its own, and short ones, which share
/// one where the host speaks HTTP/2. Within a kind it is first come, first served.
struct HostQueue {
    var link: LinkEstimate
    /// Running transfers by kind.
    private(set) var streaming = 0
    private(set) var sharing = 0
    /// The host has answered over HTTP/2, or was asked to and has not.
    var isMultiplexed = false
    var isSingle = false
    /// The host has asked for quiet until then: nanoseconds.
    var quietUntil: UInt64 = 0
    /// When an answer last ended, and when the host last gave something of what was asked for: nanoseconds.
    var lastAnswer: UInt64 = 0
    var lastGift: UInt64 = 0
    private var streams = JobList()
    private var shared = JobList()

    init(parallelism: Int) { link = LinkEstimate(bound: parallelism) }

    mutating func append(_ job: Job) {
        if job.sharesConnection { shared.append(job) } else { streams.append(job) }
    }

    /// The next job that the limits allow to start; nil when none does. `multiplexed` bounds those that share a connection.
    mutating func next(multiplexed: Int, now: UInt64) -> Job? {
        guard now >= quietUntil else { return nil }
        let width = link.width
        if streaming + (isMultiplexed ? 0 : sharing) < width, let job = streams.popFirst() { return job }
        let most = link.isReduced ? min(multiplexed, link.bound) : multiplexed
        let room = isMultiplexed ? sharing < max(1, most) : streaming + sharing < width
        return room ? shared.popFirst() : nil
    }

    mutating func started(_ job: Job) {
        if job.sharesConnection { sharing += 1 } else { streaming += 1 }
    }

    mutating func ended(_ job: Job) {
        if job.sharesConnection { sharing -= 1 } else { streaming -= 1 }
    }

    /// Takes out a job that somebody waits for.
    mutating func takeAwaited() -> Job? { shared.takeAwaited() ?? streams.takeAwaited() }

    /// Takes out the jobs that are meant.
    mutating func remove(where isMeant: (Job) -> Bool) -> [Job] {
        streams.remove(where: isMeant) + shared.remove(where: isMeant)
    }
}

/// Jobs in the order they came.
private struct JobList {
    private var jobs: [Job] = []
    private var head = 0

    mutating func append(_ job: Job) { jobs.append(job) }

    mutating func popFirst() -> Job? {
        guard head < jobs.count else { return nil }
        let job = jobs[head]
        head += 1
        if head == jobs.count || head > 256 {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }

    mutating func takeAwaited() -> Job? {
        jobs[head...].firstIndex { $0.isAwaited }.map { jobs.remove(at: $0) }
    }

    mutating func remove(where isMeant: (Job) -> Bool) -> [Job] {
        let taken = jobs[head...].filter(isMeant)
        jobs = jobs[head...].filter { !isMeant($0) }
        head = 0
        return taken
    }
}
