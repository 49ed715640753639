// SPDX-License-Identifier: BSD-3-Clause
//
// What a fully static Swift program needs to start fast and anywhere (Design §3, Static). Each function takes the
// place of the runtime's own by `-Xlinker --wrap=…`, in `scripts/build-release` only; nothing calls them otherwise.

#include <stddef.h>

// A static program links crtbeginT.o, which registers its unwind table with libgcc's old registry; at the first unwind
// that sorts every entry (5-9 ms). Unregistered, libgcc uses the sorted table in .eh_frame_hdr.
void __wrap___register_frame_info(const void *begin, void *object);
void __wrap___register_frame_info(const void *begin, void *object) {
    (void)begin;
    (void)object;
}

void *__wrap___deregister_frame_info(const void *begin);
void *__wrap___deregister_frame_info(const void *begin) {
    (void)begin;
    return NULL;
}

// The runtime looks for its backtracer beside the executable in a static constructor and aborts where /proc is missing.
// There is none beside a single file.
char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name);
char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name) {
    (void)name;
    return NULL;
}

// The names of all Unicode characters are half a megabyte of tables, which only `Unicode.Scalar.Properties.name` reads.
// Nothing here asks for one; without the function the linker drops the tables.
__INTPTR_TYPE__ __wrap__swift_stdlib_getScalarName(unsigned int scalar, unsigned char *buffer, __INTPTR_TYPE__ capacity);
__INTPTR_TYPE__ __wrap__swift_stdlib_getScalarName(unsigned int scalar, unsigned char *buffer, __INTPTR_TYPE__ capacity) {
    (void)scalar;
    (void)buffer;
    (void)capacity;
    return 0;
}
