// SPDX-License-Identifier: BSD-3-Clause
//
// What only a release knows of itself. `scripts/build-release` links an object with the real values, so that nothing is
// compiled again when the commit changes; `swift build` has these.

#include "CShims.h"

extern const char krait_build_commit[], krait_build_patch_levels[];
__attribute__((weak)) const char krait_build_commit[] = "";
__attribute__((weak)) const char krait_build_patch_levels[] = "";

const char *krait_build_commit_text(void) { return krait_build_commit; }
const char *krait_build_patch_levels_text(void) { return krait_build_patch_levels; }
