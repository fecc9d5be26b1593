/* stalled_test.c - a peer that is no server, or one that says too little: the caller is back in time. SPDX-License-Identifier: Apache-2.0
 * The peer is a listener of the test. What it does to each connection is one row below. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wait.h"
#include "router/client_impl.h"
#include "tests/support/live.h"

enum { DRIP_MS = 100, HANG_MS = 20000, MOST_CONNECTIONS = 64 };

typedef enum manner { SILENT, HALF, DRIPPING, TLS_SILENT, TLS_DRIPPING, TLS_GONE, GONE, GARBAGE, ENDLESS } manner;

typedef struct peer {
    manner manner;
    int listener, port;
    int stop[2]; /* a pipe: closed at its writing end to stop */
    pthread_t thread;
} peer;

/* A greeting of MySQL's protocol 10 whose server has TLS: header, version, name, connection, challenge, capabilities, .. */
static const char greeting[] = "\x52\0\0\0"
                               "\x0a"
                               "11.9.9-stalled\0"
                               "\7\0\0\0"
                               "abcdefgh\0"
                               "\x00\xaa" /* TLS, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION */
                               "\x2d\2\0"
                               "\x08\0" /* PLUGIN_AUTH */
                               "\x15"
                               "\0\0\0\0\0\0\0\0\0\0"
                               "ijklmnopqrst\0"
                               "mysql_native_password\0";
static_assert(sizeof greeting - 1 == 4 + 0x52, "the packet's length");

/* False: the test is over. */
static bool pause_for(const peer *p, int milliseconds)
{
    struct pollfd end = {.fd = p->stop[0], .events = POLLIN};
    return poll(&end, 1, milliseconds) == 0;
}

static void drip(const peer *p, int fd, const char *bytes, size_t size)
{
    for (size_t i = 0; pause_for(p, DRIP_MS); i++)
        if (send(fd, &bytes[i % size], 1, MSG_NOSIGNAL) != 1)
            break;
}

static void *serve(void *context)
{
    struct {
        const peer *p;
        int fd;
    } *job = context;
    const peer *p = job->p;
    int fd = job->fd;
    char request[512];
    static const char tls_record[] = "\x16\3\3\x40\0\2\0\x3f\xfc"; /* the head of a very long server hello */
    if (p->manner >= TLS_SILENT && p->manner <= TLS_GONE) {
        send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL);
        struct pollfd asked[] = {{.fd = fd, .events = POLLIN}, {.fd = p->stop[0], .events = POLLIN}};
        if (poll(asked, 2, -1) > 0 && asked[0].revents) /* its request for TLS, or its login */
            recv(fd, request, sizeof request, 0);
    }
    switch (p->manner) {
    case SILENT:
    case TLS_SILENT:
        break;
    case HALF:
        send(fd, greeting, 20, MSG_NOSIGNAL);
        break;
    case DRIPPING:
        drip(p, fd, greeting, sizeof greeting - 1);
        break;
    case TLS_DRIPPING:
        drip(p, fd, tls_record, sizeof tls_record - 1);
        break;
    case GARBAGE:
        send(fd, "SSH-2.0-OpenSSH_9.2p1 Debian\r\n", 30, MSG_NOSIGNAL);
        break;
    case ENDLESS:
        while (pause_for(p, 0) && send(fd, greeting + 9, 40, MSG_NOSIGNAL) == 40)
            ;
        break;
    case GONE:
    case TLS_GONE:
        shutdown(fd, SHUT_RDWR);
        break;
    }
    if (p->manner != GONE && p->manner != TLS_GONE)
        pause_for(p, -1);
    close(fd);
    return NULL;
}

static void *accept_all(void *context)
{
    peer *p = context;
    pthread_t threads[MOST_CONNECTIONS];
    struct {
        const peer *p;
        int fd;
    } jobs[MOST_CONNECTIONS];
    int count = 0;
    for (;;) {
        struct pollfd fds[] = {{.fd = p->listener, .events = POLLIN}, {.fd = p->stop[0], .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 || fds[1].revents || count == MOST_CONNECTIONS)
            break;
        jobs[count].p = p;
        jobs[count].fd = accept(p->listener, NULL, NULL);
        if (jobs[count].fd >= 0 && pthread_create(&threads[count], NULL, serve, &jobs[count]) == 0)
            count++;
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    return NULL;
}

static void peer_open(peer *p, manner does)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *p = (peer){.manner = does, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    EXPECT(bind(p->listener, (struct sockaddr *)&address, size) == 0 && listen(p->listener, 16) == 0 &&
           getsockname(p->listener, (struct sockaddr *)&address, &size) == 0);
    p->port = ntohs(address.sin_port);
    EXPECT(pipe(p->stop) == 0);
    pthread_create(&p->thread, NULL, accept_all, p);
}

static void peer_close(peer *p)
{
    close(p->stop[1]);
    pthread_join(p->thread, NULL);
    close(p->stop[0]);
    close(p->listener);
}

static const struct {
    const char *name;
    manner manner;
} peers[] = {
    {"says nothing", SILENT},
    {"half a greeting", HALF},
    {"a byte each 100 ms", DRIPPING},
    {"stalls in the TLS handshake", TLS_SILENT},
    {"drips in the TLS handshake", TLS_DRIPPING},
    {"hangs up in the TLS handshake", TLS_GONE},
    {"hangs up at once", GONE},
    {"speaks another protocol", GARBAGE},
    {"never stops talking", ENDLESS},
};
static const char *const modes[] = {"none", "required", "verify"};

/* weir_close tells of threads that it could not wait for. */
static void hear(void *context, int level, const char *line)
{
    bool *still_connecting = context;
    (void)level;
    if (strstr(line, "still connecting"))
        *still_connecting = true;
}

/* One statement with this deadline to a peer that allows this long for connecting. */
static weir_status ask(manner does, const char *mode, const char *connect, uint32_t timeout_ms, weir_error *error)
{
    char yaml[512];
    peer p;
    live l;
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    options.timeout_ms = timeout_ms;
    weir_rows *rows = NULL;
    peer_open(&p, does);
    snprintf(yaml, sizeof yaml,
             "version: 1\ndefaults: {user: app, tls: {mode: %s}, timeouts: {connect: %s}}\n"
             "databases: {shop: {shards: {shop: {primary: \"127.0.0.1:%d\"}}}}\n",
             mode, connect, p.port);
    bool still_connecting = false;
    weir_client_options client = WEIR_CLIENT_OPTIONS_INIT;
    client.yaml = yaml;
    client.log = hear;
    client.log_context = &still_connecting;
    EXPECT_OK(weir__client_open(test_env(), NULL, &client, &l.client, &l.error), l.error);
    EXPECT_OK(weir_session_open(l.client, NULL, &l.session, &l.error), l.error);
    weir_status status = weir_query_with(l.session, &options, (weir_str){"SELECT 1", 8}, weir_no_args(), &rows, error);
    if (status == WEIR_OK)
        status = weir_finish(rows, error);
    live_close(&l); /* the peer still stalls */
    EXPECT_THAT(!still_connecting, "a thread goes on connecting after weir_close");
    peer_close(&p);
    return status;
}

TEST(stalled, connecting_ends_with_unreachable)
{
    weir_error error;
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
        for (int mode = 0; mode < 3; mode++) {
            uint64_t began = test_ms();
            weir_status status = ask(peers[i].manner, modes[mode], "300ms", 10000, &error);
            uint64_t took = test_ms() - began;
            /* What one client library cannot read, another takes for a server that refuses. */
            bool refused = peers[i].manner == ENDLESS && status == WEIR_CONFIG;
            EXPECT_THAT(status == WEIR_UNREACHABLE || refused, "%s, tls %s: %s: %s", peers[i].name, modes[mode],
                        weir_status_name(status), status == WEIR_OK ? "" : error.text);
            EXPECT_THAT(took < HANG_MS, "%s, tls %s: closed after %d ms", peers[i].name, modes[mode], (int)took);
            if (getenv("WEIR_TEST_LOG"))
                fprintf(stderr, "%s, tls %s: %d ms: %s\n", peers[i].name, modes[mode], (int)took, error.text);
        }
}

TEST(stalled, a_short_deadline_does_not_wait_for_the_connection)
{
    weir_error error;
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        if (peers[i].manner == GONE || peers[i].manner == TLS_GONE || peers[i].manner == GARBAGE ||
            peers[i].manner == ENDLESS)
            continue; /* these fail before */
        weir_status status = ask(peers[i].manner, "required", "2s", 100, &error);
        EXPECT_THAT(status == WEIR_TIMEOUT, "%s: %s", peers[i].name, weir_status_name(status));
    }
}
