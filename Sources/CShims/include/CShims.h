// SPDX-License-Identifier: BSD-3-Clause
#ifndef KRAIT_CSHIMS_H
#define KRAIT_CSHIMS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Only the compiler's own headers: a type of libc that came from here would be ours to Swift.

// Arguments and environment as the kernel gave them; set before main, also without /proc.
int krait_argument_count(void);
char *_Nullable *_Nullable krait_argument_vector(void);
char *_Nullable *_Nullable krait_environment(void);

/// Puts an empty file in the place of each of stdin, stdout and stderr that is closed: the next file that is opened would get its
/// number, and be read or written as if it were that one. Writing to it fails as before.
void krait_hold_standard_descriptors(void);

// Variadic calls; each answers -1 and sets errno as the call itself does.
int krait_openat(int directory, const char *path, int flags, unsigned mode);
int krait_ficlone(int destination, int source);
int krait_terminal_columns(int descriptor);

// Calls without a portable libc wrapper.
// Opens without leaving the directory: RESOLVE_BENEATH, and RESOLVE_NO_SYMLINKS unless links are followed. -1 with errno,
// ENOSYS before Linux 5.6.
int krait_open_beneath(int directory, const char *path, int flags, unsigned mode, int follows_links);
int krait_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);
long krait_getdents64(int directory, void *buffer, size_t size);
long krait_copy_file_range(int from, int64_t *_Nullable from_offset, int to, int64_t *_Nullable to_offset, size_t size);
int krait_pipe(int *_Nonnull ends);
int krait_syncfs(int descriptor);
// Facts of the file system that holds path; 0 or -1 with errno.
int krait_statfs(const char *path, uint32_t *magic, uint64_t *available, uint64_t *total);
int krait_random_bytes(void *buffer, size_t size);

// Functions that libc shows to GNU sources only.
const char *_Nullable krait_error_text(int code);
const char *_Nullable krait_error_name(int code);
const void *_Nullable krait_find_bytes(const void *in, size_t size, const void *what, size_t length);
void krait_set_thread_name(const char *name);
// No core dump of this process, and no other process of the user looks into its memory; ends with the next execve.
void krait_forbid_dumps(void);
// Blocks of the size of a decompressor's window stay for the next package, larger ones go back to the system, and no
// thread gets a heap of its own.
void krait_limit_heap(void);
// Processors in the affinity mask, at least 1.
int krait_affinity_count(void);

// The first of INT, TERM, HUP that arrived, or 0. A second one ends the process at once.
int krait_caught_signal(void);
// Installs the handlers and ignores SIGPIPE; wake_write gets one byte at the first signal (or is -1).
void krait_install_signal_handlers(int wake_write);
void krait_forget_signal(void);
// Undoes krait_install_signal_handlers for a program that is executed in our place.
void krait_reset_signals(void);
// From now on what other processes send to us goes to the child; it is to be waited for.
void krait_forward_signals(int child);

// vfork + execve with the descriptors of stdin, stdout and stderr; 0 or an errno.
int krait_spawn(const char *path, char *_Nullable const *_Nonnull arguments,
                char *_Nullable const *_Nonnull environment, const char *_Nullable directory,
                int input, int output, int error, int new_group, int *child);
int krait_wait(int child, int *status);

// 1…4 for x86-64-v1…v4, 0 on other machines.
int krait_x86_64_level(void);
// CPU vendor (12 bytes and NUL), family and model as cpuid tells; 0 where there is no cpuid.
int krait_x86_identity(char *vendor, unsigned *family, unsigned *model);

// The commit a release was made of, shortened; empty in other builds.
const char *krait_build_commit_text(void);
// A line `NAME REVISION` for each library linked in, by its Debian source or package name; empty in other builds.
const char *krait_build_patch_levels_text(void);

// An archive behind this executable: the offset and size of it in the file, and its SHA-256; all zero in krait itself.
struct krait_payload {
    uint8_t magic[16];
    // Of krait: what stands behind one version is read by no other.
    char version[24];
    uint64_t offset;
    uint64_t size;
    uint8_t digest[32];
};
#define KRAIT_VERSION "0.2.0"
const struct krait_payload *krait_own_payload(void);
int krait_has_payload(void);

#pragma clang assume_nonnull end
#endif
