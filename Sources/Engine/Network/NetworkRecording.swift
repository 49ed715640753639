// SPDX-License-Identifier: BSD-3-Clause
import Codecs
package import Failures
import Platform
import Transport

/// A trace of all requests of a command, and the two files it becomes: JSON for programs, a page for people.
package struct NetworkRecording: Sendable {
    let trace = NetworkTrace()
    /// Where the JSON document goes, and the page with the same in a picture.
    package let jsonPath: String
    package let pagePath: String

    /// `path` names the JSON document, or the page if it ends in `.html`; the other one stands beside it.
    package init(path: String) {
        if path.hasSuffix(".html") {
            pagePath = path
            jsonPath = path.dropLast(5) + ".json"
        } else {
            jsonPath = path
            pagePath = (path.hasSuffix(".json") ? String(path.dropLast(5)) : path) + ".html"
        }
    }

    /// Writes both files.
    package func write() throws(Failure) {
        let entries = trace.entries.sorted { ($0.began, $0.ended) < ($1.began, $1.ended) }
        try writeFileAtomically(jsonPath, Self.json(entries).serialized(indent: 1))
        try writeFileAtomically(pagePath, Array(Waterfall(entries).page.utf8))
    }

    static func json(_ entries: [NetworkTrace.Entry]) -> JSON {
        func milliseconds(_ time: UInt64) -> JSON { .number("\(Double(time / 1000) / 1000)") }
        let requests = entries.map { entry in
            var members = [
                JSONMember("url", .string(entry.url)), JSONMember("attempt", .integer(Int64(entry.attempt))),
                JSONMember("status", .integer(Int64(entry.status))), JSONMember("http_version", .string(entry.version)),
                JSONMember("connection", .integer(Int64(entry.connection))),
                JSONMember("opened_connection", .bool(entry.opened)), JSONMember("tls", .bool(entry.isSecure)),
                JSONMember("bytes", .unsigned(entry.bytes)), JSONMember("queued_ms", milliseconds(entry.queued)),
                JSONMember("start_ms", milliseconds(entry.began)),
            ]
            if entry.connected > 0 { members.append(JSONMember("connected_ms", milliseconds(entry.connected))) }
            if entry.firstByte > 0 { members.append(JSONMember("first_byte_ms", milliseconds(entry.firstByte))) }
            members.append(JSONMember("end_ms", milliseconds(entry.ended)))
            if let problem = entry.problem { members.append(JSONMember("error", .string(problem))) }
            return JSON.object(members)
        }
        return .object([
            JSONMember("version", .integer(1)),
            JSONMember("round_trips", .integer(Int64(NetworkTrace.roundTrips(entries)))),
            JSONMember("connections", .integer(Int64(entries.count { $0.opened }))),
            JSONMember("bytes", .unsigned(entries.reduce(0) { $0 + $1.bytes })),
            JSONMember("requests", .array(requests)),
        ])
    }
}
