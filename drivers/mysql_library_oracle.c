/* mysql_library_oracle.c - Oracle's libmysqlclient, 8 and later. SPDX-License-Identifier: Apache-2.0
 *
 * The library waits in the socket itself and knows no deadline below a second, so the watch keeps it on every line (mysql_watch.h).
 * Connecting is done by the library's own steps that do not block, for until it ends nobody but the library knows the socket; after
 * that its plain calls are used. Each thread that calls the library leaves something in it: given back when the thread ends. */
#include <mysql.h>

#ifndef MARIADB_BASE_VERSION
#include <poll.h>
#include <pthread.h>

#include "drivers/mysql_impl.h"

enum {
    STEP_MS = 2,      /* of connecting, where it is not known what the library waits for */
    SMALL_BINDS = 16, /* values that need no more take no memory */
};

/* Where Debian, and whatever follows it, keeps the authorities; this library does not ask OpenSSL for them. */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t of_thread;
static bool ready;

static void leave(void *used)
{
    (void)used;
    mysql_thread_end();
}

static void start_library(void)
{
    ready = mysql_library_init(0, NULL, NULL) == 0 && pthread_key_create(&of_thread, leave) == 0;
}

bool weir__mysql_library_ready(void)
{
    pthread_once(&once, start_library);
    return ready;
}

/* The library begins with a thread at its first call and wants to hear of its end. */
static void enter(void)
{
    if (!pthread_getspecific(of_thread))
        pthread_setspecific(of_thread, &of_thread);
}

void weir__mysql_library_prepare(weir__mysql_conn *c)
{
    const weir__endpoint *e = c->base.endpoint;
    unsigned modes[] = {[WEIR__LINE_PLAIN] = SSL_MODE_DISABLED,
                        [WEIR__LINE_TLS] = SSL_MODE_REQUIRED,
                        [WEIR__LINE_TLS_VERIFIED] = SSL_MODE_VERIFY_IDENTITY};
    bool verify = e->line == WEIR__LINE_TLS_VERIFIED, tls = e->line != WEIR__LINE_PLAIN, yes = true, no = false;
    bool private_line = verify || e->socket;
    enter();
    mysql_options(c->mysql, MYSQL_OPT_SSL_MODE, &modes[e->line]);
    if (verify)
        mysql_options(c->mysql, e->ca ? MYSQL_OPT_SSL_CA : MYSQL_OPT_SSL_CAPATH, e->ca ? e->ca : SYSTEM_AUTHORITIES);
    if (tls && e->cert)
        mysql_options(c->mysql, MYSQL_OPT_SSL_CERT, e->cert);
    if (tls && e->key)
        mysql_options(c->mysql, MYSQL_OPT_SSL_KEY, e->key);
    mysql_options(c->mysql, MYSQL_OPT_COMPRESSION_ALGORITHMS, "uncompressed");
    /* The password itself goes over lines only whose other end is known; else it is encrypted with the server's key. */
    mysql_options(c->mysql, MYSQL_ENABLE_CLEARTEXT_PLUGIN, private_line ? &yes : &no);
    mysql_options(c->mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &yes);
}

/* A step of connecting may go on: the socket has something, or a moment has passed. */
static bool wait_a_step(weir__mysql_conn *c)
{
    const weir__clock *clock = &c->base.env->clock;
    int fd = c->mysql->net.vio ? (int)c->mysql->net.fd : -1; /* before it has a line, the number means nothing */
    if (weir__fault(c->base.env, io_wait)) {
        c->wait_end = WEIR__WAIT_FAILED;
        return false;
    }
    weir__deadline step = weir__deadline_min(c->base.deadline, weir__deadline_in(clock, STEP_MS));
    weir__wait_end end = weir__wait_ready(clock, fd, POLLIN, c->base.wake_fd, step);
    if (end == WEIR__WAIT_WOKEN || end == WEIR__WAIT_FAILED)
        c->wait_end = end;
    else if (weir__deadline_left(clock, c->base.deadline) == 0)
        c->wait_end = WEIR__WAIT_TIMED_OUT;
    return c->wait_end == WEIR__WAIT_READY;
}

bool weir__mysql_library_connect(weir__mysql_conn *c, const char *password)
{
    const weir__endpoint *e = c->base.endpoint;
    const char *schema = *e->schema ? e->schema : NULL;
    c->wait_end = WEIR__WAIT_READY;
    for (;;) {
        enum net_async_status status = mysql_real_connect_nonblocking(
            c->mysql, e->socket ? NULL : e->host, e->user, password, schema, e->port, e->socket, CLIENT_MULTI_RESULTS);
        if (status == NET_ASYNC_COMPLETE)
            return true;
        if (status != NET_ASYNC_NOT_READY || !wait_a_step(c))
            return false;
    }
}

bool weir__mysql_library_connected(weir__mysql_conn *c)
{
    return weir__watch_open(&c->watch, weir__mysql_library_socket(c->mysql), c->base.wake_fd);
}

void weir__mysql_wait_begin(weir__mysql_conn *c)
{
    enter();
    c->wait_end = WEIR__WAIT_READY;
    if (c->watch.fd >= 0)
        weir__watch_arm(&c->watch, c->base.deadline);
}

void weir__mysql_wait_end(weir__mysql_conn *c)
{
    if (c->watch.fd < 0)
        return;
    weir__watch_disarm(&c->watch);
    if (weir__watch_ended(&c->watch) != WEIR__WAIT_READY)
        c->base.broken = true; /* also where the answer was just there in time */
}

static void bind_one(MYSQL_BIND *bind, const weir_value *value)
{
    static const enum enum_field_types types[] = {
        [WEIR_T_NULL] = MYSQL_TYPE_NULL,          [WEIR_T_INT] = MYSQL_TYPE_LONGLONG,
        [WEIR_T_UINT] = MYSQL_TYPE_LONGLONG,      [WEIR_T_DOUBLE] = MYSQL_TYPE_DOUBLE,
        [WEIR_T_DECIMAL] = MYSQL_TYPE_NEWDECIMAL, [WEIR_T_BYTES] = MYSQL_TYPE_BLOB,
        [WEIR_T_TEXT] = MYSQL_TYPE_STRING,        [WEIR_T_DATE] = MYSQL_TYPE_STRING,
        [WEIR_T_DATETIME] = MYSQL_TYPE_STRING,    [WEIR_T_TIME] = MYSQL_TYPE_STRING,
        [WEIR_T_JSON] = MYSQL_TYPE_STRING,
    };
    bool number = value->type <= WEIR_T_DOUBLE;
    bind->buffer_type = types[value->type];
    bind->is_unsigned = value->type == WEIR_T_UINT;
    bind->buffer = number ? (void *)&value->as : (void *)value->as.p;
    bind->buffer_length = number ? 0 : value->size;
}

/* The library copies the binds; the values themselves are read when it sends, which is at receive. */
weir_status weir__mysql_library_send(weir__mysql_conn *c, weir_args args, bool types, weir_error *error)
{
    const weir__mem *mem = &c->base.env->mem;
    MYSQL_STMT *handle = c->statement->handle;
    MYSQL_BIND small[SMALL_BINDS];
    MYSQL_BIND *binds = args.count <= SMALL_BINDS ? small : weir__array(mem, args.count, sizeof *binds);
    (void)types; /* the library tells them each time */
    if (!binds)
        return weir__fail_nomem(error);
    memset(binds, 0, args.count * sizeof *binds);
    for (size_t i = 0; i < args.count; i++)
        bind_one(&binds[i], &args.values[i]);
    bool failed = args.count && mysql_stmt_bind_param(handle, binds);
    if (binds != small)
        weir__free(mem, binds);
    if (failed)
        return weir__mysql_fail_run(c, mysql_stmt_errno(handle), mysql_stmt_sqlstate(handle), mysql_stmt_error(handle),
                                    error);
    return WEIR_OK;
}

bool weir__mysql_library_receive(weir__mysql_conn *c)
{
    return mysql_stmt_execute(c->statement->handle) == 0;
}

bool weir__mysql_library_buffered(weir__mysql_conn *c)
{
    (void)c;
    return false;
}

bool weir__mysql_library_take(weir__mysql_conn *c, weir__cell *cells)
{
    (void)c;
    (void)cells;
    return false;
}

/* It reads the server's last words before it gives up, and keeps one number for several failures: nothing is certain. */
bool weir__mysql_library_unsent(unsigned errnum)
{
    (void)errnum;
    return false;
}

int weir__mysql_library_socket(MYSQL *mysql)
{
    return mysql->net.vio ? (int)mysql->net.fd : -1;
}

uint32_t weir__mysql_library_row_warnings(MYSQL *mysql)
{
    return mysql_warning_count(mysql);
}
#else
typedef int weir__not_oracle; /* ISO C wants something in a file */
#endif
