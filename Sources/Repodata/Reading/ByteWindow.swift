// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Glibc

/// The part of a long document that is being looked at; it slides, and grows when one piece does not fit.
struct ByteWindow: ~Copyable {
    private let stream: ChunkStream
    let subject: String
    private var memory: UnsafeMutableRawBufferPointer
    /// The bytes not yet passed are `memory[begin ..< end]`.
    private var begin = 0
    private var end = 0
    /// Bytes of the document before `memory`.
    private var passed = 0
    private(set) var isAtEnd = false
    /// The longest piece that has to be seen whole: a record, a name, the `info` object.
    private static let maximumSize = 32 << 20

    init(_ stream: ChunkStream, subject: String, size: Int) {
        self.stream = stream
        self.subject = subject
        memory = .allocate(byteCount: size, alignment: 64)
    }

    deinit { memory.deallocate() }

    /// Where the first byte that was not passed stands in the document.
    var offset: Int { passed + begin }

    /// The bytes that are here and not yet passed, until the next ``refill()``.
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[begin..<end]) }

    /// Passes `count` bytes.
    mutating func advance(_ count: Int) { begin += count }

    /// Gets more bytes; throws when there are none.
    mutating func refill() throws(Failure) {
        guard try tryRefill() else { throw failure("the document is truncated") }
    }

    /// Gets more bytes; false at the end.
    mutating func tryRefill() throws(Failure) -> Bool {
        if isAtEnd { return false }
        if begin > 0 {
            if end > begin, let base = memory.baseAddress { memmove(base, base + begin, end - begin) }
            passed += begin
            end -= begin
            begin = 0
        }
        if end == memory.count {
            guard memory.count < Self.maximumSize else { throw failure("one piece is larger than 32 MiB") }
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count * 4, alignment: 64)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<end]))
            memory.deallocate()
            memory = larger
        }
        // Fill well up: what is left at the end has to be moved and looked at again.
        var got = 0
        repeat {
            let count = try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
            if count == 0 {
                isAtEnd = true
                break
            }
            end += count
            got += count
        } while end < memory.count - memory.count / 4
        return got > 0
    }

    /// The next byte that is no white space, not passed.
    mutating func peek() throws(Failure) -> UInt8 {
        guard let byte = try peekOrEnd() else { throw failure("the document is truncated") }
        return byte
    }

    /// The next byte that is no white space, not passed; nil at the end.
    mutating func peekOrEnd() throws(Failure) -> UInt8? {
        while true {
            while begin < end {
                let byte = memory[begin]
                guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
                begin += 1
            }
            guard try tryRefill() else { return nil }
        }
    }

    /// Passes `byte` and the white space before it.
    mutating func pass(_ byte: UInt8) throws(Failure) {
        guard try peek() == byte else {
            throw failure("expected `\(Character(Unicode.Scalar(byte)))`")
        }
        begin += 1
    }

    /// Reads one value with a scanner, getting as many bytes as it takes.
    mutating func scan<Value>(
        _ body: (inout JSONScanner) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        while true {
            let place = offset
            var scanner = JSONScanner(rest, subject: subject)
            let result = Result { () throws(Failure) in try body(&scanner) }
            if scanner.ranOut, !isAtEnd {
                // At the end of the document the next round decides.
                _ = try tryRefill()
                continue
            }
            switch result {
            case .success(let value):
                advance(scanner.offset)
                return value
            case .failure(let failure):
                throw Failure(.parse, "\(subject), near byte \(place)", failure.reason)
            }
        }
    }

    /// A failure at the present place.
    func failure(_ reason: String) -> Failure {
        Failure(.parse, "\(subject), byte \(offset)", reason)
    }
}
