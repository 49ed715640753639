// SPDX-License-Identifier: BSD-3-Clause
#include <zstd.h>
#include <zstd_errors.h>
