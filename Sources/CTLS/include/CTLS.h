// SPDX-License-Identifier: BSD-3-Clause
//
// Trusted roots for TLS, parsed once (and each only when a server needs it) and shared by all connections.
//
// libcurl parses a bundle again for every connection (21-27 ms each). Instead the Transport
//   1. makes one store: `krait_tls_store_from_file`, `…_from_pem`, `…_from_directories` or `krait_tls_store_embedded`;
//   2. switches libcurl's own roots off: CURLOPT_CAINFO and CURLOPT_CAPATH set to NULL;
//   3. calls `krait_tls_attach(ssl_ctx, store)` from CURLOPT_SSL_CTX_FUNCTION and returns CURLE_OK when it gives true.
// A store may be attached from any thread; free it only after every curl handle is gone (or never).
#ifndef KRAIT_CTLS_H
#define KRAIT_CTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A set of trusted roots.
typedef struct KraitTrustStore KraitTrustStore;

/// What is known of the roots inside the executable.
typedef struct {
    /// Number of certificates.
    int32_t count;
    /// Number of certificates added by `scripts/build-release --test-root`; 0 in every release.
    int32_t extra;
    /// The Debian package the roots come from, e.g. `ca-certificates 20230311`.
    const char *source;
    /// Date of that set, `YYYY-MM-DD`.
    const char *date;
    /// SHA-256 of that package's `.deb`, lower-case hexadecimal.
    const char *sha256;
} KraitEmbeddedRoots;

/// Facts about the embedded roots, for `info`.
KraitEmbeddedRoots krait_tls_embedded_roots_info(void);

/// The roots inside the executable; one store for the whole process, never freed (`krait_tls_store_free` ignores it).
/// NULL only when memory is short.
KraitTrustStore *_Nullable krait_tls_store_embedded(void);

/// The roots of a PEM bundle on disk. NULL when it cannot be read (`errno` says why) or holds no certificate
/// (`errno` is then 0).
KraitTrustStore *_Nullable krait_tls_store_from_file(const char *path);

/// The roots of a PEM bundle in memory; the bytes are not kept. NULL when there is no certificate in it.
KraitTrustStore *_Nullable krait_tls_store_from_pem(const void *bytes, size_t count);

/// Roots that OpenSSL finds by hash in directories (the form of SSL_CERT_DIR: several separated by `:`).
/// Read only when a server needs one, so an empty or missing directory is not noticed here.
KraitTrustStore *_Nullable krait_tls_store_from_directories(const char *paths);

/// Number of certificates in a store; 0 for directories.
int32_t krait_tls_store_count(const KraitTrustStore *store);

/// Gives a store back.
void krait_tls_store_free(KraitTrustStore *_Nullable store);

/// Makes `store` the trusted roots of an OpenSSL `SSL_CTX *`. False when OpenSSL refuses.
bool krait_tls_attach(void *ssl_context, const KraitTrustStore *store);

/// Takes a session that a server offers to continue, as DER; the bytes are valid during the call. `host` is the name that the
/// handshake asks for (SNI), NULL for an address: after a redirection it is another than that of the request.
typedef void (*KraitTLSKeep)(void *context, const char *_Nullable host, const unsigned char *bytes, size_t count);
/// Puts a session with `host` that was kept into `buffer`; the result is its length, 0 for none.
typedef size_t (*KraitTLSFind)(void *context, const char *_Nullable host, unsigned char *buffer, size_t capacity);

/// Makes connections of an OpenSSL `SSL_CTX *` continue the session that `find` gives, and `keep` those that are offered. Called
/// from CURLOPT_SSL_CTX_FUNCTION, after libcurl has set its own callbacks, which go on working. `context` has to live as
/// long as the connections. False when OpenSSL refuses.
bool krait_tls_resume(void *ssl_context, void *context, KraitTLSKeep keep, KraitTLSFind find);

/// True when a lookup by subject of root number `index` (0 ..< count) finds that very root; for tests.
bool krait_tls_store_finds(const KraitTrustStore *store, int32_t index);

#pragma clang assume_nonnull end

#endif
