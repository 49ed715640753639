// SPDX-License-Identifier: BSD-3-Clause
//
// usage: peak REPORT COMMAND [ARGUMENT...]
//
// Runs a command and writes its wait status and its peak of resident memory in kB to REPORT. It stands between because
// a process's peak begins at the size of the one that started it, and a Python is larger than what is measured.
// The command gets the interrupts and ends that are meant for it, and ends when this program does.
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t child;

static void forward(int number) {
    if (child > 0) kill(child, number);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    // Before the command can be seen to run: whoever waits for that may send one at once.
    signal(SIGINT, forward);
    signal(SIGTERM, forward);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0) {}
    FILE *out = fopen(argv[1], "w");
    if (!out) return 2;
    fprintf(out, "%d %ld\n", status, usage.ru_maxrss);
    return fclose(out);
}
