// SPDX-License-Identifier: BSD-3-Clause
//
// usage: floor LIST TEMPLATE PREFIX
//
// The least that making an environment by hard links can cost: one mkdirat per directory, then one linkat per file on
// two threads, and nothing else. LIST holds NUL-terminated paths relative to the tree: directories first (parents
// before children), an empty one, then the files, directory by directory. Soft links are linked like files.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { threads = 2 };
static int source, target;
static char *bounds[threads + 1];
static atomic_int failures;

static void *link_range(void *argument) {
    long part = (long)argument;
    for (char *path = bounds[part]; path < bounds[part + 1]; path += strlen(path) + 1)
        if (linkat(source, path, target, path, 0) != 0) failures++;
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    int list = open(argv[1], O_RDONLY);
    struct stat facts;
    if (list < 0 || fstat(list, &facts) != 0) return 2;
    char *path = mmap(NULL, facts.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, list, 0), *end = path + facts.st_size;
    if (path == MAP_FAILED || mkdir(argv[3], 0755) != 0) return 2;
    source = open(argv[2], O_PATH | O_DIRECTORY);
    target = open(argv[3], O_PATH | O_DIRECTORY);
    if (source < 0 || target < 0) return 2;

    for (; *path; path += strlen(path) + 1)
        if (mkdirat(target, path, 0755) != 0) failures++;
    path += 1;
    // Split at the end of a directory near the middle, so that the threads do not contend for one directory's lock.
    char *middle = path + (end - path) / 2;
    for (middle += strlen(middle) + 1; middle < end; middle += strlen(middle) + 1) {
        char *before = middle - 2;
        while (before > path && before[-1]) before--;
        char *slash = strrchr(middle, '/'), *previous = strrchr(before, '/');
        if (!slash || !previous || slash - middle != previous - before || memcmp(middle, before, slash - middle)) break;
    }
    bounds[0] = path, bounds[1] = middle < end ? middle : end, bounds[2] = end;
    pthread_t second;
    pthread_create(&second, NULL, link_range, (void *)1L);
    link_range((void *)0L);
    pthread_join(second, NULL);
    if (failures) fprintf(stderr, "floor: %d calls failed\n", failures);
    return failures != 0;
}
