// SPDX-License-Identifier: BSD-3-Clause

/// What connections to one host are made with; lives as long as they do.
final class HostTrust: Sendable {
    let roots: TrustRoots
    /// nil where no session may be continued.
    let tickets: TLSTickets?

    init(_ roots: TrustRoots, address: Address, settings: TransportSettings) {
        self.roots = roots
        // A client's certificate is shown anew each time; what nothing was checked for is worth nothing later.
        guard let directory = settings.ticketDirectory, !settings.trust.insecure, settings.clientCertificate == nil
        else {
            tickets = nil
            return
        }
        tickets = TLSTickets(directory: directory, address: address, roots: roots.identity)
    }
}
