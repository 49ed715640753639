// SPDX-License-Identifier: BSD-3-Clause
//
// usage: inflate FILE.tar.zst...
//
// The least that an empty cache can cost the processor: zstd decompression of the packages' members on two threads,
// largest first, thrown away.
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zstd.h>

static char **files;
static int count;
static atomic_int next;
static atomic_int failures;

static void *work(void *unused) {
    size_t room = ZSTD_DStreamOutSize();
    char *buffer = malloc(room);
    ZSTD_DStream *stream = ZSTD_createDStream();
    for (int i; (i = next++) < count;) {
        struct stat facts;
        int file = open(files[i], O_RDONLY);
        if (file < 0 || fstat(file, &facts) != 0) { failures++; continue; }
        void *bytes = mmap(NULL, facts.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        ZSTD_inBuffer input = {bytes, facts.st_size, 0};
        ZSTD_initDStream(stream);
        while (input.pos < input.size) {
            ZSTD_outBuffer output = {buffer, room, 0};
            if (ZSTD_isError(ZSTD_decompressStream(stream, &output, &input))) { failures++; break; }
        }
        munmap(bytes, facts.st_size);
    }
    return unused;
}

int main(int argc, char **argv) {
    files = argv + 1, count = argc - 1;
    pthread_t second;
    pthread_create(&second, NULL, work, NULL);
    work(NULL);
    pthread_join(second, NULL);
    return failures != 0;
}
