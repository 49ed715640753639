// SPDX-License-Identifier: BSD-3-Clause
#include "EmbeddedRoots.h"

// Weak, so that the object file of `scripts/build-release --test-root` takes its place. Releases have none.
__attribute__((weak)) const KraitEmbeddedTable krait_extra_roots = {NULL, 0};
