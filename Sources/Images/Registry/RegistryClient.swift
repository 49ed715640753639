// SPDX-License-Identifier: BSD-3-Clause
package import Codecs
package import Failures
import Locations
import Platform
package import Transport

/// Talks to one repository of a registry (OCI distribution-spec): asks what is there, and sends what is not.
package final class RegistryClient {
    /// Where blobs lie on this machine.
    package struct File: Sendable {
        package var path: String
        package var digest: SHA256Digest
        package var size: UInt64

        package init(path: String, digest: SHA256Digest, size: UInt64) {
            self.path = path
            self.digest = digest
            self.size = size
        }
    }

    let transport: Transport
    package let reference: RegistryReference
    let base: String
    /// What the registry has asked for, as its own server of tokens gave it.
    package private(set) var credential: Credential?
    /// Bytes of blobs that were sent.
    package private(set) var sentBytes: UInt64 = 0

    /// Blobs are sent in pieces of this size: what a broken connection costs at most.
    private static let pieceSize: UInt64 = 16 << 20

    /// `credential`: what an earlier client of the same repository was let in with.
    package init(_ reference: RegistryReference, transport: Transport, credential: Credential? = nil) {
        self.reference = reference
        self.credential = credential
        self.transport = transport
        base = "\(reference.baseURL)/v2/\(reference.name)"
    }

    /// Which of `digests` the repository has.
    package func present(_ digests: [SHA256Digest]) throws(Failure) -> Set<SHA256Digest> {
        var found: Set<SHA256Digest> = []
        guard let first = digests.first else { return found }
        // The first one alone: it may bring the token that the others need.
        if try has(first) { found.insert(first) }
        let rest = Array(digests.dropFirst())
        try transport.fetchAll(rest.map { request(blobURL($0), isHead: true) }) { (index, result) throws(Failure) in
            let response = try result.get()
            guard response.isSuccess || response.status == 404 else { throw self.refusal(response, "look for a blob") }
            if response.isSuccess { found.insert(rest[index]) }
        }
        return found
    }

    func has(_ digest: SHA256Digest) throws(Failure) -> Bool {
        let response = try send(request(blobURL(digest), isHead: true))
        guard response.isSuccess || response.status == 404 else { throw refusal(response, "look for a blob") }
        return response.isSuccess
    }

    /// Sends a blob, or has the registry take it from another repository of its own.
    package func upload(_ file: File, from other: String?) throws(Failure) {
        var query = ""
        if let other, other != reference.name { query = "?mount=sha256:\(file.digest.hex)&from=\(other)" }
        guard var place = try begin(query: query) else { return }
        var offset: UInt64 = 0
        while offset < file.size, file.size > Self.pieceSize {
            (place, offset) = try sendPiece(of: file, from: offset, to: place)
        }
        try finish(place, file.digest, .file(file.path, offset: offset, count: file.size - offset))
        sentBytes += file.size - offset
    }

    /// Where a blob is to be sent; nil where the registry has taken it from another repository.
    func begin(query: String) throws(Failure) -> String? {
        var start = request("\(base)/blobs/uploads/\(query)")
        start.upload = Upload("POST")
        let response = try send(start)
        if response.status == 201, !query.isEmpty { return nil }
        guard response.status == 202, let place = location(response) else { throw refusal(response, "begin an upload") }
        return place
    }

    /// Sends the last bytes of a blob.
    func finish(_ place: String, _ digest: SHA256Digest, _ body: Upload.Body) throws(Failure) {
        var end = request(place + (place.contains("?") ? "&" : "?") + "digest=sha256:\(digest.hex)")
        end.upload = Upload("PUT", body)
        end.headers.append(("Content-Type", "application/octet-stream"))
        let last = try send(end)
        guard last.status == 201 else { throw refusal(last, "take the blob sha256:\(digest.hex.prefix(12))…") }
    }

    /// Sends the piece at `offset`, again from where the registry has got to when that breaks off.
    private func sendPiece(
        of file: File, from offset: UInt64, to place: String
    ) throws(Failure) -> (place: String, offset: UInt64) {
        var place = place
        var offset = offset
        let end = min(file.size, offset + Self.pieceSize)
        var failures = 0
        while true {
            do throws(Failure) {
                var piece = request(place)
                piece.upload = Upload("PATCH", .file(file.path, offset: offset, count: end - offset))
                piece.headers += [
                    ("Content-Type", "application/octet-stream"), ("Content-Range", "\(offset)-\(end - 1)"),
                ]
                let response = try send(piece)
                guard response.status == 202, let next = location(response) else {
                    throw refusal(response, "take a piece of a blob")
                }
                sentBytes += end - offset
                return (next, end)
            } catch {
                failures += 1
                guard error.code == .network, failures <= transport.settings.retries else { throw error }
                pause(nanoseconds: min(transport.settings.backoff, 2_000_000_000) << UInt64(min(failures, 4) - 1))
                guard let (next, got) = try? status(of: place), got <= end else { throw error }
                if got > offset { failures = 0 }
                sentBytes += got - min(got, offset)
                (place, offset) = (next, got)
                if offset == end { return (place, offset) }
            }
        }
    }

    /// How far an upload has got: its place, and how many bytes the registry has.
    private func status(of place: String) throws(Failure) -> (place: String, offset: UInt64) {
        let response = try send(request(place))
        guard response.status == 204, let next = location(response) else {
            throw refusal(response, "go on with an upload")
        }
        let end = response.headers["range"].flatMap { $0.split(separator: "-").last }.flatMap { UInt64($0) }
        // `0-0` is also what an upload without bytes says, and nothing has so many bytes as the largest number.
        return (next, end.map { $0 == 0 || $0 == .max ? 0 : $0 + 1 } ?? 0)
    }

    /// Makes an image known by a tag, or by its digest alone.
    package func putManifest(_ document: [UInt8], mediaType: String, as name: String) throws(Failure) {
        var put = request("\(base)/manifests/\(name)")
        put.upload = Upload("PUT", .bytes(document))
        put.headers.append(("Content-Type", mediaType))
        var response = try send(put)
        // Distribution 2.8 refuses a manifest (DIGEST_INVALID) while another upload writes anew where one of its blobs lies, as
        // the empty configuration that all artifacts share.
        for attempt in 1...4 where response.status == 400 {
            let failure = refusal(response, "take the manifest")
            guard failure.code == .integrity else { throw failure }
            pause(nanoseconds: UInt64(attempt) * 100_000_000)
            response = try send(put)
        }
        guard response.status == 201 else { throw refusal(response, "take the manifest") }
        let wanted = "sha256:\(sha256(of: document).hex)"
        if let digest = response.headers["docker-content-digest"], digest != wanted {
            throw Failure(.integrity, shownPlace, "the registry keeps the manifest as \(digest), and it is \(wanted)")
        }
    }

    // MARK: Requests

    var shownPlace: String { "\(reference.host)/\(reference.name)" }

    func blobURL(_ digest: SHA256Digest) -> String { "\(base)/blobs/sha256:\(digest.hex)" }

    func request(_ url: String, isHead: Bool = false) -> Request {
        var request = Request(url, maximumBody: 4 << 20, namedBy: reference.baseURL)
        request.headersOnly = isHead
        // Only the registry itself gets its token.
        if url.hasPrefix(reference.baseURL + "/") { request.credential = credential }
        return request
    }

    /// Sends a request; when the registry wants a token, or a newer one, fetches that and sends it once more.
    func send(_ request: Request) throws(Failure) -> Response {
        let response = try transport.fetch(request)
        guard let challenge = RegistryChallenge(response) else { return response }
        let user = RegistryAccess.stored(reference.name, at: reference.host, transport.settings)
        guard let found = try challenge.credential(for: reference.baseURL, as: user, by: transport).credential else {
            return response
        }
        credential = found
        var again = request
        again.credential = found
        return try transport.fetch(again)
    }

    /// The place of an upload that an answer names, which may be relative.
    private func location(_ response: Response) -> String? {
        guard let text = response.headers["location"], !text.isEmpty else { return nil }
        if text.hasPrefix("http://") || text.hasPrefix("https://") {
            return text.hasPrefix("http://") && reference.baseURL.hasPrefix("https://") ? nil : text
        }
        return text.hasPrefix("/") ? reference.baseURL + text : nil
    }

    func refusal(_ response: Response, _ action: String) -> Failure {
        var reason = "the registry answered \(response.status) when asked to \(action)"
        let said = Self.errors(response.body)
        if !said.isEmpty { reason += ": " + String(said.joined(separator: ", ").prefix(200)) }
        var hint: String?
        var code = Failure.Code.network
        switch response.status {
        case 401, 403: hint = "log in with `krait auth login \(reference.host)`, or check that you may push there"
        case 404: hint = "check the name of the image"
        case 400 where said.first == "DIGEST_INVALID": code = .integrity
        default: break
        }
        return Failure(code, shownPlace, reason, hint: hint)
    }

    /// The code and the words of the first error of an answer (distribution-spec, Error Codes).
    private static func errors(_ body: [UInt8]) -> [String] {
        guard let json = try? JSON.parse(body, subject: "answer"), case .array(let errors)? = json["errors"],
            let first = errors.first
        else { return [] }
        return [first["code"]?.string, first["message"]?.string].compactMap { $0 }
    }
}
