// SPDX-License-Identifier: BSD-3-Clause

// OpenSSL's macros would put the name of this file, with its folder, into the executable.
#define OPENSSL_NO_FILENAMES
#include "CTLS.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>

/// Our place in an `SSL_CTX`, and the callback that was there before ours.
static int index_of_ours = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct watch {
    KraitTLSOffer offer;
    void *context;
    int (*former)(SSL *, SSL_SESSION *);
};

static void free_ours(void *parent, void *ours, CRYPTO_EX_DATA *data, int index, long number, void *pointer) {
    (void)parent, (void)data, (void)index, (void)number, (void)pointer;
    free(ours);
}

static void reserve_index(void) { index_of_ours = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_ours); }

/// OpenSSL calls this for each session that the server offers to continue.
static int new_session(SSL *ssl, SSL_SESSION *session) {
    struct watch *watch = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index_of_ours);
    X509 *peer = SSL_SESSION_get0_peer(session);
    int days = 0, seconds = 0;
    if (peer && SSL_get_verify_result(ssl) == X509_V_OK
        && ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(peer)))
        watch->offer(
            watch->context, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), (int64_t)days * 86400 + seconds);
    return watch->former ? watch->former(ssl, session) : 0;
}

bool krait_tls_watch(void *ssl_context, void *context, KraitTLSOffer offer) {
    pthread_once(&once, reserve_index);
    struct watch *watch = index_of_ours >= 0 ? malloc(sizeof *watch) : NULL;
    if (!watch) return false;
    *watch = (struct watch){offer, context, SSL_CTX_sess_get_new_cb(ssl_context)};
    if (!SSL_CTX_set_ex_data(ssl_context, index_of_ours, watch)) {
        free(watch);
        return false;
    }
    SSL_CTX_sess_set_new_cb(ssl_context, new_session);
    return true;
}
