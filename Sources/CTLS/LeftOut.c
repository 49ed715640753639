// SPDX-License-Identifier: BSD-3-Clause
//
// What stands in for parts of OpenSSL that a client of TLS never asks for. `scripts/release.ld` and
// `scripts/build-release` put these names in the place of OpenSSL's own, in the static executable only, and the linker
// drops what nothing calls any more: 0.36 of 15.5 MB (Design §3, Static).

#include <openssl/evp.h>

#include "LeftOut.h"

const OSSL_DISPATCH krait_no_functions[1] = {{0, NULL}};

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
