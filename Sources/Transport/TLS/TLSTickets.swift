// SPDX-License-Identifier: BSD-3-Clause
import CTLS
import Failures
import Platform
import Synchronization

/// What continues a TLS session with one host in a later run: its server needs no certificate to be sent and checked again,
/// and before TLS 1.3 one round trip less.
///
/// A ticket is a secret that stands for the session's key: its file is the user's alone (0600). It is used only with the host
/// that gave it, whose name libcurl compares with the certificate again, and only where the same certificates are believed as
/// when it was made. Callbacks come on the network thread.
final class TLSTickets: Sendable {
    private let path: String
    private let host: String
    private let isKept = Atomic<Bool>(false)

    /// Tickets for the host of `address`, in the folder `directory`; `roots` says what is believed.
    init(directory: String, address: Address, roots: String) {
        host = address.host
        path = Path.join(directory, TLSTickets.fileName("\(address.authority) \(roots)"))
    }

    /// Makes connections of an `SSL_CTX *` continue sessions and keep new ones; `self` has to outlive them.
    func attach(to context: UnsafeMutableRawPointer) {
        _ = krait_tls_resume(
            context, Unmanaged.passUnretained(self).toOpaque(),
            { context, host, bytes, count in
                let tickets = Unmanaged<TLSTickets>.fromOpaque(context).takeUnretainedValue()
                if tickets.belong(to: host) { tickets.keep(UnsafeRawBufferPointer(start: bytes, count: count)) }
            },
            { context, host, buffer, capacity in
                let tickets = Unmanaged<TLSTickets>.fromOpaque(context).takeUnretainedValue()
                guard tickets.belong(to: host) else { return 0 }
                return tickets.find(UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
            })
    }

    /// Whether a handshake is with our host, not with a proxy or where a redirection leads; addresses are asked for without a name.
    private func belong(to asked: UnsafePointer<CChar>?) -> Bool {
        guard let asked else { return host.utf8.allSatisfy { $0 == 0x2E || 0x30...0x39 ~= $0 } || host.contains(":") }
        return String(cString: asked).lowercased() == host.lowercased()
    }

    /// Keeps the first ticket of a run; not being able to is no failure.
    private func keep(_ bytes: UnsafeRawBufferPointer) {
        guard !isKept.exchange(true, ordering: .relaxed) else { return }
        if (try? writeFileAtomically(path, bytes, mode: 0o600)) != nil { return }
        guard (try? FileSystem.createDirectories(Path.parent(path))) != nil else { return }
        try? writeFileAtomically(path, bytes, mode: 0o600)
    }

    private func find(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        // What others can read is no secret, and what somebody else wrote is not to be believed.
        guard let file = try? SystemCall.open(path, [.readOnly, .noFollow, .nonBlocking]),
            let status = try? SystemCall.status(of: file), status.kind == .regular, status.mode & 0o077 == 0,
            status.owner == effectiveUserID(), let bytes = try? readAll(file, limit: buffer.count, subject: path)
        else { return 0 }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    /// A short name for what a ticket is for (FNV-1a): names of hosts may hold what file names may not.
    private static func fileName(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "ticket-" + String(hash, radix: 16)
    }
}
