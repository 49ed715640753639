// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Foundation
import Platform
import Testing

@testable import Transport

@Suite struct StreamTests {
    let server = FaultServer.shared
    let size = 8 << 20

    private func stream(_ query: String, expected: UInt64? = nil, settings: TransportSettings = quickSettings()) throws
        -> (bytes: [UInt8], requests: Int)
    {
        let transport = Transport(settings)
        var source = try transport.open(Request("\(server.base)/file/\(size)?\(query)", expectedSize: expected))
        let bytes = try drain(&source)
        let key = query.dropFirst("key=".count).prefix { $0 != "&" }
        return (bytes, try server.log(String(key)).count)
    }

    @Test func plain() throws {
        #expect(try stream("key=plain").bytes == FaultServer.content(size))
    }

    @Test(arguments: ["resets", "cuts"])
    func resumesAfterBreak(kind: String) throws {
        let key = "resume-\(kind)"
        let result = try stream("key=\(key)&\(kind)=3&after=2000000")
        #expect(result.bytes == FaultServer.content(size))
        #expect(result.requests == 4)
        let log = try server.log(key)
        #expect(log.count == 4)
        #expect(log.dropFirst().allSatisfy { $0.range != nil && $0.ifRange == "\"v0\"" })
        // Requirements R-9: at most 1 MB is fetched twice after a break.
        #expect(log.map(\.sent).reduce(0, +) <= size + 3 << 20)
    }

    @Test func progressRenewsTheRetries() throws {
        let result = try stream("key=progress&resets=7&after=1000000", settings: quickSettings(retries: 1))
        #expect(result.bytes == FaultServer.content(size))
        #expect(result.requests == 8)
    }

    @Test func noProgressEnds() throws {
        #expect(throws: Failure.self) {
            try stream("key=noprogress&resets=99&after=0", settings: quickSettings(retries: 2))
        }
        #expect(try server.log("noprogress").count == 3)
    }

    @Test func rangeIgnored() throws {
        let result = try stream("key=ignored&resets=2&after=3000000&norange=1")
        #expect(result.bytes == FaultServer.content(size))
    }

    @Test func noValidator() throws {
        let result = try stream("key=novalidator&cuts=2&after=3000000&noetag=1")
        #expect(result.bytes == FaultServer.content(size))
        #expect(try server.log("novalidator").last?.ifRange == nil)
    }

    @Test func changedFileIsNotJoined() throws {
        let failure = #expect(throws: Failure.self) { try stream("key=changed&resets=1&after=3000000&changes=1") }
        #expect(failure?.reason.contains("changed") == true)
    }

    @Test func changedFileInMemoryStartsAnew() throws {
        let url = "\(server.base)/file/300000?key=anew&cuts=1&after=100000&changes=1"
        let response = try Transport(quickSettings()).fetch(Request(url))
        #expect(response.body.count == 300_000)
        #expect(response.headers.etag != "\"v1\"")
    }

    @Test func stallIsBrokenOff() throws {
        var settings = quickSettings()
        settings.idleTimeout = 300_000_000
        let result = try stream("key=stall&stalls=1&after=1000000", settings: settings)
        #expect(result.bytes == FaultServer.content(size))
        #expect(result.requests == 2)
    }

    @Test func slowIsNotIdle() throws {
        var settings = quickSettings()
        settings.idleTimeout = 400_000_000
        let result = try stream("key=drip&drip=100", settings: settings)
        #expect(result.bytes == FaultServer.content(size))
        #expect(result.requests == 1)
    }

    @Test func unknownLengthIsCheckedByExpectedSize() throws {
        let result = try stream("key=unknown&chunked=1&cuts=1&after=500000", expected: UInt64(size))
        #expect(result.bytes == FaultServer.content(size))
        #expect(throws: Failure.self) { try stream("key=wrong", expected: UInt64(size - 1)) }
        #expect(throws: Failure.self) { try stream("key=wrong2&chunked=1", expected: UInt64(size - 1)) }
    }

    @Test func wrongLengthEnds() throws {
        #expect(throws: Failure.self) {
            try stream("key=claim&claim=\(size + 100)", settings: quickSettings(retries: 1))
        }
    }

    @Test func missingFileFails() {
        let transport = Transport(quickSettings())
        let failure = #expect(throws: Failure.self) {
            var source = try transport.open(Request("\(server.base)/nothing"))
            _ = try drain(&source)
        }
        #expect(failure?.reason.contains("404") == true)
    }

    @Test func pausingBoundsWhatIsTaken() throws {
        let transport = Transport(quickSettings())
        let pipe = BytePipe(capacity: 128 << 10)
        let transfer = try transport.start(Request("\(server.base)/file/50000000?key=paused"), to: pipe)
        while !pipe.isReady { sched_yield() }
        pause(nanoseconds: 300_000_000)
        #expect(transfer.received <= 128 << 10)
        // The kernel's socket buffers on both sides hold some, but not the file.
        #expect(try server.log("paused")[0].sent < 20_000_000)
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 10000)
        while case let count = try buffer.withUnsafeMutableBytes({ try pipe.read(into: $0) }), count > 0 {
            total += count
        }
        #expect(total == 50_000_000)
        #expect(try transfer.wait().status == 200)
    }

    @Test func manyStreamsWithSlowReaders() throws {
        let transport = Transport(quickSettings())
        let sources = try (0..<20).map { index in
            let pipe = BytePipe(capacity: 64 << 10)
            _ = try transport.start(Request("\(server.base)/file/\(1_000_000 + index)?key=s\(index)"), to: pipe)
            return pipe
        }
        for (index, pipe) in sources.enumerated() {
            var total = 0
            var buffer = [UInt8](repeating: 0, count: 7777)
            while case let count = try buffer.withUnsafeMutableBytes({ try pipe.read(into: $0) }), count > 0 {
                total += count
            }
            #expect(total == 1_000_000 + index)
        }
    }

    @Test func consumerLeaves() throws {
        let transport = Transport(quickSettings())
        let pipe = BytePipe(capacity: 64 << 10)
        let transfer = try transport.start(Request("\(server.base)/file/50000000?key=leaves"), to: pipe)
        while !pipe.isReady { sched_yield() }
        pipe.cancel()
        #expect(throws: Failure.self) { try transfer.wait() }
        #expect(try server.log("leaves").count == 1)
    }

    @Test func cancellationEndsAll() throws {
        var settings = quickSettings()
        let cancellation = Cancellation()
        settings.cancellation = cancellation
        let transport = Transport(settings)
        let pipe = BytePipe(capacity: 64 << 10)
        let transfer = try transport.start(Request("\(server.base)/file/1000?key=hang&stalls=99&after=10"), to: pipe)
        while !pipe.isReady { sched_yield() }
        let started = monotonicNanoseconds()
        cancellation.cancel(.interrupted)
        let failure = #expect(throws: Failure.self) { try transfer.wait() }
        #expect(failure?.code == .interrupted)
        #expect(monotonicNanoseconds() - started < 5_000_000_000)
        #expect(throws: Failure.self) { try transport.fetch(Request(server.base)) }
    }

    @Test func stopEndsOne() throws {
        let transport = Transport(quickSettings())
        let transfer = try transport.start(
            Request("\(server.base)/file/1000?key=stop&stalls=99&after=10"), to: BytePipe(capacity: 64 << 10))
        transfer.stop()
        #expect(throws: Failure.self) { try transfer.wait() }
        #expect(try transport.fetch(Request("\(server.base)/file/3")).body.count == 3)
    }
}
