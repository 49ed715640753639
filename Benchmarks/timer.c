// SPDX-License-Identifier: BSD-3-Clause
//
// usage: timer [-l] [-a] REPORT COMMAND [ARGUMENT...]
//
// Runs a command with stdout thrown away and writes one line of JSON to REPORT: time from before the fork to the end,
// CPU time, peak memory and page faults. -l adds the time until the first byte on stdout; -a adds the peak of memory
// that is no mapped file, sampled every 2 ms. It is C and static because a forked child's ru_maxrss begins at the size
// of its parent, which a Python parent would make useless.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

// Anonymous and shared memory of a process, in kB; 0 when it is gone.
static long anonymous(pid_t pid) {
    char path[64], line[256];
    long total = 0, value;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "RssAnon: %ld", &value) == 1 || sscanf(line, "RssShmem: %ld", &value) == 1) total += value;
    fclose(file);
    return total;
}

int main(int argc, char **argv) {
    // volatile: vfork returns twice.
    volatile int wants_line = 0, wants_anonymous = 0;
    int option;
    while ((option = getopt(argc, argv, "+la")) != -1) {
        if (option == 'l') wants_line = 1;
        else if (option == 'a') wants_anonymous = 1;
        else return 2;
    }
    if (argc - optind < 2) return 2;
    const char *report = argv[optind];
    char **command = argv + optind + 1;

    int ends[2] = {-1, -1};
    if (wants_line && pipe2(ends, O_CLOEXEC) != 0) return 2;
    int sink = wants_line ? ends[1] : open("/dev/null", O_WRONLY | O_CLOEXEC);
    double begin = now();
    pid_t child = vfork();
    if (child == 0) {
        dup2(sink, 1);
        execvp(command[0], command);
        _exit(127);
    }
    if (wants_line) close(ends[1]);

    double first = -1;
    long peak = 0;
    int status;
    struct rusage usage;
    if (wants_line) {
        char buffer[4096];
        ssize_t count;
        while ((count = read(ends[0], buffer, sizeof buffer)) > 0)
            if (first < 0) first = now() - begin;
    }
    if (wants_anonymous) {
        struct timespec pause = {0, 2000000};
        while (wait4(child, &status, WNOHANG, &usage) == 0) {
            long value = anonymous(child);
            if (value > peak) peak = value;
            nanosleep(&pause, NULL);
        }
    } else {
        wait4(child, &status, 0, &usage);
    }
    double end = now() - begin;

    FILE *out = fopen(report, "w");
    if (!out) return 2;
    fprintf(out, "{\"seconds\": %.6f, \"first_line\": %.6f, \"user\": %.6f, \"system\": %.6f, \"peak_kb\": %ld, "
                 "\"anonymous_kb\": %ld, \"minor_faults\": %ld, \"major_faults\": %ld, \"status\": %d}\n",
            end, first, usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6,
            usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6, usage.ru_maxrss, peak, usage.ru_minflt,
            usage.ru_majflt, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    fclose(out);
    return 0;
}
