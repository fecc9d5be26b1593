/* mysql_library_mariadb.c - MariaDB Connector/C: deadlines by its I/O wait callback.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The library tries each read and write without blocking and calls back only when it would have to
 * wait: no system call is added on the healthy path. The callback carries no pointer of ours, so
 * the connection that waits is kept per thread. Over TLS the library blocks in the socket itself
 * unless that is non-blocking; it makes it blocking again at the end of connecting, hence
 * weir__mysql_library_connected. */
#include <mysql.h>

#ifdef MARIADB_BASE_VERSION
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include "drivers/mysql_impl.h"

static _Thread_local weir__mysql_conn *waiting;

static void do_not_block(const weir__mysql_conn *c, int fd)
{
    if (c->base.endpoint->line == WEIR__LINE_PLAIN)
        return;
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && !(flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int wait_for_server(my_socket fd, my_bool is_read, int timeout)
{
    (void)timeout; /* the library's own, in whole seconds; ours is the connection's deadline */
    weir__mysql_conn *c = waiting;
    if (!c)
        return 0;
    if (weir__fault(c->base.env, io_wait)) {
        c->wait_end = WEIR__WAIT_FAILED;
        return 0;
    }
    do_not_block(c, fd);
    weir__wait_end end =
        weir__wait_ready(&c->base.env->clock, fd, is_read ? POLLIN : POLLOUT, c->base.wake_fd, c->base.deadline);
    if (end == WEIR__WAIT_READY)
        return 1;
    c->wait_end = end;
    return 0;
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
    waiting = c;
}

void weir__mysql_wait_end(weir__mysql_conn *c)
{
    (void)c;
    waiting = NULL;
}

void weir__mysql_library_connected(weir__mysql_conn *c)
{
    do_not_block(c, weir__mysql_library_socket(c->mysql));
}

int weir__mysql_library_socket(MYSQL *mysql)
{
    my_socket fd = mysql_get_socket(mysql);
    return fd == MARIADB_INVALID_SOCKET ? -1 : fd;
}
#else
typedef int weir__not_mariadb; /* ISO C wants something in a file */
#endif
