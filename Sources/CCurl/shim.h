// SPDX-License-Identifier: BSD-3-Clause
//
// libcurl, and the few calls of it that Swift cannot make itself: the variadic ones.
#ifndef KRAIT_CCURL_SHIM_H
#define KRAIT_CCURL_SHIM_H

#include <curl/curl.h>
#include <stddef.h>

/// Body bytes arrive; the result is the count taken, or `krait_curl_pause()`.
typedef size_t (*KraitCurlBytes)(char *_Nonnull bytes, size_t size, size_t count, void *_Nullable context);
/// A TLS context was made for a new connection.
typedef CURLcode (*KraitCurlContext)(CURL *_Nullable easy, void *_Nullable sslContext, void *_Nullable context);

static inline CURLcode krait_curl_set_long(CURL *_Nonnull easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode krait_curl_set_text(CURL *_Nonnull easy, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode krait_curl_set_pointer(CURL *_Nonnull easy, CURLoption option, void *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode krait_curl_set_bytes(CURL *_Nonnull easy, CURLoption option, KraitCurlBytes _Nullable value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode krait_curl_set_tls(CURL *_Nonnull easy, KraitCurlContext _Nullable value) {
    return curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, value);
}
static inline CURLcode krait_curl_get_long(CURL *_Nonnull easy, CURLINFO info, long *_Nonnull value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode krait_curl_get_offset(CURL *_Nonnull easy, CURLINFO info, curl_off_t *_Nonnull value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode krait_curl_get_text(CURL *_Nonnull easy, CURLINFO info, const char *_Nullable *_Nonnull value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode krait_curl_get_pointer(CURL *_Nonnull easy, CURLINFO info, void *_Nullable *_Nonnull value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLMcode krait_curl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
/// The finished transfer's result; valid only for a `CURLMSG_DONE` message.
static inline CURLcode krait_curl_message_result(const CURLMsg *_Nonnull message) { return message->data.result; }
/// What a write callback returns to have the transfer paused.
static inline size_t krait_curl_pause(void) { return CURL_WRITEFUNC_PAUSE; }
/// The flags of `curl_global_init` that this program uses.
static inline long krait_curl_global_flags(void) { return CURL_GLOBAL_DEFAULT; }
/// The versions of libcurl and of the libraries below it.
static inline curl_version_info_data *_Nonnull krait_curl_versions(void) { return curl_version_info(CURLVERSION_NOW); }

#endif
