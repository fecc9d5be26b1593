/* scatter.c - the scatter as a connection: planned, connected, run, fetched, ended. SPDX-License-Identifier: Apache-2.0 */
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fiber.h"
#include "base/limits.h"
#include "base/str.h"
#include "router/exec/scatter_impl.h"
#include "router/rw_split.h"

static const weir__driver scatter_driver;

static weir__scattered *scatter_of(weir__conn *conn)
{
    return (weir__scattered *)conn;
}

bool weir__scatter_is(const weir_session *s)
{
    return s->seat && s->seat->conn && s->seat->conn->driver == &scatter_driver;
}

/* ---- plan ---- */

static weir_str own(weir__scattered *c, weir_str text)
{
    return (weir_str){weir__arena_text(&c->arena, text.data, text.size), text.size};
}

/* The text of each target; one plan is good for all, for they differ in names alone. */
static weir_status plan_lines(weir__scattered *c, const weir__scatter_what *what, weir_error *error)
{
    weir__merge_input input = {
        .reading = what->reading, .plan = what->plan, .tables = what->tables, .args = what->args};
    for (size_t i = 0; i < what->count; i++) {
        weir__merge_plan *plan = c->plan;
        bool same = i > 0 && weir__str_equal(what->targets[i].sql, what->targets[i - 1].sql);
        if (!same) {
            input.sql = own(c, what->targets[i].sql);
            if (c->arena.failed)
                return weir__fail_nomem(error);
            weir_status status = weir__merge_plan_build(&input, &c->arena, &plan, error);
            if (status != WEIR_OK)
                return status;
            if (plan->refused) {
                weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "scatter_read: %s", plan->refused);
                error->sql_offset = plan->refused_at;
                return WEIR_UNSUPPORTED;
            }
        }
        c->plan = c->plan ? c->plan : plan;
        c->lines[i].sql = same ? c->lines[i - 1].sql : plan->sql;
        c->lines[i].server = what->targets[i].server;
        c->lines[i].seat = what->targets[i].seat;
        c->lines[i].scatter = c;
    }
    return WEIR_OK;
}

/* The values in the order of the shards' ?. */
static weir_status bind_args(weir__scattered *c, const weir__scatter_what *what, weir_error *error)
{
    weir_value *values = weir__arena_array(&c->arena, c->plan->arg_count, sizeof *values);
    if (!values)
        return weir__fail_nomem(error);
    for (uint32_t i = 0; i < c->plan->arg_count; i++) {
        if (c->plan->args[i] >= what->args.count)
            return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the statement has more parameters than %zu values",
                              what->args.count);
        values[i] = what->args.values[c->plan->args[i]];
    }
    c->args = (weir_args){values, c->plan->arg_count};
    return WEIR_OK;
}

weir_status weir__scatter_new(weir_session *s, const weir__scatter_what *what, weir_error *error)
{
    const weir__mem *mem = &s->client->env.mem;
    weir__scattered *c = weir__new(mem, sizeof *c);
    if (!c)
        return weir__fail_nomem(error);
    c->session = s;
    c->reads = what->reads;
    c->base = (weir__conn){
        .driver = &scatter_driver, .env = &s->client->env, .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    weir__arena_init(&c->arena, mem, WEIR__MAX_PLAN_BYTES);
    weir__budget_init(&c->budget, mem, what->max_bytes > SIZE_MAX ? SIZE_MAX : (size_t)what->max_bytes);
    c->lines = weir__array(mem, what->count, sizeof *c->lines);
    c->count = c->lines ? (uint32_t)what->count : 0;
    c->fibers = weir__fibers_new(mem, &s->client->env.clock, s->client->stacks);
    c->seat.conn = &c->base;
    pthread_mutex_lock(&s->lock);
    s->seat = &c->seat;
    if (s->cancelled && c->base.wake_fd >= 0)
        eventfd_write(c->base.wake_fd, 1);
    pthread_mutex_unlock(&s->lock);
    if (!c->lines || !c->fibers || c->base.wake_fd < 0)
        return weir__fail_nomem(error);
    weir_status status = plan_lines(c, what, error);
    if (status == WEIR_OK)
        status = bind_args(c, what, error);
    if (status == WEIR_OK) {
        c->base.endpoint = &c->lines[0].server->endpoint;
        c->seat.shard = what->targets[0].seat->shard;
    }
    return status;
}

/* ---- connect ---- */

static weir_status take(weir_session *s, weir__line *l, weir__deadline deadline, weir_error *error)
{
    pthread_mutex_lock(&s->lock);
    s->waiting = l->server->pool;
    s->waiter.woken = s->cancelled;
    pthread_mutex_unlock(&s->lock);
    s->waiter.level = 0;
    weir_status status = weir__pool_take(l->server->pool, &s->waiter, deadline, &l->conn, error);
    pthread_mutex_lock(&s->lock);
    s->waiting = NULL;
    pthread_mutex_unlock(&s->lock);
    return status;
}

weir_status weir__scatter_connect(weir_session *s, weir__deadline deadline, weir_error *error)
{
    weir__scattered *c = scatter_of(s->seat->conn);
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        weir_status status = take(s, l, deadline, error);
        if (status != WEIR_OK)
            return status;
        /* Whoever wakes the scatter wakes all of its lines. */
        l->wake_fd = l->conn->wake_fd;
        l->conn->wake_fd = c->base.wake_fd;
        l->conn->deadline = deadline;
        status = weir__settings_apply(l->conn, s->settings, error);
        if (status != WEIR_OK)
            return status;
        weir__lex_options reading = weir__dialect_of(l->conn), first = weir__dialect_of(c->lines[0].conn);
        if (weir__dialect_pack(&reading) != weir__dialect_pack(&first))
            return weir__fail(
                error, WEIR_CONFIG, WEIR_RETRY_CALL,
                "the servers of shards %s and %s read SQL in different ways: give them the same version and sql_mode",
                c->lines[0].conn->endpoint->shard, l->conn->endpoint->shard);
    }
    const weir__conn *first = c->lines[0].conn; /* all read text as this one does */
    c->base.mariadb = first->mariadb;
    c->base.version = first->version;
    c->base.sql_mode_bits = first->sql_mode_bits;
    c->base.sql_mode_read = true;
    return WEIR_OK;
}

/* ---- lines ---- */

static void run_line(void *context)
{
    weir__line *l = context;
    weir__conn *conn = l->conn;
    weir__command command = {.sql = l->sql, .args = l->scatter->args};
    bool row = true;
    if (l->stop)
        return;
    l->status = conn->driver->run(conn, &command, &l->answer, &l->error);
    l->headed = true;
    if (l->status == WEIR_OK && l->answer.column_count) {
        l->cells = weir__array(&l->scatter->budget.mem, l->answer.column_count, sizeof *l->cells);
        if (!l->cells)
            l->status = weir__budget_fail(&l->scatter->budget, &l->error);
    }
    while (l->status == WEIR_OK && row && l->cells && !l->stop) {
        weir__fiber_pause();
        if (l->stop)
            break;
        l->status = conn->driver->fetch(conn, &l->answer, l->cells, &row, &l->error);
        l->has_row = row && l->status == WEIR_OK;
    }
}

/* The next row of one shard; others go on while it waits. */
static weir_status next_of_line(weir__stream *stream, const weir_value **row, weir_error *error)
{
    weir__line *l = (weir__line *)stream;
    l->has_row = false;
    weir__fibers_run_one(l->scatter->fibers, l->fiber);
    *row = l->has_row ? l->cells : NULL;
    if (l->status != WEIR_OK)
        *error = l->error;
    return l->status;
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
    if (c->given)
        c->given->has_row = false;
    c->given = NULL;
    for (uint32_t i = 0; i < c->count; i++)
        if (!c->lines[i].has_row)
            weir__fiber_continue(c->lines[i].fiber);
    *row = NULL;
    if (!any_row(c))
        weir__fibers_run(c->fibers, any_row, c);
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        if (l->status != WEIR_OK) {
            *error = l->error;
            return l->status;
        }
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

/* ---- run ---- */

static bool all_headed(void *context)
{
    const weir__scattered *c = context;
    bool all = true;
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->lines[i].headed && c->lines[i].status != WEIR_OK)
            return true;
        all &= c->lines[i].headed;
    }
    return all;
}

static weir_status start_lines(weir__scattered *c, weir_error *error)
{
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        weir__split_sent(c->session, l->seat, c->reads, false);
        l->stream = (weir__stream){next_of_line, close_nothing, l->conn->endpoint->shard};
        l->fiber = weir__fiber_add(c->fibers, run_line, l);
        if (!l->fiber)
            return weir__fail_nomem(error);
    }
    weir__fibers_run(c->fibers, all_headed, c);
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->lines[i].status != WEIR_OK) {
            *error = c->lines[i].error;
            return c->lines[i].status;
        }
    }
    return WEIR_OK;
}

/* The shards' tables are alike, so their answers are: else what is merged would mean different things. */
static weir_status compare_heads(weir__scattered *c, weir_error *error)
{
    const weir__answer *first = &c->lines[0].answer;
    for (uint32_t i = 1; i < c->count; i++) {
        const weir__answer *other = &c->lines[i].answer;
        bool alike = first->column_count == other->column_count;
        for (uint32_t k = 0; alike && k < first->column_count; k++)
            alike =
                first->columns[k].type == other->columns[k].type &&
                (first->columns[k].decimals == other->columns[k].decimals || first->columns[k].type == WEIR_T_TEXT ||
                 first->columns[k].type == WEIR_T_BYTES) && /* of texts they depend on how the server reads */
                weir__str_equal(first->columns[k].name, other->columns[k].name);
        if (!alike)
            return weir__fail(
                error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                "shards %s and %s answer with other columns: their tables differ (weir check --live compares them)",
                c->lines[0].stream.name, c->lines[i].stream.name);
    }
    if (first->column_count <= c->plan->hidden)
        return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "the statement gives no columns");
    return WEIR_OK;
}

/* Test builds: what such a merge is known to get wrong. */
static void seed_bugs(weir__scattered *c)
{
    const weir__env *env = c->base.env;
    weir__aggregate *list = c->plan->groups ? (weir__aggregate *)(uintptr_t)c->plan->groups->aggregates : NULL;
    if (weir__fault(env, wrong_scatter_order))
        c->plan->order_count = 0;
    if (weir__fault(env, wrong_scatter_limit))
        c->plan->limit = UINT64_MAX;
    if (weir__fault(env, wrong_scatter_distinct))
        c->plan->distinct_count = 0;
    for (uint32_t i = 0; list && i < c->plan->groups->aggregate_count; i++) {
        weir__aggregate *a = &list[i];
        if (a->kind != WEIR__AGGREGATE_AVG || !weir__fault(env, wrong_scatter_average))
            continue;
        *a = (weir__aggregate){
            .kind = WEIR__AGGREGATE_MAX, .out = a->out, .value = a->out, .longest_column = UINT32_MAX};
        a->order = (weir__merge_key){.column = a->out, .kind = WEIR__MERGE_NUMBER};
    }
}

static weir_status open_merge(weir__scattered *c, weir_error *error)
{
    uint32_t width = c->lines[0].answer.column_count;
    weir__stream **streams = weir__arena_array(&c->arena, c->count, sizeof *streams);
    weir_column *columns = weir__arena_array(&c->arena, width, sizeof *columns);
    if (!streams || !columns)
        return weir__fail_nomem(error);
    seed_bugs(c);
    for (uint32_t i = 0; i < width; i++) {
        columns[i] = c->lines[0].answer.columns[i];
        columns[i].name = own(c, columns[i].name);
        columns[i].table = own(c, columns[i].table);
    }
    for (uint32_t i = 0; i < c->count; i++)
        streams[i] = &c->lines[i].stream;
    c->any = (weir__stream){next_of_any, close_nothing, ""};
    if (c->plan->order_count == 0)
        streams[0] = &c->any;
    c->columns = columns;
    c->visible = width - c->plan->hidden;
    weir_status status = weir__merge_open(&c->budget, c->plan, streams, c->plan->order_count ? c->count : 1, columns,
                                          width, &c->merged, error);
    return status == WEIR_OK && c->arena.failed ? weir__fail_nomem(error) : status;
}

static weir_status run(weir__conn *conn, const weir__command *command, weir__answer *answer, weir_error *error)
{
    weir__scattered *c = scatter_of(conn);
    (void)command; /* what is sent was made of it already */
    weir_status status = start_lines(c, error);
    if (status == WEIR_OK)
        status = compare_heads(c, error);
    if (status == WEIR_OK)
        status = open_merge(c, error);
    if (status != WEIR_OK)
        return status;
    c->base.in_rows = true;
    answer->columns = c->columns;
    answer->column_count = c->visible;
    return WEIR_OK;
}

/* ---- the driver's table ---- */

static void sum_up(weir__scattered *c, weir__answer *answer)
{
    for (uint32_t i = 0; i < c->count; i++)
        answer->result.warnings += c->lines[i].answer.result.warnings;
    answer->result.shards = c->count;
}

static weir_status fetch(weir__conn *conn, weir__answer *answer, weir__cell *cells, bool *row, weir_error *error)
{
    weir__scattered *c = scatter_of(conn);
    const weir_value *merged;
    *row = false;
    weir_status status = weir__stream_next(c->merged, &merged, error);
    if (status != WEIR_OK)
        return status;
    *row = merged != NULL;
    if (merged) {
        memcpy(cells, merged, c->visible * sizeof *cells);
    } else {
        sum_up(c, answer);
        conn->in_rows = false;
    }
    return WEIR_OK;
}

/* Fibers that stand in a driver's call are woken, so that it ends; those that pause are told to stop. */
static void stop_lines(weir__scattered *c)
{
    bool waits = false;
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line *l = &c->lines[i];
        l->stop = true;
        if (l->fiber && !weir__fiber_done(l->fiber) && !weir__fiber_paused(l->fiber))
            waits = true;
        if (l->fiber)
            weir__fiber_continue(l->fiber);
    }
    if (waits)
        eventfd_write(c->base.wake_fd, 1);
    weir__fibers_run(c->fibers, NULL, NULL);
}

/* Rows are over or not wanted; close does the rest. */
static void end(weir__conn *conn)
{
    scatter_of(conn)->base.in_rows = false;
}

static void give_back(weir__line *l)
{
    if (!l->conn)
        return;
    if (l->conn->in_rows && !l->conn->broken)
        l->conn->driver->end(l->conn);
    l->conn->wake_fd = l->wake_fd;
    weir__pool_give(l->server->pool, l->conn);
    weir__split_over(l->scatter->session, l->seat, l->status);
}

static void close_scatter(weir__conn *conn)
{
    weir__scattered *c = scatter_of(conn);
    const weir__mem *mem = &c->session->client->env.mem;
    if (c->fibers)
        stop_lines(c);
    weir__stream_close(c->merged);
    weir__fibers_free(c->fibers);
    for (uint32_t i = 0; i < c->count; i++) {
        give_back(&c->lines[i]);
        weir__free(&c->budget.mem, c->lines[i].cells);
    }
    weir__arena_deinit(&c->arena);
    weir__free(mem, c->lines);
    if (c->base.wake_fd >= 0)
        close(c->base.wake_fd);
    weir__free(mem, c);
}

static const weir__driver scatter_driver = {
    .name = "scatter", .version = 1, .close = close_scatter, .run = run, .fetch = fetch, .end = end};
