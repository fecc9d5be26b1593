/* scatter.c - the scatter as a connection: planned, run, fetched, ended. SPDX-License-Identifier: Apache-2.0 */
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/str.h"
#include "router/exec/scatter_impl.h"

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

/* The statement of a page instead of the user's. */
static weir_status apply_page(weir__scattered *c, const weir__scatter_what *what, weir__merge_input *input,
                              weir_error *error)
{
    input->args = what->args;
    if (!what->page)
        return WEIR_OK;
    c->page = weir__arena_copy(&c->arena, what->page, sizeof *c->page);
    if (!c->page)
        return weir__fail_nomem(error);
    weir_status status = weir__page_apply(input, c->page, &c->arena, error);
    input->sql = c->page->sql;
    input->args = c->given_args = c->page->args;
    return status;
}

/* The text of each target; one plan is good for all, for they differ in names alone. */
static weir_status plan_lines(weir__scattered *c, const weir__scatter_what *what, weir_error *error)
{
    weir__merge_input input = {
        .reading = what->reading, .plan = what->plan, .tables = what->tables, .single = what->count == 1};
    for (size_t i = 0; i < what->count; i++) {
        weir__merge_plan *plan = c->plan;
        bool same = i > 0 && weir__str_equal(what->targets[i].sql, what->targets[i - 1].sql);
        if (!same) {
            input.sql = own(c, what->targets[i].sql);
            if (c->arena.failed)
                return weir__fail_nomem(error);
            weir_status status = apply_page(c, what, &input, error);
            if (status == WEIR_OK)
                status = weir__merge_plan_build(&input, &c->arena, &plan, error);
            if (status != WEIR_OK)
                return status;
            if (plan->refused) {
                weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "scatter_read: %s", plan->refused);
                error->sql_offset = plan->refused_at;
                return WEIR_UNSUPPORTED;
            }
            if (what->page && plan->limit == 0)
                return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "page: LIMIT 0 has no next page");
        }
        c->plan = c->plan ? c->plan : plan;
        c->lines[i].sql = same ? c->lines[i - 1].sql : plan->sql;
    }
    return WEIR_OK;
}

static void name_lines(weir__scattered *c, const weir__scatter_what *what)
{
    for (uint32_t i = 0; i < c->count; i++) {
        const weir__scatter_target *target = &what->targets[i];
        c->lines[i] = (weir__line){.scatter = c, .seat = target->seat, .server = target->server, .wake_fd = -1};
        c->lines[i].kept = target->seat->conn != NULL;
        c->lines[i].missing = !target->server;
        if (!target->server)
            c->lines[i].error = target->error;
    }
}

/* The values in the order of the shards' ?. */
static weir_status bind_args(weir__scattered *c, weir_error *error)
{
    weir_value *values = weir__arena_array(&c->arena, c->plan->arg_count, sizeof *values);
    if (!values)
        return weir__fail_nomem(error);
    for (uint32_t i = 0; i < c->plan->arg_count; i++) {
        if (c->plan->args[i] >= c->given_args.count)
            return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the statement has more parameters than %zu values",
                              c->given_args.count);
        values[i] = c->given_args.values[c->plan->args[i]];
    }
    c->args = (weir_args){values, c->plan->arg_count};
    return WEIR_OK;
}

/* Making an eventfd and closing it would cost a small scatter a tenth of its system calls. */
static int take_wake(weir_session *s)
{
    int fd = s->scatter_wake;
    s->scatter_wake = -1;
    atomic_store_explicit(&s->woken, false, memory_order_relaxed);
    return fd >= 0 ? fd : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* Nobody writes to it any more; one that was written to would end the next scatter. */
static void give_wake(weir_session *s, int fd)
{
    if (fd >= 0 && (s->scatter_wake >= 0 || atomic_load(&s->woken)))
        close(fd);
    else
        s->scatter_wake = fd;
}

weir_status weir__scatter_new(weir_session *s, const weir__scatter_what *what, weir_error *error)
{
    const weir__mem *mem = &s->client->env.mem;
    weir__scattered *c = weir__new(mem, sizeof *c);
    if (!c)
        return weir__fail_nomem(error);
    c->session = s;
    c->reads = what->reads;
    c->locks = what->locks;
    c->keep = what->keep;
    c->partial = what->partial;
    c->given_args = what->args;
    c->base = (weir__conn){.driver = &scatter_driver, .env = &s->client->env, .wake_fd = take_wake(s)};
    weir__arena_init(&c->arena, mem, WEIR__MAX_PLAN_BYTES);
    weir__budget_init(&c->budget, mem, what->max_bytes > SIZE_MAX ? SIZE_MAX : (size_t)what->max_bytes);
    c->lines = weir__array(mem, what->count, sizeof *c->lines);
    c->count = c->lines ? (uint32_t)what->count : 0;
    c->fibers = weir__fibers_new(mem, &s->client->env.clock, s->client->stacks);
    c->seat.conn = &c->base;
    c->seat.shard = what->targets[0].seat->shard;
    c->base.endpoint = &c->seat.shard->servers[0]->endpoint;
    c->base.in_transaction = s->txn == WEIR__TXN_OPEN;
    name_lines(c, what);
    s->seat = &c->seat;
    if (c->base.wake_fd >= 0)
        weir__session_reach(s, &c->base);
    if (!c->lines || !c->fibers || c->base.wake_fd < 0)
        return weir__fail_nomem(error);
    weir_status status = plan_lines(c, what, error);
    return status == WEIR_OK ? bind_args(c, error) : status;
}

/* ---- run ---- */

/* The shards' tables are alike, so their answers are: else what is merged would mean different things. */
static weir_status compare_heads(weir__scattered *c, weir_error *error)
{
    const weir__answer *first = &c->lead->answer;
    for (uint32_t i = 0; i < c->count; i++) {
        const weir__answer *other = &c->lines[i].answer;
        bool alike = c->lines[i].missing || first->column_count == other->column_count;
        for (uint32_t k = 0; alike && !c->lines[i].missing && k < first->column_count; k++)
            alike =
                first->columns[k].type == other->columns[k].type &&
                (first->columns[k].decimals == other->columns[k].decimals || first->columns[k].type == WEIR_T_TEXT ||
                 first->columns[k].type == WEIR_T_BYTES) && /* of texts they depend on how the server reads */
                weir__str_equal(first->columns[k].name, other->columns[k].name);
        if (!alike)
            return weir__fail(
                error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                "shards %s and %s answer with other columns: their tables differ (weir check --live compares them)",
                c->lead->stream.name, c->lines[i].stream.name);
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
    const weir__answer *head = &c->lead->answer;
    weir__stream **streams = weir__arena_array(&c->arena, c->count, sizeof *streams);
    weir_column *columns = weir__arena_array(&c->arena, head->column_count, sizeof *columns);
    if (!streams || !columns)
        return weir__fail_nomem(error);
    seed_bugs(c);
    for (uint32_t i = 0; i < head->column_count; i++) {
        columns[i] = head->columns[i];
        columns[i].name = own(c, columns[i].name);
        columns[i].table = own(c, columns[i].table);
    }
    uint32_t count = weir__lines_streams(c, streams);
    c->columns = columns;
    c->visible = head->column_count - c->plan->hidden - (c->page ? c->page->key_count : 0);
    weir_status status =
        weir__merge_open(&c->budget, c->plan, streams, count, columns, head->column_count, &c->merged, error);
    return status == WEIR_OK && c->arena.failed ? weir__fail_nomem(error) : status;
}

/* Which shards the answer is without. */
static bool tell_missing(weir__scattered *c, weir__answer *answer)
{
    weir_error *list = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->count; i++)
        count += c->lines[i].missing;
    if (count && !(list = weir__arena_array(&c->arena, count, sizeof *list)))
        return false;
    answer->missing = list;
    answer->missing_count = count;
    for (uint32_t i = 0, k = 0; i < c->count && k < count; i++)
        if (c->lines[i].missing)
            list[k++] = c->lines[i].error;
    return true;
}

static weir_status run(weir__conn *conn, const weir__command *command, weir__answer *answer, weir_error *error)
{
    weir__scattered *c = scatter_of(conn);
    (void)command; /* what is sent was made of it already */
    weir_status status = weir__lines_start(c, error);
    if (status == WEIR_OK)
        status = compare_heads(c, error);
    if (status == WEIR_OK)
        status = open_merge(c, error);
    if (status == WEIR_OK && !tell_missing(c, answer))
        status = weir__fail_nomem(error);
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
    answer->result.shards = c->count - answer->missing_count;
}

/* The last row of a full page tells where the next one begins. */
static weir_status end_page(weir__scattered *c, const weir_value *row, weir__answer *answer, weir_error *error)
{
    bool early = weir__fault(c->base.env, wrong_page_place) && c->plan->limit > 1;
    if (++c->given_rows < c->plan->limit - early)
        return WEIR_OK;
    answer->page = weir__page_token(c->page, row + c->visible, &c->arena);
    return answer->page.data ? WEIR_OK : weir__fail_nomem(error);
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
        for (uint32_t i = 0; i < c->visible; i++) /* mostly few: a call would cost more */
            cells[i] = merged[i];
        return c->page ? end_page(c, merged, answer, error) : WEIR_OK;
    }
    sum_up(c, answer);
    conn->in_rows = false;
    return WEIR_OK;
}

/* Rows are over or not wanted; close does the rest. */
static void end(weir__conn *conn)
{
    scatter_of(conn)->base.in_rows = false;
}

static void close_scatter(weir__conn *conn)
{
    weir__scattered *c = scatter_of(conn);
    const weir__mem *mem = &c->session->client->env.mem;
    if (c->fibers)
        weir__lines_stop(c);
    weir__stream_close(c->merged);
    weir__fibers_free(c->fibers);
    for (uint32_t i = 0; i < c->count; i++) {
        weir__line_leave(&c->lines[i]);
        weir__free(&c->budget.mem, c->lines[i].cells);
    }
    weir__arena_deinit(&c->arena);
    weir__free(mem, c->lines);
    give_wake(c->session, c->base.wake_fd);
    weir__free(mem, c);
}

static const weir__driver scatter_driver = {
    .name = "scatter", .version = 1, .close = close_scatter, .run = run, .fetch = fetch, .end = end};
