// SPDX-License-Identifier: BSD-3-Clause
import Codecs
import Failures
import Locations
import Transport

/// A service with the query API of OSV: `POST /v1/querybatch` for what is known of versions, `GET /v1/vulns/ID` for each.
struct AdvisoryService {
    private let base: String
    private let context: Context

    init(_ url: String, _ context: Context) {
        var url = url.withoutTrailingSlashes
        if url.hasSuffix("/v1") { url.removeLast(3) }
        base = url
        self.context = context
    }

    /// The most queries that one request holds, by the rules of the service.
    private static let batch = 1000
    /// An answer with more pages is not believed.
    private static let pageLimit = 100
    /// Nor is one with more advisories, or longer ones, than these.
    private static let countLimit = 20_000
    private static let answerLimit = 16 << 20
    private static let advisoryLimit = 4 << 20
    private static let totalLimit = 64 << 20

    private typealias Question = (identity: AuditedPackage.Identity, json: JSON)
    private typealias Answers = [AuditedPackage.Identity: Set<String>]

    /// What it answers to each question.
    func advisories(
        _ queries: [AuditedPackage.Identity]
    ) throws(Failure) -> [AuditedPackage.Identity: [Advisory]] {
        var ids: Answers = [:]
        var open: [Question] = queries.map { ($0, Self.query($0.key, $0.version)) }
        for _ in 0..<Self.pageLimit {
            var next: [Question] = []
            for start in stride(from: 0, to: open.count, by: Self.batch) {
                try ask(Array(open[start..<min(open.count, start + Self.batch)]), &ids, &next)
            }
            if next.isEmpty {
                let found = try fetch(ids.values.reduce(into: Set()) { $0.formUnion($1) }.sorted())
                return ids.mapValues { $0.compactMap { found[$0] } }
            }
            open = next
        }
        throw Failure(.network, base.maskingSecrets, "returns pages without end")
    }

    private static func query(_ key: AdvisoryKey, _ version: String) -> JSON {
        ["package": ["ecosystem": .string(key.ecosystem), "name": .string(key.name)], "version": .string(version)]
    }

    /// Asks one batch; what has more pages is added to `next`.
    private func ask(_ queries: [Question], _ ids: inout Answers, _ next: inout [Question]) throws(Failure) {
        var request = Request(base + "/v1/querybatch", maximumBody: Self.answerLimit)
        request.headers.append(("Content-Type", "application/json"))
        let asked = JSON.object([JSONMember("queries", .array(queries.map(\.json)))]).serialized()
        request.upload = Upload("POST", .bytes(asked), mayRepeat: true)
        let answer = try body(try context.transport.fetch(request), request.url)
        guard let results = answer["results"]?.array, results.count == queries.count else {
            throw Failure(.network, request.url.maskingSecrets, "does not answer as the query API of OSV does")
        }
        for (query, result) in zip(queries, results) {
            for found in result["vulns"]?.array ?? [] {
                if let id = found["id"]?.string { ids[query.identity, default: []].insert(id) }
            }
            if let token = result["next_page_token"]?.string, !token.isEmpty, var members = query.json.object {
                members.set("page_token", .string(token))
                next.append((query.identity, .object(members)))
            }
        }
    }

    private func fetch(_ ids: [String]) throws(Failure) -> [String: Advisory] {
        var requests: [Request] = []
        guard ids.count <= Self.countLimit else {
            throw Failure(.network, base.maskingSecrets, "answers with \(ids.count) advisories")
        }
        for id in ids {
            requests.append(
                Request("\(base)/v1/vulns/\(id.percentEncoded(allowing: "-._~"))", maximumBody: Self.advisoryLimit))
        }
        var found: [String: Advisory] = [:]
        var total = 0
        try context.transport.fetchAll(requests) { (index, result) throws(Failure) in
            let response = try result.get()
            try response.requireDatabase()
            total += response.body.count
            guard total <= Self.totalLimit else {
                throw Failure(.network, base.maskingSecrets, "answers with more than \(Self.totalLimit >> 20) MiB")
            }
            found[ids[index]] = try Advisory(response.body, subject: requests[index].url.maskingSecrets)
        }
        return found
    }

    private func body(_ response: Response, _ url: String) throws(Failure) -> JSON {
        try response.requireDatabase()
        return try JSON.parse(response.body, subject: url.maskingSecrets)
    }
}
