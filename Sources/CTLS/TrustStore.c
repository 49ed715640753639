// SPDX-License-Identifier: BSD-3-Clause
#include "CTLS.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "EmbeddedRoots.h"
#include "RootTable.h"

struct KraitTrustStore {
    X509_STORE *store;
    /// How `store` finds roots in `table`; NULL for directories.
    X509_LOOKUP_METHOD *method;
    KraitRootTable table;
};

/// The largest bundle that is read; Debian's has 0.2 MB.
enum { LARGEST_BUNDLE = 64 << 20 };

// MARK: Finding a root when OpenSSL asks for it

/// Parses the roots called `name` and hands them to the store. OpenSSL calls this, from any thread and without a lock,
/// when the store does not hold a certificate of that name yet; the table itself never changes.
static int find_by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *found) {
    const KraitTrustStore *owner = X509_LOOKUP_get_method_data(lookup);
    const unsigned char *der;
    size_t length;
    if (type != X509_LU_X509 || !X509_NAME_get0_der(name, &der, &length)) return 0;
    uint64_t key = krait_subject_key(der, length);
    int result = 0;
    for (int32_t index = 0; index < owner->table.count; index++) {
        const KraitRoot *root = &owner->table.roots[index];
        if (root->key != key) continue;
        const unsigned char *at = root->der;
        X509 *certificate = d2i_X509_AUX(NULL, &at, (long)root->length);
        if (certificate && X509_NAME_cmp(X509_get_subject_name(certificate), name) == 0 &&
            X509_STORE_add_cert(X509_LOOKUP_get_store(lookup), certificate) && !result) {
            // The first is the answer; the caller looks in the store for others of the same name. `found` is copied and
            // never released by the caller, so this keeps one reference too many on a certificate that lives as long
            // as the store anyway.
            result = X509_OBJECT_set1_X509(found, certificate);
        }
        X509_free(certificate);
    }
    return result;
}

// MARK: Making stores

static KraitTrustStore *make_store(void) {
    // OpenSSL's configuration file may load modules, which a static program cannot.
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    KraitTrustStore *owner = calloc(1, sizeof *owner);
    if (!owner) return NULL;
    owner->store = X509_STORE_new();
    // As libcurl does with the roots it reads itself: ours before what the server sends, and a root may be an
    // intermediate certificate.
    if (owner->store && X509_STORE_set_flags(owner->store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN)) {
        return owner;
    }
    krait_tls_store_free(owner);
    return NULL;
}

/// Lets the store find the roots of its table. Takes `owner`; NULL when memory is short.
static KraitTrustStore *use_table(KraitTrustStore *owner) {
    owner->method = X509_LOOKUP_meth_new("krait roots");
    if (owner->method && X509_LOOKUP_meth_set_get_by_subject(owner->method, find_by_subject)) {
        X509_LOOKUP *lookup = X509_STORE_add_lookup(owner->store, owner->method);
        if (lookup && X509_LOOKUP_set_method_data(lookup, owner)) return owner;
    }
    krait_tls_store_free(owner);
    return NULL;
}

KraitTrustStore *krait_tls_store_from_pem(const void *bytes, size_t count) {
    KraitTrustStore *owner = make_store();
    if (!owner) return NULL;
    if (krait_root_table_add_pem(&owner->table, bytes, count) && owner->table.count > 0) return use_table(owner);
    krait_tls_store_free(owner);
    return NULL;
}

KraitTrustStore *krait_tls_store_from_file(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return NULL;
    struct stat status;
    char *text = NULL;
    KraitTrustStore *owner = NULL;
    int reason = 0;
    if (fstat(descriptor, &status) != 0) {
        reason = errno;
    } else if (S_ISDIR(status.st_mode)) {
        reason = EISDIR;
    } else if (status.st_size > LARGEST_BUNDLE) {
        reason = EFBIG;
    } else {
        // A pipe or device has no size: read up to the limit, growing.
        size_t capacity = status.st_size > 0 ? (size_t)status.st_size + 1 : 1 << 16, length = 0;
        for (text = malloc(capacity); text;) {
            ssize_t got = read(descriptor, text + length, capacity - length);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) reason = errno;
            if (got <= 0) break;
            length += (size_t)got;
            if (length < capacity) continue;
            if (capacity > LARGEST_BUNDLE) {
                reason = EFBIG;
                break;
            }
            char *larger = realloc(text, capacity *= 2);
            if (!larger) free(text);
            text = larger;
        }
        if (!text) reason = ENOMEM;
        if (reason == 0) owner = krait_tls_store_from_pem(text, length);
    }
    free(text);
    close(descriptor);
    errno = reason;
    return owner;
}

KraitTrustStore *krait_tls_store_from_directories(const char *paths) {
    KraitTrustStore *owner = make_store();
    if (!owner) return NULL;
    X509_LOOKUP *lookup = X509_STORE_add_lookup(owner->store, X509_LOOKUP_hash_dir());
    if (lookup && X509_LOOKUP_add_dir(lookup, paths, X509_FILETYPE_PEM)) return owner;
    krait_tls_store_free(owner);
    return NULL;
}

// MARK: The roots in the executable

static KraitTrustStore *embedded;

static bool add_embedded(KraitRootTable *table, const KraitEmbeddedTable *from) {
    for (int32_t index = 0; index < from->count; index++) {
        const KraitEmbeddedRoot *root = &from->roots[index];
        if (!krait_root_table_add(table, (const unsigned char *)root->der, root->length)) return false;
    }
    return true;
}

static void make_embedded(void) {
    KraitTrustStore *owner = make_store();
    if (!owner) return;
    if (add_embedded(&owner->table, &krait_embedded_roots) && add_embedded(&owner->table, &krait_extra_roots)) {
        embedded = use_table(owner);
    } else {
        krait_tls_store_free(owner);
    }
}

KraitTrustStore *krait_tls_store_embedded(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_embedded);
    return embedded;
}

KraitEmbeddedRoots krait_tls_embedded_roots_info(void) {
    return (KraitEmbeddedRoots){
        .count = krait_embedded_roots.count + krait_extra_roots.count,
        .extra = krait_extra_roots.count,
        .source = krait_embedded_source,
        .date = krait_embedded_date,
        .sha256 = krait_embedded_sha256,
    };
}

// MARK: Using stores

int32_t krait_tls_store_count(const KraitTrustStore *store) { return store->table.count; }

void krait_tls_store_free(KraitTrustStore *store) {
    if (!store || store == embedded) return;
    X509_STORE_free(store->store);
    X509_LOOKUP_meth_free(store->method);
    krait_root_table_free(&store->table);
    free(store);
}

bool krait_tls_attach(void *ssl_context, const KraitTrustStore *store) {
    if (!X509_STORE_up_ref(store->store)) return false;
    // Takes the reference.
    SSL_CTX_set_cert_store(ssl_context, store->store);
    return true;
}

bool krait_tls_store_finds(const KraitTrustStore *store, int32_t index) {
    if (index < 0 || index >= store->table.count) return false;
    const unsigned char *at = store->table.roots[index].der;
    X509 *wanted = d2i_X509_AUX(NULL, &at, (long)store->table.roots[index].length);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool found = false;
    if (wanted && context && X509_STORE_CTX_init(context, store->store, NULL, NULL)) {
        STACK_OF(X509) *certificates = X509_STORE_CTX_get1_certs(context, X509_get_subject_name(wanted));
        for (int place = 0; place < sk_X509_num(certificates); place++) {
            found |= X509_cmp(sk_X509_value(certificates, place), wanted) == 0;
        }
        sk_X509_pop_free(certificates, X509_free);
    }
    X509_STORE_CTX_free(context);
    X509_free(wanted);
    return found;
}
