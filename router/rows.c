/* rows.c - the rows of one statement: streamed from the connection, or kept.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A stream borrows the session's connection until its last row, a failure or weir_finish; kept rows
 * borrow nothing. Names are copied, so that columns outlive the connection's answer. A failure
 * latches: weir_next is false from then on and weir_finish tells it. */
#include <inttypes.h>

#include "base/str.h"
#include "router/session_impl.h"
#include "router/value.h"

enum {
    MAX_HEAD_BYTES = 64 * 1024 * 1024 /* names of 65,535 columns */,
    MAX_SPARE_BYTES = 8192,
    MAX_SPARE_COLUMNS = 100
};

typedef struct kept_row {
    struct kept_row *next;
    weir__cell cells[];
} kept_row;

/* For one row; the prints of numbers lie behind the cells, one a column. */
typedef struct row_room {
    uint32_t columns;
    char (*prints)[WEIR__NUMBER_TEXT];
    weir__cell cells[];
} row_room;

struct weir_rows {
    const weir__env *env;
    weir_client *client;   /* counted: kept rows may outlive their session */
    weir_session *session; /* NULL once the stream is over */
    weir__answer answer;
    weir__columns *shared; /* counted: whose the columns are; NULL: they are in the arena */
    weir__cell *cells;     /* of the current row */
    weir_str page;         /* where the next one begins; in the arena */
    uint64_t given;        /* rows that came */
    bool have_row;
    bool ahead, ahead_row; /* the next row, or the end, was fetched already */
    bool whole;            /* the stream was read to its end */
    uint64_t dropped;      /* rows of it that nobody was given */
    uint32_t warned;       /* warnings of statements that went before, for the same call */
    bool may_write;        /* the statement may have changed something, and no transaction undoes it */
    weir_status status;
    /* kept rows */
    weir__arena kept;
    kept_row *next_kept;
    /* from here on it stays from one statement to the next */
    weir_error error;
    weir__arena arena; /* columns that are nobody's */
    row_room *room;    /* for one row; NULL: none yet */
};

static void free_whole(weir_rows *rows)
{
    weir__arena_deinit(&rows->kept);
    weir__arena_deinit(&rows->arena);
    weir__free(&rows->env->mem, rows->room);
    weir__free(&rows->env->mem, rows);
}

void weir__rows_free_spare(weir_client *client)
{
    for (size_t i = 0; i < WEIR__STRIPES; i++) {
        weir_rows *rows = atomic_load(&client->stripes[i].spare);
        if (rows)
            free_whole(rows);
    }
}

weir_status weir__rows_new(weir_session *session, weir_rows **out, weir_error *error)
{
    const weir__env *env = &session->client->env;
    weir_rows *rows =
        atomic_exchange_explicit(&weir__client_stripe(session->client)->spare, NULL, memory_order_acquire);
    *out = rows;
    if (!rows) {
        *out = rows = weir__alloc(&env->mem, sizeof *rows);
        if (!rows)
            return weir__fail_nomem(error);
        weir__arena_init(&rows->arena, &env->mem, MAX_HEAD_BYTES);
        rows->room = NULL;
    }
    memset(rows, 0, offsetof(weir_rows, error));
    rows->env = env;
    rows->client = weir__client_ref(session->client);
    weir__arena_init(&rows->kept, &env->mem, 0);
    return WEIR_OK;
}

weir__answer *weir__rows_answer(weir_rows *rows)
{
    return &rows->answer;
}

void weir__rows_warned(weir_rows *rows, uint32_t warnings)
{
    rows->warned = warnings;
}

void weir__rows_free(weir_rows *rows)
{
    weir_rows *none = NULL;
    if (!rows)
        return;
    weir_client *client = rows->client;
    weir__stripe *stripe = weir__client_stripe(client);
    if (rows->given)
        atomic_fetch_add_explicit(&stripe->rows, rows->given, memory_order_relaxed);
    if (rows->shared)
        weir__columns_unref(rows->shared);
    else
        weir__arena_reset(&rows->arena);
    weir__arena_deinit(&rows->kept);
    if (weir__arena_held(&rows->arena) > MAX_SPARE_BYTES || (rows->room && rows->room->columns > MAX_SPARE_COLUMNS) ||
        !atomic_compare_exchange_strong_explicit(&stripe->spare, &none, rows, memory_order_release,
                                                 memory_order_relaxed))
        free_whole(rows);
    weir__client_unref(client);
}

static weir_str copy_view(weir__arena *arena, weir_str view)
{
    return (weir_str){weir__arena_text(arena, view.data, view.size), view.size};
}

static bool make_room(weir_rows *rows)
{
    uint32_t columns = rows->answer.column_count;
    if (!rows->room || rows->room->columns < columns) {
        weir__free(&rows->env->mem, rows->room);
        rows->room = weir__alloc(
            &rows->env->mem, sizeof *rows->room + columns * (sizeof *rows->room->cells + sizeof *rows->room->prints));
        if (!rows->room)
            return false;
        rows->room->columns = columns;
        rows->room->prints = (void *)(rows->room->cells + columns);
    }
    rows->cells = rows->room->cells;
    return true;
}

static bool keep_head(weir_rows *rows)
{
    weir__arena *arena = &rows->arena;
    uint32_t count = rows->answer.column_count;
    if (rows->answer.shared && !weir__fault(rows->env, wrong_decimals)) {
        rows->shared = weir__columns_ref(rows->answer.shared);
        return true;
    }
    weir_column *columns = weir__arena_array(arena, count, sizeof *columns);
    for (uint32_t i = 0; i < count && !arena->failed; i++) {
        columns[i] = rows->answer.columns[i];
        columns[i].name = copy_view(arena, columns[i].name);
        columns[i].table = copy_view(arena, columns[i].table);
        if (weir__fault(rows->env, wrong_decimals))
            columns[i].decimals = 0;
    }
    rows->answer.columns = columns;
    if (rows->answer.missing_count)
        rows->answer.missing =
            weir__arena_copy(arena, rows->answer.missing, rows->answer.missing_count * sizeof *rows->answer.missing);
    return !arena->failed;
}

/* The stream is over, one way or another: the session is free for its next statement. */
static void release(weir_rows *rows)
{
    weir_session *s = rows->session;
    rows->session = NULL;
    if (!s)
        return;
    s->rows = NULL;
    weir__past_rows(s, rows->status, &rows->answer.result, rows->given + rows->dropped, rows->whole);
    weir__session_over(s, rows->status);
}

static void fail(weir_rows *rows, weir_status status)
{
    if (rows->status == WEIR_OK)
        rows->status = status;
    rows->have_row = false;
}

/* Reads what is left and drops it. What fails now is told, unless something was before; but a write of which nobody knows comes first. */
static void drain(weir_rows *rows)
{
    weir__conn *conn = rows->session->seat->conn;
    weir_error error;
    bool row = true;
    while (row && !conn->broken) {
        weir_status status = conn->driver->fetch(conn, &rows->answer, rows->cells, &row, &error);
        rows->dropped += row;
        rows->whole = status == WEIR_OK && !row;
        if (status == WEIR_OK)
            continue;
        status = weir__seat_judge(rows->session, rows->session->seat, status, &error);
        if (rows->status == WEIR_OK || status == WEIR_UNKNOWN) {
            rows->error = error;
            rows->status = status;
        }
        return;
    }
    if (rows->status != WEIR_OK && rows->may_write && !conn->broken)
        rows->error.retry = WEIR_RETRY_AFTER_LOOKING; /* it was done, whatever became of its rows */
}

/* Ends a stream before its last row. Hanging up is the quickest way, but would undo more than the reading where the statement writes, a
 * transaction is open or the connection carries the session's state. */
static void break_off(weir_rows *rows)
{
    weir_session *s = rows->session;
    if (s && weir__client_forked(rows->client)) {
        rows->session = NULL; /* a byte read here would be missing in the parent's stream */
        fail(rows, weir__client_usable(rows->client, &rows->error));
        return;
    }
    weir__seat *seat = s ? s->seat : NULL;
    if (seat && seat->conn && seat->conn->in_rows) {
        if (rows->cells && (rows->may_write || s->txn == WEIR__TXN_OPEN || seat->carries_state))
            drain(rows);
        else if (rows->may_write) /* no memory to read with */
            rows->status = weir__fail(
                &rows->error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING,
                "out of memory before the last row: it may have happened; read the data before repeating it");
        seat->conn->driver->end(seat->conn);
    }
    release(rows);
}

static weir_status cancelled(weir_rows *rows)
{
    weir_session *s = rows->session;
    bool in_transaction = s->txn == WEIR__TXN_OPEN;
    if (rows->may_write || in_transaction || s->seat->carries_state)
        s->seat->conn->broken = true; /* draining would be all but an end */
    if (rows->may_write)
        return weir__fail(
            &rows->error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING,
            "the call was cancelled before the last row: it may have happened; read the data before repeating it");
    return weir__fail(&rows->error, WEIR_CANCELLED, in_transaction ? WEIR_RETRY_TRANSACTION : WEIR_RETRY_CALL,
                      "the call was cancelled before the last row");
}

static weir_status fetch(weir_rows *rows, bool *row)
{
    weir_session *s = rows->session;
    *row = false;
    if (weir__session_cancelled(s))
        return cancelled(rows);
    weir__conn *conn = s->seat->conn;
    weir_status status = conn->driver->fetch(conn, &rows->answer, rows->cells, row, &rows->error);
    if (status != WEIR_OK)
        status = weir__seat_judge(s, s->seat, status, &rows->error);
    if (rows->answer.page.size && !rows->page.size)
        rows->page = copy_view(&rows->arena, rows->answer.page); /* the answer's ends with its last row */
    s->seat->track.rows += *row;
    rows->given += *row;
    rows->whole = status == WEIR_OK && !*row;
    return status;
}

static weir_status keep_row(weir_rows *rows, kept_row **out)
{
    uint32_t count = rows->answer.column_count;
    kept_row *kept = weir__arena_take(&rows->kept, sizeof *kept + count * sizeof *kept->cells);
    for (uint32_t i = 0; kept && i < count; i++) {
        kept->cells[i] = rows->cells[i];
        if (kept->cells[i].type == WEIR_T_TEXT)
            kept->cells[i].as.p = weir__arena_copy(&rows->kept, rows->cells[i].as.p, rows->cells[i].size);
    }
    if (rows->kept.failed == WEIR_NOMEM)
        return weir__fail_nomem(&rows->error);
    if (rows->kept.failed)
        return weir__fail(&rows->error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                          "the rows take more than %zu bytes (max_bytes, or limits.bytes in "
                          "weir.yaml): read them as a stream",
                          rows->kept.limit);
    *out = kept;
    return WEIR_OK;
}

static weir_status keep_all(weir_rows *rows)
{
    kept_row *kept = NULL, *last = NULL;
    weir_status status;
    bool row;
    while ((status = fetch(rows, &row)) == WEIR_OK && row) {
        if ((status = keep_row(rows, &kept)) != WEIR_OK)
            break;
        *(last ? &last->next : &rows->next_kept) = kept;
        last = kept;
    }
    return status;
}

/* As long as no row was given to the caller, another server may serve the read: the first is fetched while that can be done. */
static weir_status fetch_ahead(weir_rows *rows)
{
    rows->ahead = true;
    return fetch(rows, &rows->ahead_row);
}

weir_status weir__rows_open(weir_session *s, weir_rows *rows, const weir_query_options *options, bool may_write,
                            weir_error *error)
{
    if (rows->answer.column_count == 0)
        return WEIR_OK;
    rows->session = s;
    rows->may_write = may_write;
    s->rows = rows;
    uint64_t configured = s->seat->shard->config->settings.limits.bytes;
    rows->kept.limit = options->max_bytes ? options->max_bytes : configured;
    if (!make_room(rows) || !keep_head(rows))
        fail(rows, weir__fail_nomem(&rows->error));
    else if (options->buffered)
        fail(rows, keep_all(rows));
    else if (s->ahead)
        fail(rows, fetch_ahead(rows));
    if (rows->status == WEIR_OK && !options->buffered)
        return WEIR_OK;
    break_off(rows);
    if (rows->status != WEIR_OK)
        *error = rows->error;
    return rows->status;
}

weir_status weir__rows_tell(weir_rows *rows, const weir_column *columns, uint32_t column_count, const weir__cell *cells,
                            size_t row_count, weir_error *error)
{
    kept_row *kept = NULL, *last = NULL;
    rows->answer.columns = columns;
    rows->answer.column_count = column_count;
    rows->kept.limit = MAX_HEAD_BYTES;
    if (!make_room(rows) || !keep_head(rows))
        return weir__fail_nomem(error);
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < row_count && status == WEIR_OK; i++) {
        for (uint32_t k = 0; k < column_count; k++)
            rows->cells[k] = cells[i * column_count + k];
        if ((status = keep_row(rows, &kept)) != WEIR_OK)
            break;
        *(last ? &last->next : &rows->next_kept) = kept;
        last = kept;
    }
    if (status != WEIR_OK)
        *error = rows->error;
    return status;
}

void weir__rows_orphan(weir_rows *rows)
{
    fail(rows, weir__fail(&rows->error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "the session was closed before the rows were finished"));
    weir__conn *conn = rows->session ? rows->session->seat->conn : NULL;
    if (conn && conn->in_rows)
        conn->driver->end(conn);
    release(rows);
}

static bool next_kept(weir_rows *rows)
{
    kept_row *kept = rows->next_kept;
    if (!kept)
        return false;
    rows->next_kept = kept->next;
    rows->cells = kept->cells;
    return true;
}

bool weir_next(weir_rows *rows)
{
    bool row = false;
    if (!rows || rows->status != WEIR_OK)
        return false;
    if (!rows->session)
        return rows->have_row = next_kept(rows);
    if (weir__client_forked(rows->client)) {
        break_off(rows);
        return false;
    }
    weir_status status = WEIR_OK;
    if (rows->ahead)
        row = rows->ahead_row;
    else
        status = fetch(rows, &row);
    rows->ahead = false;
    if (status == WEIR_OK && row && weir__fault(rows->env, wrong_row_lost))
        status = fetch(rows, &row);
    if (status != WEIR_OK)
        fail(rows, status);
    rows->have_row = row && status == WEIR_OK;
    if (!rows->have_row)
        break_off(rows);
    return rows->have_row;
}

weir_status weir_finish(weir_rows *rows, weir_error *error)
{
    if (!rows)
        return WEIR_OK;
    break_off(rows);
    weir_status status = rows->status;
    if (status != WEIR_OK) {
        atomic_fetch_add_explicit(&rows->client->counters.failures[status], 1, memory_order_relaxed);
        if (error)
            *error = rows->error;
    }
    weir__rows_free(rows);
    return status;
}

weir_result weir_rows_result(const weir_rows *rows)
{
    weir_result none = {0};
    if (!rows)
        return none;
    weir_result result = rows->answer.result;
    result.warnings += rows->warned;
    if (weir__fault(rows->env, wrong_affected))
        result.affected++;
    return result;
}

size_t weir_page_token(const weir_rows *rows, char *buffer, size_t size)
{
    weir_str page = rows && rows->status == WEIR_OK && rows->page.data ? rows->page : (weir_str){NULL, 0};
    if (buffer && size) {
        size_t fits = page.size < size ? page.size : size - 1;
        if (fits)
            memcpy(buffer, page.data, fits);
        buffer[fits] = '\0';
    }
    return page.size;
}

uint32_t weir_missing_count(const weir_rows *rows)
{
    return rows ? rows->answer.missing_count : 0;
}

const weir_error *weir_missing_at(const weir_rows *rows, uint32_t number)
{
    return number < weir_missing_count(rows) ? &rows->answer.missing[number] : NULL;
}

uint32_t weir_column_count(const weir_rows *rows)
{
    return rows ? rows->answer.column_count : 0;
}

weir_column weir_column_at(const weir_rows *rows, uint32_t column)
{
    weir_column none = {.name = {"", 0}, .table = {"", 0}};
    return rows && column < rows->answer.column_count ? rows->answer.columns[column] : none;
}

int32_t weir_column_find(const weir_rows *rows, const char *name)
{
    int32_t found = -1;
    for (uint32_t i = 0; name && i < weir_column_count(rows); i++) {
        if (!weir__str_is_nocase(rows->answer.columns[i].name, name))
            continue;
        if (found >= 0)
            return -1;
        found = (int32_t)i;
    }
    return found;
}

/* ---- getters ---- */

/* The current row's cell; NULL, with the reason latched, when there is none. */
static const weir__cell *cell_at(weir_rows *rows, uint32_t column)
{
    if (!rows || rows->status != WEIR_OK)
        return NULL;
    if (rows->have_row && column < rows->answer.column_count)
        return &rows->cells[column];
    if (rows->have_row)
        fail(rows,
             weir__fail(&rows->error, WEIR_USAGE, WEIR_RETRY_NEVER,
                        "column %" PRIu32 " of %" PRIu32 " (they count from 0)", column, rows->answer.column_count));
    else
        fail(rows, weir__fail(&rows->error, WEIR_USAGE, WEIR_RETRY_NEVER,
                              "a value was asked for without a row: call weir_next first"));
    return NULL;
}

static void misfit(weir_rows *rows, uint32_t column, const weir__cell *cell, const char *wanted)
{
    char scratch[WEIR__NUMBER_TEXT];
    weir_str text = weir__value_text(cell, scratch);
    weir_str name = rows->answer.columns[column].name;
    fail(rows, weir__fail(&rows->error, WEIR_TYPE, WEIR_RETRY_NEVER,
                          "column %.*s: '%.*s%s' is no %s exactly; weir_get_text reads any value",
                          (int)(name.size > 64 ? 64 : name.size), name.data, (int)(text.size > 40 ? 40 : text.size),
                          text.data, text.size > 40 ? ".." : "", wanted));
}

bool weir_is_null(const weir_rows *rows, uint32_t column)
{
    bool there = rows && rows->status == WEIR_OK && rows->have_row && column < rows->answer.column_count;
    return !there || rows->cells[column].type == WEIR_T_NULL;
}

int64_t weir_get_int(weir_rows *rows, uint32_t column)
{
    int64_t value = 0;
    const weir__cell *cell = cell_at(rows, column);
    if (!cell || cell->type == WEIR_T_NULL)
        return 0;
    if (weir__value_int(cell, rows->answer.columns[column].type, &value))
        return value;
    misfit(rows, column, cell, "64-bit integer");
    return 0;
}

uint64_t weir_get_uint(weir_rows *rows, uint32_t column)
{
    uint64_t value = 0;
    const weir__cell *cell = cell_at(rows, column);
    if (!cell || cell->type == WEIR_T_NULL)
        return 0;
    if (weir__value_uint(cell, rows->answer.columns[column].type, &value))
        return value;
    misfit(rows, column, cell, "unsigned 64-bit integer");
    return 0;
}

double weir_get_double(weir_rows *rows, uint32_t column)
{
    double value = 0;
    const weir__cell *cell = cell_at(rows, column);
    if (!cell || cell->type == WEIR_T_NULL)
        return 0;
    if (weir__value_double(cell, rows->answer.columns[column].type, &value))
        return value;
    misfit(rows, column, cell, "double");
    return 0;
}

weir_str weir_get_text(weir_rows *rows, uint32_t column)
{
    const weir__cell *cell = cell_at(rows, column);
    weir_str none = {NULL, 0};
    if (cell && cell->type == WEIR_T_NULL && weir__fault(rows->env, wrong_null_read))
        return (weir_str){"", 0};
    return cell ? weir__value_text(cell, rows->room->prints[column]) : none;
}

weir_time weir_get_time(weir_rows *rows, uint32_t column)
{
    weir_time value = {0};
    const weir__cell *cell = cell_at(rows, column);
    if (!cell || cell->type == WEIR_T_NULL)
        return value;
    if (!weir__value_time(cell, &value)) {
        misfit(rows, column, cell, "date or time");
        memset(&value, 0, sizeof value);
    }
    return value;
}
