/* move.c - see move.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/exec/move.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/str.h"
#include "router/value.h"
#include "router/whole.h"

typedef struct moved {
    struct moved *next;
    weir_value cells[];
} moved;

typedef struct work {
    weir__move *m;
    weir__deadline deadline;
    weir__arena arena;
    moved *rows;
    uint64_t count;
    weir_result result;
} work;

static weir_status run(const work *k, weir__conn *conn, weir_str sql, weir_args args, weir__answer *answer,
                       weir_error *error)
{
    const weir__command command = {.sql = sql, .args = args};
    *answer = (weir__answer){.column_count = 0};
    conn->deadline = k->deadline;
    return conn->driver->run(conn, &command, answer, error);
}

/* Tables that refer to this one would lose their rows, or change them, on the way. */
static weir_status check_references(const work *k, weir__conn *conn, weir_error *error)
{
    weir__answer answer;
    weir__cell cell;
    uint64_t references = 0;
    bool row = false, any = true;
    weir_status status = run(k, conn, k->m->references, (weir_args){NULL, 0}, &answer, error);
    if (status == WEIR_OK)
        status = conn->driver->fetch(conn, &answer, &cell, &row, error);
    if (status != WEIR_OK)
        return status;
    any = !row || !weir__value_uint(&cell, answer.columns[0].type, &references) || references != 0;
    conn->driver->end(conn);
    if (!any)
        return WEIR_OK;
    return weir__fail(
        error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
        "key_changed: by the new key the row belongs elsewhere, and other tables have foreign keys to %.*s: "
        "delete the row and insert it anew",
        WEIR__STR(k->m->from.table));
}

static bool has_bytes(const weir_value *cell)
{
    return cell->type > WEIR_T_DOUBLE;
}

static weir_status keep_row(work *k, const weir__answer *answer, const weir__cell *cells, weir_error *error)
{
    moved *row = weir__arena_take(&k->arena, sizeof *row + k->m->columns * sizeof *row->cells);
    for (uint32_t i = 0; row && i < k->m->columns; i++) {
        row->cells[i] = cells[i];
        if (cells[i].type == WEIR_T_TEXT && answer->columns[i].binary)
            row->cells[i].type = WEIR_T_BYTES;
        if (has_bytes(&cells[i]))
            row->cells[i].as.p = weir__arena_copy(&k->arena, cells[i].as.p, cells[i].size ? cells[i].size : 1);
    }
    if (k->arena.failed == WEIR_LIMIT)
        return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                          "the rows that change their shard take more than limits.bytes: move fewer at a time");
    if (!row || k->arena.failed)
        return weir__fail_nomem(error);
    row->next = k->rows;
    k->rows = row;
    k->count++;
    return WEIR_OK;
}

static weir_status read_rows(work *k, weir__conn *conn, weir_error *error)
{
    weir__answer answer;
    bool row = false;
    weir__cell *cells = weir__arena_array(&k->arena, k->m->columns, sizeof *cells);
    if (!cells)
        return weir__fail_nomem(error);
    weir_status status = run(k, conn, k->m->select, (weir_args){&k->m->key, 1}, &answer, error);
    if (status == WEIR_OK && answer.column_count != k->m->columns) {
        conn->driver->end(conn);
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_CALL, "the columns of %.*s have changed",
                          WEIR__STR(k->m->from.table));
    }
    do {
        if (status == WEIR_OK)
            status = conn->driver->fetch(conn, &answer, cells, &row, error);
        if (status == WEIR_OK && row)
            status = keep_row(k, &answer, cells, error);
    } while (status == WEIR_OK && row);
    if (conn->in_rows && !conn->broken)
        conn->driver->end(conn);
    return status;
}

/* ---- steps, each on one seat ---- */

static weir_status change(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    work *k = context;
    weir__answer answer;
    (void)s;
    weir_status status = check_references(k, seat->conn, error);
    if (status == WEIR_OK)
        status = run(k, seat->conn, k->m->update, k->m->args, &answer, error);
    if (status != WEIR_OK)
        return status;
    k->result = answer.result;
    if (k->result.affected == 0)
        return WEIR_OK;
    status = read_rows(k, seat->conn, error);
    if (status == WEIR_OK && k->count != k->result.affected)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                            "on shard %s there are rows of %.*s with the new key that belong elsewhere: %" PRIu64
                            " rows, of which %" PRIu64 " would be moved; nothing was changed",
                            seat->shard->config->name, WEIR__STR(k->m->from.table), k->count, k->result.affected);
    return status;
}

static weir_status insert(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const work *k = context;
    weir_status status = WEIR_OK;
    weir__answer answer;
    (void)s;
    for (const moved *row = k->rows; row && status == WEIR_OK; row = row->next)
        status = run(k, seat->conn, k->m->insert, (weir_args){row->cells, k->m->columns}, &answer, error);
    return status;
}

static weir_status erase(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const work *k = context;
    weir__answer answer;
    (void)s;
    weir_status status = run(k, seat->conn, k->m->erase, (weir_args){&k->m->key, 1}, &answer, error);
    if (status == WEIR_OK && answer.result.affected != k->count)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                            "the rows that moved were not found again on shard %s", seat->shard->config->name);
    return status;
}

/* The connections, in the order of the shards. */
static weir_status join(weir__whole *whole, const weir__move *m, weir_error *error)
{
    bool other = m->to.seat != m->from.seat, lower = m->to.seat->shard < m->from.seat->shard;
    weir_status status = WEIR_OK;
    if (other && lower)
        status = weir__whole_join(whole, m->to.seat, m->to.server, error);
    if (status == WEIR_OK)
        status = weir__whole_join(whole, m->from.seat, m->from.server, error);
    if (status == WEIR_OK && other && !lower)
        status = weir__whole_join(whole, m->to.seat, m->to.server, error);
    if (status != WEIR_OK)
        return status;
    weir__lex_options reading = weir__dialect_of(m->from.seat->conn);
    if (weir__dialect_pack(&reading) == weir__dialect_pack(&m->reading))
        return WEIR_OK;
    return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_CALL,
                      "the servers of database '%s' read SQL in different ways: give them the same sql_mode",
                      whole->session->database->config->name);
}

weir_status weir__move_run(weir_session *s, weir__move *m, weir__deadline deadline, weir_result *result,
                           weir_error *error)
{
    weir__whole whole;
    work k = {.m = m, .deadline = deadline};
    weir__arena_init(&k.arena, &s->client->env.mem, m->max_bytes > SIZE_MAX ? SIZE_MAX : (size_t)m->max_bytes);
    weir_status status = weir__whole_begin(&whole, s, deadline, error);
    if (status == WEIR_OK) {
        status = join(&whole, m, error);
        if (status == WEIR_OK)
            status = weir__whole_run(&whole, &m->from.seat, 1, change, &k, error);
        if (status == WEIR_OK && k.count)
            status = weir__whole_run(&whole, &m->to.seat, 1, insert, &k, error);
        if (status == WEIR_OK && k.count)
            status = weir__whole_run(&whole, &m->from.seat, 1, erase, &k, error);
        status = weir__whole_end(&whole, status, error);
    }
    weir__arena_deinit(&k.arena);
    if (status == WEIR_OK) {
        *result = k.result;
        result->shards = m->to.seat == m->from.seat ? 1 : 2;
    }
    return status;
}
