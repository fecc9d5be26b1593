/* attempt.c - one try of a batch. SPDX-License-Identifier: Apache-2.0
 *
 *    START TRANSACTION | INSERT .. | what is refused again by halves | rejects | position | COMMIT
 *
 * A statement that is refused for its data changed nothing, and the transaction goes on: so a row is found by halves, and those before it come in
 * first, as in the file. Everything else ends the try. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "router/load/impl.h"

/* Errors that speak of a row's values; sorted. */
static const int32_t of_data[] = {
    1048, /* NULL for NOT NULL */
    1062, /* duplicate */
    1216, /* foreign key */
    1264, /* out of range */
    1265, /* truncated */
    1292, /* incorrect value */
    1300, /* invalid characters */
    1366, /* incorrect value */
    1367, /* illegal value */
    1406, /* too long */
    1411, /* incorrect value for a function */
    1416, /* no geometry */
    1452, /* foreign key */
    1526, /* no partition */
    1586, /* duplicate */
    1644, /* SIGNAL of a trigger */
    1690, /* out of range */
    1748, /* not in the partitions */
    1761, /* foreign key, duplicate */
    1859, /* duplicate */
    3140, /* JSON */
    3819, /* CHECK, MySQL */
    4025, /* CHECK */
    4078, /* incorrect type */
};

/* A column that this row alone lacks, and that has no default. */
static bool is_of_object(const weir__load_lane *lane, const weir_error *error)
{
    enum { NO_DEFAULT = 1364 };
    return error->server_errno == NO_DEFAULT && lane->load->reader.format == WEIR_LOAD_JSONL;
}

static bool is_of_data(weir_status status, const weir_error *error)
{
    for (size_t i = 0; status == WEIR_SERVER && i < sizeof of_data / sizeof *of_data; i++)
        if (of_data[i] == error->server_errno)
            return true;
    return false;
}

/* ---- the transaction, on the lane's line or in its session ---- */

static weir_status begin(weir__load_lane *lane, weir_error *error)
{
    weir_transaction_options options = WEIR_TRANSACTION_OPTIONS_INIT;
    options.timeout_ms = 10 * 60 * 1000;
    if (lane->session)
        return weir_begin(lane->session, &options, error);
    weir_status status = weir__load_call(&lane->link, error);
    return status == WEIR_OK ? weir__load_run(&lane->link, weir__view("START TRANSACTION"), false, NULL, error)
                             : status;
}

static void undo(weir__load_lane *lane)
{
    weir_error ignored;
    if (lane->session && weir_rollback(lane->session, &ignored) != WEIR_OK)
        weir__session_drop_connections(lane->session);
    if (lane->link.conn && lane->link.conn->in_transaction &&
        (lane->link.conn->broken ||
         weir__load_run(&lane->link, weir__view("ROLLBACK"), false, NULL, &ignored) != WEIR_OK))
        weir__load_hang_up(&lane->link);
}

static weir_status insert(weir__load_lane *lane, weir_result *result, weir_error *error)
{
    const weir_str sql = {lane->sql.data, lane->sql.size};
    weir_rows *rows = NULL;
    if (lane->sql.failed)
        return weir__fail_nomem(error);
    if (!lane->session)
        return weir__load_run(&lane->link, sql, false, result, error);
    weir_status status = weir_query_with(lane->session, NULL, sql, weir_no_args(), &rows, error);
    if (status == WEIR_OK)
        *result = weir_rows_result(rows);
    if (status == WEIR_OK)
        status = weir_finish(rows, error);
    return status;
}

/* A statement on weir_load or weir_load_reject, within the batch's transaction. In a session its first shard has it open. */
static weir_status own(weir__load_lane *lane, weir_str sql, weir_result *result, weir_error *error)
{
    weir_session *s = lane->session;
    if (!s || !s->first)
        return weir__load_run(&lane->link, sql, false, result, error);
    const weir__command command = {.sql = sql};
    weir__conn *conn = s->first->conn;
    weir__answer answer = {.column_count = 0};
    if (s->txn != WEIR__TXN_OPEN || s->first->shard != lane->link.shard)
        return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION, "the batch's transaction is not open there");
    conn->deadline = weir__session_deadline(s, 0);
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status != WEIR_OK)
        weir__session_abort(s);
    *result = answer.result;
    return status;
}

static weir_status commit(weir__load_lane *lane, weir_error *error)
{
    const weir__env *env = lane->load->env;
    weir_status status;
    if (lane->session && lane->session->first) {
        status = weir_commit(lane->session, error);
        if (status == WEIR_OK && weir__fault(env, load_answer))
            return weir__fail(error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING, "a fault point took the answer to COMMIT");
        return status == WEIR_COMMITTED_PENDING ? WEIR_OK : status;
    }
    status = weir__load_run(&lane->link, weir__view("COMMIT"), true, NULL, error);
    if (status == WEIR_OK && weir__fault(env, load_answer)) {
        lane->link.conn->broken = true;
        return weir__fail(error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING, "a fault point took the answer to COMMIT");
    }
    if (status != WEIR_OK && lane->link.conn && lane->link.conn->in_transaction)
        lane->link.conn->broken = true; /* hanging up rolls back what a failed COMMIT left open */
    return status;
}

/* ---- rows ---- */

static void note_warning(void *context, const weir_str *cells, uint32_t count)
{
    weir__load_lane *lane = context;
    if (count >= 3 && !lane->warning[0])
        snprintf(lane->warning, sizeof lane->warning, "%.*s", WEIR__STR(cells[2]));
}

static void reject(weir__load_lane *lane, weir__load_row *row, const weir_error *error)
{
    row->rejected = true;
    row->server_errno = error->server_errno;
    row->reason = lane->reasons.size;
    weir__buf_adds(&lane->reasons, error->text);
    row->reason_end = lane->reasons.size;
}

static weir_status too_many(weir__load_lane *lane, const weir__load_batch *batch, const weir__load_row *row,
                            weir_error *error)
{
    const weir__load *load = lane->load;
    if (lane->reasons.failed)
        return weir__fail_nomem(error);
    weir_str why = weir__load_reason(lane, batch, row);
    int size = (int)(why.size < 300 ? why.size : 300);
    if (!load->options->reject_file)
        return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                          "%s:%" PRIu64 ": %.*s. With a reject file (--reject) such rows are passed over",
                          load->reader.name, row->line, size, why.data);
    return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                      "%s:%" PRIu64 ": %.*s: more than %" PRIu64 " rows can not be loaded (--max-rejects)",
                      load->reader.name, row->line, size, why.data, load->max_rejects);
}

/* Rows order[from] to order[to - 1], all of one table behind the name. */
static weir_status insert_range(weir__load_lane *lane, weir__load_batch *batch, uint32_t from, uint32_t to,
                                weir_error *error)
{
    weir_result result = {.warnings = 0};
    weir_error ignored;
    weir__buf_reset(&lane->sql);
    weir__load_target_head(&lane->load->target, batch->rows[lane->order[from]].table, &lane->sql);
    for (uint32_t i = from; i < to; i++) {
        const weir__load_row *row = &batch->rows[lane->order[i]];
        if (i > from)
            weir__buf_addc(&lane->sql, ',');
        weir__buf_add(&lane->sql, batch->text.data + row->text, row->text_end - row->text);
    }
    weir_status status = insert(lane, &result, error);
    if (status == WEIR_OK) {
        lane->warnings += result.warnings;
        if (result.warnings && !lane->warning[0] && !lane->session &&
            weir__load_ask(&lane->link, "SHOW WARNINGS LIMIT 1", note_warning, lane, &ignored) != WEIR_OK)
            lane->warning[0] = '\0';
        return WEIR_OK;
    }
    if (!is_of_data(status, error) && !is_of_object(lane, error))
        return status;
    if (to - from == 1) {
        reject(lane, &batch->rows[lane->order[from]], error);
        return lane->load->max_rejects ? WEIR_OK : too_many(lane, batch, &batch->rows[lane->order[from]], error);
    }
    uint32_t middle = from + (to - from) / 2;
    status = insert_range(lane, batch, from, middle, error);
    return status == WEIR_OK ? insert_range(lane, batch, middle, to, error) : status;
}

/* One after the other of each table, in the order of the file. */
static int compare(const void *left, const void *right, void *context)
{
    const weir__load_row *rows = context, *a = &rows[*(const uint32_t *)left], *b = &rows[*(const uint32_t *)right];
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static weir_status insert_rows(weir__load_lane *lane, weir__load_batch *batch, weir_error *error)
{
    uint32_t count = 0;
    bool several = false;
    weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < batch->count; i++) {
        batch->rows[i].rejected = batch->rows[i].wrong;
        several |= batch->rows[i].table != batch->rows[0].table;
        if (!batch->rows[i].wrong)
            lane->order[count++] = i;
    }
    if (several)
        qsort_r(lane->order, count, sizeof *lane->order, compare, batch->rows);
    for (uint32_t from = 0, to = 0; from < count && status == WEIR_OK; from = to) {
        int64_t table = batch->rows[lane->order[from]].table;
        while (to < count && batch->rows[lane->order[to]].table == table)
            to++;
        status = insert_range(lane, batch, from, to, error);
    }
    return status;
}

/* ---- the whole ---- */

/* More than may be? held: of this try, to be given back if it fails. */
static weir_status check_rejects(weir__load_lane *lane, const weir__load_batch *batch, uint64_t *held,
                                 weir_error *error)
{
    weir__load *load = lane->load;
    const weir__load_row *first = NULL;
    for (uint32_t i = 0; i < batch->count; i++) {
        *held += batch->rows[i].rejected;
        if (batch->rows[i].rejected && !first)
            first = &batch->rows[i];
    }
    if (lane->reasons.failed)
        return weir__fail_nomem(error);
    uint64_t all = atomic_fetch_add(&load->rejects_in_all, *held) + *held;
    if (*held == 0 || all <= load->max_rejects)
        return WEIR_OK;
    return too_many(lane, batch, first, error);
}

static void tell_rejects(weir__load_lane *lane, const weir__load_batch *batch)
{
    weir__load *load = lane->load;
    char text[WEIR__LOAD_REASON];
    for (uint32_t i = 0; load->options->rejected && i < batch->count; i++) {
        if (!batch->rows[i].rejected)
            continue;
        weir_str why = weir__load_reason(lane, batch, &batch->rows[i]);
        snprintf(text, sizeof text, "%.*s", WEIR__STR(why));
        pthread_mutex_lock(&load->lock);
        load->options->rejected(load->options->context, batch->rows[i].line, text);
        pthread_mutex_unlock(&load->lock);
    }
}

static weir_status move_on(weir__load_lane *lane, const weir__load_standing *to, weir_error *error)
{
    weir_result result = {.affected = 0};
    weir__buf_reset(&lane->sql);
    weir__load_move_sql(&lane->load->about, lane->number, &lane->standing, to, &lane->sql);
    weir_status status = lane->sql.failed ? weir__fail_nomem(error)
                                          : own(lane, (weir_str){lane->sql.data, lane->sql.size}, &result, error);
    return status == WEIR_OK && result.affected != 1 ? weir__load_taken_over(error) : status;
}

/* A batch of a session whose rows were all refused has no transaction: the position alone is written, on the line. */
static weir_status begin_own(weir__load_lane *lane, weir_error *error)
{
    if (!lane->session || lane->session->first)
        return WEIR_OK;
    weir_status status = weir__load_call(&lane->link, error);
    return status == WEIR_OK ? weir__load_run(&lane->link, weir__view("START TRANSACTION"), false, NULL, error)
                             : status;
}

weir_status weir__load_attempt(weir__load_lane *lane, weir__load_batch *batch, weir__load_standing *to,
                               weir_error *error)
{
    weir__load *load = lane->load;
    uint64_t held = 0;
    lane->warnings = 0;
    weir__buf_reset(&lane->reasons);
    weir_status status = begin(lane, error);
    if (status == WEIR_OK)
        status = insert_rows(lane, batch, error);
    if (status == WEIR_OK && weir__fault(load->env, load_inserted))
        status = weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION, "a fault point ended the transaction");
    if (status == WEIR_OK)
        status = check_rejects(lane, batch, &held, error);
    *to =
        (weir__load_standing){.lanes = lane->standing.lanes,
                              .position = batch->last > lane->standing.position ? batch->last : lane->standing.position,
                              .loaded = lane->standing.loaded + batch->count - held,
                              .rejected = lane->standing.rejected + held,
                              .ended = batch->ends};
    if (status == WEIR_OK)
        status = begin_own(lane, error);
    if (status == WEIR_OK && held)
        status = weir__load_keep_rejects(lane, batch, own, error);
    if (status == WEIR_OK)
        status = move_on(lane, to, error);
    if (status == WEIR_OK && weir__fault(load->env, load_recorded))
        status = weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION, "a fault point ended the transaction");
    if (status == WEIR_OK)
        status = commit(lane, error);
    if (status == WEIR_OK) {
        if (held)
            tell_rejects(lane, batch);
        if (lane->session && lane->session->txn != WEIR__TXN_NONE)
            undo(lane); /* it was not needed */
        return WEIR_OK;
    }
    if (status != WEIR_UNKNOWN)
        atomic_fetch_sub(&load->rejects_in_all, held);
    undo(lane);
    return status;
}
