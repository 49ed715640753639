// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Platform

/// Decompresses a zstd member of an archive.
struct ZstdSource: ByteSource, ~Copyable {
    private var member: MemberInput
    private var decoder: ZstdDecoder
    private let subject: String

    init(_ member: MemberInput, windowLog: Int32, subject: String) throws(Failure) {
        self.member = member
        self.subject = subject
        decoder = try ZstdDecoder(subject: subject, maximumWindowLog: windowLog)
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        while true {
            // Even without more input the decoder may hold back what did not fit the last time.
            let window = try member.window(subject: subject)
            var rest = window
            let written = try decoder.decode(&rest, into: buffer).written
            member.consume(window.count - rest.count)
            if written > 0 { return written }
            if window.isEmpty {
                try decoder.end()
                return 0
            }
        }
    }
}
