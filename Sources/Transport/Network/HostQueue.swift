// SPDX-License-Identifier: BSD-3-Clause

/// What limits are counted by: a host, and whether the body is streamed.
struct QueueKey: Hashable {
    var authority: String
    var isStreaming: Bool

    init(_ job: Job) {
        authority = job.location.authority
        isStreaming = job.isStreaming
    }
}

/// Jobs that wait for one host, first come first served, and the number of those that run.
struct HostQueue {
    var running = 0
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

    /// Takes out the jobs that are meant.
    mutating func remove(where isMeant: (Job) -> Bool) -> [Job] {
        let taken = jobs[head...].filter(isMeant)
        jobs = jobs[head...].filter { !isMeant($0) }
        head = 0
        return taken
    }
}
