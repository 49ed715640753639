// SPDX-License-Identifier: BSD-3-Clause
// What Swift cannot say: variadic calls and calls that libc does not wrap everywhere.
#define _GNU_SOURCE
#include "CShims.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/fs.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/vfs.h>
#endif

int krait_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}

int krait_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

#ifdef __linux__

int krait_ficlone(int destination, int source) { return ioctl(destination, FICLONE, source); }

int krait_open_beneath(int directory, const char *path, int flags, mode_t mode, int follows_links) {
    // struct open_how and the numbers of linux/openat2.h, which older kernel headers do not have.
    struct { uint64_t flags, mode, resolve; } how = {(uint64_t)(unsigned)flags, flags & O_CREAT ? mode : 0, 0x08 | 0x02};
    if (!follows_links) how.resolve |= 0x04;
    return (int)syscall(437, directory, path, &how, sizeof how);
}

int krait_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

long krait_getdents64(int directory, void *buffer, size_t size) {
    return syscall(SYS_getdents64, directory, buffer, size);
}

long krait_copy_file_range(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t size) {
    return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, size, 0u);
}

int krait_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }
int krait_syncfs(int descriptor) { return syncfs(descriptor); }

int krait_statfs(const char *path, uint32_t *magic, uint64_t *available, uint64_t *total) {
    struct statfs facts;
    if (statfs(path, &facts) != 0) return -1;
    uint64_t block = facts.f_frsize > 0 ? (uint64_t)facts.f_frsize : (uint64_t)facts.f_bsize;
    *magic = (uint32_t)facts.f_type;
    *available = (uint64_t)facts.f_bavail * block;
    *total = (uint64_t)facts.f_blocks * block;
    return 0;
}

const char *krait_error_text(int code) { return strerrordesc_np(code); }
const char *krait_error_name(int code) { return strerrorname_np(code); }
const void *krait_find_bytes(const void *in, size_t size, const void *what, size_t length) {
    return memmem(in, size, what, length);
}
void krait_forbid_dumps(void) {
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void krait_set_thread_name(const char *name) { pthread_setname_np(pthread_self(), name); }

void krait_limit_heap(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 16 << 20);
    mallopt(M_TRIM_THRESHOLD, 24 << 20);
    // With two heaps each keeps room for windows that the other lacks: 3 MB more and more page faults, nothing faster.
    mallopt(M_ARENA_MAX, 1);
#endif
}

int krait_affinity_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int)count : 1;
}

int krait_random_bytes(void *buffer, size_t size) {
    char *next = buffer;
    while (size > 0) {
        ssize_t count = getrandom(next, size, 0);
        if (count < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        next += count;
        size -= (size_t)count;
    }
    return 0;
}

#endif
