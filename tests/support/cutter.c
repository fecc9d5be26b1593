/* cutter.c - see cutter.h. One thread, poll over all links. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/cutter.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wait.h"
#include "tests/support/live.h"

enum { PART = 3 }; /* bytes of a half answer */

typedef struct passage {
    int client, server;
    cut how; /* for the answer under way */
} passage;

typedef struct state {
    passage links[CUTTER_LINKS];
    int count;
    char buffer[65536];
} state;

const char *cut_name(cut how)
{
    static const char *const names[] = {
#define X(name, text) [CUT_##name] = text,
        CUT_MAP(X)
#undef X
    };
    return names[how];
}

static void hang_up(state *s, int i, bool reset)
{
    struct linger now = {1, 0};
    if (reset)
        setsockopt(s->links[i].client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(s->links[i].client);
    close(s->links[i].server);
    s->links[i] = s->links[--s->count];
}

static bool send_all(int fd, const char *bytes, ssize_t size)
{
    for (ssize_t sent; size > 0; bytes += sent, size -= sent)
        if ((sent = send(fd, bytes, (size_t)size, MSG_NOSIGNAL)) <= 0)
            return false;
    return true;
}

/* False: the passage is gone. */
static bool from_client(cutter *c, state *s, int i)
{
    passage *l = &s->links[i];
    ssize_t got = recv(l->client, s->buffer, sizeof s->buffer, 0);
    int next = c->next;
    if (got > 0 && (next == CUT_SWALLOW || next == CUT_ANSWER || next == CUT_HALF)) {
        l->how = (cut)next;
        c->next = CUT_NOT;
    }
    if (got <= 0 || l->how == CUT_SWALLOW || !send_all(l->server, s->buffer, got)) {
        c->cuts += got > 0;
        hang_up(s, i, false);
        return false;
    }
    return true;
}

static bool from_server(cutter *c, state *s, int i)
{
    passage *l = &s->links[i];
    ssize_t got = recv(l->server, s->buffer, sizeof s->buffer, 0);
    if (got > 0 && l->how == CUT_HALF)
        send_all(l->client, s->buffer, got > PART ? PART : got);
    if (got <= 0 || l->how != CUT_NOT || !send_all(l->client, s->buffer, got)) {
        c->cuts += got > 0;
        hang_up(s, i, false);
        return false;
    }
    return true;
}

static void accept_one(cutter *c, state *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)c->server_port);
    int client = accept(c->listener, NULL, NULL), server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client >= 0 && s->count < CUTTER_LINKS && connect(server, (struct sockaddr *)&at, sizeof at) == 0) {
        s->links[s->count++] = (passage){client, server, CUT_NOT};
        return;
    }
    close(client);
    close(server);
}

static void *work(void *context)
{
    cutter *c = context;
    static state s;
    s.count = 0;
    for (;;) {
        struct pollfd fds[2 + 2 * CUTTER_LINKS] = {{.fd = c->listener, .events = POLLIN},
                                                   {.fd = c->stop[0], .events = POLLIN}};
        for (int i = 0; i < s.count; i++) {
            fds[2 + 2 * i] = (struct pollfd){.fd = s.links[i].client, .events = POLLIN};
            fds[3 + 2 * i] = (struct pollfd){.fd = s.links[i].server, .events = POLLIN};
        }
        int count = s.count;
        poll(fds, 2 + 2 * (nfds_t)count, 5);
        if (fds[1].revents)
            break;
        if (c->next == CUT_FIN || c->next == CUT_RESET) {
            while (s.count > 0)
                hang_up(&s, 0, c->next == CUT_RESET);
            c->next = CUT_NOT;
            c->cuts++;
            continue;
        }
        for (int i = count; i-- > 0;) {
            bool there = !fds[3 + 2 * i].revents || from_server(c, &s, i);
            if (there && fds[2 + 2 * i].revents)
                from_client(c, &s, i);
        }
        if (fds[0].revents)
            accept_one(c, &s);
    }
    while (s.count > 0)
        hang_up(&s, 0, false);
    return NULL;
}

void cutter_open(cutter *c)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    memset(c, 0, sizeof *c);
    const char *at = strstr(live_yaml(NULL), "127.0.0.1:");
    c->server_port = at ? (int)strtol(at + strlen("127.0.0.1:"), NULL, 10) : 0;
    c->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(c->listener, (struct sockaddr *)&address, size) == 0 && listen(c->listener, 64) == 0 &&
           getsockname(c->listener, (struct sockaddr *)&address, &size) == 0 && pipe(c->stop) == 0);
    c->port = ntohs(address.sin_port);
    pthread_create(&c->thread, NULL, work, c);
}

void cutter_close(cutter *c)
{
    close(c->stop[1]);
    pthread_join(c->thread, NULL);
    close(c->stop[0]);
    close(c->listener);
}

void cutter_arm(cutter *c, cut how)
{
    c->next = how;
    while ((how == CUT_FIN || how == CUT_RESET) && c->next != CUT_NOT)
        weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, 1));
}

const char *cutter_yaml(const cutter *c, const char *changes)
{
    static char yaml[1024];
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    snprintf(
        yaml, sizeof yaml,
        "databases:\n  shop:\n    primary: \"127.0.0.1:%d\"\n    user: app\n    password: {file: \"%s/password\"}\n%s",
        c->port, dir ? dir : ".", changes ? changes : "");
    return yaml;
}
