// SPDX-License-Identifier: BSD-3-Clause
package import Failures

/// Decompresses bytes as they arrive.
package protocol StreamDecoder: ~Copyable {
    /// Takes from the front of `input` and writes into `output` until one of them is used up or a frame ends.
    ///
    /// When it fills `output`, call it again, even with no more input: there may be more to write.
    mutating func decode(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> (written: Int, frameEnded: Bool)

    /// Makes sure the last frame is whole; call it when the input has ended.
    func end() throws(Failure)
}
