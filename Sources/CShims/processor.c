// SPDX-License-Identifier: BSD-3-Clause
// What the processor can do, asked from itself.
#include "CShims.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

static unsigned long long extended_control(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((unsigned long long)high << 32) | low;
}

int krait_x86_64_level(void) {
    unsigned a, b, c1 = 0, d1 = 0, b7 = 0, c7 = 0, d7 = 0, c81 = 0, d81 = 0;
    if (!__get_cpuid(1, &a, &b, &c1, &d1)) return 1;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) b7 = 0;
    __get_cpuid(0x80000001u, &a, &b, &c81, &d81);
    // v2: SSE3, SSSE3, CX16, SSE4.1, SSE4.2, POPCNT, LAHF.
    const unsigned v2 = (1u << 0) | (1u << 9) | (1u << 13) | (1u << 19) | (1u << 20) | (1u << 23);
    if ((c1 & v2) != v2 || !(c81 & 1u)) return 1;
    // v3: FMA, MOVBE, OSXSAVE, AVX, F16C, BMI1, AVX2, BMI2, LZCNT and the system saving YMM.
    const unsigned v3c = (1u << 12) | (1u << 22) | (1u << 27) | (1u << 28) | (1u << 29);
    const unsigned v3b = (1u << 3) | (1u << 5) | (1u << 8);
    if ((c1 & v3c) != v3c || (b7 & v3b) != v3b || !(c81 & (1u << 5))) return 2;
    unsigned long long saved = extended_control();
    if ((saved & 6u) != 6u) return 2;
    // v4: AVX512 F, DQ, CD, BW, VL and the system saving ZMM.
    const unsigned v4b = (1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31);
    if ((b7 & v4b) != v4b || (saved & 0xe0u) != 0xe0u) return 3;
    return 4;
}

int krait_x86_identity(char *vendor, unsigned *family, unsigned *model) {
    unsigned a, b, c, d;
    if (!__get_cpuid(0, &a, &b, &c, &d)) return 0;
    memcpy(vendor, &b, 4);
    memcpy(vendor + 4, &d, 4);
    memcpy(vendor + 8, &c, 4);
    vendor[12] = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    *family = (a >> 8) & 15u;
    *model = (a >> 4) & 15u;
    if (*family == 6 || *family == 15) *model |= ((a >> 16) & 15u) << 4;
    if (*family == 15) *family += (a >> 20) & 255u;
    return 1;
}

#else

int krait_x86_64_level(void) { return 0; }
int krait_x86_identity(char *vendor, unsigned *family, unsigned *model) {
    (void)vendor; (void)family; (void)model;
    return 0;
}

#endif
