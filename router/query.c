/* query.c - THE PATH: what happens to a statement, stage by stage. SPDX-License-Identifier: Apache-2.0
 * Read this first. Stages do not call each other; this file alone calls them, in the
 * order of the table path. */
#include "router/query.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"

enum { LOG_TEXT = 4096 };

/* What the call itself must get right. */
static weir_status accept(weir__statement *q)
{
    const weir__settings *settings = &q->session->shard->config->settings;
    if (!q->sql.data)
        return weir__fail(q->error, WEIR_USAGE, WEIR_RETRY_NEVER, "the statement is NULL");
    if (q->args.count && !q->args.values)
        return weir__fail(q->error, WEIR_USAGE, WEIR_RETRY_NEVER, "args.values is NULL, args.count is %zu",
                          q->args.count);
    if (q->args.count > WEIR__MAX_PARAMETERS)
        return weir__fail(q->error, WEIR_LIMIT, WEIR_RETRY_NEVER, "%zu values; a statement takes at most %d",
                          q->args.count, WEIR__MAX_PARAMETERS);
    if (q->sql.size > settings->limits.statement)
        return weir__fail(q->error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                          "the statement has %zu bytes; limits.statement in weir.yaml allows %" PRIu64, q->sql.size,
                          settings->limits.statement);
    return WEIR_OK;
}

static weir_status connect_to_primary(weir__statement *q)
{
    q->kept = q->session->conn != NULL;
    return weir__session_connect(q->session, q->deadline, q->error);
}

/* Of SET STATEMENT the server tells the value that it then sets back. */
static weir_status renew_sql_mode(weir__statement *q)
{
    static const char sql[] = "SELECT @@sql_mode";
    weir__conn *conn = q->session->conn;
    weir__command command = {.sql = {sql, sizeof sql - 1}};
    weir__answer answer;
    weir__cell cell;
    bool row = false;
    conn->deadline = q->deadline;
    weir_status status = conn->driver->run(conn, &command, &answer, q->error);
    if (status == WEIR_OK)
        status = conn->driver->fetch(conn, &answer, &cell, &row, q->error);
    if (status == WEIR_OK && row)
        snprintf(conn->sql_mode, sizeof conn->sql_mode, "%.*s", (int)cell.size, (const char *)cell.as.p);
    if (status == WEIR_OK)
        conn->driver->end(conn);
    conn->sql_mode_doubtful = false;
    return status;
}

static const weir__sql_effects *effects_of(const weir__statement *q)
{
    return &q->lookup.plan->effects;
}

static weir__lex_options reading_of(weir__conn *conn)
{
    if (!conn->sql_mode_read) {
        conn->sql_mode_bits = weir__sql_mode_of(weir__view(conn->sql_mode));
        conn->sql_mode_read = true;
    }
    weir__lex_options options = {conn->sql_mode_bits, conn->mariadb ? WEIR__MARIADB : WEIR__MYSQL, conn->version};
    return options;
}

static weir_status fail_at(weir__statement *q, weir_status status, uint32_t at, const char *text)
{
    weir__fail(q->error, status, WEIR_RETRY_NEVER, "%s at byte %" PRIu32, text, at);
    q->error->sql_offset = at;
    return status;
}

/* What the text says of itself, read as the server will read it (its sql_mode and version decide). */
static weir_status understand(weir__statement *q)
{
    weir_session *s = q->session;
    weir__plan_context context = {.scope = weir__session_scope(s)};
    if (s->conn->sql_mode_doubtful && !s->conn->sql_mode_read) {
        weir_status status = renew_sql_mode(q);
        if (status != WEIR_OK)
            return status;
    }
    q->reading = reading_of(s->conn);
    context.reading = q->reading;
    weir_status status = weir__plan_take(s->client->plans, q->sql, &context, &q->lookup, q->error);
    if (status != WEIR_OK)
        return status;
    const weir__sql_effects *e = effects_of(q);
    if (e->unclosed)
        return fail_at(q, WEIR_SYNTAX, e->bad_at, "a string, name or comment has no end; it begins");
    if (e->verb == WEIR__VERB_EMPTY)
        return weir__fail(q->error, WEIR_SYNTAX, WEIR_RETRY_NEVER, "there is no statement in the text");
    if (e->more_than_one)
        return fail_at(q, WEIR_USAGE, e->second_at, "one statement a call: another one begins");
    return WEIR_OK;
}

/* May the session run it now? Statements share connections: what speaks of the connection's past is
 * refused unless the session holds one of its own, and a transaction that the caller began by
 * weir_begin is not to end behind its back. */
static weir_status admit(weir__statement *q)
{
    weir_session *s = q->session;
    const weir__sql_effects *e = effects_of(q);
    if (s->txn == WEIR__TXN_ABORTED && e->verb != WEIR__VERB_ROLLBACK)
        return weir__fail(q->error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION,
                          "the transaction was rolled back by an earlier failure: roll back, then "
                          "run it again from its beginning");
    if (s->txn == WEIR__TXN_ENDED && e->verb != WEIR__VERB_ROLLBACK)
        return weir__session_ended(q->error);
    bool ends = e->verb == WEIR__VERB_DDL || e->verb == WEIR__VERB_LOCK || e->verb == WEIR__VERB_BEGIN;
    if (s->txn == WEIR__TXN_OPEN && s->by_call && ends)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "this statement would commit the transaction that weir_begin began: run it outside");
    if (e->verb == WEIR__VERB_SET) {
        if (weir__sql_sets_charset(q->sql, &q->reading))
            return weir__fail(
                q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                "text is UTF-8 in weir: a connection stays at utf8mb4; CONVERT(x USING ..) makes other bytes");
    }
    if (e->reads_session && !q->kept)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "it asks about the connection's previous statement, and outside "
                          "transactions statements share connections: "
                          "use weir_result, or ask within the transaction");
    if (e->reads_insert_id && !s->has_insert_id)
        return weir__fail(
            q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
            "LAST_INSERT_ID() would tell of another session's insert: this one has made none since it holds its "
            "connection; give the insert_id of weir_result as a value");
    return WEIR_OK;
}

/* May LAST_INSERT_ID() have changed by it? */
static bool leaves_insert_id(const weir__sql_effects *e, const weir_result *result)
{
    return result->insert_id != 0 || e->returning || e->changes_session || e->verb == WEIR__VERB_CALL ||
           e->verb == WEIR__VERB_OTHER;
}

/* May the connection differ from others after it? CALL may do anything, what is not known too; SET TRANSACTION waits for the next
 * transaction. */
static bool leaves_state(const weir__sql_effects *e)
{
    if (e->changes_session || e->user_variable || e->chains)
        return true;
    return e->verb == WEIR__VERB_SET || e->verb == WEIR__VERB_CALL || e->verb == WEIR__VERB_OTHER;
}

/* Is it undone whole when it fails? What holds statements, or more than rows, may have done a part. */
static bool is_atomic(weir__verb verb)
{
    switch (verb) {
    case WEIR__VERB_SELECT:
    case WEIR__VERB_INSERT:
    case WEIR__VERB_REPLACE:
    case WEIR__VERB_UPDATE:
    case WEIR__VERB_DELETE:
    case WEIR__VERB_SAVEPOINT:
    case WEIR__VERB_SHOW:
    case WEIR__VERB_EXPLAIN:
        return true;
    default:
        return false;
    }
}

/* May it have taken effect although no answer came? Not a read, nor what dies with its transaction. */
static bool may_have_happened(const weir__statement *q)
{
    if (!effects_of(q)->may_write)
        return false;
    switch (effects_of(q)->verb) {
    case WEIR__VERB_SELECT:
    case WEIR__VERB_INSERT:
    case WEIR__VERB_REPLACE:
    case WEIR__VERB_UPDATE:
    case WEIR__VERB_DELETE:
    case WEIR__VERB_SAVEPOINT:
    case WEIR__VERB_ROLLBACK:
        return q->session->txn != WEIR__TXN_OPEN;
    default:
        return true;
    }
}

static weir_status execute(weir__statement *q)
{
    weir_session *s = q->session;
    if (weir__session_cancelled(s))
        return weir__fail(q->error, WEIR_CANCELLED, WEIR_RETRY_CALL,
                          "the call was cancelled before the statement was sent");
    /* Sent now, a write would be UNKNOWN for nothing. */
    if (weir__now(&s->client->env.clock) >= q->deadline)
        return weir__fail(q->error, WEIR_TIMEOUT, s->txn == WEIR__TXN_OPEN ? WEIR_RETRY_TRANSACTION : WEIR_RETRY_CALL,
                          "the deadline passed before the statement was sent");
    weir__command command = {
        .sql = q->sql,
        .args = q->args,
        .may_write = may_have_happened(q),
    };
    s->conn->deadline = q->deadline;
    bool carried = s->carries_state;
    const weir__sql_effects *e = effects_of(q);
    weir__verb verb = e->verb;
    s->commits = verb == WEIR__VERB_COMMIT;
    s->may_end = !s->by_call || verb == WEIR__VERB_COMMIT || verb == WEIR__VERB_ROLLBACK;
    s->atomic = is_atomic(verb) || !e->may_write;
    if (leaves_state(e))
        s->carries_state = true;
    s->conn->sql_mode_doubtful = verb == WEIR__VERB_OTHER;
    weir_status status = s->conn->driver->run(s->conn, &command, weir__rows_answer(q->rows), q->error);
    if (status == WEIR_SYNTAX && verb == WEIR__VERB_OTHER)
        s->carries_state = carried; /* not even the server knows it: nothing ran */
    if (status == WEIR_OK)
        s->has_insert_id |= leaves_insert_id(effects_of(q), &weir__rows_answer(q->rows)->result);
    status = weir__session_judge(s, status, q->error);
    if (status == WEIR_OK)
        status = weir__rows_open(s, q->rows, &q->options, command.may_write, q->error);
    return status;
}

static const struct {
    const char *name;
    weir__stage *run;
} path[] = {
    {"accept", accept},   {"connect", connect_to_primary}, {"understand", understand}, {"admit", admit},
    {"execute", execute},
};

static void count(weir_client *client, weir_status status)
{
    atomic_fetch_add_explicit(&client->counters.statements, 1, memory_order_relaxed);
    if (status != WEIR_OK)
        atomic_fetch_add_explicit(&client->counters.failures[status], 1, memory_order_relaxed);
}

static uint64_t fingerprint_for_logs(const weir__statement *q)
{
    char text[LOG_TEXT];
    weir__fingerprint print;
    const weir__fingerprint_room room = {.text = text, .bytes = sizeof text};
    weir__fingerprint_of(q->sql, &q->reading, WEIR__FINGERPRINT_LOG, &room, &print);
    return print.hash;
}

static weir_status run(weir__statement *q)
{
    weir_session *s = q->session;
    q->lookup.plan = NULL;
    q->lookup.entry = NULL;
    q->rows = NULL;
    weir_status status = weir__rows_new(s, &q->rows, q->error);
    if (status != WEIR_OK)
        return status;
    q->deadline = weir__session_deadline(s, q->options.timeout_ms);
    weir__session_running(s);
    for (size_t i = 0; i < sizeof path / sizeof *path && status == WEIR_OK; i++)
        status = path[i].run(q);
    if (status != WEIR_OK) {
        weir__rows_free(q->rows);
        q->rows = NULL;
    }
    if (status == WEIR_OK && s->txn != WEIR__TXN_OPEN && effects_of(q)->verb == WEIR__VERB_ROLLBACK)
        s->txn = WEIR__TXN_NONE;
    if (status != WEIR_OK && q->lookup.plan)
        q->error->fingerprint = fingerprint_for_logs(q);
    weir__plan_give(&q->lookup);
    if (!s->rows)
        weir__session_over(s, status);
    count(s->client, status);
    return status;
}

weir_status weir_query_with(weir_session *session, const weir_query_options *options, weir_str sql, weir_args args,
                            weir_rows **rows, weir_error *error)
{
    static const weir_query_options defaults = WEIR_QUERY_OPTIONS_INIT;
    weir_error local;
    error = error ? error : &local;
    if (rows)
        *rows = NULL;
    weir_status status = weir__session_ready(session, "weir_query", error);
    if (status != WEIR_OK)
        return status;
    if (!rows)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_query: rows is NULL; weir_execute drops rows");
    if (options && options->size != sizeof *options)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "weir_query_with: options.size is %zu: begin with WEIR_QUERY_OPTIONS_INIT", options->size);
    weir__statement q; /* not cleared in whole: the lookup is large */
    q.session = session;
    q.options = options ? *options : defaults;
    q.sql = sql;
    q.args = args;
    q.error = error;
    status = run(&q);
    *rows = q.rows;
    return status;
}

weir_status weir_query(weir_session *session, const char *sql, weir_args args, weir_rows **rows, weir_error *error)
{
    return weir_query_with(session, NULL, (weir_str){sql, sql ? strlen(sql) : 0}, args, rows, error);
}

weir_status weir_execute(weir_session *session, const char *sql, weir_args args, weir_result *result, weir_error *error)
{
    weir_rows *rows = NULL;
    weir_status status = weir_query(session, sql, args, &rows, error);
    if (status != WEIR_OK)
        return status;
    while (weir_next(rows))
        ;
    if (result)
        *result = weir_rows_result(rows);
    return weir_finish(rows, error);
}
