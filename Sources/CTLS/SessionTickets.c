// SPDX-License-Identifier: BSD-3-Clause

// OpenSSL's macros would put the name of this file, with its folder, into the executable.
#define OPENSSL_NO_FILENAMES
#include "CTLS.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>

/// Our place in an `SSL_CTX`, and the callback that was there before ours.
static int index_of_ours = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct tickets {
    KraitTLSKeep keep;
    KraitTLSFind find;
    void *context;
    int (*former)(SSL *, SSL_SESSION *);
};

static void free_ours(void *parent, void *ours, CRYPTO_EX_DATA *data, int index, long number, void *pointer) {
    (void)parent, (void)data, (void)index, (void)number, (void)pointer;
    free(ours);
}

static void reserve_index(void) { index_of_ours = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_ours); }

static struct tickets *tickets_of(const SSL *ssl) { return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index_of_ours); }

static const char *name_asked_for(const SSL *ssl) { return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name); }

/// A session that is continued again and again must not outlive the certificate that was checked when it began.
static bool is_valid(const SSL_SESSION *session) {
    X509 *peer = SSL_SESSION_get0_peer((SSL_SESSION *)session);
    return SSL_SESSION_is_resumable(session) && peer && X509_cmp_current_time(X509_get0_notAfter(peer)) > 0;
}

/// OpenSSL calls this for each session that the server offers to continue.
static int new_session(SSL *ssl, SSL_SESSION *session) {
    struct tickets *tickets = tickets_of(ssl);
    unsigned char *bytes = NULL;
    if (SSL_SESSION_is_resumable(session) && SSL_get_verify_result(ssl) == X509_V_OK) {
        int length = i2d_SSL_SESSION(session, &bytes);
        if (length > 0) tickets->keep(tickets->context, name_asked_for(ssl), bytes, (size_t)length);
        OPENSSL_free(bytes);
        ERR_clear_error();
    }
    return tickets->former ? tickets->former(ssl, session) : 0;
}

/// OpenSSL calls this when a handshake begins, before the first message is made.
static void state_changed(const SSL *ssl, int where, int result) {
    (void)result;
    if (!(where & SSL_CB_HANDSHAKE_START) || SSL_get_session(ssl) != NULL) return;
    struct tickets *tickets = tickets_of(ssl);
    unsigned char bytes[16384];
    size_t length = tickets->find(tickets->context, name_asked_for(ssl), bytes, sizeof bytes);
    const unsigned char *at = bytes;
    SSL_SESSION *session = length > 0 ? d2i_SSL_SESSION(NULL, &at, (long)length) : NULL;
    // What is damaged leaves errors behind, which libcurl would take for those of its own next call.
    ERR_clear_error();
    if (!session) return;
    // The server may refuse it; then the handshake is a whole one.
    if (is_valid(session)) SSL_set_session((SSL *)ssl, session);
    SSL_SESSION_free(session);
}

bool krait_tls_resume(void *ssl_context, void *context, KraitTLSKeep keep, KraitTLSFind find) {
    pthread_once(&once, reserve_index);
    struct tickets *tickets = index_of_ours >= 0 ? malloc(sizeof *tickets) : NULL;
    if (!tickets) return false;
    *tickets = (struct tickets){keep, find, context, SSL_CTX_sess_get_new_cb(ssl_context)};
    if (!SSL_CTX_set_ex_data(ssl_context, index_of_ours, tickets)) {
        free(tickets);
        return false;
    }
    SSL_CTX_set_session_cache_mode(ssl_context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ssl_context, new_session);
    SSL_CTX_set_info_callback(ssl_context, state_changed);
    return true;
}
