// SPDX-License-Identifier: BSD-3-Clause
// Keeps argc, argv and envp as a constructor gets them: the Swift runtime reads /proc for them, which may be absent.
#include "CShims.h"

#include <fcntl.h>
#include <poll.h>

static int argument_count;
static char **argument_vector;
static char **environment;

__attribute__((constructor)) static void keep_arguments(int count, char **arguments, char **variables) {
    argument_count = count;
    argument_vector = arguments;
    environment = variables;
}

int krait_argument_count(void) { return argument_count; }
char **krait_argument_vector(void) { return argument_vector; }
char **krait_environment(void) { return environment; }

void krait_hold_standard_descriptors(void) {
    struct pollfd files[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
    if (poll(files, 3, 0) <= 0) return;
    // Only for reading: what is written to a closed output fails as before.
    for (int file = 0; file < 3; file++)
        if (files[file].revents & POLLNVAL) (void)open("/dev/null", O_RDONLY);
}
