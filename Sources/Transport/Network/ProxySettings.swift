// SPDX-License-Identifier: BSD-3-Clause

/// Which proxy stands before which URL: the `proxy_servers` table first, then the usual variables.
package struct ProxySettings: Sendable, Equatable {
    /// rc table: keys `http`, `https`, `scheme://host`, `all`, `all://host` (Rules §6.4).
    package var servers: [String: String]
    /// `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy` in either case; the lower-case one wins.
    package var environment: [String: String]

    package init(servers: [String: String] = [:], environment: [String: String] = [:]) {
        self.servers = servers
        self.environment = environment
    }

    /// The proxy for an address, nil for a direct connection; `exceptions` decides last.
    package func proxy(for address: Address) -> String? {
        let keys = ["\(address.scheme)://\(address.host)", address.scheme, "all://\(address.host)", "all"]
        for key in keys {
            if let server = servers[key], !server.isEmpty { return server }
        }
        for name in ["\(address.scheme)_proxy", "all_proxy"] {
            if let server = variable(name), !server.isEmpty { return server }
        }
        return nil
    }

    /// Hosts that are reached directly, as curl reads the list (names, domains, addresses, CIDR, `*`).
    package var exceptions: String { variable("no_proxy") ?? "" }

    private func variable(_ name: String) -> String? { environment[name] ?? environment[name.uppercased()] }
}
