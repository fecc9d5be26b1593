/* mysql_driver.c - the driver's table: picks the protocol, keeps the deadline, ends and kills.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "drivers/mysql_impl.h"

/* Rows that end reads and drops before it rather hangs up: about what one packet of the network
 * holds. */
enum { FEW_ROWS = 100, FEW_ROWS_MS = 5, PACKET_OVERHEAD = 64 };

void weir__mysql_hurry(weir__mysql_conn *c)
{
    c->ending = false;
    c->base.deadline = weir__deadline_min(c->base.deadline, weir__deadline_in(&c->base.env->clock, FEW_ROWS_MS));
}

/* A statement that the server could not take whole would cost the connection and, worse, the
 * certainty of what happened. */
static weir_status fits(weir__mysql_conn *c, const weir__command *command, weir_error *error)
{
    uint64_t size = command->sql.size, largest_arg = 0;
    for (size_t i = 0; i < command->args.count; i++) {
        const weir_value *v = &command->args.values[i];
        uint64_t bytes = v->type > WEIR_T_DOUBLE ? v->size : sizeof v->as;
        size += bytes + 16;
        largest_arg = bytes > largest_arg ? bytes : largest_arg;
    }
    if (size + PACKET_OVERHEAD < c->base.largest_packet)
        return WEIR_OK;
    return weir__mysql_fail(c, error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                            "the statement with its values has %" PRIu64 " bytes, %s takes less than %" PRIu64
                            ": split it, or raise max_allowed_packet on the server",
                            size, c->base.endpoint->text, c->base.largest_packet);
}

/* The server ends statements of a client that is gone at statement_ms; one that may run longer must
 * say so first. net_write_timeout: as in mysql_dial.c, so it is always longer (HAZARDS 31). */
static weir_status allow_time(weir__mysql_conn *c, weir_error *error)
{
    char sql[80];
    /* used_ns has passed: mostly no look at the clock is needed. */
    if (c->statement_ms == 0 || c->base.deadline <= c->base.used_ns + c->statement_ms * UINT64_C(1000000))
        return WEIR_OK;
    uint32_t needed = weir__deadline_left(&c->base.env->clock, c->base.deadline);
    if (needed <= c->statement_ms)
        return WEIR_OK;
    int size = c->base.mariadb
                   ? snprintf(sql, sizeof sql, "SET max_statement_time=%u.%03u", needed / 1000, needed % 1000)
                   : snprintf(sql, sizeof sql, "SET max_execution_time=%u", needed);
    snprintf(sql + size, sizeof sql - (size_t)size, ", net_write_timeout=%u", needed / 1000 + 60);
    weir_status status = weir__mysql_ask(c, sql, NULL, 0, NULL, error);
    if (status == WEIR_OK)
        c->statement_ms = needed;
    return status;
}

/* An error packet says nothing of the transaction, which the server may have rolled back as a whole (a deadlock, a full lock table) or a
 * procedure ended: what came next would be a transaction of its own. */
static void look_at_transaction(weir__mysql_conn *c)
{
    if (!c->base.in_transaction || c->base.broken)
        return;
    weir__mysql_wait_begin(c);
    c->base.broken = mysql_ping(c->mysql) != 0;
    weir__mysql_wait_end(c);
    if (!c->base.broken)
        c->base.in_transaction = (c->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

/* By the protocol that suits it. */
static weir_status send_command(weir__mysql_conn *c, const weir__command *command, weir__answer *answer,
                                weir_error *error)
{
    bool done = false;
    weir_status status = command->lifted.size ? weir__mysql_lifted_run(c, command, answer, &done, error) : WEIR_OK;
    if (status != WEIR_OK || done)
        return status;
    c->may_write = command->may_write;
    status = command->args.count ? weir__mysql_prepared_run(c, command, answer, error)
                                 : weir__mysql_text_run(c, command, answer, error);
    if (status == WEIR_OK && command->lifted.size)
        weir__mysql_lifted_see(c, command);
    return status;
}

static weir_status run(weir__conn *conn, const weir__command *command, weir__answer *answer, weir_error *error)
{
    weir__mysql_conn *c = (weir__mysql_conn *)conn;
    *answer = (weir__answer){0};
    conn->gtid_told = false;
    weir_status status = fits(c, command, error);
    if (status == WEIR_OK)
        status = allow_time(c, error);
    if (status != WEIR_OK)
        return status;
    weir__mysql_answer_free(c);
    c->may_write = command->may_write;
    c->now_ns = command->now_ns;
    c->sent = true;
    weir__mysql_wait_begin(c);
    status = send_command(c, command, answer, error);
    weir__mysql_wait_end(c);
    c->now_ns = 0;
    c->sent = false;
    if (!conn->in_rows) {
        c->may_write = false;
        if (!conn->broken)
            weir__mysql_answer_free(c);
    }
    if (status != WEIR_OK)
        look_at_transaction(c);
    return status;
}

static bool takes_texts(const weir__mysql_conn *c)
{
    return c->base.in_rows && !c->statement && !c->base.broken;
}

static weir_status fetch(weir__conn *conn, weir__answer *answer, weir__cell *cells, bool *row, weir_error *error)
{
    weir__mysql_conn *c = (weir__mysql_conn *)conn;
    *row = takes_texts(c) && weir__mysql_library_take(c, cells);
    if (*row)
        return WEIR_OK;
    weir__mysql_wait_begin(c);
    weir_status status = c->statement ? weir__mysql_prepared_fetch(c, answer, cells, row, error)
                                      : weir__mysql_text_fetch(c, answer, cells, row, error);
    weir__mysql_wait_end(c);
    if (!conn->in_rows)
        c->may_write = false;
    else if (status != WEIR_OK && !conn->broken) {
        weir__mysql_answer_free(c); /* the server's error ended the rows, and the line is in order */
        c->may_write = false;
        look_at_transaction(c);
    }
    return status;
}

static weir_status take(weir__conn *conn, weir__answer *answer, weir__cell *cells, bool *row, weir_error *error)
{
    weir__mysql_conn *c = (weir__mysql_conn *)conn;
    *row = takes_texts(c) && weir__mysql_library_take(c, cells);
    if (*row || !conn->in_rows || conn->broken || !c->statement || !weir__mysql_library_buffered(c))
        return WEIR_OK;
    return fetch(conn, answer, cells, row, error);
}

static void end(weir__conn *conn)
{
    weir__mysql_conn *c = (weir__mysql_conn *)conn;
    weir_error ignored;
    weir__answer answer = {0};
    if (conn->in_rows && !conn->broken) {
        bool row = true;
        c->ending = true;
        if (c->base.endpoint->line != WEIR__LINE_PLAIN || c->watch.fd >= 0)
            weir__mysql_hurry(c);
        for (int i = 0; i < FEW_ROWS && row; i++)
            if (fetch(conn, &answer, NULL, &row, &ignored) != WEIR_OK)
                row = false;
        c->ending = false;
        if (conn->in_rows)
            conn->broken = true;
    }
    if (!conn->broken)
        weir__mysql_answer_free(c);
}

static bool alive(weir__conn *conn)
{
    char byte;
    int fd = weir__mysql_library_socket(((weir__mysql_conn *)conn)->mysql);
    ssize_t got = fd < 0 ? 0 : recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    /* Bytes that nobody asked for are a server's last words before it hangs up. */
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static weir_status kill_late(weir__conn *control, const weir__late *late, weir_error *error)
{
    weir__mysql_conn *c = (weir__mysql_conn *)control;
    weir_str cells[2] = {{NULL, 0}};
    bool row = false;
    char sql[64];
    if (control->server_id != late->server_id || strcmp(control->host, late->host) != 0)
        return WEIR_OK; /* another server answers at this address now; the old one's statement died
                           with it, or is out of reach */
    uint64_t uptime_s = 0, age_ns = weir__now(&control->env->clock) - late->born_ns;
    weir_status status = weir__mysql_ask(c, "SHOW GLOBAL STATUS LIKE 'Uptime'", cells, 2, &row, error);
    if (status != WEIR_OK)
        return status;
    for (size_t i = 0; row && i < cells[1].size; i++)
        uptime_s = uptime_s * 10 + (uint64_t)(cells[1].data[i] - '0');
    weir__mysql_answer_free(c);
    /* Uptime is the difference of two moments cut to seconds: of a server that is older than the connection it is at most one too small. */
    if (row && age_ns >= (uptime_s + 1) * 1000000000u)
        return WEIR_OK; /* restarted since: the number may be somebody else's */
    snprintf(sql, sizeof sql, "KILL %" PRIu64, late->server_thread);
    status = weir__mysql_ask(c, sql, NULL, 0, NULL, error);
    enum {
        NO_SUCH_THREAD = 1094,
        NOT_OWNER = 1095 /* another user's: the server was restarted, and ours died with it */
    };
    bool gone = error->server_errno == NO_SUCH_THREAD || error->server_errno == NOT_OWNER;
    return status != WEIR_OK && gone ? WEIR_OK : status;
}

const weir__driver weir__mysql_driver = {
    .name = "mysql",
    .version = 1,
    .open = weir__mysql_open,
    .close = weir__mysql_hang_up,
    .run = run,
    .fetch = fetch,
    .take = take,
    .end = end,
    .alive = alive,
    .kill = kill_late,
};
