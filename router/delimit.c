/* delimit.c - see delimit.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/delimit.h"

#include "base/str.h"
#include "router/commit.h"
#include "router/savepoint.h"

static const weir__sql_effects *effects_of(const weir__statement *q)
{
    return &q->lookup.plan->effects;
}

/* A connection that was taken to learn how text is read, for a statement that goes to none or to those of the transaction. */
static void leave_what_taught(weir__statement *q)
{
    if (!q->seat || q->kept)
        return;
    weir__session_leave(q->session);
    q->seat = NULL;
}

static weir_status begin(weir_session *s, const char *level, weir_str sql, bool read_only, weir_error *error)
{
    if (!weir__session_set_begin(s, level, sql, read_only))
        return weir__fail_nomem(error);
    s->txn = WEIR__TXN_OPEN;
    s->by_call = false;
    return WEIR_OK;
}

static void begin_nothing(weir_session *s)
{
    weir__session_set_begin(s, NULL, (weir_str){NULL, 0}, false);
    s->txn = WEIR__TXN_NONE;
    s->by_call = false;
}

/* The open transaction, wherever it has begun, if anywhere. What comes after it may be cancelled again. */
static weir_status commit(weir__statement *q)
{
    weir_session *s = q->session;
    weir__session_no_cancel(s);
    weir_status status = weir__commit_wide(s, q->error);
    q->kept = weir__session_kept(s) != NULL;
    q->seat = NULL;
    weir__session_running(s);
    return status;
}

/* COMMIT, ROLLBACK; AND CHAIN begins another like it. */
static weir_status end_transaction(weir__statement *q)
{
    weir_session *s = q->session;
    const weir__sql_effects *e = effects_of(q);
    const char *level = s->begin.level;
    bool read_only = s->begin.read_only;
    weir_status status = WEIR_OK;
    if (e->releases)
        return weir__fail(
            q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
            "RELEASE ends a connection, and this session has one to each of its shards: close the session");
    if (s->txn == WEIR__TXN_OPEN && e->verb == WEIR__VERB_COMMIT)
        status = commit(q);
    else if (s->txn == WEIR__TXN_OPEN)
        weir__rollback_wide(s);
    if (status != WEIR_OK)
        return status;
    begin_nothing(s);
    const char *sql = read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION";
    return e->chains ? begin(s, level, weir__view(sql), read_only, q->error) : WEIR_OK;
}

/* ---- SET autocommit ---- */

typedef enum autocommit { NO_AUTOCOMMIT, TURN_OFF, TURN_ON } autocommit;

static bool names_autocommit(weir_str text)
{
    static const char *const names[] = {"autocommit", "@@autocommit", "@@session.autocommit", "@@local.autocommit"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (weir__str_is_nocase(text, names[i]))
            return true;
    return false;
}

static autocommit value_of(weir_str text)
{
    static const struct {
        const char *text;
        autocommit value;
    } values[] = {{"0", TURN_OFF},     {"1", TURN_ON},    {"OFF", TURN_OFF},   {"ON", TURN_ON},
                  {"FALSE", TURN_OFF}, {"TRUE", TURN_ON}, {"'OFF'", TURN_OFF}, {"'ON'", TURN_ON}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (weir__str_is_nocase(text, values[i].text))
            return values[i].value;
    return NO_AUTOCOMMIT;
}

/* SET [SESSION | LOCAL] autocommit {= | :=} value, and nothing else. */
static autocommit read_autocommit(const weir__statement *q)
{
    weir__lexer lexer;
    weir__token token;
    weir__lexer_init(&lexer, q->sql, &q->reading);
    weir__lex(&lexer); /* SET */
    token = weir__lex(&lexer);
    weir_str text = weir__token_text(q->sql, token);
    if (weir__str_is_nocase(text, "SESSION") || weir__str_is_nocase(text, "LOCAL"))
        token = weir__lex(&lexer);
    if (!names_autocommit(weir__token_text(q->sql, token)))
        return NO_AUTOCOMMIT;
    token = weir__lex(&lexer);
    if (token.id != WEIR__TK_EQ && token.id != WEIR__TK_ASSIGN)
        return NO_AUTOCOMMIT;
    autocommit value = value_of(weir__token_text(q->sql, weir__lex(&lexer)));
    token = weir__lex(&lexer);
    if (token.id == WEIR__TK_SEMI)
        token = weir__lex(&lexer);
    return token.id == WEIR__TK_EOF && !lexer.conditional ? value : NO_AUTOCOMMIT;
}

static weir_status set_autocommit(weir__statement *q, autocommit value)
{
    weir_session *s = q->session;
    if (value == TURN_ON && s->autocommit_off && s->txn == WEIR__TXN_OPEN) {
        if (s->by_call)
            return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                              "this statement would commit the transaction that weir_begin began: run it outside");
        weir_status status = commit(q);
        if (status != WEIR_OK)
            return status;
    }
    s->autocommit_off = value == TURN_OFF;
    return WEIR_OK;
}

/* ---- all of them ---- */

weir_status weir__delimit(weir__statement *q)
{
    weir_session *s = q->session;
    const weir__sql_effects *e = effects_of(q);
    autocommit value = e->verb == WEIR__VERB_SET ? read_autocommit(q) : NO_AUTOCOMMIT;
    q->done = value != NO_AUTOCOMMIT || e->verb == WEIR__VERB_BEGIN || e->verb == WEIR__VERB_COMMIT ||
              e->verb == WEIR__VERB_ROLLBACK || e->verb == WEIR__VERB_SAVEPOINT;
    if (!q->done)
        return WEIR_OK;
    leave_what_taught(q);
    if (value != NO_AUTOCOMMIT)
        return set_autocommit(q, value);
    if (e->verb == WEIR__VERB_SAVEPOINT)
        return weir__savepoint_run(s, q->sql, &q->reading, q->deadline, q->error);
    if (e->verb != WEIR__VERB_BEGIN)
        return end_transaction(q);
    weir_status status = s->txn == WEIR__TXN_OPEN ? commit(q) : WEIR_OK;
    return status == WEIR_OK ? begin(s, NULL, q->sql, e->read_only, q->error) : status;
}

weir_status weir__delimit_open(weir__statement *q, bool *opened)
{
    weir_session *s = q->session;
    *opened = false;
    if (!s->autocommit_off || s->txn != WEIR__TXN_NONE)
        return WEIR_OK;
    switch (effects_of(q)->verb) {
    case WEIR__VERB_SELECT:
    case WEIR__VERB_INSERT:
    case WEIR__VERB_REPLACE:
    case WEIR__VERB_UPDATE:
    case WEIR__VERB_DELETE:
    case WEIR__VERB_CALL:
    case WEIR__VERB_LOAD:
        *opened = true;
        return begin(s, NULL, weir__view("START TRANSACTION"), false, q->error);
    default:
        return WEIR_OK;
    }
}

void weir__delimit_close(weir__statement *q)
{
    begin_nothing(q->session);
}

weir_status weir__delimit_before(weir__statement *q)
{
    weir__verb verb = effects_of(q)->verb;
    bool commits = verb == WEIR__VERB_DDL || verb == WEIR__VERB_LOCK;
    return commits && q->session->txn == WEIR__TXN_OPEN ? commit(q) : WEIR_OK;
}
