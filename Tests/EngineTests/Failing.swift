// SPDX-License-Identifier: BSD-3-Clause
import Failures
import Testing

/// What `body` throws.
func failure<Value>(
    _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Value
) throws -> Failure {
    try #require(throws: Failure.self, sourceLocation: location) { _ = try body() }
}
