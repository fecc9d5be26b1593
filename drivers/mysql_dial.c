/* mysql_dial.c - connecting: line, login, and the settings that make every connection alike.
 * SPDX-License-Identifier: Apache-2.0 Always on a thread of the pool's own (names are resolved
 * here, and that knows no deadline). */
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "drivers/mysql_impl.h"
#include "drivers/settings.h"

#define NO_MORE "no more files or threads can be had: raise ulimit -n and -u, or lower pool.max"

enum { MAX_SETTINGS_BYTES = 4096, FACTS = 6, QUERY_INTERRUPTED = 1317 };

static void options(weir__mysql_conn *c)
{
    const weir__endpoint *e = c->base.endpoint;
    unsigned seconds = (e->connect_ms + 999) / 1000, off = 0;
    unsigned protocol = e->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    mysql_options(c->mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds); /* where the library waits by itself */
    mysql_options(c->mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_options(c->mysql, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(c->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    weir__mysql_library_prepare(c);
}

static weir_status log_in(weir__mysql_conn *c, weir_error *error)
{
    const weir__endpoint *e = c->base.endpoint;
    char *password = NULL;
    weir_status status = e->password(c->base.env, e->password_context, &password, error);
    if (status != WEIR_OK)
        return status;
    bool ok = weir__mysql_library_connect(c, password);
    explicit_bzero(password, strlen(password));
    weir__free(&c->base.env->mem, password);
    if (!ok)
        return weir__mysql_fail_dial(c, mysql_errno(c->mysql), mysql_sqlstate(c->mysql), mysql_error(c->mysql), error);
    if (!weir__mysql_library_connected(c))
        return weir__mysql_fail(c, error, WEIR_LIMIT, WEIR_RETRY_CALL, NO_MORE);
    c->base.version = (uint32_t)mysql_get_server_version(c->mysql);
    c->base.mariadb = strstr(mysql_get_server_info(c->mysql), "MariaDB") != NULL;
    return weir__mysql_tls_check(c, error);
}

weir_status weir__mysql_ask(weir__mysql_conn *c, const char *sql, weir_str *cells, unsigned count, bool *row,
                            weir_error *error)
{
    bool got = false;
    weir__mysql_wait_begin(c);
    weir__mysql_answer_free(c);
    int failed = mysql_real_query(c->mysql, sql, strlen(sql));
    if (!failed && mysql_field_count(c->mysql) != 0) {
        c->result = mysql_store_result(c->mysql);
        failed = !c->result || (count && mysql_num_fields(c->result) < count);
    }
    weir__mysql_wait_end(c);
    if (failed)
        return weir__mysql_fail_run(c, mysql_errno(c->mysql), mysql_sqlstate(c->mysql), mysql_error(c->mysql), error);
    MYSQL_ROW texts = c->result ? mysql_fetch_row(c->result) : NULL;
    if (texts) {
        const unsigned long *sizes = mysql_fetch_lengths(c->result);
        for (unsigned i = 0; i < count; i++)
            cells[i] = (weir_str){texts[i], sizes[i]};
        got = true;
    }
    if (row)
        *row = got;
    return WEIR_OK;
}

static void add_quoted(weir__buf *sql, const char *text)
{
    weir__buf_addc(sql, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            weir__buf_addc(sql, *text);
        weir__buf_addc(sql, *text);
    }
    weir__buf_addc(sql, '\'');
}

/* Whatever the server's own defaults, answers depend on these alone. net_write_timeout: a slow
 * reader is no reason for the server to break off the rows before the statement's own deadline. */
static weir_status settle(weir__mysql_conn *c, weir_error *error)
{
    const weir__endpoint *e = c->base.endpoint;
    weir__buf sql;
    weir__buf_init(&sql, &c->base.env->mem, MAX_SETTINGS_BYTES);
    weir__buf_adds(&sql, "SET NAMES utf8mb4 COLLATE ");
    add_quoted(&sql, e->collation);
    weir__buf_adds(&sql, ", time_zone=");
    add_quoted(&sql, e->time_zone);
    if (e->sql_mode) {
        weir__buf_adds(&sql, ", sql_mode=");
        add_quoted(&sql, e->sql_mode);
    }
    unsigned write_seconds = e->statement_ms / 1000 + 60;
    weir__buf_addf(&sql, ", autocommit=1, session_track_system_variables='sql_mode%s', net_write_timeout=%u",
                   c->base.mariadb ? ",last_gtid" : "", write_seconds);
    c->statement_ms = e->statement_ms;
    if (c->base.mariadb)
        weir__buf_addf(&sql, ", max_statement_time=%u.%03u", c->statement_ms / 1000, c->statement_ms % 1000);
    else
        weir__buf_addf(&sql, ", max_execution_time=%u", c->statement_ms);
    weir_status status = sql.failed ? weir__fail_nomem(error) : weir__mysql_ask(c, sql.data, NULL, 0, NULL, error);
    weir__buf_deinit(&sql);
    if (status != WEIR_OK && error->server_errno != 0 && error->retry == WEIR_RETRY_NEVER &&
        error->server_errno != QUERY_INTERRUPTED) {
        char text[sizeof error->text];
        memcpy(text, error->text, sizeof text);
        int32_t number = error->server_errno;
        weir__mysql_fail(c, error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                         "%s refuses the settings of connection: in weir.yaml: %.200s", e->text, text);
        error->server_errno = number;
        status = WEIR_CONFIG;
    }
    return status;
}

static uint64_t number(weir_str text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    return n;
}

static weir_status learn(weir__mysql_conn *c, weir_error *error)
{
    weir_str facts[FACTS] = {{NULL, 0}};
    bool row = false;
    weir_status status =
        weir__mysql_ask(c, "SELECT CONNECTION_ID(), @@server_id, @@max_allowed_packet, @@sql_mode, @@hostname, @@port",
                        facts, FACTS, &row, error);
    if (status == WEIR_OK && !row)
        status = weir__mysql_fail(c, error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "%s does not say who it is",
                                  c->base.endpoint->text);
    if (status == WEIR_OK) {
        c->base.server_thread = number(facts[0]);
        c->base.server_id = number(facts[1]);
        c->base.largest_packet = number(facts[2]);
        snprintf(c->base.host, sizeof c->base.host, "%.*s:%.*s", WEIR__STR(facts[4]), WEIR__STR(facts[5]));
        snprintf(c->base.sql_mode, sizeof c->base.sql_mode, "%.*s", WEIR__STR(facts[3]));
    }
    weir__mysql_answer_free(c);
    return status;
}

weir_status weir__mysql_open(const weir__env *env, const weir__endpoint *endpoint, weir__deadline deadline,
                             weir__conn **conn, weir_error *error)
{
    *conn = NULL;
    weir__mysql_conn *c = weir__new(&env->mem, sizeof *c);
    if (!c)
        return weir__fail_nomem(error);
    c->base = (weir__conn){.driver = &weir__mysql_driver, .env = env, .endpoint = endpoint, .deadline = deadline};
    c->base.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    c->base.born_ns = c->base.used_ns = weir__now(&env->clock);
    weir__watch_init(&c->watch, env);
    weir__statements_init(&c->statements, endpoint->prepared);
    c->mysql = weir__mysql_library_ready() ? mysql_init(NULL) : NULL;
    weir_status status = WEIR_OK;
    if (!c->mysql)
        status = weir__fail_nomem(error);
    else if (c->base.wake_fd < 0)
        status = weir__mysql_fail(c, error, WEIR_LIMIT, WEIR_RETRY_CALL, NO_MORE);
    else if (weir__fault(env, dial_refused))
        status = weir__mysql_fail(c, error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
                                  "%s: a fault point refused the connection", endpoint->text);
    if (status == WEIR_OK)
        status = weir__mysql_tls_files(c, error);
    if (status == WEIR_OK) {
        options(c);
        status = log_in(c, error);
    }
    if (status == WEIR_OK)
        status = settle(c, error);
    if (status == WEIR_OK)
        status = learn(c, error);
    if (status == WEIR_OK) {
        *conn = &c->base;
        return WEIR_OK;
    }
    /* What happened while the settings were made is still "could not connect". */
    if (status == WEIR_SERVER && error->server_errno == QUERY_INTERRUPTED)
        status = weir__mysql_fail(c, error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
                                  "%s: the login was interrupted by a KILL", endpoint->text);
    if (status == WEIR_TIMEOUT)
        status = weir__mysql_fail(c, error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
                                  "%s does not answer within %u ms (timeouts.connect)", endpoint->text,
                                  endpoint->connect_ms);
    weir__mysql_hang_up(&c->base);
    return status;
}

void weir__mysql_hang_up(weir__conn *conn)
{
    weir__mysql_conn *c = (weir__mysql_conn *)conn;
    const weir__mem *mem = &conn->env->mem;
    int fd = c->mysql ? weir__mysql_library_socket(c->mysql) : -1;
    /* With the line shut, neither unread rows nor a silent server can hold up the library's good-bye; where it may say that, it
     * must not wait for TLS' answer. */
    if (fd >= 0)
        shutdown(fd, conn->broken || conn->in_rows ? SHUT_RDWR : SHUT_RD);
    if (c->result)
        mysql_free_result(c->result);
    if (c->mysql)
        mysql_close(c->mysql);
    weir__mysql_prepared_free(c);
    weir__watch_close(&c->watch);
    if (conn->wake_fd >= 0)
        close(conn->wake_fd);
    weir__settings_free(mem, conn->settings);
    weir__settings_free(mem, conn->settings_base);
    weir__free(mem, c->columns);
    weir__mysql_slots_free(c);
    weir__free(mem, c);
}
