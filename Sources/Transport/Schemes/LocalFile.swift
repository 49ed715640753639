// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Locations
import Platform

/// Files behind `file://` URLs and plain paths: opened and read, without curl and without a thread.
enum LocalFile {
    /// The path of a local address, percent-decoded where it was a URL.
    static func path(_ url: String, _ address: Address) -> String {
        // Lower-case comparison is what `Address` did with the scheme.
        let isURL = url.utf8.count >= 7 && url.lowercased().hasPrefix("file://")
        guard isURL else { return url }
        let path = address.target.utf8.prefix { $0 != UInt8(ascii: "?") }
        return String(decoding: Array(path), as: UTF8.self).percentDecoded
    }

    /// A whole file as an answer: 404 when it is absent.
    static func read(_ path: String, request: Request) throws(Failure) -> Response {
        guard let status = try FileSystem.status(path), status.kind == .regular else {
            return Response(status: 404, headers: HeaderFields(), body: [], finalURL: path)
        }
        let body = request.headersOnly ? [] : try readFile(path, limit: request.maximumBody)
        return Response(status: 200, headers: HeaderFields(), body: body, finalURL: path)
    }
}

/// The bytes of a streamed body, from the network or from a local file.
package struct BodySource: ByteSource, ~Copyable {
    private var file: FileSource?
    private let pipe: BytePipe?
    /// The transfer behind it; nil for a local file.
    package let transfer: Transfer?

    init(file: consuming FileSource) {
        self.file = consume file
        pipe = nil
        transfer = nil
    }

    init(pipe: BytePipe, transfer: Transfer) {
        file = nil
        self.pipe = pipe
        self.transfer = transfer
    }

    package mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        if let pipe { return try pipe.read(into: buffer) }
        return try file?.read(into: buffer) ?? 0
    }

    /// Says that no more bytes are wanted.
    package func cancel() { pipe?.cancel() }
}
