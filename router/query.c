/* query.c - THE PATH: what happens to a statement, stage by stage. SPDX-License-Identifier: Apache-2.0
 * Read this first. Stages do not call each other; this file alone calls them, in the
 * order of the table path. */
#include "router/query.h"
#include "router/rw_split.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"
#include "router/aim.h"
#include "router/catalog_ask.h"
#include "router/lift_plan.h"
#include "router/delimit.h"
#include "router/exec/define.h"
#include "router/exec/move.h"
#include "router/exec/scatter.h"
#include "router/exec/write.h"
#include "router/finish.h"

enum { LOG_TEXT = 4096, MOST_READINGS = 4, AT_ONCE_MS = 1000 };

/* What the call itself must get right. */
static weir_status accept(weir__statement *q)
{
    const weir__settings *settings = q->session->database->settings;
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

/* Of SET STATEMENT the server tells the value that it then sets back. */
static weir_status renew_sql_mode(weir__statement *q, weir__conn *conn)
{
    static const char sql[] = "SELECT @@sql_mode";
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

static weir_status fail_at(weir__statement *q, weir_status status, uint32_t at, const char *text)
{
    weir__fail(q->error, status, WEIR_RETRY_NEVER, "%s at byte %" PRIu32, text, at);
    q->error->sql_offset = at;
    return status;
}

static weir_status read_dialect(weir__statement *q, weir__conn *conn)
{
    if (conn->sql_mode_doubtful && !conn->sql_mode_read) {
        weir_status status = renew_sql_mode(q, conn);
        if (status != WEIR_OK)
            return status;
    }
    q->reading = weir__dialect_of(conn);
    return WEIR_OK;
}

/* A session that has set sql_mode reads in its own way. */
static void remember_dialect(weir_session *s, uint64_t dialect)
{
    if (weir__settings_get(s->settings, WEIR__SETTING_sql_mode))
        s->dialect = dialect;
    else
        atomic_store(&s->database->dialect, dialect);
}

/* No server of the database has been asked yet how it reads text: the first shard that answers tells. Its connection stays, most
 * likely the statement goes there. */
static weir_status learn_dialect(weir__statement *q)
{
    weir_session *s = q->session;
    weir__database *database = s->database;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < database->shard_count; i++) {
        weir__seat *seat = weir__session_seat(s, &database->shards[i]);
        if (!seat)
            return weir__fail_nomem(q->error);
        for (size_t k = 0; k < seat->shard->server_count; k++) {
            status = weir__session_connect(s, seat, seat->shard->servers[k], q->deadline, q->error);
            if (status != WEIR_UNREACHABLE)
                break;
        }
        if (status == WEIR_OK) {
            q->seat = seat;
            status = read_dialect(q, seat->conn);
        }
        if (status == WEIR_OK || status == WEIR_TIMEOUT || status == WEIR_CANCELLED)
            break;
    }
    if (status == WEIR_OK)
        remember_dialect(s, weir__dialect_pack(&q->reading));
    return status;
}

/* How will the server read the text? The connection that the session keeps tells, else what is known of the database. */
static weir_status choose_reading(weir__statement *q)
{
    weir__seat *seat = q->seat ? q->seat : weir__session_kept(q->session);
    if (seat && seat->conn)
        return read_dialect(q, seat->conn);
    uint64_t dialect = q->session->dialect;
    if (!dialect && !weir__settings_get(q->session->settings, WEIR__SETTING_sql_mode))
        dialect = atomic_load_explicit(&q->session->database->dialect, memory_order_relaxed);
    if (!dialect)
        return learn_dialect(q);
    q->reading = weir__dialect_unpack(dialect);
    return WEIR_OK;
}

/* What the text says of itself, read as the server will read it (its sql_mode and version decide). */
static weir_status understand(weir__statement *q)
{
    weir_session *s = q->session;
    weir__plan_context context = {.scope = weir__session_scope(s)};
    weir_status status = choose_reading(q);
    if (status != WEIR_OK)
        return status;
    context.reading = q->reading;
    context.tables = weir__catalog_changes(s->client->catalog);
    status = weir__plan_take(s->client->plans, q->sql, &context, &q->lookup, q->error);
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

/* May the connection differ from others after it? CALL may do anything, what is not known too; SET TRANSACTION waits for the next
 * transaction. */
static bool leaves_state(const weir__sql_effects *e)
{
    if (e->changes_session || e->user_variable || e->chains)
        return true;
    return e->verb == WEIR__VERB_SET || e->verb == WEIR__VERB_CALL || e->verb == WEIR__VERB_OTHER;
}

/* May the session run it now? A transaction that the caller began by weir_begin is not to end behind its back; what speaks of the
 * statements before is answered from the session's own (past.h). */
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
        weir__set_look(q);
    }
    if (e->system_variable && s->autocommit_off && weir__str_has_nocase(q->sql, "autocommit"))
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "session_state: autocommit is off for this session, which its servers do not know");
    return weir__past_admit(q);
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
    if (!effects_of(q)->may_write || q->set)
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

static bool delimits(weir__verb verb)
{
    return verb == WEIR__VERB_BEGIN || verb == WEIR__VERB_COMMIT || verb == WEIR__VERB_ROLLBACK;
}

static weir_status route_over_shards(weir__statement *q, weir__shard **shard)
{
    weir_session *s = q->session;
    bool opened;
    weir_status status = weir__delimit(q);
    if (status != WEIR_OK || q->done)
        return status;
    if (q->set && s->txn == WEIR__TXN_NONE && !q->kept)
        return WEIR_OK; /* a shard says whether it may be; the others get it when they are used */
    status = weir__delimit_open(q, &opened);
    if (status == WEIR_OK)
        status = weir__aim(q, shard);
    if (status != WEIR_OK && opened)
        weir__delimit_close(q);
    return status == WEIR_OK ? weir__delimit_before(q) : status;
}

/* Where does it go? */
static weir_status route(weir__statement *q)
{
    weir_session *s = q->session;
    weir__shard *shard = &s->database->shards[0];
    q->text = q->sql;
    q->values = q->args;
    q->write = NULL;
    q->move = NULL;
    weir_status status = s->database->shard_count > 1 ? route_over_shards(q, &shard) : weir__aim(q, &shard);
    if (status != WEIR_OK || q->done)
        return status;
    if (q->write || q->move)
        return WEIR_OK;
    if (weir__scatter_is(s)) {
        q->seat = s->seat;
        q->server = NULL;
        return WEIR_OK;
    }
    weir__seat *seat = weir__session_seat(s, shard);
    if (!seat)
        return weir__fail_nomem(q->error);
    if (q->seat && q->seat != seat)
        weir__session_leave(s);
    q->seat = seat;
    return weir__statement_server(q);
}

/* The session's transaction, where it has not begun yet. */
static weir_status begin_there(weir__statement *q)
{
    weir_session *s = q->session;
    if (!s->begin.sql || q->seat->conn->in_transaction)
        return WEIR_OK;
    weir__session_take_part(s, q->seat);
    return weir__seat_begin(s, q->seat, q->deadline, q->error);
}

/* Gets the connection, sees whether it reads the text as it was understood, and begins the transaction there. */
static weir_status connect_there(weir__statement *q)
{
    weir_session *s = q->session;
    const weir__lex_options understood = q->reading;
    if (q->write || q->move)
        return WEIR_OK; /* its run takes what it needs */
    weir_status status = weir__scatter_is(s) ? weir__scatter_connect(s, q->deadline, q->error)
                                             : weir__session_connect(s, q->seat, q->server, q->deadline, q->error);
    if (status == WEIR_OK)
        status = read_dialect(q, q->seat->conn);
    if (status != WEIR_OK)
        return status;
    uint64_t dialect = weir__dialect_pack(&q->reading);
    if (dialect == weir__dialect_pack(&understood))
        return begin_there(q);
    if (++q->readings > MOST_READINGS)
        return weir__fail(q->error, WEIR_CONFIG, WEIR_RETRY_CALL,
                          "the servers of database '%s' read SQL in different ways: give them the same sql_mode "
                          "(`weir check --live` compares them)",
                          s->database->config->name);
    if (!q->kept)
        remember_dialect(s, dialect);
    q->again = true;
    return WEIR_OK;
}

bool weir__statement_locks(const weir_session *s, const weir__sql_effects *e)
{
    return e->locking_read || (s->begin.level && strstr(s->begin.level, "SERIALIZABLE"));
}

/* What COMMIT will have to know of the seat. */
static void note_touch(const weir_session *s, weir__seat *seat, const weir__sql_effects *e)
{
    seat->wrote |= e->may_write && !delimits(e->verb) && e->verb != WEIR__VERB_SAVEPOINT;
    seat->locks |= weir__statement_locks(s, e);
}

/* A read that leaves nothing behind, however often it runs. */
static bool may_run_twice(const weir__sql_effects *e)
{
    return e->verb == WEIR__VERB_SELECT && !e->may_write && !e->user_variable && !e->reads_session && !e->into;
}

/* Prepared, does it mean the same the next time, in another session too? Not where this one has set something on the connection, nor
 * what speaks of the session itself. */
static bool may_be_kept(const weir__statement *q)
{
    const weir__sql_effects *e = effects_of(q);
    if (q->seat->carries_state || q->session->settings || leaves_state(e) || e->reads_session || e->system_variable ||
        q->answered || e->into || e->returning)
        return false;
    switch (e->verb) {
    case WEIR__VERB_SELECT:
    case WEIR__VERB_INSERT:
    case WEIR__VERB_REPLACE:
    case WEIR__VERB_UPDATE:
    case WEIR__VERB_DELETE:
        return true;
    default:
        return false;
    }
}

/* What the reply's kind says of a write, for the session's floor. */
static void note_reply(weir__statement *q)
{
    const weir__sql_effects *e = effects_of(q);
    const weir__answer *answer = weir__rows_answer(q->rows);
    weir__track *track = &q->seat->track;
    if (e->verb == WEIR__VERB_ROLLBACK)
        track->may_write = track->changed = false;
    if (!e->may_write)
        return;
    track->no_packet = answer->column_count > 0 || e->verb == WEIR__VERB_CALL || e->verb == WEIR__VERB_OTHER;
    track->returns = e->returning;
    track->changed |= answer->column_count == 0 && answer->result.affected > 0;
}

/* A connection of the pool turned out broken under a statement of which nothing can have happened (a read, or it was not even sent):
 * once more, on another. Not where the session's own past goes with it; nor where it had run for a while, or the server itself says
 * that it broke it: a KILL is meant, and what brought a server down is not to be sent to the next. */
static bool may_go_elsewhere(const weir__statement *q, weir_status status, uint64_t sent_ns)
{
    const weir_session *s = q->session;
    return status == WEIR_UNREACHABLE && q->seat->conn->broken && q->error->server_errno == 0 && !q->elsewhere &&
           !q->kept && s->txn == WEIR__TXN_NONE && !s->begin.sql && !q->seat->carries_state &&
           !weir__session_cancelled(q->session) &&
           weir__now(&s->client->env.clock) - sent_ns < AT_ONCE_MS * UINT64_C(1000000);
}

static void go_elsewhere(weir__statement *q)
{
    weir__session_leave(q->session);
    atomic_fetch_add_explicit(&q->session->client->counters.again, 1, memory_order_relaxed);
    q->elsewhere = q->again = true;
}

/* The first id that weir made is the first that the server would have given: but where no row was put in (IGNORE), or one that was
 * there was changed instead (ON DUPLICATE KEY UPDATE). */
static void tell_id(const weir__statement *q, weir_result *result)
{
    const weir__plan_insert *insert = q->lookup.plan->insert;
    bool perhaps = insert && (insert->ignore || insert->on_duplicate);
    if (q->first_id && (!perhaps || result->affected == 1))
        result->insert_id = q->first_id;
}

static weir_status not_alike(weir__statement *q, weir_status status)
{
    if (++q->readings > MOST_READINGS)
        return status;
    if (!q->kept)
        remember_dialect(q->session, weir__dialect_pack(&q->write->reading));
    q->again = true;
    return WEIR_OK;
}

static weir_status execute_several(weir__statement *q)
{
    weir_result *result = &weir__rows_answer(q->rows)->result;
    bool again;
    if (effects_of(q)->verb == WEIR__VERB_DDL)
        return weir__define_run(q->session, q->write, q->deadline, result, q->error);
    if (q->move)
        return weir__move_run(q->session, q->move, q->deadline, result, q->error);
    weir_status status = weir__write_run(q->session, q->write, q->deadline, result, &again, q->error);
    if (again)
        return not_alike(q, status);
    if (status == WEIR_OK)
        tell_id(q, result);
    weir__past_wrote(q, status);
    return status;
}

static weir_status execute(weir__statement *q)
{
    weir_session *s = q->session;
    weir__seat *seat = q->seat;
    if (weir__session_cancelled(s))
        return weir__fail(q->error, WEIR_CANCELLED, WEIR_RETRY_CALL,
                          "the call was cancelled before the statement was sent");
    /* Sent now, a write would be UNKNOWN for nothing. Where the connection came at once, nothing has taken time since the call began. */
    const bool several = q->write || q->move;
    bool at_once = !several && seat->conn->held.since_ns == q->begun_ns;
    uint64_t now = at_once ? q->begun_ns : weir__now(&s->client->env.clock);
    if (now >= q->deadline)
        return weir__fail(q->error, WEIR_TIMEOUT, s->txn == WEIR__TXN_OPEN ? WEIR_RETRY_TRANSACTION : WEIR_RETRY_CALL,
                          "the deadline passed before the statement was sent");
    if (several)
        return execute_several(q);
    weir__conn *conn = seat->conn;
    weir__command command = {
        .sql = q->text,
        .args = q->values,
        .may_write = may_have_happened(q),
        .keep = may_be_kept(q),
        .again = may_run_twice(effects_of(q)),
        .hash = q->text.data == q->sql.data && q->text.size == q->sql.size ? q->lookup.hash : 0,
        .now_ns = now,
    };
    weir__lifted lifted;
    if (command.keep && weir__lift_allowed(q) && weir__lift_make(&q->lookup, q->args, &lifted)) {
        command.lifted = lifted.sql;
        command.lifted_args = lifted.args;
    }
    bool carried = seat->carries_state;
    const weir__sql_effects *e = effects_of(q);
    weir__verb verb = e->verb;
    weir__split_sent(s, seat, q->reads, e->may_write && !delimits(verb));
    s->ahead = !e->may_write && seat->shard->monitor && s->txn == WEIR__TXN_NONE && !seat->carries_state;
    note_touch(s, seat, e);
    s->commits = verb == WEIR__VERB_COMMIT;
    s->may_end = !s->by_call || verb == WEIR__VERB_COMMIT || verb == WEIR__VERB_ROLLBACK;
    s->atomic = is_atomic(verb) || !e->may_write;
    s->may_lock = e->may_write || e->locking_read;
    if (!q->set && leaves_state(e))
        seat->carries_state = true;
    conn->sql_mode_doubtful = verb == WEIR__VERB_OTHER;
    weir_status ready = weir__past_ready(q), status = ready;
    conn->deadline = q->deadline;
    if (ready == WEIR_OK)
        status = q->set ? weir__set_run(q, &command)
                        : conn->driver->run(conn, &command, weir__rows_answer(q->rows), q->error);
    if (status == WEIR_SYNTAX && verb == WEIR__VERB_OTHER)
        seat->carries_state = carried; /* not even the server knows it: nothing ran */
    if (status == WEIR_OK)
        note_reply(q);
    if (status == WEIR_OK && q->first_id)
        tell_id(q, &weir__rows_answer(q->rows)->result);
    status = weir__seat_judge(s, seat, status, q->error);
    if (may_go_elsewhere(q, status, now)) {
        go_elsewhere(q);
        return WEIR_OK;
    }
    if (ready == WEIR_OK)
        weir__past_ran(q, status);
    if (status == WEIR_OK && q->head && (status = weir__finish_head(q)) != WEIR_OK)
        conn->driver->end(conn);
    if (status == WEIR_OK)
        status = weir__rows_open(s, q->rows, &q->options, command.may_write, q->error);
    return status;
}

static const struct {
    const char *name;
    weir__stage *run;
} path[] = {
    {"accept", accept}, {"understand", understand}, {"admit", admit},
    {"route", route},   {"connect", connect_there}, {"execute", execute},
};
enum { UNDERSTAND = 1, ROUTE = 3 };

static void count(weir_client *client, weir_status status)
{
    atomic_fetch_add_explicit(&weir__client_stripe(client)->statements, 1, memory_order_relaxed);
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

/* Statements that took longer than log.slow until their answer began, by their text without values. */
static void tell_slow(const weir__statement *q, weir_status status)
{
    const weir_session *s = q->session;
    char text[LOG_TEXT];
    weir__fingerprint print;
    const weir__fingerprint_room room = {.text = text, .bytes = sizeof text};
    uint64_t slow_ms = s->topology->config->log.slow_ms;
    uint64_t ms = (weir__now(&s->client->env.clock) - q->begun_ns) / 1000000u;
    if (slow_ms == 0 || ms < slow_ms || q->inner || (!q->lookup.plan && !q->apart))
        return;
    weir__fingerprint_of(q->sql, &q->reading, WEIR__FINGERPRINT_LOG, &room, &print);
    weir__logf(&s->client->env.log, WEIR_LOG_WARNING, "slow: %" PRIu64 " ms, %s, at %s: %.*s", ms,
               weir_status_name(status), q->server ? q->server->endpoint.text : "no server", (int)print.size, text);
}

static weir_status walk(weir__statement *q)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < sizeof path / sizeof *path && status == WEIR_OK && !q->done; i++) {
        status = path[i].run(q);
        if (status != WEIR_OK && i >= ROUTE && weir__statement_move(q, status)) {
            status = WEIR_OK;
            i = ROUTE - 1;
        }
        if (!q->again)
            continue;
        q->again = false;
        weir__plan_give(&q->lookup);
        i = UNDERSTAND - 1;
    }
    return status;
}

static weir_status run(weir__statement *q)
{
    weir_session *s = q->session;
    q->lookup.plan = NULL;
    q->lookup.entry = NULL;
    q->rows = NULL;
    q->again = q->done = q->elsewhere = q->read_only = false;
    q->readings = q->moves = 0;
    q->seat = NULL;
    q->set = NULL;
    q->write = NULL;
    q->move = NULL;
    q->first_id = 0;
    q->answered = NULL;
    q->server = NULL;
    q->reads = false;
    weir__arena_init_with(&q->arena, &s->client->env.mem, WEIR__MAX_PLAN_BYTES, q->room, sizeof q->room);
    weir_status status = weir__session_renew(s, q->error);
    if (status == WEIR_OK)
        status = weir__rows_new(s, &q->rows, q->error);
    if (status != WEIR_OK)
        return status;
    q->kept = weir__session_kept(s) != NULL;
    s->seat = NULL;
    s->waiter.purpose = q->sql;
    q->begun_ns = s->waiter.now_ns = weir__now(&s->client->env.clock);
    q->deadline = weir__session_deadline_from(s, q->begun_ns, q->options.timeout_ms);
    weir__session_running(s);
    status = walk(q);
    if (q->done && !weir__rows_answer(q->rows)->column_count)
        weir__past_said(s, status);
    if (!q->apart)
        tell_slow(q, status);
    if (status != WEIR_OK) {
        weir__rows_free(q->rows);
        q->rows = NULL;
    }
    if (status == WEIR_OK && s->txn != WEIR__TXN_OPEN && effects_of(q)->verb == WEIR__VERB_ROLLBACK)
        s->txn = WEIR__TXN_NONE;
    if (q->lookup.plan)
        weir__catalog_notice(s, q->lookup.plan, status, q->error);
    q->read_only = q->lookup.plan && may_run_twice(effects_of(q));
    if (status != WEIR_OK && q->lookup.plan)
        q->error->fingerprint = fingerprint_for_logs(q);
    weir__plan_give(&q->lookup);
    weir__set_forget(q);
    weir__free(&s->client->env.mem, q->answered);
    weir__arena_deinit(&q->arena);
    if (!s->rows)
        weir__session_over(s, status);
    return status;
}

/* The parts name tables that the statement does not: what their failure tells is of the statement's own. */
static void notice_parts(weir__statement *q, weir_status status)
{
    weir_error failed = *q->error;
    weir_status understood = understand(q);
    *q->error = failed;
    if (understood == WEIR_OK)
        weir__catalog_notice(q->session, q->lookup.plan, status, q->error);
    weir__plan_give(&q->lookup);
}

/* A read that a server refused although it may be right: what weir made of it rests on tables that have changed since, as it learnt by
 * the refusal. Once more, within the same deadline. */
static bool is_outdated(weir__statement *q)
{
    uint64_t now_ns = weir__now(&q->session->client->env.clock);
    if (q->inner || q->anew || !q->read_only || !weir__catalog_may_have_changed(q->error) || now_ns >= q->deadline)
        return false;
    uint64_t left_ms = (q->deadline - now_ns) / 1000000u;
    q->options.timeout_ms = left_ms == 0 ? 1 : left_ms < UINT32_MAX ? (uint32_t)left_ms : UINT32_MAX;
    return q->anew = true;
}

/* What cannot be merged is answered in parts. */
static weir_status run_whole(weir__statement *q)
{
    const weir__catalog *catalog = q->session->client->catalog;
    uint64_t changes = weir__catalog_changes(catalog);
    weir_status status = run(q);
    if (q->apart && status == WEIR_UNSUPPORTED) {
        status = weir__finish_answer(q, run_whole);
        if (status == WEIR_SERVER && weir__catalog_may_have_changed(q->error))
            notice_parts(q, status);
        tell_slow(q, status);
        if (status != WEIR_OK)
            q->error->fingerprint = fingerprint_for_logs(q);
    }
    weir__finish_forget(q);
    if (status == WEIR_SERVER && weir__catalog_changes(catalog) != changes && is_outdated(q))
        return run_whole(q);
    if (!q->inner)
        count(q->session->client, status);
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
    if (options && options->size != sizeof *options && options->size != offsetof(weir_query_options, page))
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "weir_query_with: options.size is %zu: begin with WEIR_QUERY_OPTIONS_INIT", options->size);
    weir__statement q; /* not cleared in whole: the lookup is large */
    q.session = session;
    q.options = defaults;
    if (options)
        memcpy(&q.options, options, options->size);
    q.sql = sql;
    q.args = args;
    q.error = error;
    q.apart = NULL;
    q.inner = q.pinned = q.anew = false;
    q.depth = q.head_count = q.warned = 0;
    q.head = NULL;
    status = run_whole(&q);
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
