/* floor PORT UPSTREAM_PORT: relays bytes on 127.0.0.1 with one read and one write each way, and nothing else. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ = 256 * 1024, EVENTS = 256 };

/* One end of a pair; waiting are bytes that its peer sent and it did not take yet. Freed with its peer, after a turn. */
struct end {
    int fd;
    struct end *peer;
    char *waiting;
    size_t from, to;
    int is_ending, is_closed; /* ending: told so, and to be read to its end */
    struct end *next_dead;
};

static char buffer[READ];
static struct end *dead;
static int epoll;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void close_pair(struct end *end) {
    if (end->is_closed) {
        return;
    }
    end->is_closed = end->peer->is_closed = 1;
    close(end->fd);
    close(end->peer->fd);
    end->next_dead = end->peer;
    end->peer->next_dead = dead;
    dead = end;
}

static void free_dead(void) {
    while (dead) {
        struct end *next = dead->next_dead;
        free(dead->waiting);
        free(dead);
        dead = next;
    }
}

/* Reads until there is no more or the other side is full; readiness is told once per change. */
static void pump(struct end *end) {
    struct end *to = end->peer;
    while (!end->is_closed && to->from == to->to) {
        ssize_t n = read(end->fd, buffer, READ);
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            close_pair(end);
            return;
        }
        if (n < 0) {
            return;
        }
        ssize_t written = write(to->fd, buffer, n);
        if (written < 0 && errno != EAGAIN) {
            close_pair(end);
            return;
        }
        if (written < 0) {
            written = 0;
        }
        if (written < n) {
            if (!to->waiting && !(to->waiting = malloc(READ))) {
                die("malloc");
            }
            to->from = 0;
            to->to = n - written;
            memcpy(to->waiting, buffer + written, to->to);
        }
        if (n < READ && !end->is_ending) {
            return; /* the socket is empty: no read that only says so */
        }
    }
}

static void drain(struct end *end) {
    while (end->from < end->to) {
        ssize_t n = write(end->fd, end->waiting + end->from, end->to - end->from);
        if (n < 0) {
            if (errno != EAGAIN) {
                close_pair(end);
            }
            return;
        }
        end->from += n;
    }
    pump(end->peer);
}

static struct end *watch(int fd) {
    struct end *end = calloc(1, sizeof *end);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = end};
    int yes = 1;
    if (!end) {
        die("calloc");
    }
    end->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
        die("epoll_ctl");
    }
    return end;
}

static void accept_one(int server, int upstream_port) {
    struct sockaddr_in address = loopback(upstream_port);
    int client = accept4(server, NULL, NULL, SOCK_NONBLOCK);
    int upstream;
    if (client < 0) {
        return;
    }
    upstream = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (upstream < 0) {
        close(client);
        return;
    }
    if (connect(upstream, (struct sockaddr *) &address, sizeof address) && errno != EINPROGRESS) {
        close(client);
        close(upstream);
        return;
    }
    struct end *one = watch(client);
    struct end *other = watch(upstream);
    one->peer = other;
    other->peer = one;
}

int main(int count, char **words) {
    struct sockaddr_in address;
    struct epoll_event event = {.events = EPOLLIN}, events[EVENTS];
    int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    if (count != 3) {
        fprintf(stderr, "usage: floor PORT UPSTREAM_PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    address = loopback(atoi(words[1]));
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server, (struct sockaddr *) &address, sizeof address) || listen(server, 4096)) {
        die("listen");
    }
    epoll = epoll_create1(0);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, server, &event)) {
        die("epoll_ctl");
    }
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct end *end = events[i].data.ptr;
            if (!end) {
                accept_one(server, atoi(words[2]));
                continue;
            }
            end->is_ending |= (events[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0;
            if (events[i].events & EPOLLOUT && end->from < end->to) {
                drain(end);
            }
            if (events[i].events & EPOLLIN || end->is_ending) {
                pump(end);
            }
        }
        free_dead();
    }
}
