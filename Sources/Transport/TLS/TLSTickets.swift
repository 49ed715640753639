// SPDX-License-Identifier: BSD-3-Clause
import CCurl
import CTLS
import Failures
import Platform
import Synchronization

/// What continues a TLS session with one host in a later run: its server needs no certificate to be sent and checked again, and
/// where it takes early data (RFC 8446, 2.3) the first request goes out with the first message, a round trip sooner.
///
/// A ticket is a secret that stands for the session's key: its file is the user's alone (0600). It is used only with the host
/// that gave it, whose name libcurl compares with the certificate again, only where the same certificates are believed as
/// when it was made, and no longer than the certificate of that host is valid. All calls come on the network thread.
final class TLSTickets: @unchecked Sendable {
    private let path: String
    private let host: String
    /// How libcurl begins the names of this host's sessions.
    private let peer: String
    /// Those of an earlier run; nil before they were looked for, and when they were given away.
    private var saved: SavedSessions?
    private var isRead = false
    /// How many requests may still go out on connections of their own, each with the first message.
    private var early = 0
    /// What is offered in this run.
    private var offered: SavedSessions?
    private var isKept = false
    /// Seconds since 1970; 0 while the server has offered nothing.
    private var certificateEnds: Int64 = 0

    /// Tickets for the host of `address`, in the folder `directory`; `roots` says what is believed.
    init(directory: String, address: Address, roots: String) {
        host = address.host
        peer = "\(address.host.lowercased()):\(address.port ?? 443):"
        path = Path.join(directory, TLSTickets.fileName("\(address.authority) \(roots)"))
    }

    /// Notes what connections of an `SSL_CTX *` are offered; `self` has to outlive them.
    func watch(_ context: UnsafeMutableRawPointer) {
        _ = krait_tls_watch(context, Unmanaged.passUnretained(self).toOpaque()) { context, host, seconds in
            let tickets = Unmanaged<TLSTickets>.fromOpaque(context).takeUnretainedValue()
            if tickets.belong(to: host) { tickets.certificateEnds = wallClockSeconds() + seconds }
        }
    }

    /// Whether a handshake is with our host, not with a proxy or where a redirection leads; addresses are asked for without a name.
    private func belong(to asked: UnsafePointer<CChar>?) -> Bool {
        guard let asked else { return host.utf8.allSatisfy { $0 == 0x2E || 0x30...0x39 ~= $0 } || host.contains(":") }
        return String(cString: asked).lowercased() == host.lowercased()
    }

    // MARK: Files

    /// Whether a request can go out with the first message of a connection of its own, a round trip before those that wait for a
    /// connection to share: as many as there are sessions to continue.
    func takeEarly() -> Bool {
        load()
        guard early > 0 else { return false }
        early -= 1
        return true
    }

    /// Gives the sessions of an earlier run to the connections that `easy` belongs to.
    func restore(to easy: UnsafeMutableRawPointer) {
        load()
        for session in saved?.sessions ?? [] {
            guard let key = saved?.key else { break }
            krait_curl_import_session(easy, key, key.count, session, session.count)
        }
        saved = nil
    }

    private func load() {
        guard !isRead else { return }
        isRead = true
        guard let found = read(), found.certificateEnds > wallClockSeconds() else { return }
        saved = found
        if found.takesEarlyData { early = found.sessions.count }
    }

    /// Keeps what the server offers first in a run; not being able to is no failure.
    func keep(from easy: UnsafeMutableRawPointer) {
        guard !isKept, certificateEnds > 0 else { return }
        krait_curl_export_sessions(
            easy,
            { _, context, peer, key, keyCount, bytes, count, _, _, _, earlyData in
                guard let context, let peer else { return CURLE_OK }
                let tickets = Unmanaged<TLSTickets>.fromOpaque(context).takeUnretainedValue()
                guard String(cString: peer).lowercased().hasPrefix(tickets.peer) else { return CURLE_OK }
                tickets.take(
                    Array(UnsafeBufferPointer(start: key, count: keyCount)),
                    Array(UnsafeBufferPointer(start: bytes, count: count)), earlyData > 0)
                return CURLE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
        guard let bytes = offered?.bytes else { return }
        (isKept, offered) = (true, nil)
        if (try? writeFileAtomically(path, bytes, mode: 0o600)) != nil { return }
        guard (try? FileSystem.createDirectories(Path.parent(path))) != nil else { return }
        try? writeFileAtomically(path, bytes, mode: 0o600)
    }

    private func take(_ key: [UInt8], _ session: [UInt8], _ takesEarlyData: Bool) {
        var sessions = offered ?? SavedSessions(certificateEnds: certificateEnds, takesEarlyData: true, key: key)
        guard sessions.key == key, session.count < 1 << 16 else { return }
        sessions.sessions.append(session)
        sessions.takesEarlyData = sessions.takesEarlyData && takesEarlyData
        offered = sessions
    }

    private func read() -> SavedSessions? {
        // What others can read is no secret, and what somebody else wrote is not to be believed.
        guard let file = try? SystemCall.open(path, [.readOnly, .noFollow, .nonBlocking]),
            let status = try? SystemCall.status(of: file), status.kind == .regular, status.mode & 0o077 == 0,
            status.owner == effectiveUserID(), let bytes = try? readAll(file, limit: 128 << 10, subject: path)
        else { return nil }
        return SavedSessions(bytes)
    }

    /// A short name for what a ticket is for (FNV-1a): names of hosts may hold what file names may not.
    private static func fileName(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "ticket-" + String(hash, radix: 16)
    }
}
