// SPDX-License-Identifier: BSD-3-Clause
#ifndef KRAIT_EMBEDDED_ROOTS_H
#define KRAIT_EMBEDDED_ROOTS_H

#include <stddef.h>
#include <stdint.h>

/// One certificate in the executable.
typedef struct {
    const char *der;
    size_t length;
} KraitEmbeddedRoot;

/// Certificates in the executable.
typedef struct {
    const KraitEmbeddedRoot *roots;
    int32_t count;
} KraitEmbeddedTable;

// Made by `scripts/embed-roots`.
extern const KraitEmbeddedTable krait_embedded_roots;
extern const char krait_embedded_source[];
extern const char krait_embedded_date[];
extern const char krait_embedded_sha256[];

// Empty, unless `scripts/build-release --test-root` links another definition in.
extern const KraitEmbeddedTable krait_extra_roots;

#endif
