// SPDX-License-Identifier: BSD-3-Clause
//
// Where an archive stands behind this executable. `krait pack --format exe` writes it into its copy; a start then looks at
// one number that is in memory anyway, and reads nothing of its own file.

#include "CShims.h"

// Volatile, for the compiler must not take what is written here for what will be read.
static const volatile struct krait_payload payload = {
    .magic = {0xf0, 'k', 'r', 'a', 'i', 't', ' ', 'p', 'a', 'y', 'l', 'o', 'a', 'd', '\n', 0x0f},
    .version = KRAIT_VERSION,
};

const struct krait_payload *krait_own_payload(void) { return (const struct krait_payload *)&payload; }
int krait_has_payload(void) { return payload.size != 0; }
