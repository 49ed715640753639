// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Foundation
import Glibc
import Synchronization

/// A small web server of its own for each test: files with ETags, and a log of what was asked.
final class ChannelServer: Sendable {
    fileprivate struct State {
        var files: [String: [UInt8]] = [:]
        var log: [String] = []
        var headers: [String] = []
        var failing: Set<String> = []
    }

    private let content = Content()
    private let listener: Int32
    let base: String

    init() {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = listening
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let size = length
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(bind(listening, generic, size) == 0 && listen(listening, 64) == 0)
                getsockname(listening, generic, &length)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        base = "http://127.0.0.1:\(port)"
        let (accepting, content) = (self.listener, self.content)
        Thread.detachNewThread {
            while true {
                let connection = accept(accepting, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread {
                    while content.answer(connection) {}
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Serves `bytes` at `path`, or nothing any more.
    func put(_ path: String, _ bytes: [UInt8]?) { content.state.withLock { $0.files["/" + path] = bytes } }

    /// Serves everything in a folder.
    func put(folder: String, at prefix: String = "") {
        let walker = FileManager.default.enumerator(atPath: folder)
        while let name = walker?.nextObject() as? String {
            if let data = FileManager.default.contents(atPath: folder + "/" + name) { put(prefix + name, Array(data)) }
        }
    }

    /// Header lines of every answer from now on.
    func setHeaders(_ lines: [String]) { content.state.withLock { $0.headers = lines } }

    /// Paths that are answered with 403 from now on.
    func fail(_ paths: [String]) { content.state.withLock { $0.failing = Set(paths.map { "/" + $0 }) } }

    /// `GET /path → status` of all requests so far, and forgets them.
    func takeLog() -> [String] {
        content.state.withLock { state in
            defer { state.log = [] }
            return state.log.sorted()
        }
    }
}

/// What connections share.
private final class Content: Sendable {
    let state = Mutex(ChannelServer.State())

    func answer(_ connection: Int32) -> Bool {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard read(connection, &byte, 1) == 1, head.count < 65536 else { return false }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let path = String(lines[0].split(separator: " ")[1])
        let match = lines.first { $0.lowercased().hasPrefix("if-none-match: ") }.map { String($0.dropFirst(15)) }
        let (file, headers, isFailing) = state.withLock { ($0.files[path], $0.headers, $0.failing.contains(path)) }
        var status = "404 Not Found"
        var body: [UInt8] = Array("nothing here".utf8)
        var extra = ""
        if isFailing {
            status = "403 Forbidden"
        } else if let file {
            let etag = "\"\(md5(of: file).hex)\""
            extra = "ETag: \(etag)\r\n" + headers.map { $0 + "\r\n" }.joined()
            status = match == etag ? "304 Not Modified" : "200 OK"
            body = match == etag ? [] : file
        }
        state.withLock { $0.log.append("\(path) \(status.prefix(3))") }
        var answer = Array("HTTP/1.1 \(status)\r\nContent-Length: \(body.count)\r\n\(extra)\r\n".utf8) + body
        while !answer.isEmpty {
            let count = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            answer.removeFirst(count)
        }
        return true
    }
}
