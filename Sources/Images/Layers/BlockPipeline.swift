// SPDX-License-Identifier: BSD-3-Clause

import Failures
import Platform

/// Compresses blocks on several threads and hands them back in the order in which they came.
///
/// `@unchecked Sendable`: all but the shared results is touched by the thread that submits.
final class BlockPipeline: @unchecked Sendable {
    /// Takes a block's turn, on the thread that submits.
    typealias Receiver = (CompressedBlock) throws(Failure) -> Void

    private let results = Monitor<[Int: Result<CompressedBlock, Failure>]>([:])
    private let pool: WorkerPool
    private var receivers: [Int: Receiver] = [:]
    private var next = 0
    private var delivered = 0

    /// `workers` threads compress while the caller's reads and writes.
    init(workers: Int) { pool = WorkerPool("compress", size: workers) }

    /// Gives a block to the threads; those that are done are handed to their receivers, and where many are not, this waits.
    func submit(
        _ input: [UInt8], after before: [UInt8], isLast: Bool, _ compression: LayerCompression,
        _ receiver: @escaping Receiver
    ) throws(Failure) {
        let number = next
        next += 1
        receivers[number] = receiver
        let results = results
        pool.submit {
            let result = Result { () throws(Failure) in
                try CompressedBlock(input, after: before[...], isLast: isLast, compression)
            }
            results.withLock { $0[number] = result }
            results.wakeAll()
        }
        try deliver(leaving: pool.size + 1)
    }

    /// Hands over blocks in order, waiting until no more than `count` are on their way.
    func deliver(leaving count: Int = 0) throws(Failure) {
        while delivered < next {
            let number = delivered
            let mustWait = next - delivered > count
            let result: Result<CompressedBlock, Failure>?? = results.waitFor { results in
                if let result = results.removeValue(forKey: number) { return .some(.some(result)) }
                return mustWait ? nil : .some(nil)
            }
            guard let found = result, let block = found else { return }
            delivered += 1
            guard let receiver = receivers.removeValue(forKey: number) else { continue }
            try receiver(try block.get())
        }
    }

    deinit {
        // Blocks that nobody waits for any more end before their threads' owner does.
        pool.wait()
    }
}
