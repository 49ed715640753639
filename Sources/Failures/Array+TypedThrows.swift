// SPDX-License-Identifier: BSD-3-Clause

/// The array's own functions keep the type of a thrown error only since Swift 6.2's library; these do with any.
extension Array {
    /// Like `withUnsafeBufferPointer`, but keeps the type of a thrown error.
    @inlinable
    package func withBuffer<Value, Thrown: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(Thrown) -> Value
    ) throws(Thrown) -> Value {
        let outcome: Result<Value, Thrown> = withUnsafeBufferPointer { buffer in
            do throws(Thrown) { return .success(try body(buffer)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    /// Like `withUnsafeMutableBufferPointer`, but keeps the type of a thrown error.
    @inlinable
    package mutating func withMutableBuffer<Value, Thrown: Error>(
        _ body: (inout UnsafeMutableBufferPointer<Element>) throws(Thrown) -> Value
    ) throws(Thrown) -> Value {
        let outcome: Result<Value, Thrown> = withUnsafeMutableBufferPointer { buffer in
            do throws(Thrown) { return .success(try body(&buffer)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
