/* mysql_library_mariadb.c - MariaDB Connector/C: deadlines by its I/O wait callback.
 * SPDX-License-Identifier: Apache-2.0
 *
 * On a plain line the library tries each read and write without blocking and calls back only when it would have to wait: no system
 * call is added on the healthy path. The callback carries no pointer of ours, so the connection that waits is kept per thread.
 * Its first try to read comes too early as a rule. So once it is connected, reading is done by a function of ours, which waits in the
 * recv itself: that is one system call for an answer, where the library makes three.
 * Over TLS the library leaves the socket blocking, and waits in it. While connecting, which has a thread of its own, the watch keeps the
 * deadline (mysql_watch.h). Afterwards the socket is made not to block: then the library calls back there too. But it says that it reads
 * whatever it does, so OpenSSL is asked what it wants: a statement larger than the line's buffers would wait for an answer to its first
 * half. With a library whose TLS is not OpenSSL's the socket stays blocking and watched. */
#include <errmsg.h>
#include <mysql.h>

#ifdef MARIADB_BASE_VERSION
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>

#include "drivers/mysql_impl.h"
#include "drivers/mysql_request.h"

enum { SMALL_REQUEST = 1024 }; /* values that need no more take no memory */

static _Thread_local weir__mysql_conn *waiting;

/* Not inlined: a fiber that waited may go on on another thread, where the variable is elsewhere. */
__attribute__((noinline)) static void set_waiting(weir__mysql_conn *c)
{
    __asm__ volatile("");
    waiting = c;
}

/* False: there must be a watch and there is none. */
static bool watched(weir__mysql_conn *c, int fd)
{
    if (c->base.endpoint->line == WEIR__LINE_PLAIN || c->unblocked || c->watch.fd >= 0)
        return true;
    if (fd < 0 || !weir__watch_open(&c->watch, fd, c->base.wake_fd))
        return false;
    weir__watch_arm(&c->watch, c->base.deadline);
    return true;
}

/* What the library waits for. */
static short events_of(const weir__mysql_conn *c, bool is_read)
{
    const SSL *ssl = c->unblocked ? c->mysql->net.pvio->ctls->ssl : NULL;
    if (ssl)
        is_read = !SSL_want_write(ssl);
    return is_read ? POLLIN : POLLOUT;
}

static int wait_for_server(my_socket fd, my_bool is_read, int timeout)
{
    (void)timeout; /* the library's own, in whole seconds; ours is the connection's deadline */
    weir__mysql_conn *c = waiting;
    if (!c)
        return 0;
    if (weir__fault(c->base.env, io_wait) || !watched(c, fd)) {
        c->wait_end = WEIR__WAIT_FAILED;
        return 0;
    }
    weir__wait_end end =
        weir__wait_ready(&c->base.env->clock, fd, events_of(c, is_read), c->base.wake_fd, c->base.deadline);
    set_waiting(c); /* other fibers of this thread waited meanwhile */
    if (end == WEIR__WAIT_READY)
        return 1;
    c->wait_end = end;
    return 0;
}

/* What a plain line's table has in the place of the library's own: no try that comes too early, no poll. */
static ssize_t read_line(MARIADB_PVIO *pvio, uchar *buffer, size_t size)
{
    weir__mysql_conn *c = (weir__mysql_conn *)((char *)pvio->methods - offsetof(weir__mysql_conn, line));
    const weir__clock *clock = &c->base.env->clock;
    weir__wait_end end = WEIR__WAIT_FAILED;
    ssize_t got = -1;
    bool sent = c->sent;
    c->sent = false;
    if (c->ending)
        weir__mysql_hurry(c);
    if (!weir__fault(c->base.env, io_wait))
        got = weir__wait_receive(clock, c->now_ns ? c->now_ns : weir__now(clock), c->socket, buffer, size, sent,
                                 c->base.wake_fd, c->base.deadline, &end);
    c->now_ns = 0;
    set_waiting(c); /* other fibers of this thread waited meanwhile */
    if (end != WEIR__WAIT_READY)
        c->wait_end = end;
    return got;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;

static void start_library(void)
{
    ready = mysql_library_init(0, NULL, NULL) == 0;
}

bool weir__mysql_library_ready(void)
{
    pthread_once(&once, start_library);
    return ready;
}

/* Logins that never send the password itself. Others (PAM, LDAP: mysql_clear_password, dialog) are for lines whose other end is
 * known. The library would load them for any server that asks. */
#define CLOSED_LOGINS                                                                                                  \
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,parsec,auth_gssapi_client"

void weir__mysql_library_prepare(weir__mysql_conn *c)
{
    const weir__endpoint *e = c->base.endpoint;
    my_bool tls = e->line != WEIR__LINE_PLAIN, verify = e->line == WEIR__LINE_TLS_VERIFIED;
    mysql_optionsv(c->mysql, MARIADB_OPT_IO_WAIT, wait_for_server);
    mysql_optionsv(c->mysql, MYSQL_OPT_SSL_ENFORCE, &tls); /* said also when off: 3.4 has it on */
    mysql_optionsv(c->mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    if (verify && e->ca)
        mysql_optionsv(c->mysql, MYSQL_OPT_SSL_CA, e->ca);
    if (tls && e->cert)
        mysql_optionsv(c->mysql, MYSQL_OPT_SSL_CERT, e->cert);
    if (tls && e->key)
        mysql_optionsv(c->mysql, MYSQL_OPT_SSL_KEY, e->key);
    if (!verify && !e->socket)
        mysql_optionsv(c->mysql, MARIADB_OPT_RESTRICTED_AUTH, CLOSED_LOGINS);
}

void weir__mysql_wait_begin(weir__mysql_conn *c)
{
    c->wait_end = WEIR__WAIT_READY;
    set_waiting(c);
    if (c->watch.fd >= 0)
        weir__watch_arm(&c->watch, c->base.deadline);
}

void weir__mysql_wait_end(weir__mysql_conn *c)
{
    set_waiting(NULL);
    if (c->watch.fd < 0)
        return;
    weir__watch_disarm(&c->watch);
    if (weir__watch_ended(&c->watch) != WEIR__WAIT_READY)
        c->base.broken = true; /* also where the answer was just there in time */
}

bool weir__mysql_library_connect(weir__mysql_conn *c, const char *password)
{
    const weir__endpoint *e = c->base.endpoint;
    weir__mysql_wait_begin(c);
    MYSQL *ok = mysql_real_connect(c->mysql, e->socket ? NULL : e->host, e->user, password,
                                   *e->schema ? e->schema : NULL, e->port, e->socket, CLIENT_MULTI_RESULTS);
    weir__mysql_wait_end(c);
    return ok != NULL;
}

/* False: it stays as it is. */
static bool unblock(weir__mysql_conn *c)
{
    const char *tls = NULL;
    const MARIADB_PVIO *line = c->mysql->net.pvio;
    if (!line || !line->ctls || !line->ctls->ssl || mariadb_get_infov(c->mysql, MARIADB_TLS_LIBRARY, &tls) != 0 ||
        !tls || strncmp(tls, "OpenSSL", 7) != 0)
        return false;
    int flags = fcntl(c->socket, F_GETFL);
    return flags >= 0 && fcntl(c->socket, F_SETFL, flags | O_NONBLOCK) == 0;
}

bool weir__mysql_library_connected(weir__mysql_conn *c)
{
    c->socket = weir__mysql_library_socket(c->mysql);
    if (c->base.endpoint->line == WEIR__LINE_PLAIN) {
        c->line = *c->mysql->net.pvio->methods;
        c->line.read = read_line;
        c->mysql->net.pvio->methods = &c->line;
        weir__wait_socket(c->socket);
        return true;
    }
    c->unblocked = c->base.endpoint->line != WEIR__LINE_PLAIN && unblock(c);
    if (c->unblocked) {
        weir__watch_close(&c->watch);
        return true;
    }
    bool good = watched(c, c->socket);
    if (c->watch.fd >= 0)
        weir__watch_disarm(&c->watch);
    return good;
}

/* mysql_stmt_execute without its binds and without its reading. */
weir_status weir__mysql_library_send(weir__mysql_conn *c, weir_args args, bool types, weir_error *error)
{
    MYSQL_STMT *handle = c->statement->handle;
    unsigned char small[SMALL_REQUEST];
    size_t room = weir__request_room(args);
    unsigned char *request = room <= sizeof small ? small : weir__alloc(&c->base.env->mem, room);
    if (!request)
        return weir__fail_nomem(error);
    size_t size = weir__request_write(request, (uint32_t)handle->stmt_id, args, types);
    int failed = c->mysql->methods->db_command(c->mysql, COM_STMT_EXECUTE, (const char *)request, size,
                                               1 /* no reading */, handle);
    if (request != small)
        weir__free(&c->base.env->mem, request);
    if (failed)
        return weir__mysql_fail_run(c, mysql_errno(c->mysql), mysql_sqlstate(c->mysql), mysql_error(c->mysql), error);
    return WEIR_OK;
}

bool weir__mysql_library_receive(weir__mysql_conn *c)
{
    return c->mysql->methods->db_read_execute_response(c->statement->handle) == 0;
}

enum { HEADER = 4, NULL_CELL = 0xFB, END_OF_ROWS = 0xFE };

/* The library reads ahead into a cache. A row begins with the length of its first column or with 0; what ends the rows, with more. The
 * body of the next row, if all of it lies there; else NULL. */
static const unsigned char *next_row(const weir__mysql_conn *c, size_t *size)
{
    const MARIADB_PVIO *line = c->mysql->net.pvio;
    if (!line || !line->cache || c->mysql->net.compress)
        return NULL;
    const unsigned char *packet = line->cache_pos, *end = line->cache + line->cache_size;
    if (packet >= end || end - packet <= HEADER)
        return NULL;
    *size = packet[0] | (size_t)packet[1] << 8 | (size_t)packet[2] << 16;
    bool whole = *size > 0 && *size <= (size_t)(end - packet) - HEADER;
    return whole && packet[HEADER] < END_OF_ROWS ? packet + HEADER : NULL;
}

bool weir__mysql_library_buffered(weir__mysql_conn *c)
{
    size_t size;
    return next_row(c, &size) != NULL;
}

/* A length of 0 to 250, NULL, or the number of bytes that hold the length; then the text. NULL: it does not end before the row. */
static const unsigned char *read_cell(const unsigned char *at, const unsigned char *end, weir__cell *cell)
{
    if (at >= end)
        return NULL;
    size_t size = *at++;
    if (size == NULL_CELL) {
        *cell = weir_null();
        return at;
    }
    if (size > NULL_CELL) {
        size_t bytes = size == NULL_CELL + 1 ? 2 : size == NULL_CELL + 2 ? 3 : 8;
        if ((size_t)(end - at) < bytes)
            return NULL;
        size = 0;
        for (size_t i = bytes; i-- > 0;)
            size = size << 8 | at[i];
        at += bytes;
    }
    if (size > (size_t)(end - at))
        return NULL;
    *cell = (weir__cell){.type = WEIR_T_TEXT, .size = size, .as.p = at};
    return at + size;
}

/* What is out of order is left to the library, which says so. */
bool weir__mysql_library_take(weir__mysql_conn *c, weir__cell *cells)
{
    NET *net = &c->mysql->net;
    size_t size;
    const unsigned char *at = next_row(c, &size);
    if (!at || at[-1] != (unsigned char)net->pkt_nr)
        return false;
    const unsigned char *end = at + size;
    for (uint32_t i = 0; cells && i < c->column_count; i++)
        if (!(at = read_cell(at, end, &cells[i])))
            return false;
    if (cells && at != end)
        return false;
    net->pvio->cache_pos = (unsigned char *)(uintptr_t)end;
    net->compress_pkt_nr = ++net->pkt_nr;
    return true;
}

/* The library gives it where writing failed before the last byte, and where there is no socket any more; what is lost later is
 * CR_SERVER_LOST. */
bool weir__mysql_library_unsent(unsigned errnum)
{
    return errnum == CR_SERVER_GONE_ERROR;
}

int weir__mysql_library_socket(MYSQL *mysql)
{
    my_socket fd = mysql_get_socket(mysql);
    return fd == MARIADB_INVALID_SOCKET ? -1 : fd;
}

/* The library passes over the count in the packet behind a prepared statement's rows; the packet is still there. */
uint32_t weir__mysql_library_row_warnings(MYSQL *mysql)
{
    const unsigned char *packet = mysql->net.read_pos;
    return packet && packet[0] == END_OF_ROWS ? packet[1] | (uint32_t)packet[2] << 8 : mysql_warning_count(mysql);
}
#else
typedef int weir__not_mariadb; /* ISO C wants something in a file */
#endif
