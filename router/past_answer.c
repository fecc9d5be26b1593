/* past_answer.c - statements that ask about the one before: answered, given the answers, or refused. SPDX-License-Identifier: Apache-2.0
 * SHOW WARNINGS, SHOW ERRORS and their counts are answered here, without a server. */
#include "base/str.h"
#include "router/past.h"
#include "router/plan/plan_literal.h"
#include "router/query.h"

#define TK(name) WEIR__TK_##name

enum {
    NUMBERS = WEIR__ASK_INSERT_ID | WEIR__ASK_ROW_COUNT | WEIR__ASK_FOUND_ROWS | WEIR__ASK_WARNING_COUNT |
              WEIR__ASK_ERROR_COUNT
};
enum { COUNTS = WEIR__ASK_WARNING_COUNT | WEIR__ASK_ERROR_COUNT };

static weir_status unknown(weir__statement *q, const char *what, const char *why)
{
    return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                      "session_state: %s is not known: %s (docs/past.md says what tells it)", what, why);
}

/* ---- SHOW WARNINGS ---- */

typedef struct show {
    bool count, errors; /* COUNT(*); ERRORS alone */
    uint64_t offset, limit;
} show;

static bool read_count(weir__lexer *lexer, weir__statement *q, uint64_t *count)
{
    weir__token t = weir__lex(lexer);
    weir__whole_number number;
    if (t.id != TK(INTEGER_NUMBER) || !weir__literal_whole_number(weir__token_text(q->sql, t), &q->reading, &number))
        return false;
    *count = number.magnitude;
    return true;
}

/* SHOW {WARNINGS | ERRORS} [LIMIT [from,] n | LIMIT n OFFSET from], SHOW COUNT(*) {WARNINGS | ERRORS} */
static bool read_show(weir__statement *q, show *out)
{
    weir__lexer lexer;
    *out = (show){.limit = UINT64_MAX};
    weir__lexer_init(&lexer, q->sql, &q->reading);
    weir__lex(&lexer);
    weir__token t = weir__lex(&lexer);
    while (t.id != TK(WARNINGS) && t.id != TK(ERRORS) && t.id != TK(EOF)) {
        out->count = true;
        t = weir__lex(&lexer);
    }
    out->errors = t.id == TK(ERRORS);
    t = weir__lex(&lexer);
    if (t.id == TK(LIMIT) && !out->count) {
        if (!read_count(&lexer, q, &out->limit))
            return false;
        t = weir__lex(&lexer);
        if (t.id == TK(OFFSET)) {
            if (!read_count(&lexer, q, &out->offset))
                return false;
            t = weir__lex(&lexer);
        } else if (t.id == TK(COMMA)) {
            out->offset = out->limit;
            if (!read_count(&lexer, q, &out->limit))
                return false;
            t = weir__lex(&lexer);
        }
    }
    return t.id == TK(EOF) || t.id == TK(SEMI);
}

static weir_str view(const char *text)
{
    return (weir_str){text, strlen(text)};
}

static weir_status tell_count(weir__statement *q, const show *what)
{
    weir__past *p = &q->session->past;
    weir_column column = {.type = WEIR_T_UINT, .is_unsigned = true, .nullable = true};
    weir__cell cell = weir_uint(what->errors ? p->errors : p->warnings);
    column.name = view(what->errors ? "@@session.error_count" : "@@session.warning_count");
    column.table = view("");
    p->found_rows = 1;
    p->found_lost = NULL;
    return weir__rows_tell(q->rows, &column, 1, &cell, 1, q->error);
}

static weir_status tell_list(weir__statement *q, const show *what)
{
    enum { AS_LONG_AS_IT_IS = 39, COLUMNS = 3 };
    const weir__past *p = &q->session->past;
    const weir__mem *mem = &q->session->client->env.mem;
    const weir_column columns[COLUMNS] = {
        {.name = view("Level"), .table = view(""), .type = WEIR_T_TEXT, .decimals = AS_LONG_AS_IT_IS},
        {.name = view("Code"), .table = view(""), .type = WEIR_T_UINT, .is_unsigned = true},
        {.name = view("Message"), .table = view(""), .type = WEIR_T_TEXT, .decimals = AS_LONG_AS_IT_IS},
    };
    size_t most = 0, rows = 0;
    uint64_t passed = 0;
    for (const weir__message *m = p->messages; m; m = m->next)
        most++;
    weir__cell *cells = weir__array(mem, most * COLUMNS + 1, sizeof *cells);
    if (!cells)
        return weir__fail_nomem(q->error);
    for (const weir__message *m = p->messages; m && rows < what->limit; m = m->next) {
        if ((what->errors && !weir__str_is(m->level, "Error")) || passed++ < what->offset)
            continue;
        weir__cell *row = &cells[COLUMNS * rows++];
        row[0] = weir_sized(WEIR_T_TEXT, m->level.data, m->level.size);
        row[1] = weir_uint(m->code);
        row[2] = weir_sized(WEIR_T_TEXT, m->text.data, m->text.size);
    }
    weir_status status = weir__rows_tell(q->rows, columns, COLUMNS, cells, rows, q->error);
    weir__free(mem, cells);
    return status;
}

static weir_status show_messages(weir__statement *q)
{
    weir__past *p = &q->session->past;
    show what;
    if (!read_show(q, &what))
        return weir__fail(
            q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
            "session_state: weir answers SHOW WARNINGS and SHOW ERRORS [LIMIT ..] and SHOW COUNT(*) of them; "
            "not this form");
    weir__past_ask_messages(q->session);
    if (p->messages_are != WEIR__KNOWN)
        return unknown(q, "what SHOW WARNINGS tells", p->messages_lost);
    q->done = true;
    weir_status status = what.count ? tell_count(q, &what) : tell_list(q, &what);
    p->row_count = -1;
    return status;
}

/* ---- all others ---- */

static weir_status know(weir__statement *q, uint8_t asks)
{
    weir_session *s = q->session;
    weir__past *p = &s->past;
    if (asks & WEIR__ASK_INSERT_ID)
        weir__past_ask_insert_id(s);
    if (asks & COUNTS)
        weir__past_ask_messages(s);
    if (asks & WEIR__ASK_INSERT_ID && p->insert_is != WEIR__KNOWN)
        return unknown(q, "LAST_INSERT_ID()", p->insert_lost);
    if (asks & WEIR__ASK_FOUND_ROWS && p->found_lost)
        return unknown(q, "FOUND_ROWS()", p->found_lost);
    if (asks & COUNTS && p->messages_are != WEIR__KNOWN)
        return unknown(q, "@@warning_count", p->messages_lost);
    return WEIR_OK;
}

static weir_status write_answers(weir__statement *q)
{
    size_t size;
    weir_status status = weir__past_write(q, &q->answered, &size);
    if (status != WEIR_OK)
        return status;
    q->sql = (weir_str){q->answered, size};
    q->again = true;
    return WEIR_OK;
}

weir_status weir__past_admit(weir__statement *q)
{
    const weir__sql_effects *e = &q->lookup.plan->effects;
    const weir_session *s = q->session;
    const weir__seat *kept = weir__session_kept(s);
    if (!e->asks || e->defines)
        return WEIR_OK;
    if (e->asks & WEIR__ASK_MESSAGES)
        return show_messages(q);
    if (e->asks & WEIR__ASK_CONNECTION && !q->kept)
        return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "session_state: it asks about the connection, and outside transactions statements share "
                          "connections: ask within a transaction");
    if (e->asks & WEIR__ASK_DIAGNOSTICS && (!q->kept || s->past.last != kept))
        return unknown(q, "what GET DIAGNOSTICS reads",
                       "the statement before did not run on a connection that the session keeps; ask within the "
                       "transaction, or use SHOW WARNINGS");
    if (!(e->asks & NUMBERS) || q->answered)
        return WEIR_OK;
    weir_status status = know(q, e->asks);
    bool evaluated_there = e->sets_insert_id && !(e->asks & NUMBERS & ~WEIR__ASK_INSERT_ID);
    if (status != WEIR_OK || evaluated_there) /* LAST_INSERT_ID(7), LAST_INSERT_ID(): the one changes the other */
        return status;
    if (e->sets_insert_id && e->asks & WEIR__ASK_INSERT_ID)
        return weir__fail(
            q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
            "session_state: LAST_INSERT_ID(..) beside LAST_INSERT_ID() and ROW_COUNT() or FOUND_ROWS(): ask "
            "in two statements");
    return write_answers(q);
}
