// SPDX-License-Identifier: BSD-3-Clause
package import Failures
import Locations
import Platform

/// Where the bytes of a request are.
enum Place {
    case local(String)
    /// In the order of trying.
    case remote([Location])
    /// Nowhere, as 404, 403 or 401 say; the URL as it is shown.
    case absent(Int, String)

    /// The answer that needs no server; nil where one does.
    func answer(_ request: Request) throws(Failure) -> Response? {
        switch self {
        case .local(let path): try LocalFile.read(path, request: request)
        case .absent(let status, let url): answer(status, url)
        case .remote: nil
        }
    }

    func answer(_ status: Int, _ url: String) -> Response {
        Response(status: status, headers: HeaderFields(), body: [], finalURL: url)
    }
}

extension Transport {
    /// All places of a request's bytes in order, or the local file it names.
    func locate(_ request: Request) throws(Failure) -> Place {
        try settings.cancellation?.check()
        let origin = try parse(request.url)
        if origin.isLocal { return .local(LocalFile.path(request.url, origin)) }
        if settings.offline {
            throw Failure(
                .network, masked(request.url), "is not on this machine and may not be fetched (offline)",
                hint: "it has to be fetched once: run this without --offline where there is a network")
        }
        let named = request.namedBy.flatMap { Address($0) } ?? origin
        var locations: [Location] = []
        var absence: Place?
        var failure: Failure?
        for (index, url) in (request.caches + mirrored(request.url) + request.mirrors).enumerated() {
            let address = try parse(url)
            let mayLack = index < request.caches.count
            if let scheme = scheme(of: address) {
                do throws(Failure) {
                    let place = try scheme.place(of: address, for: request, by: self)
                    if let found = try location(url, place, scheme, request, mayLack) {
                        locations.append(found)
                    } else {
                        absence = .absent(place.status, masked(url))
                    }
                } catch {
                    // Another place may have the bytes.
                    failure = error
                }
            } else if address.isLocal {
                let path = LocalFile.path(url, address)
                if FileSystem.exists(path) { return .local(path) }
                absence = .absent(404, masked(url))
            } else {
                locations.append(location(url, address, named, request, mayLack))
            }
        }
        if !locations.isEmpty { return .remote(locations) }
        if let failure { throw failure }
        if let absence { return absence }
        throw Failure(.network, masked(request.url), "no mirror has it")
    }

    /// What the scheme of `address` itself has found to let the user in, as keys of a bucket; nil where it has nothing.
    package func found(for address: Address) throws(Failure) -> Credential? {
        try scheme(of: address)?.place(of: address, for: Request(address.text), by: self).credential
    }

    private func scheme(of address: Address) -> (any Scheme)? {
        settings.schemes.first { $0.name == address.scheme }
    }

    /// A web server's place, with what is known of it.
    private func location(
        _ url: String, _ address: Address, _ named: Address, _ request: Request, _ mayLack: Bool
    ) -> Location {
        let isNamed = address.hasSameOrigin(as: named)
        let own = isNamed ? request.credential : nil
        // A document may name another place, but not one where what is stored for it would be sent for all to see.
        let isProtected = address.scheme != "http" || isNamed || url != request.url
        let credential = address.credential ?? own ?? (isProtected ? settings.credentials?(address) : nil)
        var plain = address
        if case .condaToken(let token, let path)? = credential { plain = address.addingToken(token, after: path) }
        return Location(address: plain, shown: masked(url), credential: credential, mayLack: mayLack)
    }

    /// The place that `scheme` has named for `url`; nil where it said that there is none.
    private func location(
        _ url: String, _ place: SchemePlace, _ scheme: any Scheme, _ request: Request, _ mayLack: Bool
    ) throws(Failure) -> Location? {
        guard place.status == 200 else { return nil }
        guard let found = Address(place.url), ["http", "https"].contains(found.scheme) else {
            throw Failure(.usage, masked(url), "leads to `\(masked(place.url))`, which is not an http or https URL")
        }
        return Location(
            address: found, shown: masked(url), credential: place.credential, mayLack: mayLack, sha256: place.sha256
        ) { [self] () throws(Failure) in
            var again = request
            again.wasRefused = true
            let place = try scheme.place(of: try parse(url), for: again, by: self)
            return try location(url, place, scheme, request, mayLack)
        }
    }

    private func mirrored(_ url: String) -> [String] {
        var longest: (length: Int, replacements: [String]) = (0, [])
        for mirror in settings.mirrors {
            let prefix = withoutSlash(mirror.prefix)
            let rest = url.utf8.dropFirst(prefix.utf8.count)
            // `…/conda-forge` is no part of `…/conda-forge-dev`.
            guard url.hasPrefix(prefix), rest.isEmpty || rest.first == UInt8(ascii: "/") else { continue }
            if prefix.utf8.count > longest.length { longest = (prefix.utf8.count, mirror.replacements) }
        }
        guard !longest.replacements.isEmpty else { return [url] }
        let rest = String(decoding: url.utf8.dropFirst(longest.length), as: UTF8.self)
        return longest.replacements.map { withoutSlash($0) + rest }
    }

    private func withoutSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }

    private func parse(_ url: String) throws(Failure) -> Address {
        guard let address = Address(url) else { throw Failure(.usage, masked(url), "is not a URL") }
        let known = ["http", "https", "file"] + settings.schemes.map(\.name)
        guard known.contains(address.scheme) else {
            throw Failure(
                .usage, masked(url), "the scheme `\(address.scheme)` is not supported",
                hint: "supported are \(known.joined(separator: ", "))")
        }
        return address
    }
}
