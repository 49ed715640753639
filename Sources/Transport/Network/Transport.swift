// SPDX-License-Identifier: BSD-3-Clause
//
// URLs to bytes. Callers block or are handed a pipe; one thread, started at the first request that leaves the
// machine, drives all connections through curl's multi interface. A request is more than one attempt: retries,
// mirrors and resumption are invisible to whoever reads the bytes, who never gets one twice.
package import Failures
package import Platform
import Synchronization

/// Fetches things; shared by everyone who needs bytes from elsewhere.
package final class Transport: Sendable {
    package let settings: TransportSettings
    private let network: Network

    package init(_ settings: TransportSettings) {
        self.settings = settings
        network = Network(settings: settings)
    }

    deinit { network.close() }

    /// Body bytes handed on so far by all transfers over the network.
    package var received: UInt64 { network.counter.value }

    /// The way to the host of `url`, as far as requests have shown it: the shortest time to an answer in nanoseconds, and the
    /// bytes a second that it has carried, 0 when that is not known. nil before the first answer.
    package func link(to url: String) -> (roundTrip: UInt64, rate: UInt64)? {
        guard let link = Address(url).flatMap({ network.link(to: $0.authority) }), let roundTrip = link.roundTrip
        else { return nil }
        return (roundTrip, link.rate)
    }

    /// Ends every transfer and the network thread; what is asked for later starts anew.
    package func close() { network.close() }

    /// Fetches a small body. Throws for what repeating would perhaps have changed and did not; any final status
    /// (404, 304, 403 …) is a `Response`.
    package func fetch(_ request: Request) throws(Failure) -> Response {
        let place = try locate(request)
        if let response = try place.answer(request) { return response }
        let transfer = Transfer()
        let job = try makeJob(request, place, .memory, transfer) { _ in }
        try network.submit([job])
        return try transfer.wait()
    }

    /// Fetches many small bodies at the same time; `each` is called on this thread as they come, in any order, and
    /// may throw to end the whole.
    package func fetchAll(
        _ requests: [Request], each: (Int, Result<Response, Failure>) throws(Failure) -> Void
    ) throws(Failure) {
        let arrived = Monitor<[(Int, Result<Response, Failure>)]>([])
        var jobs: [Job] = []
        var ready: [(Int, Result<Response, Failure>)] = []
        for (index, request) in requests.enumerated() {
            do throws(Failure) {
                let place = try locate(request)
                if let response = try place.answer(request) {
                    ready.append((index, .success(response)))
                    continue
                }
                jobs.append(
                    try makeJob(request, place, .memory, Transfer()) { result in
                        arrived.withLock { $0.append((index, result)) }
                        arrived.wakeAll()
                    })
            } catch {
                ready.append((index, .failure(error)))
            }
        }
        if !jobs.isEmpty { try network.submit(jobs) }
        do throws(Failure) {
            for (index, result) in ready { try each(index, result) }
            var missing = jobs.count
            while missing > 0 {
                let batch = arrived.waitFor { list in
                    defer { list.removeAll() }
                    return list.isEmpty ? nil : list
                }
                missing -= batch.count
                for (index, result) in batch { try each(index, result) }
            }
        } catch {
            for job in jobs { network.stop(job.number) }
            throw error
        }
    }

    /// Fetches a small body and returns at once; `completion` is called on the network thread, for local files on this one.
    package func begin(
        _ request: Request, completion: @escaping @Sendable (Result<Response, Failure>) -> Void
    ) throws(Failure) {
        let place = try locate(request)
        do throws(Failure) {
            if let response = try place.answer(request) { return completion(.success(response)) }
        } catch {
            return completion(.failure(error))
        }
        try network.submit([try makeJob(request, place, .memory, Transfer(), completion)])
    }

    /// Streams a body into a pipe and returns at once. The pipe ends, or fails, with the transfer.
    package func start(_ request: Request, to pipe: BytePipe) throws(Failure) -> Transfer {
        try start(request, at: try locate(request), to: pipe)
    }

    private func start(_ request: Request, at place: Place, to pipe: BytePipe) throws(Failure) -> Transfer {
        let transfer = Transfer()
        switch place {
        case .remote: break
        case .local(let path):
            try copy(path, to: pipe, transfer)
            return transfer
        case .absent(let status, let url):
            let failure = statusFailure(status, url: url)
            if request.answersAnyStatus { pipe.finish() } else { pipe.fail(failure) }
            transfer.finish(request.answersAnyStatus ? .success(place.answer(status, url)) : .failure(failure))
            return transfer
        }
        let job = try makeJob(request, place, .pipe(pipe), transfer) { _ in }
        let number = job.number
        pipe.setOnSpace { [network] in network.resume(number) }
        transfer.onStop { [network] in network.stop(number) }
        try network.submit([job])
        return transfer
    }

    /// A body to be read piece by piece; local files are read in place, without a thread.
    package func open(_ request: Request, capacity: Int = 256 << 10) throws(Failure) -> BodySource {
        let place = try locate(request)
        if case .local(let path) = place { return BodySource(file: try FileSource(path)) }
        let pipe = BytePipe(capacity: capacity)
        return BodySource(pipe: pipe, transfer: try start(request, at: place, to: pipe))
    }

    private func makeJob(
        _ request: Request, _ place: Place, _ sink: Job.Sink, _ transfer: Transfer,
        _ completion: @escaping @Sendable (Result<Response, Failure>) -> Void
    ) throws(Failure) -> Job {
        guard case .remote(let locations) = place else {
            throw Failure(.other, masked(request.url), "is not elsewhere")
        }
        return Job(
            number: network.nextNumber(), request: request, locations: locations, sink: sink, transfer: transfer,
            counter: network.counter
        ) { [self] result in
            // A transport that nobody else holds must not end before its transfers do.
            withExtendedLifetime(self) { completion(result) }
        }
    }

    /// Feeds a local file to a pipe from a thread of its own, which waits when the pipe is full.
    private func copy(_ path: String, to pipe: BytePipe, _ transfer: Transfer) throws(Failure) {
        let room = Monitor(0)
        pipe.setOnSpace {
            room.withLock { $0 += 1 }
            room.wakeAll()
        }
        try startThread("file", stackSize: 256 << 10) {
            let result: Result<Response, Failure> = Result { () throws(Failure) in
                var source = try FileSource(path)
                let buffer = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: min(pipe.capacity, 64 << 10), alignment: 16)
                defer { buffer.deallocate() }
                var received: UInt64 = 0
                while !pipe.isCancelled {
                    let count = try source.read(into: buffer)
                    if count == 0 { break }
                    var signals = room.withLock { $0 }
                    while !pipe.offer(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
                        signals = room.waitFor { $0 == signals ? nil : $0 }
                    }
                    received += UInt64(count)
                    transfer.count(received: received)
                }
                return Response(status: 200, headers: HeaderFields(), body: [], finalURL: path)
            }
            switch result {
            case .success: pipe.finish()
            case .failure(let failure): pipe.fail(failure)
            }
            transfer.finish(result)
        }
    }
}
