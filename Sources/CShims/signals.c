// SPDX-License-Identifier: BSD-3-Clause
// Signal handlers: they only note the signal and wake whoever polls; the second signal ends the process.
#define _GNU_SOURCE
#include "CShims.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static atomic_int caught;
static atomic_int wake = -1;
static const int handled[] = {SIGINT, SIGTERM, SIGHUP};

static void end_by_default(int number) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, NULL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
}

static void note(int number) {
    int keep = errno;
    int none = 0;
    if (!atomic_compare_exchange_strong(&caught, &none, number)) {
        end_by_default(number);
    } else {
        int descriptor = atomic_load(&wake);
        if (descriptor >= 0) {
            char byte = 1;
            ssize_t ignored = write(descriptor, &byte, 1);
            (void)ignored;
        }
    }
    errno = keep;
}

int krait_caught_signal(void) { return atomic_load_explicit(&caught, memory_order_relaxed); }
void krait_forget_signal(void) { atomic_store(&caught, 0); }

void krait_install_signal_handlers(int wake_write) {
    atomic_store(&wake, wake_write);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
        // A signal that our caller ignores (nohup) stays ignored.
        struct sigaction before;
        if (sigaction(handled[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue;
        sigaction(handled[i], &action, NULL);
    }
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
}

static atomic_int forwarded_to;

// What the terminal sends reaches the child by itself, for it is of the same group; what a process sends does not.
static void forward(int number, siginfo_t *information, void *context) {
    (void)context;
    int keep = errno;
    if (information->si_code <= 0) kill(atomic_load(&forwarded_to), number);
    errno = keep;
}

void krait_forward_signals(int child) {
    atomic_store(&forwarded_to, child);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = forward;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    sigfillset(&action.sa_mask);
    static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct sigaction before;
        if (sigaction(all[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue;
        sigaction(all[i], &action, NULL);
    }
    // One that came before there was a child.
    int early = atomic_load(&caught);
    if (early != 0) kill(child, early);
}

void krait_reset_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
        struct sigaction before;
        if (sigaction(handled[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(handled[i], &action, NULL);
    }
    sigaction(SIGPIPE, &action, NULL);
}
