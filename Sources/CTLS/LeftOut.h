// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <openssl/core.h>

/// A table of a provider's functions that holds none.
extern const OSSL_DISPATCH krait_no_functions[1];

struct CapableAlgorithm;

/// Fills `listed`, which is as long as `all`, with what is there of it; both end with an entry without a name.
void krait_list_ciphers(const struct CapableAlgorithm *all, OSSL_ALGORITHM *listed);

/// Whether this processor can do a cipher: 0.
int krait_not_capable(void);

/// Fills OpenSSL's list of ciphers that are found by name.
void krait_add_ciphers(void);

/// In the place of what loads the words of errors in parts that are never called (messages, time stamps, key files that are
/// none of TLS), and of what adds engines, which only a name would choose: 1, for done.
int krait_nothing(void);
