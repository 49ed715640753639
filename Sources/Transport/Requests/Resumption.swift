// SPDX-License-Identifier: BSD-3-Clause

/// What has been handed on of a body, and how the rest is asked for after a failure; pure.
///
/// Bytes that the consumer has are never handed out twice: a later attempt asks for the rest (`Range`, guarded by
/// `If-Range`), and where the server sends everything again the first `delivered` bytes are dropped.
struct Resumption: Sendable {
    /// Bytes handed on so far.
    var delivered: UInt64 = 0
    /// Bytes of the current answer that are still to be dropped.
    var skipping: UInt64 = 0
    /// Size of the whole body, once an answer told it.
    var total: UInt64?
    /// What the first answer said the bytes are, and from which location.
    private var validator: String?
    private var location: Int?
    /// A size the caller knows for sure.
    let expected: UInt64?

    init(expected: UInt64?) { self.expected = expected }

    /// What to do with the body of an answer.
    enum Decision: Equatable {
        case deliver
        /// Everything is there already.
        case complete
        /// The bytes are others than before; they cannot be joined.
        case changed
        /// The answer makes no sense for the request.
        case refused(String)
    }

    /// The `Range` and `If-Range` fields for an attempt at a location; none for a first attempt.
    func fields(location: Int) -> [(name: String, value: String)] {
        guard delivered > 0 else { return [] }
        let range = ("Range", "bytes=\(delivered)-")
        guard let validator, self.location == location else { return [range] }
        return [range, ("If-Range", validator)]
    }

    /// Judges the head of a 200, 206 or 416 answer, before its body.
    mutating func begin(status: Int, headers: HeaderFields, location: Int) -> Decision {
        let encoded = headers["content-encoding"].map { $0 != "identity" } ?? false
        let mine = Resumption.validator(of: headers)
        skipping = 0
        // What another place said of its length is not said of this one's, as long as nobody has bytes of either.
        if delivered == 0 { total = nil }
        switch status {
        case 206:
            guard let range = headers["content-range"].flatMap(ContentRange.init) else {
                return .refused("a partial answer without a valid Content-Range")
            }
            guard range.first <= delivered else { return .refused("a partial answer that starts too late") }
            if let total, let other = range.total, other != total { return .changed }
            skipping = delivered - range.first
            note(total: range.total)
        case 416:
            return delivered > 0 && (total ?? expected) == delivered ? .complete : .refused("the range was refused")
        default:
            if delivered > 0 {
                if let validator, self.location == location, let mine, mine != validator { return .changed }
                if let total, !encoded, let length = headers.contentLength, length != total { return .changed }
            }
            skipping = delivered
            if !encoded { note(total: headers.contentLength) }
        }
        if let expected, let total, total != expected {
            return .refused("\(total) bytes where \(expected) were expected")
        }
        if self.location != location || validator == nil {
            self.location = location
            validator = mine
        }
        return .deliver
    }

    /// How many of the next `count` bytes are to be dropped because the consumer has them.
    mutating func drop(of count: Int) -> Int {
        let dropped = Int(min(skipping, UInt64(count)))
        skipping -= UInt64(dropped)
        return dropped
    }

    /// The body is known to be all there.
    var isComplete: Bool { (expected ?? total).map { $0 == delivered } ?? false }

    /// Forgets everything: the body starts anew (only where nobody has seen bytes yet).
    mutating func restart() { self = Resumption(expected: expected) }

    private mutating func note(total: UInt64?) {
        if let total, self.total == nil { self.total = total }
    }

    /// A strong etag, else the date: what `If-Range` accepts (RFC 9110 §13.1.5).
    private static func validator(of headers: HeaderFields) -> String? {
        if let etag = headers.etag, !etag.hasPrefix("W/") { return etag }
        return headers.lastModified
    }
}
