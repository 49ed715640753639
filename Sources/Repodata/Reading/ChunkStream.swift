// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform

/// A document's bytes, read and decompressed ahead on a thread of their own.
final class ChunkStream: @unchecked Sendable {
    // The buffers are each touched by one side at a time, as `State` says; hence `@unchecked Sendable`.

    /// Where the bytes come from.
    enum Input: Sendable {
        case file(String)
        case pipe(BytePipe)
        case bytes([UInt8])
    }

    /// What the bytes are wrapped in.
    enum Compression: Sendable { case none, zstd, bzip2 }

    private struct State {
        /// Chunks filled and chunks used up, ever.
        var filled = 0
        var used = 0
        var ended = false
        var failure: Failure?
        var cancelled = false
    }

    private static let chunkCount = 4
    private static let chunkSize = 256 << 10
    private let monitor = Monitor(State())
    private let memory: UnsafeMutableRawBufferPointer
    /// How much of each chunk is filled; written by the thread before it counts the chunk as filled.
    private let lengths: UnsafeMutablePointer<Int>
    private var current = UnsafeRawBufferPointer(start: nil, count: 0)
    private var takenChunks = 0
    private var holdsChunk = false
    private let input: Input

    /// Starts reading; `subject` names the document in failures.
    init(_ input: Input, _ compression: Compression, subject: String) throws(Failure) {
        self.input = input
        memory = .allocate(byteCount: Self.chunkCount * Self.chunkSize, alignment: 64)
        lengths = .allocate(capacity: Self.chunkCount)
        lengths.initialize(repeating: 0, count: Self.chunkCount)
        let monitor = monitor
        let output = Output(memory: memory, lengths: lengths, monitor: monitor)
        // The thread holds the stream's memory through `self` until it has ended.
        try startThread("decode", stackSize: 256 << 10) { [self] in
            do throws(Failure) {
                try output.run(input, compression, subject)
                monitor.withLock { $0.ended = true }
            } catch {
                monitor.withLock { $0.failure = error }
            }
            monitor.wakeAll()
            withExtendedLifetime(self) {}
        }
    }

    deinit {
        memory.deallocate()
        lengths.deallocate()
    }

    /// Says that no more bytes are wanted.
    func cancel() {
        monitor.withLock { $0.cancelled = true }
        monitor.wakeAll()
        if case .pipe(let pipe) = input { pipe.cancel() }
    }

    /// Fills the front of `buffer`; 0 is the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if current.isEmpty {
            if holdsChunk {
                holdsChunk = false
                monitor.withLock { $0.used += 1 }
                monitor.wakeAll()
            }
            let taken = takenChunks
            let more: Result<Bool, Failure> = monitor.waitFor { state in
                if state.filled > taken { return .success(true) }
                if let failure = state.failure { return .failure(failure) }
                return state.ended || state.cancelled ? .success(false) : nil
            }
            guard try more.get() else { return 0 }
            let index = takenChunks % Self.chunkCount
            let start = index * Self.chunkSize
            current = UnsafeRawBufferPointer(rebasing: memory[start..<start + lengths[index]])
            takenChunks += 1
            holdsChunk = true
        }
        let count = min(buffer.count, current.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: current[..<count]))
        current = UnsafeRawBufferPointer(rebasing: current[count...])
        return count
    }

    /// The thread's side.
    private struct Output: @unchecked Sendable {
        let memory: UnsafeMutableRawBufferPointer
        let lengths: UnsafeMutablePointer<Int>
        let monitor: Monitor<State>

        func run(_ input: Input, _ compression: Compression, _ subject: String) throws(Failure) {
            switch input {
            case .file(let path):
                var source = try FileSource(path)
                try pump(&source, compression, subject)
            case .pipe(let pipe):
                var source = pipe
                try pump(&source, compression, subject)
            case .bytes(let bytes):
                var source = MemorySource(bytes)
                try pump(&source, compression, subject)
            }
        }

        /// The next chunk to fill; nil when nobody wants it.
        private func next(_ number: Int) -> UnsafeMutableRawBufferPointer? {
            let isWanted: Bool = monitor.waitFor { state in
                if state.cancelled { return false }
                return number - state.used < ChunkStream.chunkCount ? true : nil
            }
            guard isWanted else { return nil }
            let start = number % ChunkStream.chunkCount * ChunkStream.chunkSize
            return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + ChunkStream.chunkSize])
        }

        private func finish(_ number: Int, _ count: Int) {
            lengths[number % ChunkStream.chunkCount] = count
            monitor.withLock { $0.filled = number + 1 }
            monitor.wakeAll()
        }

        private func pump(
            _ source: inout some ByteSource & ~Copyable, _ compression: Compression, _ subject: String
        ) throws(Failure) {
            switch compression {
            case .none: try copy(&source)
            case .zstd:
                // The window is memory: what every reader of zstd takes.
                var decoder = try ZstdDecoder(subject: subject)
                try decode(&source, with: &decoder, subject)
            case .bzip2:
                var decoder = Bzip2Decoder(subject: subject)
                try decode(&source, with: &decoder, subject)
            }
        }

        private func copy(_ source: inout some ByteSource & ~Copyable) throws(Failure) {
            var number = 0
            while let chunk = next(number) {
                let count = try source.readFully(into: chunk)
                if count == 0 { return }
                finish(number, count)
                number += 1
            }
        }

        private func decode(
            _ source: inout some ByteSource & ~Copyable, with decoder: inout some StreamDecoder & ~Copyable,
            _ subject: String
        ) throws(Failure) {
            let compressed = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
            defer { compressed.deallocate() }
            var pending = UnsafeRawBufferPointer(start: nil, count: 0)
            var atEnd = false
            var number = 0
            var (arrived, grown) = (0, 0)
            while let chunk = next(number) {
                var count = 0
                while count < chunk.count {
                    if pending.isEmpty, !atEnd {
                        let got = try source.read(into: compressed)
                        atEnd = got == 0
                        arrived += got
                        pending = UnsafeRawBufferPointer(rebasing: compressed[..<got])
                    }
                    let free = UnsafeMutableRawBufferPointer(rebasing: chunk[count...])
                    let written = try decoder.decode(&pending, into: free).written
                    count += written
                    if atEnd, pending.isEmpty, written < free.count { break }
                }
                grown += count
                // Real documents shrink to a tenth; one that grows like this is made to fill the memory.
                guard grown <= max(arrived, 4096) * 200 else {
                    throw Failure(.integrity, subject, "decompresses to more than 200 times its size")
                }
                if count > 0 { finish(number, count) }
                if count < chunk.count { break }
                number += 1
            }
            if atEnd { try decoder.end() }
        }
    }
}
