/* scatter_connect.c - the connections of a scatter: taken, begun, given back. SPDX-License-Identifier: Apache-2.0
 *
 * Within a transaction the seats that take part already have theirs; the others are taken, and only when all are there it begins on
 * them, in each line's own turn. All that one scatter takes has one level, one above what session and thread held before (pool.h), and
 * is taken in the order of the shards. So the one who waits at the highest level, and among those for the last shard, never waits for
 * ever: whoever filled that pool against him holds a higher level, or the same and waits for a shard behind it (HAZARDS 30). */
#include <stdio.h>
#include <sys/eventfd.h>

#include "router/exec/scatter_impl.h"
#include "router/rw_split.h"

weir_status weir__line_failed(weir__line *l, weir_status status, weir_error *error)
{
    bool silent = status == WEIR_UNREACHABLE || status == WEIR_TIMEOUT || status == WEIR_BUSY || status == WEIR_STALE;
    if (!error->shard[0])
        snprintf(error->shard, sizeof error->shard, "%s", l->seat->shard->config->name);
    if (!silent || !l->scatter->partial || weir__session_cancelled(l->scatter->session))
        return status;
    l->missing = true;
    l->error = *error;
    weir__line_leave(l);
    return WEIR_OK;
}

void weir__line_leave(weir__line *l)
{
    weir__scattered *c = l->scatter;
    weir__seat *seat = l->seat;
    weir__conn *conn = seat->conn;
    if (!conn || l->wake_fd < 0)
        return;
    bool held = weir__line_is_held(l);
    conn->wake_fd = l->wake_fd;
    l->wake_fd = -1;
    /* Of a transaction with a half-read answer, or a statement undone by itself, nobody should commit the rest. */
    if (held && (conn->in_rows || c->base.broken || l->status == WEIR_TIMEOUT || l->status == WEIR_CONFLICT))
        conn->broken = true;
    else if (conn->in_rows && !conn->broken)
        conn->driver->end(conn);
    weir__split_over(c->session, seat, l->status);
    if (!held)
        weir__pool_give(seat->server->pool, weir__session_detach(c->session, seat));
}

static weir_status take(weir_session *s, weir__line *l, unsigned level, weir__deadline deadline, weir_error *error)
{
    weir__seat *seat = l->seat;
    weir__conn *conn = NULL;
    s->waiter.level = level;
    s->waiter.counts_thread = true;
    weir_status status = weir__pool_take(l->server->pool, &s->waiter, deadline, &conn, error);
    s->waiter.counts_thread = false;
    seat->server = l->server;
    seat->conn = conn;
    if (!conn)
        return status;
    conn->gtid_told = false; /* to whoever had it before */
    if (seat->shard->monitor)
        atomic_fetch_add_explicit(&l->server->outstanding, 1, memory_order_relaxed);
    return status;
}

/* Takes it and makes it one of the scatter's: whoever wakes the scatter wakes all of its lines. */
static weir_status join(weir_session *s, weir__line *l, unsigned level, weir__deadline deadline, weir_error *error)
{
    for (bool first = true;; first = false) {
        weir_status status = l->kept ? WEIR_OK : take(s, l, level, deadline, error);
        if (status != WEIR_OK)
            return status;
        weir__conn *conn = l->seat->conn;
        l->wake_fd = conn->wake_fd;
        conn->wake_fd = l->scatter->base.wake_fd;
        conn->deadline = deadline;
        if (weir__settings_equal(conn->settings, s->settings))
            return WEIR_OK;
        status = weir__settings_apply(conn, s->settings, error);
        if (status != WEIR_UNREACHABLE || !first || l->kept || error->server_errno != 0)
            return status;
        weir__line_leave(l); /* one that the pool did not know to be broken */
    }
}

/* All read text as the first does. */
static weir_status compare_readings(weir__scattered *c, weir_error *error)
{
    const weir__conn *first = NULL;
    for (uint32_t i = 0; i < c->count; i++) {
        weir__conn *conn = c->lines[i].missing ? NULL : c->lines[i].seat->conn;
        if (!conn)
            continue;
        weir__lex_options reading = weir__dialect_of(conn);
        if (!first) {
            first = conn;
            c->base.mariadb = conn->mariadb;
            c->base.version = conn->version;
            c->base.sql_mode_bits = conn->sql_mode_bits;
            c->base.sql_mode_read = true;
            continue;
        }
        weir__lex_options other = weir__dialect_of(&c->base);
        if (weir__dialect_pack(&reading) != weir__dialect_pack(&other))
            return weir__fail(
                error, WEIR_CONFIG, WEIR_RETRY_CALL,
                "the servers of shards %s and %s read SQL in different ways: give them the same version and sql_mode",
                first->endpoint->shard, conn->endpoint->shard);
    }
    if (first)
        return WEIR_OK;
    *error = c->lines[0].error; /* none is there */
    return error->status;
}

/* Where the answer may be without a shard, a silent one leaves time for the others. */
static weir__deadline share(const weir__scattered *c, weir__deadline deadline)
{
    const weir__clock *clock = &c->base.env->clock;
    return c->partial ? weir__deadline_in(clock, weir__deadline_left(clock, deadline) / 4) : deadline;
}

weir_status weir__scatter_connect(weir_session *s, weir__deadline deadline, weir_error *error)
{
    weir__scattered *c = (weir__scattered *)s->seat->conn;
    unsigned session = weir__session_level(s), thread = weir__pool_thread_level();
    unsigned level = session > thread ? session : thread;
    c->deadline = deadline;
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        weir_status status = l->missing ? WEIR_OK : join(s, l, level, share(c, deadline), error);
        if (status != WEIR_OK)
            status = weir__line_failed(l, status, error);
        if (status != WEIR_OK)
            return status;
    }
    return compare_readings(c, error);
}
