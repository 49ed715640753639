// SPDX-License-Identifier: BSD-3-Clause
// Starting a program. vfork, because the address space may be large and the child only calls execve.
#define _GNU_SOURCE
#include "CShims.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// In the child only. Moves `from` onto `to`; never closes the parent's copy.
static int place(int from, int to) {
    if (from == to) return fcntl(to, F_SETFD, 0);
    return dup2(from, to) < 0 ? -1 : 0;
}

int krait_spawn(const char *path, char *const *arguments, char *const *environment, const char *directory,
                int input, int output, int error, int new_group, pid_t *child) {
    // Sources below 3 are moved up first, so that one place() cannot overwrite the source of the next.
    int sources[3] = {input, output, error};
    int raised[3] = {-1, -1, -1};
    for (int i = 0; i < 3; i++) {
        if (sources[i] < 3 && sources[i] != i) {
            raised[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, 3);
            if (raised[i] < 0) {
                int code = errno;
                for (int j = 0; j < i; j++)
                    if (raised[j] >= 0) close(raised[j]);
                return code;
            }
            sources[i] = raised[i];
        }
    }
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    volatile int failure = 0;
    pid_t parent = getpid();
    pid_t pid = vfork();
    if (pid == 0) {
        krait_reset_signals();
        if (new_group) setpgid(0, 0);
        // What works for us does not go on when we are killed, for it would be in the way of whoever ends what we began.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(127);
        int bad = 0;
        for (int i = 0; i < 3 && !bad; i++) bad = place(sources[i], i);
        if (!bad && directory) bad = chdir(directory);
#ifdef SYS_close_range
        syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
#endif
        if (!bad) {
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, NULL);
            execve(path, arguments, environment);
        }
        failure = errno;
        _exit(127);
    }
    int code = pid < 0 ? errno : failure;
    sigprocmask(SIG_SETMASK, &before, NULL);
    for (int i = 0; i < 3; i++)
        if (raised[i] >= 0) close(raised[i]);
    if (pid > 0 && failure != 0) {
        int status;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    }
    if (code == 0) *child = pid;
    return code;
}

int krait_wait(pid_t child, int *status) {
    while (waitpid(child, status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return 0;
}
