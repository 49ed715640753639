// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Platform
import Testing

@Suite struct BytePipeTests {
    private func offer(_ pipe: BytePipe, _ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { pipe.offer($0) } }

    private func read(_ pipe: BytePipe, _ count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = try buffer.withMutableBytes { (bytes) throws(Failure) in try pipe.read(into: bytes) }
        return Array(buffer.prefix(got))
    }

    @Test func bytesComeInOrderAroundTheEnd() throws {
        let pipe = BytePipe(capacity: 10)
        #expect(offer(pipe, [1, 2, 3, 4, 5, 6, 7]))
        #expect(try read(pipe, 5) == [1, 2, 3, 4, 5])
        #expect(offer(pipe, [8, 9, 10, 11, 12]))
        #expect(try read(pipe, 100) == [6, 7, 8, 9, 10, 11, 12])
        #expect(!pipe.isReady)
        pipe.finish()
        #expect(pipe.isReady)
        #expect(try read(pipe, 1) == [])
    }

    @Test func refusedProducerIsCalledBack() throws {
        let pipe = BytePipe(capacity: 10)
        let calls = Monitor(0)
        pipe.setOnSpace { calls.withLock { $0 += 1 } }
        #expect(offer(pipe, [UInt8](repeating: 1, count: 8)))
        #expect(!offer(pipe, [2, 3, 4]))
        #expect(try read(pipe, 1).count == 1)
        #expect(calls.withLock { $0 } == 0)
        #expect(try read(pipe, 4).count == 4)
        #expect(calls.withLock { $0 } == 1)
        #expect(offer(pipe, [2, 3, 4]))
    }

    /// Memory grows with what is held, also when that lies around the end, and when more comes than was told.
    @Test(arguments: [nil, 1, 50_000, 99_999, 1_000_000] as [UInt64?])
    func bytesStayInOrderWhileMemoryGrows(total: UInt64?) throws {
        let pipe = BytePipe(capacity: 100_000)
        if let total { pipe.expect(total: total) }
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        var sent = 0
        var received: [UInt8] = []
        while received.count < bytes.count {
            while sent < bytes.count, offer(pipe, Array(bytes[sent..<min(sent + 9_999, bytes.count)])) {
                sent = min(sent + 9_999, bytes.count)
            }
            if sent == bytes.count { pipe.finish() }
            received += try read(pipe, 37_000)
        }
        #expect(received == bytes)
        #expect(try read(pipe, 1) == [])
    }

    @Test func failureComesAfterTheBytes() throws {
        let pipe = BytePipe()
        #expect(offer(pipe, [1]))
        pipe.fail(Failure(.network, "server", "is gone"))
        #expect(try read(pipe, 10) == [1])
        let failure = #expect(throws: Failure.self) { try read(pipe, 10) }
        #expect(failure?.code == .network)
    }

    @Test func cancelledPipeSwallowsAndWakes() throws {
        let pipe = BytePipe(capacity: 4)
        let woken = Monitor(false)
        pipe.setOnSpace { woken.withLock { $0 = true } }
        #expect(offer(pipe, [1, 2, 3, 4]))
        #expect(!offer(pipe, [5]))
        pipe.cancel()
        #expect(woken.withLock { $0 })
        #expect(offer(pipe, [5]) && pipe.isCancelled)
        #expect(try read(pipe, 10) == [])
    }

    @Test func cancellingEndsAWaitingReader() throws {
        for _ in 0..<100 {
            let pipe = BytePipe()
            let canceller = try Thread("canceller") { pipe.cancel() }
            #expect(try read(pipe, 10) == [])
            canceller.join()
        }
    }

    @Test func manyBytesThroughASmallPipe() throws {
        let pipe = BytePipe(capacity: 1000)
        let room = Monitor(0)
        pipe.setOnSpace {
            room.withLock { $0 += 1 }
            room.wakeAll()
        }
        let total = 1_000_000
        let producer = try Thread("producer") {
            var sent = 0
            while sent < total {
                let piece = (sent..<min(sent + 333, total)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let seen = room.withLock { $0 }
                if piece.withUnsafeBytes({ pipe.offer($0) }) {
                    sent += piece.count
                } else {
                    room.waitFor { $0 != seen ? () : nil }
                }
            }
            pipe.finish()
        }
        var received = 0
        var wrong = 0
        while true {
            let piece = try read(pipe, 777)
            if piece.isEmpty { break }
            for byte in piece {
                if byte != UInt8(truncatingIfNeeded: received &* 31) { wrong += 1 }
                received += 1
            }
        }
        producer.join()
        #expect(received == total && wrong == 0)
    }
}
