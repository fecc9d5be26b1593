/* past.c - what each statement leaves behind, by its kind and its reply. SPDX-License-Identifier: Apache-2.0
 * The rules are those of MariaDB, tried statement by statement (docs/past.md). */
#include "router/past.h"

#include <inttypes.h>
#include <stdio.h>

#include "router/query.h"

enum { MOST_MESSAGE_BYTES = 1024 * 1024 };

/* FOUND_ROWS() after a statement; what @@warning_count counts after one that had no warnings. */
enum { FOUND_SAME, FOUND_ROWS, FOUND_ASK, FOUND_LOST };
enum { MESSAGES_STAY, MESSAGES_GO, MESSAGES_PERHAPS };

static const char broke[] = "the connection that could tell is gone";

void weir__past_init(weir__past *p, const weir__mem *mem)
{
    *p = (weir__past){.found_lost = "the session has run no SELECT yet, and a server says anything then"};
    weir__arena_init(&p->arena, mem, MOST_MESSAGE_BYTES);
}

void weir__past_deinit(weir__past *p)
{
    weir__arena_deinit(&p->arena);
}

/* ---- by its kind ---- */

static uint8_t found_after(const weir__plan *plan)
{
    const weir__sql_effects *e = &plan->effects;
    switch (e->verb) {
    case WEIR__VERB_SELECT:
        return e->into ? FOUND_LOST : e->counts_rows ? FOUND_ASK : e->odd_count ? FOUND_LOST : FOUND_ROWS;
    case WEIR__VERB_INSERT:
    case WEIR__VERB_REPLACE:
        return e->selects || e->returning ? FOUND_LOST : FOUND_SAME;
    case WEIR__VERB_UPDATE:
    case WEIR__VERB_DELETE: /* of several tables they count what they find */
        return e->selects || e->returning || !plan->understood || plan->table_count != 1 ? FOUND_LOST : FOUND_SAME;
    case WEIR__VERB_BEGIN:
    case WEIR__VERB_COMMIT:
    case WEIR__VERB_ROLLBACK:
    case WEIR__VERB_SAVEPOINT:
    case WEIR__VERB_USE:
    case WEIR__VERB_XA:
        return FOUND_SAME;
    case WEIR__VERB_SET:
    case WEIR__VERB_DDL:
        return e->selects ? FOUND_LOST : FOUND_SAME;
    default:
        return e->asks & WEIR__ASK_DIAGNOSTICS ? FOUND_SAME : FOUND_LOST;
    }
}

/* A statement that uses no table leaves the messages of the one before, if it has none of its own. */
static uint8_t messages_after(const weir__plan *plan)
{
    const weir__sql_effects *e = &plan->effects;
    switch (e->verb) {
    case WEIR__VERB_SELECT:
        return !plan->understood ? MESSAGES_PERHAPS : plan->table_count ? MESSAGES_GO : MESSAGES_STAY;
    case WEIR__VERB_INSERT:
    case WEIR__VERB_REPLACE:
    case WEIR__VERB_UPDATE:
    case WEIR__VERB_DELETE:
    case WEIR__VERB_LOAD:
        return MESSAGES_GO;
    case WEIR__VERB_BEGIN:
    case WEIR__VERB_COMMIT:
    case WEIR__VERB_ROLLBACK:
    case WEIR__VERB_SAVEPOINT:
    case WEIR__VERB_USE:
    case WEIR__VERB_XA:
        return MESSAGES_STAY;
    case WEIR__VERB_SET:
        return e->selects ? MESSAGES_PERHAPS : MESSAGES_STAY;
    default:
        return e->asks & WEIR__ASK_DIAGNOSTICS ? MESSAGES_STAY : MESSAGES_PERHAPS;
    }
}

bool weir__past_keeps_messages(const weir__plan *plan)
{
    return messages_after(plan) == MESSAGES_STAY;
}

/* Does it run statements that weir does not see, or assign the insert id in a way that no reply tells? */
static bool is_opaque(const weir__statement *q)
{
    const weir__sql_effects *e = &q->lookup.plan->effects;
    switch (e->verb) {
    case WEIR__VERB_SELECT:
    case WEIR__VERB_DELETE:
        return e->sets_insert_id;
    case WEIR__VERB_CALL:
    case WEIR__VERB_PREPARE:
    case WEIR__VERB_LOAD:
    case WEIR__VERB_OTHER:
        return !(e->asks & WEIR__ASK_DIAGNOSTICS);
    case WEIR__VERB_SET:
        return !q->set;
    case WEIR__VERB_DDL:
        return e->selects;
    default:
        return false;
    }
}

static bool is_insert(const weir__statement *q)
{
    weir__verb verb = q->lookup.plan->effects.verb;
    return verb == WEIR__VERB_INSERT || verb == WEIR__VERB_REPLACE;
}

/* Not by its tokens: t (a) of an INSERT looks like a call. */
static bool calls_unknown(const weir__plan *plan)
{
    for (uint32_t i = 0; i < plan->call_count; i++)
        if (plan->calls[i].unknown)
            return true;
    return !plan->understood && plan->effects.unknown_call;
}

/* ---- before it ---- */

/* A function or a procedure can read LAST_INSERT_ID() too; no other session's may be there. */
weir_status weir__past_ready(weir__statement *q)
{
    weir_session *s = q->session;
    weir__past *p = &s->past;
    weir__conn *conn = q->seat->conn;
    char sql[64];
    p->running = false;
    if (!q->seat->server)
        return WEIR_OK; /* several shards: a read, by functions that weir knows */
    weir__verb verb = q->lookup.plan->effects.verb;
    bool reads = calls_unknown(q->lookup.plan) || q->lookup.plan->effects.asks & WEIR__ASK_INSERT_ID ||
                 verb == WEIR__VERB_CALL || verb == WEIR__VERB_PREPARE;
    if (!reads && !is_opaque(q) && !(is_insert(q) && weir__past_is_guarded(q)))
        return WEIR_OK;
    if (p->insert_is == WEIR__UNASKED && p->insert_seat == q->seat)
        return WEIR_OK;
    weir__past_ask_insert_id(s);
    bool lost = p->insert_is == WEIR__LOST; /* any value will do, if only weir knows it */
    if (lost && reads)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "session_state: LAST_INSERT_ID() is not known (%s), and what it calls may read it",
                          p->insert_lost);
    if (!conn->insert_id_unknown && (lost || conn->insert_id == p->insert_id))
        return WEIR_OK;
    uint64_t id = lost ? 0 : p->insert_id;
    snprintf(sql, sizeof sql, "SET last_insert_id=%" PRIu64, id);
    conn->insert_id_unknown = true;
    weir_status status = weir__seat_command(q->seat, sql, false, q->deadline, q->error);
    if (status == WEIR_OK) {
        conn->insert_id = id;
        conn->insert_id_unknown = false;
    }
    return status;
}

/* ---- after it ---- */

static void know_no_messages(weir__past *p)
{
    p->messages_are = WEIR__KNOWN;
    p->warnings = p->errors = 0;
    p->messages = NULL;
}

static void lose_messages(weir__past *p, const char *why)
{
    p->messages_are = WEIR__LOST;
    p->messages_lost = why;
}

static void messages_on(weir__past *p, weir__seat *seat, uint32_t warnings)
{
    p->messages_are = WEIR__UNASKED;
    p->messages_seat = seat;
    p->warnings = warnings;
}

static void note_messages(weir__past *p, weir__seat *seat, uint32_t warnings)
{
    if (warnings && (!seat || !seat->server))
        lose_messages(p, "several shards gave warnings, each its own");
    else if (warnings)
        messages_on(p, seat, warnings);
    else if (p->clears == MESSAGES_GO)
        know_no_messages(p);
    else if (p->clears == MESSAGES_PERHAPS && (p->messages_are != WEIR__KNOWN || p->warnings))
        lose_messages(p, "whether the last statement left the messages before it is not known");
}

void weir__past_doubt(weir__past *p, weir__seat *seat, const weir_result *result)
{
    weir__conn *conn = seat->conn;
    bool again = p->insert_is == WEIR__UNASKED && p->insert_seat == seat;
    if (!again) {
        p->base = conn->insert_id;
        p->base_known = !conn->insert_id_unknown;
        p->was_known = p->insert_is == WEIR__KNOWN;
        p->insert_is = WEIR__UNASKED;
        p->insert_seat = seat;
    }
    p->told_packet = !again && result;
    p->told = result ? result->insert_id : 0;
    conn->insert_id_unknown = true;
}

static void note_failure(weir__past *p, weir__seat *seat, bool insert_doubtful)
{
    weir__conn *conn = seat ? seat->conn : NULL;
    bool there = conn && !conn->broken && seat->server;
    p->row_count = -1;
    p->found_lost = "the statement before failed";
    if (there)
        messages_on(p, seat, 0);
    else
        lose_messages(p, broke);
    if (!insert_doubtful)
        return;
    if (!there) {
        p->insert_is = WEIR__LOST;
        p->insert_lost = "the statement whose answer was lost may have inserted a row";
    } else
        weir__past_doubt(p, seat, NULL);
}

static void ask_found_rows(weir_session *s, weir__seat *seat)
{
    weir__past *p = &s->past;
    p->found_lost = weir__past_ask_number(s, seat, "SELECT FOUND_ROWS()", &p->found_rows)
                        ? NULL
                        : "the server did not tell how many rows SQL_CALC_FOUND_ROWS counted";
}

static const char *why_not_found(const weir__sql_effects *e)
{
    return e->odd_count ? "with OFFSET, or a LIMIT over several SELECTs, only SQL_CALC_FOUND_ROWS counts"
                        : "the statement before was none of those after which weir knows it";
}

/* UPDATE .. SET n = LAST_INSERT_ID(n + 1): the reply tells the value, but for 0. */
static void note_assigned(weir__past *p, weir__seat *seat, const weir_result *result)
{
    if (result->insert_id == 0) {
        weir__past_doubt(p, seat, NULL);
        return;
    }
    p->insert_is = WEIR__KNOWN;
    p->insert_id = seat->conn->insert_id = result->insert_id;
    seat->conn->insert_id_unknown = false;
}

/* What its kind alone says. */
static void begin(weir__past *p, const weir__plan *plan)
{
    p->running = true;
    p->found = found_after(plan);
    p->clears = messages_after(plan);
    p->always_told = plan->effects.verb == WEIR__VERB_CALL || plan->effects.body;
    p->found_lost = p->found == FOUND_LOST ? why_not_found(&plan->effects) : p->found_lost;
}

static void note_insert_id(weir__statement *q, const weir_result *result)
{
    weir__past *p = &q->session->past;
    bool assigns = q->lookup.plan->effects.sets_insert_id;
    if (weir__past_note_made(q, WEIR_OK, result))
        return;
    if (!q->seat->server && (is_opaque(q) || is_insert(q) || assigns)) {
        p->insert_is = WEIR__LOST;
        p->insert_lost = "the statement before ran on several shards";
    } else if (is_opaque(q))
        weir__past_doubt(p, q->seat, NULL);
    else if (is_insert(q))
        weir__past_note_insert(q, result);
    else if (assigns)
        note_assigned(p, q->seat, result);
}

void weir__past_ran(weir__statement *q, weir_status status)
{
    weir__past *p = &q->session->past;
    weir__seat *seat = q->seat;
    const weir__answer *answer = weir__rows_answer(q->rows);
    if (status != WEIR_OK && q->error->server_errno == 0 && !seat->conn->broken)
        return; /* it was not even sent */
    begin(p, q->lookup.plan);
    p->last = seat->server ? seat : NULL;
    if (status != WEIR_OK) {
        p->running = false;
        bool made = weir__past_note_made(q, status, &answer->result);
        note_failure(p, seat, !made && (is_opaque(q) || is_insert(q) || q->lookup.plan->effects.sets_insert_id));
        return;
    }
    note_insert_id(q, &answer->result);
    if (answer->column_count)
        return; /* the rest when its rows are over */
    p->running = false;
    p->row_count = (int64_t)answer->result.affected;
    note_messages(p, seat, answer->result.warnings);
}

void weir__past_wrote(weir__statement *q, weir_status status)
{
    weir__past *p = &q->session->past;
    const weir_result *result = &weir__rows_answer(q->rows)->result;
    bool made = weir__past_note_made(q, status, result); /* others that were given ids gave them themselves */
    begin(p, q->lookup.plan);
    p->running = false;
    p->last = NULL;
    if (status != WEIR_OK) {
        note_failure(p, NULL, !made && is_insert(q));
        return;
    }
    p->row_count = (int64_t)result->affected;
    note_messages(p, NULL, result->warnings);
}

void weir__past_rows(weir_session *s, weir_status status, const weir_result *result, uint64_t rows, bool whole)
{
    weir__past *p = &s->past;
    weir__seat *seat = s->seat;
    if (!p->running)
        return;
    p->running = false;
    p->row_count = p->always_told ? (int64_t)result->affected : -1;
    if (!whole && (status == WEIR_OK || !seat || !seat->conn || seat->conn->broken)) {
        p->row_count = -1;
        p->found_lost = "its rows were not read to the end";
        lose_messages(p, "its rows were not read to the end");
        return;
    }
    if (!whole) {
        note_failure(p, seat, false);
        return;
    }
    if (p->found == FOUND_ROWS) {
        p->found_rows = rows;
        p->found_lost = NULL;
    } else if (p->found == FOUND_ASK)
        ask_found_rows(s, seat);
    note_messages(p, seat, result->warnings);
}

void weir__past_said(weir_session *s, weir_status status)
{
    s->past.row_count = status == WEIR_OK ? 0 : -1;
    if (status != WEIR_OK)
        lose_messages(&s->past, "COMMIT failed");
}

/* ---- the connection goes ---- */

void weir__past_ask_messages(weir_session *s)
{
    weir__past *p = &s->past;
    if (p->messages_are == WEIR__UNASKED && !weir__past_ask_list(s, p->messages_seat))
        lose_messages(p, "the server did not tell them");
}

/* The insert id is what the connection says now, if it says another than before; else it is the session's own from before, unless the
 * two may be the same by chance. */
void weir__past_ask_insert_id(weir_session *s)
{
    weir__past *p = &s->past;
    uint64_t now;
    if (p->insert_is != WEIR__UNASKED)
        return;
    weir__conn *conn = p->insert_seat->conn;
    p->insert_is = WEIR__LOST;
    p->insert_lost = broke;
    if (!weir__past_ask_number(s, p->insert_seat, "SELECT LAST_INSERT_ID()", &now))
        return;
    conn->insert_id = now;
    conn->insert_id_unknown = false;
    bool own = p->was_known && p->base_known && p->base == p->insert_id;
    bool changed = p->base_known && now != p->base;
    bool unchanged = p->was_known && p->told_packet && now != p->told;
    p->insert_lost = "the server cannot tell whether the last INSERT, which failed or gave ids itself, changed it";
    if (!own && !changed && !unchanged)
        return;
    p->insert_is = WEIR__KNOWN;
    if (own || changed)
        p->insert_id = now;
}

void weir__past_leave(weir_session *s, weir__seat *seat)
{
    weir__past *p = &s->past;
    if (!seat->conn || seat->conn->broken)
        return;
    if (p->insert_is == WEIR__UNASKED && p->insert_seat == seat)
        weir__past_ask_insert_id(s);
    if (p->messages_are == WEIR__UNASKED && p->messages_seat == seat && !seat->conn->broken)
        weir__past_ask_messages(s);
}

void weir__past_left(weir_session *s, const weir__seat *seat)
{
    weir__past *p = &s->past;
    if (p->last == seat)
        p->last = NULL;
    if (p->insert_is == WEIR__UNASKED && p->insert_seat == seat) {
        p->insert_is = WEIR__LOST;
        p->insert_lost = broke;
    }
    if (p->messages_are == WEIR__UNASKED && p->messages_seat == seat)
        lose_messages(p, broke);
}
