// SPDX-License-Identifier: BSD-3-Clause
//
// usage: link LISTEN HOST PORT ROUND_TRIP_MS MBIT_PER_S
//
// A long, thin link on loopback: a TCP proxy in which connecting costs one round trip, each chunk half of one, and what
// comes from the server shares a rate, over all connections together. At most WINDOW bytes of a connection are on their
// way at one time. When it is ended by SIGTERM it prints the number of connections and the bytes of each direction.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 16384, WINDOW = 8 << 20, BACKLOG_NS = 10000000 };

struct side;
// A piece of data, or with size 0 the end of it, or a connection to be made.
struct chunk {
    struct chunk *next;
    struct side *to;
    uint64_t due;
    size_t size, sent;
    char bytes[];
};
struct queue { struct chunk *first, **last; };
// One end of a connection; there are few enough that none is ever freed.
struct side {
    int descriptor;
    struct side *other;
    struct queue ready;  // what has arrived and is to be written
    size_t under_way;    // bytes towards this side
    int is_server, ended, shut, closed;
    struct side *next;   // in the list of those that may be read
    int is_listed;
};

static struct queue up = {0, &up.first}, down = {0, &down.first}, connecting = {0, &connecting.first};
static struct side *readable, **last_readable = &readable;
static uint64_t delay, link_free, counted[2], connections;
static double ns_per_byte;
static struct sockaddr_in target;
static int poller;
static volatile sig_atomic_t is_over;

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

static void push(struct queue *queue, struct chunk *chunk) {
    chunk->next = NULL;
    *queue->last = chunk;
    queue->last = &chunk->next;
}

static struct chunk *pop(struct queue *queue) {
    struct chunk *chunk = queue->first;
    if (!(queue->first = chunk->next)) queue->last = &queue->first;
    return chunk;
}

static struct chunk *make(struct side *to, size_t size, uint64_t due) {
    struct chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk) abort();
    chunk->to = to, chunk->size = size, chunk->sent = 0, chunk->due = due;
    return chunk;
}

static struct side *make_side(int descriptor, int is_server) {
    struct side *side = calloc(1, sizeof *side);
    if (!side) abort();
    side->descriptor = descriptor, side->is_server = is_server;
    side->ready.last = &side->ready.first;
    return side;
}

static void watch(struct side *side) {
    int one = 1;
    setsockopt(side->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = side}};
    epoll_ctl(poller, EPOLL_CTL_ADD, side->descriptor, &event);
}

static void close_side(struct side *side) {
    if (side->closed) return;
    side->closed = side->ended = 1;
    close(side->descriptor);
    while (side->ready.first) free(pop(&side->ready));
}

static void close_both(struct side *side) {
    close_side(side);
    close_side(side->other);
}

static void list(struct side *side) {
    if (side->is_listed || side->closed) return;
    side->is_listed = 1, side->next = NULL;
    *last_readable = side, last_readable = &side->next;
}

// Writes what has arrived; when room comes of it, the other side may be read again.
static void flush(struct side *side) {
    while (!side->closed && side->ready.first) {
        struct chunk *chunk = side->ready.first;
        if (chunk->size == 0) {
            shutdown(side->descriptor, SHUT_WR);
            side->shut = 1;
            if (side->ended) return close_both(side);
        } else {
            ssize_t count = send(side->descriptor, chunk->bytes + chunk->sent, chunk->size - chunk->sent, MSG_NOSIGNAL);
            if (count < 0 && errno == EAGAIN) return;
            if (count < 0) return close_both(side);
            side->under_way -= count;
            list(side->other);
            if ((chunk->sent += count) < chunk->size) continue;
        }
        free(pop(&side->ready));
    }
}

// Puts one chunk of a side on its way; false when there is none now.
static int take(struct side *side, uint64_t now) {
    struct side *to = side->other;
    if (side->ended || to->under_way >= WINDOW) return 0;
    struct chunk *chunk = make(to, CHUNK, now + delay);
    ssize_t count = recv(side->descriptor, chunk->bytes, CHUNK, 0);
    if (count < 0 && errno == EAGAIN) return free(chunk), 0;
    if (count <= 0) side->ended = 1, count = 0;
    chunk->size = count;
    to->under_way += count;
    counted[side->is_server] += count;
    if (side->is_server) {
        if (link_free < now) link_free = now;
        link_free += (uint64_t)(count * ns_per_byte);
        chunk->due = link_free + delay;
    }
    push(side->is_server ? &down : &up, chunk);
    return count > 0;
}

// Reads each side that may have something once, in turn, as long as the link takes more.
static void read_some(uint64_t now) {
    while (readable && link_free < now + BACKLOG_NS) {
        struct side *side = readable;
        if (!(readable = side->next)) last_readable = &readable;
        side->is_listed = 0;
        if (take(side, now)) list(side);
    }
}

static void deliver(struct queue *queue, uint64_t now) {
    while (queue->first && queue->first->due <= now) {
        struct chunk *chunk = pop(queue);
        struct side *side = chunk->to;
        if (side->closed) {
            free(chunk);
            continue;
        }
        push(&side->ready, chunk);
        flush(side);
    }
}

static void connect_due(uint64_t now) {
    while (connecting.first && connecting.first->due <= now) {
        struct chunk *chunk = pop(&connecting);
        struct side *client = chunk->to, *server = client->other;
        server->descriptor = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(server->descriptor, (struct sockaddr *)&target, sizeof target) != 0) perror("connect"), exit(1);
        fcntl(server->descriptor, F_SETFL, O_NONBLOCK);
        watch(client), watch(server);
        list(client), list(server);
        free(chunk);
    }
}

static void accept_all(int listener, uint64_t now) {
    for (int descriptor; (descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        struct side *client = make_side(descriptor, 0), *server = make_side(-1, 1);
        client->other = server, server->other = client;
        push(&connecting, make(client, 0, now + 2 * delay));
        connections++;
    }
}

static void stop(int signal) { is_over = signal; }

int main(int argc, char **argv) {
    if (argc != 6) return fprintf(stderr, "usage: link LISTEN HOST PORT ROUND_TRIP_MS MBIT_PER_S\n"), 2;
    delay = (uint64_t)(atof(argv[4]) * 500000), ns_per_byte = 8000 / atof(argv[5]);
    target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[3]))};
    inet_pton(AF_INET, argv[2], &target.sin_addr);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 1024) != 0)
        return perror("listen"), 1;
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);
    poller = epoll_create1(0);
    struct epoll_event event = {EPOLLIN, {.ptr = NULL}}, events[256];
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    while (!is_over) {
        uint64_t now = now_ns(), next = UINT64_MAX;
        struct queue *queues[] = {&up, &down, &connecting};
        for (int i = 0; i < 3; i++)
            if (queues[i]->first && queues[i]->first->due < next) next = queues[i]->first->due;
        // Whatever can be read waits for the link, or is read now.
        if (readable && link_free < now + BACKLOG_NS) next = now;
        else if (readable && link_free - BACKLOG_NS / 2 < next) next = link_free - BACKLOG_NS / 2;
        struct timespec wait = {0, 0};
        if (next > now) wait = (struct timespec){(next - now) / 1000000000u, (next - now) % 1000000000u};
        int count = epoll_pwait2(poller, events, 256, next == UINT64_MAX ? NULL : &wait, NULL);
        now = now_ns();
        for (int i = 0; i < count; i++) {
            struct side *side = events[i].data.ptr;
            if (!side) {
                accept_all(listener, now);
                continue;
            }
            if (events[i].events & EPOLLOUT) flush(side);
            if (events[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) list(side);
        }
        connect_due(now);
        deliver(&up, now);
        deliver(&down, now);
        read_some(now);
    }
    printf("{\"connections\": %llu, \"up\": %llu, \"down\": %llu}\n", (unsigned long long)connections,
           (unsigned long long)counted[0], (unsigned long long)counted[1]);
    return 0;
}
