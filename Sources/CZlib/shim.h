// SPDX-License-Identifier: BSD-3-Clause
#include <zlib.h>

/// Begins raw deflate: no header and no trailer, which belong to whole members. What `deflateInit2` is, a macro.
static inline int krait_deflate_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}
