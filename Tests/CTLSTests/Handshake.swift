// SPDX-License-Identifier: BSD-3-Clause
import CCrypto
import CTLS

/// A TLS handshake in memory: a server that sends `chain.pem` and a client whose roots are `store`.
///
/// Answers OpenSSL's verdict on the server's certificate, 0 (`X509_V_OK`) when it is trusted.
func verdict(of store: OpaquePointer, on certificates: Certificates) -> Int {
    let serverContext = SSL_CTX_new(TLS_server_method())
    let clientContext = SSL_CTX_new(TLS_client_method())
    defer {
        SSL_CTX_free(serverContext)
        SSL_CTX_free(clientContext)
    }
    guard let clientContext, SSL_CTX_use_certificate_chain_file(serverContext, certificates.path("chain.pem")) == 1,
        SSL_CTX_use_PrivateKey_file(serverContext, certificates.path("leaf.key"), SSL_FILETYPE_PEM) == 1
    else { return -1 }
    SSL_CTX_set_verify(clientContext, SSL_VERIFY_PEER, nil)
    guard krait_tls_attach(UnsafeMutableRawPointer(clientContext), store) else { return -2 }

    let server = SSL_new(serverContext)
    let client = SSL_new(clientContext)
    defer {
        SSL_free(server)
        SSL_free(client)
    }
    var serverSide: OpaquePointer?
    var clientSide: OpaquePointer?
    BIO_new_bio_pair(&serverSide, 1 << 16, &clientSide, 1 << 16)
    SSL_set_bio(server, serverSide, serverSide)
    SSL_set_bio(client, clientSide, clientSide)
    SSL_set_accept_state(server)
    SSL_set_connect_state(client)
    for _ in 0..<10 {
        let clientDone = SSL_do_handshake(client) == 1
        let serverDone = SSL_do_handshake(server) == 1
        if clientDone && serverDone { break }
    }
    return Int(SSL_get_verify_result(client))
}
