/* write.c - see write.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/exec/write.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "router/value.h"
#include "router/whole.h"

enum { MOST_SEATS = 64, SQL = 64 };

typedef struct work {
    weir__write *w;
    weir__deadline deadline;
    uint32_t failed_row; /* of the user's rows the first that was refused, and why */
    weir_error failure;
} work;

static weir__write_target *target_of(const weir__write *w, const weir__seat *seat)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->targets[i].seat == seat)
            return &w->targets[i];
    return NULL;
}

/* ---- steps, each on one seat ---- */

/* What time is it there? */
static weir_status ask_time(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    static const char sql[] = "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) AS CHAR)";
    const weir__command command = {.sql = {sql, sizeof sql - 1}};
    work *k = context;
    weir__conn *conn = seat->conn;
    weir__answer answer;
    weir__cell cell;
    bool row = false;
    (void)s;
    conn->deadline = k->deadline;
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status == WEIR_OK)
        status = conn->driver->fetch(conn, &answer, &cell, &row, error);
    if (status == WEIR_OK && row && cell.type == WEIR_T_TEXT)
        snprintf(k->w->time, sizeof k->w->time, "%.*s", (int)cell.size, (const char *)cell.as.p);
    if (status == WEIR_OK)
        conn->driver->end(conn);
    return status;
}

/* One number. */
static weir_status ask(const work *k, weir__conn *conn, const char *sql, uint64_t *number, weir_error *error)
{
    const weir__command command = {.sql = {sql, strlen(sql)}};
    weir__answer answer;
    weir__cell cell;
    bool row = false;
    conn->deadline = k->deadline;
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status == WEIR_OK && answer.column_count)
        status = conn->driver->fetch(conn, &answer, &cell, &row, error);
    if (row && !weir__value_uint(&cell, answer.columns[0].type, number))
        *number = 0;
    if (conn->in_rows && !conn->broken)
        conn->driver->end(conn);
    return status;
}

/* One server tells of the first row that it cannot take. MariaDB knows which one that was here. */
static void note_failure(work *k, weir__conn *conn, const weir__write_text *text, const weir_error *error)
{
    uint64_t number = 0, nothing;
    weir_error ignored;
    if (!text->rows || !conn->mariadb ||
        ask(k, conn, "GET DIAGNOSTICS CONDITION 1 @weir_row = ROW_NUMBER", &nothing, &ignored) != WEIR_OK ||
        ask(k, conn, "SELECT CAST(@weir_row AS UNSIGNED)", &number, &ignored) != WEIR_OK)
        return;
    if (number < 1 || number > text->row_count || text->rows[number - 1] >= k->failed_row)
        return;
    k->failed_row = text->rows[number - 1];
    k->failure = *error;
}

/* A row that the server refuses leaves the others to be tried: one of theirs may stand before it in the statement. */
static weir_status run_texts(work *k, weir__seat *seat, weir__write_target *target, weir_error *error)
{
    weir__conn *conn = seat->conn;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < target->text_count; i++) {
        weir__write_text *text = &target->texts[i];
        const weir__command command = {.sql = text->sql, .args = text->args, .keep = k->w->keep};
        weir__answer answer = {.column_count = 0};
        weir_error why;
        conn->deadline = k->deadline;
        weir_status one = conn->driver->run(conn, &command, &answer, &why);
        text->result = answer.result;
        conn->insert_id_unknown |= answer.result.insert_id != 0;
        if (one == WEIR_OK)
            continue;
        if (status == WEIR_OK || one != WEIR_SERVER)
            *error = why;
        status = status == WEIR_OK || one != WEIR_SERVER ? one : status;
        if (one != WEIR_SERVER || conn->broken || !conn->in_transaction)
            break;
        note_failure(k, conn, text, &why);
    }
    return status;
}

/* The connection is others' afterwards: it must not stay at that time. */
static weir_status run_target(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    work *k = context;
    weir__write_target *target = target_of(k->w, seat);
    char sql[SQL];
    weir_error ignored;
    (void)s;
    if (!k->w->time[0])
        return run_texts(k, seat, target, error);
    snprintf(sql, sizeof sql, "SET timestamp = %s", k->w->time);
    weir_status status = weir__seat_command(seat, sql, false, k->deadline, error);
    if (status != WEIR_OK)
        return status;
    status = run_texts(k, seat, target, error);
    if (!seat->conn->broken &&
        weir__seat_command(seat, "SET timestamp = DEFAULT", false, k->deadline, &ignored) != WEIR_OK)
        seat->conn->broken = true;
    if (status == WEIR_OK && seat->conn->broken) {
        *error = ignored;
        return error->status;
    }
    return status;
}

/* ---- the whole ---- */

static weir_status join_all(weir__whole *whole, weir__write *w, bool *again, weir_error *error)
{
    for (size_t i = 0; i < w->count; i++) {
        weir_status status = weir__whole_join(whole, w->targets[i].seat, w->targets[i].server, error);
        if (status != WEIR_OK)
            return status;
        weir__lex_options reading = weir__dialect_of(w->targets[i].seat->conn);
        if (weir__dialect_pack(&reading) == weir__dialect_pack(&w->reading))
            continue;
        *again = true;
        w->reading = reading;
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_CALL,
                          "the servers of database '%s' read SQL in different ways: give them the same sql_mode "
                          "(`weir check --live` compares them)",
                          whole->session->database->config->name);
    }
    return WEIR_OK;
}

static weir_result sum_of(const weir__write_target *target)
{
    weir_result sum = {.shards = 1};
    for (size_t i = 0; i < target->text_count; i++) {
        sum.affected += target->texts[i].result.affected;
        sum.warnings += target->texts[i].result.warnings;
    }
    return sum;
}

/* Copies that differ would differ more with each write. */
static weir_status compare_copies(const weir__write *w, weir_error *error)
{
    weir_result first = sum_of(&w->targets[0]);
    for (size_t i = 1; i < w->count; i++) {
        weir_result other = sum_of(&w->targets[i]);
        if (other.affected != first.affected)
            return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                              "the copies of the table differ: %" PRIu64 " rows would change on shard %s and %" PRIu64
                              " on %s; nothing was changed: make the copies alike first",
                              first.affected, w->targets[0].seat->shard->config->name, other.affected,
                              w->targets[i].seat->shard->config->name);
    }
    return WEIR_OK;
}

static weir_status run_rounds(weir__whole *whole, work *k, weir__seat *const *seats, weir_error *error)
{
    const weir__write *w = k->w;
    weir_status status = WEIR_OK;
    if (w->tells_time)
        status = weir__whole_run(whole, seats, 1, ask_time, k, error);
    size_t done = w->alike ? 1 : 0;
    if (status == WEIR_OK && w->alike)
        status = weir__whole_run(whole, seats, 1, run_target, k, error);
    if (status == WEIR_OK && done < w->count)
        status = weir__whole_run(whole, seats + done, w->count - done, run_target, k, error);
    if (status == WEIR_SERVER && k->failed_row != UINT32_MAX)
        *error = k->failure;
    if (status == WEIR_OK && w->alike)
        status = compare_copies(w, error);
    return status;
}

static void sum_up(const weir__write *w, weir_result *result)
{
    *result = (weir_result){.shards = (uint32_t)w->count};
    for (size_t i = 0; i < w->count && (i == 0 || !w->alike); i++) {
        weir_result one = sum_of(&w->targets[i]);
        result->affected += one.affected;
        result->warnings += one.warnings;
    }
    if (w->last)
        result->insert_id = w->last->result.insert_id;
}

weir_status weir__write_run(weir_session *s, weir__write *w, weir__deadline deadline, weir_result *result, bool *again,
                            weir_error *error)
{
    weir__whole whole;
    work k = {.w = w, .deadline = deadline, .failed_row = UINT32_MAX};
    *again = false;
    weir__seat **seats = weir__array(&s->client->env.mem, w->count, sizeof *seats);
    if (!seats)
        return weir__fail_nomem(error);
    for (size_t i = 0; i < w->count; i++)
        seats[i] = w->targets[i].seat;
    weir_status status = weir__whole_begin(&whole, s, deadline, error);
    if (status == WEIR_OK) {
        status = join_all(&whole, w, again, error);
        if (status == WEIR_OK)
            status = run_rounds(&whole, &k, seats, error);
        status = weir__whole_end(&whole, status, error);
    }
    weir__free(&s->client->env.mem, seats);
    if (status == WEIR_OK)
        sum_up(w, result);
    return status;
}
