// SPDX-License-Identifier: BSD-3-Clause
//
// usage: interrupt COUNT KIND NUMBER REPORT PROGRAM [ARGUMENT...]
//
// Runs a program and lets one of its system calls end badly. COUNT is `all` or `changing`: which calls are counted, in
// all threads together; `changing` are those that make, change, rename or remove something. The call with number NUMBER
// (0: none) ends as KIND says: `kill` (SIGKILL to the program before the call is made), `ENOSPC` or `EIO` (that call
// fails), `ENOSPC+` or `EIO+` (that one and all that follow). Writes how many calls there were into REPORT: all,
// changing. Programs that the program starts are left alone. Ends as the program does.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct info {  // ptrace_syscall_info of linux/ptrace.h, which cannot be included beside sys/ptrace.h
    uint8_t op, padding[3];
    uint32_t arch;
    uint64_t instruction, stack;
    uint64_t number, arguments[6];
};
enum { ENTRY = 1 };

/// Calls that need room: only these fail for want of it.
static int needs_room(const struct info *call) {
    switch (call->number) {
    case SYS_openat: return (call->arguments[2] & O_CREAT) != 0;
    case SYS_open: return (call->arguments[1] & O_CREAT) != 0;
    case SYS_write: case SYS_pwrite64: case SYS_writev: case SYS_pwritev: return call->arguments[0] > 2;
    case SYS_mkdir: case SYS_mkdirat: case SYS_link: case SYS_linkat: case SYS_symlink: case SYS_symlinkat:
    case SYS_copy_file_range: case SYS_fallocate: case SYS_sendfile: case SYS_creat: return 1;
    default: return 0;
    }
}

static int is_changing(const struct info *call) {
    if (needs_room(call)) return 1;
    switch (call->number) {
    case SYS_rename: case SYS_renameat: case SYS_renameat2: case SYS_unlink: case SYS_unlinkat: case SYS_rmdir:
    case SYS_ftruncate: case SYS_truncate: case SYS_utimensat: case SYS_fchmod: case SYS_fchmodat: case SYS_chmod:
    case SYS_fsync: case SYS_fdatasync: case SYS_syncfs: return 1;
    default: return 0;
    }
}

static void die(const char *what) {
    perror(what);
    exit(120);
}

int main(int count, char **arguments) {
    if (count < 6) return 120;
    const int counts_all = !strcmp(arguments[1], "all");
    const int kills = !strcmp(arguments[2], "kill");
    const int is_full = !strncmp(arguments[2], "ENOSPC", 6);
    const int goes_on = strchr(arguments[2], '+') != NULL;
    const long target = atol(arguments[3]);
    const pid_t program = fork();
    if (program < 0) die("fork");
    if (program == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(arguments[5], arguments + 5);
        _exit(121);
    }
    int status;
    if (waitpid(program, &status, 0) != program) die("waitpid");
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, program, 0, options) != 0) die("PTRACE_SETOPTIONS");
    ptrace(PTRACE_SYSCALL, program, 0, 0);

    static unsigned char is_failing[1 << 22];  // by thread
    long all = 0, changing = 0;
    int has_begun = 0, result = 0;
    for (pid_t thread; (thread = waitpid(-1, &status, __WALL)) > 0;) {
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == program) result = status;
            continue;
        }
        int signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80)) {
            signal = 0;
            struct info call;
            if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof call, &call) <= 0) continue;
            if (call.op == ENTRY && has_begun) {
                const int changes = is_changing(&call);
                all++;
                changing += changes;
                const long number = counts_all ? all : changing;
                const int is_counted = counts_all || changes;
                if (kills && is_counted && number == target) {
                    kill(program, SIGKILL);
                    continue;
                }
                const int due = number == target ? is_counted : goes_on && target && number > target;
                if (!kills && due && (is_full ? needs_room(&call) : changes)) {
                    struct user_regs_struct registers;
                    ptrace(PTRACE_GETREGS, thread, 0, &registers);
                    registers.orig_rax = (unsigned long long)-1;
                    ptrace(PTRACE_SETREGS, thread, 0, &registers);
                    is_failing[thread] = 1;
                }
            } else if (call.op != ENTRY && is_failing[thread]) {
                struct user_regs_struct registers;
                ptrace(PTRACE_GETREGS, thread, 0, &registers);
                registers.rax = (unsigned long long)-(long long)(is_full ? ENOSPC : EIO);
                ptrace(PTRACE_SETREGS, thread, 0, &registers);
                is_failing[thread] = 0;
            }
        } else if (signal == SIGTRAP || signal == SIGSTOP) {
            // The stop after an exec, and the first of each new thread.
            if (status >> 16 == PTRACE_EVENT_EXEC) has_begun = 1;
            signal = 0;
        }
        ptrace(PTRACE_SYSCALL, thread, 0, signal);
    }
    FILE *report = fopen(arguments[4], "w");
    if (!report) die(arguments[4]);
    fprintf(report, "%ld %ld\n", all, changing);
    fclose(report);
    if (WIFSIGNALED(result)) return 128 + WTERMSIG(result);
    return WEXITSTATUS(result);
}
