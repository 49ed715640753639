// SPDX-License-Identifier: BSD-3-Clause
//
// What stands in for parts of OpenSSL that a client of TLS never asks for. `scripts/release.ld` and
// `scripts/build-release` put these names in the place of OpenSSL's own, in the static executable only, and the linker
// drops what nothing calls any more: 0.36 of 15.5 MB (Design §3, Static).

#include <openssl/evp.h>

#include "LeftOut.h"

const OSSL_DISPATCH krait_no_functions[1] = {{0, NULL}};

/// How the provider lists a cipher (OpenSSL 3.0, providers/common/include/prov/provider_util.h).
struct CapableAlgorithm {
    OSSL_ALGORITHM algorithm;
    int (*capable)(void);
};

// Lists the ciphers that this processor can do, once, without those whose functions are left out.
void krait_list_ciphers(const struct CapableAlgorithm *all, OSSL_ALGORITHM *listed) {
    if (listed[0].algorithm_names != NULL) return;
    for (; all->algorithm.algorithm_names != NULL; all++)
        if (all->algorithm.implementation != krait_no_functions && (all->capable == NULL || all->capable()))
            *listed++ = all->algorithm;
    *listed = all->algorithm;
}

// What a provider answers that cannot do a cipher on this processor; its table of functions is not looked at then.
int krait_not_capable(void) { return 0; }

// Ciphers by name serve keys that are protected by a password; TLS asks the provider for what it speaks. These are what
// private keys are protected with.
void krait_add_ciphers(void) {
    EVP_add_cipher(EVP_des_ede3_cbc());
    EVP_add_cipher(EVP_aes_128_cbc());
    EVP_add_cipher(EVP_aes_192_cbc());
    EVP_add_cipher(EVP_aes_256_cbc());
}

int krait_nothing(void) { return 1; }
