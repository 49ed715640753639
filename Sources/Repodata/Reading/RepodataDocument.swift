// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures

/// Reads a `repodata.json` from front to back into an index (Rules §4.1), never holding more than a window of it.
struct RepodataDocument: ~Copyable {
    private var window: ByteWindow
    private let index: IndexBuilder
    private var scanner = RecordScanner()
    private let allowsEmpty: Bool
    /// The reason of the failure when there is no document.
    static let nothing = "the answer has no document"

    /// A reader that begins with a window of `windowSize` bytes.
    init(
        _ stream: ChunkStream, subject: String, into index: IndexBuilder, windowSize: Int = 1 << 20,
        allowsEmpty: Bool = true
    ) {
        window = ByteWindow(stream, subject: subject, size: windowSize)
        self.index = index
        self.allowsEmpty = allowsEmpty
    }

    deinit { scanner.deallocate() }

    /// Reads all of it.
    mutating func read() throws(Failure) {
        // An empty file equals `{}`; an empty answer is none.
        guard try window.peekOrEnd() != nil else {
            if allowsEmpty { return }
            throw Failure(.network, window.subject, Self.nothing)
        }
        try walk { (document, key) throws(Failure) in
            switch key {
            case "info":
                document.index.info = try document.window.scan { (scanner) throws(Failure) in try scanner.value() }
            case "packages": try document.records(.tarBzip2, isWholeName: true)
            case "packages.conda": try document.records(.conda, isWholeName: true)
            case "v3": try document.revision3()
            case "removed": try document.removed()
            case "repodata_version":
                let version = try document.window.scan { (scanner) throws(Failure) in try scanner.value() }
                // 3 is what announces `v3` (CEP 48).
                if let number = version.integer, number > 3 {
                    throw Failure(
                        .parse, document.window.subject, "repodata version \(number) is newer than this program knows",
                        hint: "get a newer krait")
                }
            default: try document.skip(depth: 0)
            }
        }
        if try window.peekOrEnd() != nil { throw window.failure("something follows the end of the document") }
    }

    /// CEP 48: extension → stem → record.
    private mutating func revision3() throws(Failure) {
        if try passNull() { return }
        try walk { (document, key) throws(Failure) in
            switch key {
            case "conda": try document.records(.conda, isWholeName: false)
            case "tar.bz2": try document.records(.tarBzip2, isWholeName: false)
            default:
                // Archives of a kind nobody here can open.
                if try document.passNull() { return }
                try document.walk { (document, _) throws(Failure) in
                    try document.skip(depth: 0)
                    document.index.hiddenCount += 1
                }
            }
        }
    }

    private mutating func removed() throws(Failure) {
        if try passNull() { return }
        try elements { (document) throws(Failure) in
            let name = try document.window.scan { (scanner) throws(Failure) in try scanner.string() }
            document.index.remove(fileName: name)
        }
    }

    /// The records of one map. Keys are whole names of files, or these without the kind's suffix.
    private mutating func records(_ kind: ArchiveKind, isWholeName: Bool) throws(Failure) {
        if try passNull() { return }
        try window.pass(UInt8(ascii: "{"))
        var isFirst = true
        while true {
            let rest = window.rest
            guard let start = rest.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
                try window.refill()
                continue
            }
            let limit = start + rest.count
            var here = start
            switch try entries(&here, limit, kind, isWholeName, &isFirst) {
            case .end:
                window.advance(here - start)
                return
            case .incomplete:
                window.advance(here - start)
                try window.refill()
            case .malformed:
                window.advance(here - start)
                throw malformedRecord()
            }
        }
    }

    private enum Stop { case end, incomplete, malformed }

    /// Adds as many whole entries as lie before `limit`; `here` is then behind the last of them.
    private mutating func entries(
        _ here: inout UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ kind: ArchiveKind, _ isWholeName: Bool,
        _ isFirst: inout Bool
    ) throws(Failure) -> Stop {
        while true {
            var next = here
            RecordScanner.skipSpace(&next, limit)
            guard next < limit else { return .incomplete }
            if next.pointee == UInt8(ascii: "}") {
                here = next + 1
                return .end
            }
            if !isFirst {
                guard next.pointee == UInt8(ascii: ",") else { return .malformed }
                next += 1
                RecordScanner.skipSpace(&next, limit)
                guard next < limit else { return .incomplete }
            }
            guard next.pointee == UInt8(ascii: "\"") else { return .malformed }
            let key = next + 1
            var hasEscapes = false
            guard let keyEnd = RecordScanner.stringEnd(key, limit, &hasEscapes) else { return .malformed }
            guard keyEnd < limit else { return .incomplete }
            next = keyEnd + 1
            RecordScanner.skipSpace(&next, limit)
            guard next < limit else { return .incomplete }
            guard next.pointee == UInt8(ascii: ":") else { return .malformed }
            next += 1
            switch scanner.scan(&next, limit) {
            case .record: break
            case .incomplete: return .incomplete
            case .malformed: return .malformed
            }
            here = next
            isFirst = false
            // A file's name with escapes in it is no name of a package.
            let name = ByteSlice(start: key, count: hasEscapes ? 0 : keyEnd - key)
            if !scanner.fields.isBad, let (stem, kind) = isWholeName ? kind.stem(of: name) : (name, kind) {
                try index.add(scanner.fields, kind, stem: stem)
            } else {
                let text = String(decoding: UnsafeBufferPointer(start: key, count: keyEnd - key), as: UTF8.self)
                index.passOver(isWholeName ? text : text + kind.suffix.description)
            }
        }
    }

    /// What is wrong at the present place, in words.
    private mutating func malformedRecord() -> Failure {
        var scanner = JSONScanner(window.rest, subject: "")
        // The walk so far was right: a comma or the first key may stand here.
        do {
            let blanks = window.rest.prefix { $0 <= 0x20 }.count
            if window.rest.dropFirst(blanks).first == UInt8(ascii: ",") {
                window.advance(blanks + 1)
                scanner = JSONScanner(window.rest, subject: "")
            }
            _ = try scanner.text()
            return window.failure("a record is not valid JSON")
        } catch {
            return window.failure(error.reason)
        }
    }
}

// MARK: - Walking

extension RepodataDocument {
    /// Passes an object, calling `member` where each value begins.
    private mutating func walk(
        _ member: (inout RepodataDocument, String) throws(Failure) -> Void
    ) throws(Failure) {
        try window.pass(UInt8(ascii: "{"))
        var isFirst = true
        while true {
            if try window.peek() == UInt8(ascii: "}") { return window.advance(1) }
            if !isFirst { try window.pass(UInt8(ascii: ",")) }
            isFirst = false
            let key = try window.scan { (scanner) throws(Failure) in try scanner.string() }
            try window.pass(UInt8(ascii: ":"))
            try member(&self, key)
        }
    }

    /// Passes an array, calling `element` where each value begins.
    private mutating func elements(_ element: (inout RepodataDocument) throws(Failure) -> Void) throws(Failure) {
        try window.pass(UInt8(ascii: "["))
        var isFirst = true
        while true {
            if try window.peek() == UInt8(ascii: "]") { return window.advance(1) }
            if !isFirst { try window.pass(UInt8(ascii: ",")) }
            isFirst = false
            try element(&self)
        }
    }

    /// Passes `null` if it comes next.
    private mutating func passNull() throws(Failure) -> Bool {
        guard try window.peek() == UInt8(ascii: "n") else { return false }
        try window.scan { (scanner) throws(Failure) in _ = try scanner.skip() }
        return true
    }

    /// Passes any value, however long.
    private mutating func skip(depth: Int) throws(Failure) {
        guard depth < 128 else { throw window.failure("nesting is deeper than 128") }
        switch try window.peek() {
        case UInt8(ascii: "{"): try walk { (document, _) throws(Failure) in try document.skip(depth: depth + 1) }
        case UInt8(ascii: "["): try elements { (document) throws(Failure) in try document.skip(depth: depth + 1) }
        default: try window.scan { (scanner) throws(Failure) in _ = try scanner.skip() }
        }
    }
}
