// SPDX-License-Identifier: BSD-3-Clause
// Tells the thread sanitizer what Swift's Mutex does when threads meet at it: that part of it is in the runtime, which is
// not built with the sanitizer. scripts/sanitize preloads this.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Not there in programs without the sanitizer.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

SWIFT void krait_lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void krait_unlock(SELF) __asm__(UNLOCK);

SWIFT void krait_lock(uint32_t thread, SELF) {
    SWIFT void (*lock)(uint32_t, SELF);
    *(void **)&lock = dlsym(RTLD_NEXT, LOCK);
    lock(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT void krait_unlock(SELF) {
    SWIFT void (*unlock)(SELF);
    *(void **)&unlock = dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(self);
    unlock(self);
}
