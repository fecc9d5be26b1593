/* playground_probe.c - asks a server one question in its own protocol.
 * SPDX-License-Identifier: Apache-2.0
 * A connection alone proves nothing: the kernel accepts for a server that is still starting. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wait.h"
#include "tools/playground.h"

enum { ANSWER_MS = 1000 };

/* MongoDB's OP_MSG {hello: 1, $db: "admin"}: header (size, id, to, 2013), flags, section 0, the
 * document. */
static const char mongo_hello[] = "\x34\0\0\0\1\0\0\0\0\0\0\0\xdd\7\0\0"
                                  "\0\0\0\0"
                                  "\0"
                                  "\x1f\0\0\0"
                                  "\x10hello\0\1\0\0\0"
                                  "\2$db\0\6\0\0\0admin\0"
                                  "\0";

static int dial(playground *pg, int port, weir__deadline deadline)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int error = 0, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof error;
    if (fd < 0)
        return -1;
    if ((connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS) &&
        weir__wait_ready(&pg->env.clock, fd, POLLOUT, -1, deadline) == WEIR__WAIT_READY &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
        return fd;
    close(fd);
    return -1;
}

static bool is_answer(pg_kind kind, const unsigned char *bytes, ssize_t size)
{
    switch (kind) {
    case PG_MYSQL: /* packet header, then protocol version 10 */
        return size > 4 && bytes[4] == 10;
    case PG_REDIS: /* still loading would be -LOADING */
        return size > 5 && (memcmp(bytes, "+PONG", 5) == 0 || memcmp(bytes, "-NOAUTH", 7) == 0);
    case PG_MONGO:
        return size >= 16;
    case PG_KINDS:
        break;
    }
    return false;
}

bool pg_answers(playground *pg, const pg_server *server)
{
    static const struct {
        const char *bytes;
        size_t size;
    } questions[PG_KINDS] = {[PG_REDIS] = {"PING\r\n", 6}, [PG_MONGO] = {mongo_hello, sizeof mongo_hello - 1}};
    weir__deadline deadline = weir__deadline_in(&pg->env.clock, ANSWER_MS);
    unsigned char answer[512] = {0};
    int fd = dial(pg, server->port, deadline);
    if (fd < 0)
        return false;
    size_t size = questions[server->kind].size;
    bool good = (size == 0 || send(fd, questions[server->kind].bytes, size, MSG_NOSIGNAL) == (ssize_t)size) &&
                weir__wait_ready(&pg->env.clock, fd, POLLIN, -1, deadline) == WEIR__WAIT_READY &&
                is_answer(server->kind, answer, recv(fd, answer, sizeof answer, 0));
    close(fd);
    return good;
}
