/* scatter_lines.c - the fibers of a scatter, and the streams that the merge pulls from. SPDX-License-Identifier: Apache-2.0
 *
 *    run_line: begins the transaction if it has to, sends, waits for the head --paused--> fetches a row whenever it is continued --end, failure, stop--> done */
#include <string.h>

#include "router/exec/scatter_impl.h"
#include "router/rw_split.h"

static bool begins(const weir__line *l)
{
    return l->scatter->session->begin.sql && !l->seat->conn->in_transaction;
}

static void run_line(void *context)
{
    weir__line *l = context;
    weir__scattered *c = l->scatter;
    weir__conn *conn = l->seat->conn;
    weir__command command = {.sql = l->sql, .args = c->args, .keep = c->keep, .again = !c->locks};
    bool row = true;
    if (l->stop || l->drop)
        return;
    if (begins(l))
        l->status = weir__seat_begin(c->session, l->seat, c->deadline, &l->error);
    if (l->status == WEIR_OK)
        l->status = conn->driver->run(conn, &command, &l->answer, &l->error);
    conn->deadline = c->deadline;
    if (l->status == WEIR_OK && l->answer.column_count) {
        l->cells = weir__array(&c->budget.mem, l->answer.column_count, sizeof *l->cells);
        if (!l->cells)
            l->status = weir__budget_fail(&c->budget, &l->error);
    }
    l->headed = true;
    while (l->status == WEIR_OK && row && l->cells && !l->stop) {
        if (!l->drop)
            weir__fiber_pause();
        if (l->stop || l->status != WEIR_OK)
            break;
        l->status = conn->driver->fetch(conn, &l->answer, l->cells, &row, &l->error);
        l->has_row = row && l->status == WEIR_OK;
    }
}

/* What is wrong with a line, the session is to hear as if the scatter were one connection. */
static weir_status fail(weir__scattered *c, weir__line *l, weir_error *error)
{
    const weir__conn *conn = l->seat->conn;
    *error = l->error;
    weir_status status = weir__line_failed(l, l->status, error);
    if (status == WEIR_OK || !conn)
        return status;
    if (weir__line_is_held(l))
        c->base.in_transaction = conn->in_transaction && !conn->broken;
    else
        c->base.broken = conn->broken;
    return status;
}

/* ---- rows ---- */

/* A row that is here already needs no fiber, for nobody waits. False: there is none, or it failed, which status says. */
static bool take_row(weir__line *l)
{
    weir__conn *conn = l->seat->conn;
    l->has_row = false;
    if (weir__fiber_paused(l->fiber))
        l->status = conn->driver->take(conn, &l->answer, l->cells, &l->has_row, &l->error);
    return l->has_row;
}

/* The next row of one shard; others go on while it waits. */
static weir_status next_of_line(weir__stream *stream, const weir_value **row, weir_error *error)
{
    weir__line *l = (weir__line *)stream;
    if (!take_row(l) && l->status == WEIR_OK)
        weir__fibers_run_one(l->scatter->fibers, l->fiber);
    *row = l->has_row ? l->cells : NULL;
    return l->status == WEIR_OK ? WEIR_OK : fail(l->scatter, l, error);
}

static bool any_row(void *context)
{
    weir__scattered *c = context;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->lines[i].has_row || c->lines[i].status != WEIR_OK)
            return true;
    return false;
}

/* The next row of whichever shard has one: for rows in no order. */
static weir_status next_of_any(weir__stream *stream, const weir_value **row, weir_error *error)
{
    weir__scattered *c = (weir__scattered *)((char *)stream - offsetof(weir__scattered, any));
    if (c->given && take_row(c->given)) {
        *row = c->given->cells;
        return WEIR_OK;
    }
    c->given = NULL;
    for (uint32_t i = 0; i < c->count; i++)
        if (!c->lines[i].has_row && !c->lines[i].missing)
            weir__fiber_continue(c->lines[i].fiber);
    *row = NULL;
    if (!any_row(c))
        weir__fibers_run(c->fibers, any_row, c);
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        if (l->status != WEIR_OK)
            return fail(c, l, error);
        if (l->has_row && !c->given)
            c->given = l;
    }
    *row = c->given ? c->given->cells : NULL;
    return WEIR_OK;
}

static void close_nothing(weir__stream *stream)
{
    (void)stream; /* the scatter ends its lines */
}

uint32_t weir__lines_streams(weir__scattered *c, weir__stream **streams)
{
    uint32_t count = 0;
    c->any = (weir__stream){next_of_any, close_nothing, ""};
    if (c->plan->order_count == 0) {
        streams[0] = &c->any;
        return 1;
    }
    for (uint32_t i = 0; i < c->count; i++)
        if (!c->lines[i].missing)
            streams[count++] = &c->lines[i].stream;
    return count;
}

/* ---- heads ---- */

static bool all_headed(void *context)
{
    const weir__scattered *c = context;
    bool all = true;
    for (uint32_t i = 0; i < c->count; i++) {
        const weir__line *l = &c->lines[i];
        if (l->headed && l->status != WEIR_OK && !c->partial)
            return true;
        all &= l->headed || l->missing;
    }
    return all;
}

/* Where the answer may be without a shard, the rows of the others must have time to come, too. */
static weir__deadline head_deadline(const weir__scattered *c)
{
    const weir__clock *clock = &c->base.env->clock;
    uint32_t left = weir__deadline_left(clock, c->deadline);
    return c->partial ? weir__deadline_in(clock, left - left / 4) : c->deadline;
}

weir_status weir__lines_start(weir__scattered *c, weir_error *error)
{
    weir__deadline deadline = head_deadline(c);
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        if (l->missing)
            continue;
        l->seat->conn->deadline = deadline;
        weir__split_sent(c->session, l->seat, c->reads, false);
        l->stream = (weir__stream){next_of_line, close_nothing, l->seat->shard->config->name};
        l->fiber = weir__fiber_add(c->fibers, run_line, l);
        if (!l->fiber)
            return weir__fail_nomem(error);
    }
    for (uint32_t i = 0; i < c->count; i++)
        if (!c->lines[i].missing && begins(&c->lines[i]))
            weir__session_take_part(c->session, c->lines[i].seat);
    weir__fibers_run(c->fibers, all_headed, c);
    for (uint32_t i = 0; i < c->count; i++)
        c->lines[i].seat->locks |= c->locks;
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        weir_status status = l->status == WEIR_OK || l->missing ? WEIR_OK : fail(c, l, error);
        if (status != WEIR_OK)
            return status;
        l->status = WEIR_OK; /* of one that is missing, error tells */
        if (!l->missing && !c->lead)
            c->lead = l;
    }
    c->partial = false; /* from here on rows were given */
    if (!c->lead)
        *error = c->lines[0].error;
    return c->lead ? WEIR_OK : error->status;
}

/* ---- the end ---- */

/* Is a transaction on these connections that can still go on? */
static bool may_go_on(const weir__scattered *c)
{
    bool held = false;
    for (uint32_t i = 0; i < c->count; i++) {
        const weir__line *l = &c->lines[i];
        if (!l->seat->conn || !weir__line_is_held(l))
            continue;
        held = true;
        if (l->seat->conn->broken || l->status == WEIR_TIMEOUT || l->status == WEIR_CONFLICT)
            return false;
    }
    return held && !c->base.broken;
}

void weir__lines_stop(weir__scattered *c)
{
    bool waits = false, held = may_go_on(c);
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        if (!l->fiber)
            continue;
        l->drop = held;
        l->stop = !held;
        if (!held && !weir__fiber_done(l->fiber) && !weir__fiber_paused(l->fiber))
            waits = true;
        weir__fiber_continue(l->fiber);
    }
    if (waits)
        weir__session_wake(c->session, c->base.wake_fd);
    weir__fibers_run(c->fibers, NULL, NULL);
}
