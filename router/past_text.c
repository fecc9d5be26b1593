/* past_text.c - a statement that asks about the one before, with the answers in place of the calls. SPDX-License-Identifier: Apache-2.0
 *
 *    SELECT ROW_COUNT(), a FROM t   ->   SELECT CAST('000000000000000000003' AS SIGNED) AS `ROW_COUNT()`, a FROM t
 *
 * The cast of a text that long is a BIGINT of 21 digits, as the function is; a @@variable may be NULL to the server. A column that has
 * no name of its own keeps the one that the text would have given it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "router/query.h"
#include "router/sql/functions.h"

#define TK(name) WEIR__TK_##name

enum { MOST_DEPTH = WEIR__MAX_SQL_DEPTH, MOST_ALIAS = 200 };

/* Where a select list is, in each pair of parentheses. */
typedef struct level {
    bool listing;        /* in a select list */
    bool interval;       /* its item has INTERVAL: the word behind a value may be a unit */
    bool asked;          /* its item has a call that was replaced */
    bool changed;        /* something in it was replaced */
    uint32_t item;       /* where it begins in the text; NONE: not yet */
    weir__token last[2]; /* of the item, newest first */
} level;

typedef struct writer {
    weir__statement *q;
    weir__lexer lexer;
    weir__token token;
    weir__buf out;
    uint32_t copied; /* the text up to here is in out */
    level levels[MOST_DEPTH];
    unsigned depth;
    bool set; /* the statement is a SET: @@x before = is assigned */
    weir_status status;
} writer;

static weir_status refuse(writer *w, const char *why)
{
    if (w->status == WEIR_OK)
        w->status = weir__fail(w->q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "%s", why);
    return w->status;
}

static weir_str text_of(const writer *w, weir__token t)
{
    return weir__token_text(w->q->sql, t);
}

static void copy_to(writer *w, uint32_t end)
{
    weir__buf_add(&w->out, w->q->sql.data + w->copied, end - w->copied);
    w->copied = end;
}

/* ---- values ---- */

static void add_number(writer *w, uint64_t value, bool negative, bool may_be_null, const char *type)
{
    weir__buf_addf(&w->out, "%sCAST('%s%0*" PRIu64 "' AS %s)%s", may_be_null ? "NULLIF(" : "", negative ? "-" : "",
                   negative ? 20 : 21, value, type, may_be_null ? ", NULL)" : "");
}

/* A SELECT of variables, numbers and calls without arguments. */
static bool cannot_warn(const writer *w)
{
    weir__lexer lexer;
    weir__token before = {.id = TK(EOF)};
    weir__lexer_init(&lexer, w->q->sql, &w->q->reading);
    for (;;) {
        weir__token t = weir__lex(&lexer);
        bool plain = t.id == TK(SELECT) || t.id == TK(SYSVAR) || t.id == TK(COMMA) || t.id == TK(AS) ||
                     t.id == TK(LP) || t.id == TK(INTEGER_NUMBER) || weir__token_is_name(t.id) ||
                     (t.id == TK(RP) && before.id == TK(LP));
        if (!plain)
            return t.id == TK(EOF) || t.id == TK(SEMI);
        before = t;
    }
}

/* A statement that uses tables begins without messages; one that makes some of its own counts those that are there by then. */
static uint64_t message_count(writer *w, uint64_t count)
{
    const weir__plan *plan = w->q->lookup.plan;
    if (plan->effects.verb != WEIR__VERB_SELECT || !weir__past_keeps_messages(plan) || !cannot_warn(w))
        refuse(w, "@@warning_count and @@error_count are answered in a SELECT of their own: SELECT @@warning_count");
    return count;
}

static void add_value(writer *w, uint8_t ask, bool variable)
{
    const weir__past *p = &w->q->session->past;
    switch (ask) {
    case WEIR__ASK_INSERT_ID:
        add_number(w, p->insert_id, false, variable, "UNSIGNED");
        break;
    case WEIR__ASK_ROW_COUNT:
        add_number(w, p->row_count < 0 ? (uint64_t)-p->row_count : (uint64_t)p->row_count, p->row_count < 0, false,
                   "SIGNED");
        break;
    case WEIR__ASK_FOUND_ROWS:
        add_number(w, p->found_rows, false, false, "SIGNED");
        break;
    case WEIR__ASK_WARNING_COUNT:
        add_number(w, message_count(w, p->warnings), false, true, "UNSIGNED");
        break;
    default:
        add_number(w, message_count(w, p->errors), false, true, "UNSIGNED");
        break;
    }
}

/* ---- names of columns ---- */

static bool is_value_end(int32_t id)
{
    return id == TK(END) || id == TK(RP) || id == TK(SYSVAR) || id == TK(INTEGER_NUMBER) || id == TK(DECIMAL_NUMBER) ||
           id == TK(FLOAT_NUMBER) || id == TK(PARAM) || id == TK(NULL);
}

static bool is_name(int32_t id)
{
    return weir__token_is_name(id) && id != TK(END);
}

typedef enum naming { NAMED, NAMELESS, DOUBTFUL } naming;

/* Does an item that ends so have an alias? */
static naming has_name(const level *l)
{
    int32_t last = l->last[0].id, before = l->last[1].id;
    if (before == TK(AS))
        return NAMED;
    if (l->interval || (last == TK(STRING) && is_name(before)))
        return DOUBTFUL;
    if (is_name(last))
        return is_value_end(before) || is_name(before) ? NAMED : NAMELESS;
    return last == TK(STRING) && is_value_end(before) ? NAMED : NAMELESS;
}

/* Behind an item of a select list without a name: the one that its text is. */
static void end_item(writer *w)
{
    level *l = &w->levels[w->depth];
    naming named = has_name(l);
    uint32_t item = l->item, end = l->last[0].end;
    bool asked = l->listing && l->asked && item != WEIR__NONE;
    l->asked = l->interval = false;
    l->item = WEIR__NONE;
    if (!asked || named == NAMED)
        return;
    weir_str text = weir__slice(w->q->sql.data + item, w->q->sql.data + end);
    if (named == DOUBTFUL || text.size > MOST_ALIAS) {
        refuse(
            w,
            "a column with LAST_INSERT_ID(), ROW_COUNT() or FOUND_ROWS() in it, whose name weir cannot keep: name it "
            "with AS");
        return;
    }
    copy_to(w, end);
    weir__buf_adds(&w->out, " AS `");
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '`')
            weir__buf_addc(&w->out, '`');
        weir__buf_addc(&w->out, text.data[i]);
    }
    weir__buf_addc(&w->out, '`');
}

static bool ends_list(int32_t id)
{
    switch (id) {
    case TK(EXCEPT):
    case TK(FOR):
    case TK(FROM):
    case TK(GROUP):
    case TK(HAVING):
    case TK(INTERSECT):
    case TK(INTO):
    case TK(LIMIT):
    case TK(LOCK):
    case TK(ORDER):
    case TK(PROCEDURE):
    case TK(SEMI):
    case TK(UNION):
    case TK(WHERE):
    case TK(WINDOW):
    case TK(EOF):
        return true;
    default:
        return false;
    }
}

static bool is_select_option(int32_t id)
{
    switch (id) {
    case TK(ALL):
    case TK(DISTINCT):
    case TK(HIGH_PRIORITY):
    case TK(HINT):
    case TK(SQL_BIG_RESULT):
    case TK(SQL_BUFFER_RESULT):
    case TK(SQL_CALC_FOUND_ROWS):
    case TK(SQL_NO_CACHE):
    case TK(SQL_SMALL_RESULT):
    case TK(STRAIGHT_JOIN):
        return true;
    default:
        return false;
    }
}

/* Follows lists and parentheses by one token, which has not been copied yet. */
static void follow(writer *w, const weir__token *t)
{
    level *l = &w->levels[w->depth];
    switch (t->id) {
    case TK(SELECT):
        *l = (level){.listing = true, .changed = l->changed, .item = WEIR__NONE};
        return;
    case TK(COMMA):
        if (l->listing) {
            end_item(w);
            return;
        }
        break;
    case TK(RP):
        end_item(w);
        bool changed = l->changed;
        w->depth -= w->depth > 0;
        l = &w->levels[w->depth];
        l->asked |= changed;
        l->changed |= changed;
        break;
    default:
        if (l->listing && ends_list(t->id)) {
            end_item(w);
            l->listing = false;
        }
    }
    if (l->listing && l->item == WEIR__NONE && !is_select_option(t->id))
        l->item = t->start;
    l->interval |= t->id == TK(INTERVAL);
    l->last[1] = l->last[0];
    l->last[0] = *t;
    if (t->id != TK(LP))
        return;
    if (w->depth + 1 == MOST_DEPTH) {
        refuse(w, "too many parentheses");
        return;
    }
    w->levels[++w->depth] = (level){.item = WEIR__NONE};
}

/* ---- the text ---- */

static void next(writer *w)
{
    w->token = weir__lex(&w->lexer);
}

/* NAME ( ): what it asks for, or 0; the lexer stands behind what is no such call then. */
static uint8_t ask_of_call(writer *w, weir__token name, weir__token before)
{
    if (!weir__token_is_name(name.id) || name.id == TK(QUOTED) || before.id == TK(DOT))
        return 0;
    const weir__function *f = weir__function_find(text_of(w, name));
    return f && f->flags & WEIR__FN_READS ? weir__ask_of_function(text_of(w, name)) & ~WEIR__ASK_CONNECTION : 0;
}

static void replace(writer *w, weir__token first, uint32_t end, uint8_t ask)
{
    level *l = &w->levels[w->depth];
    copy_to(w, first.start);
    add_value(w, ask, first.id == TK(SYSVAR));
    w->copied = end;
    l->asked = l->changed = true;
}

static void call(writer *w, weir__token before)
{
    weir__token name = w->token;
    uint8_t ask = ask_of_call(w, name, before);
    follow(w, &name);
    next(w);
    if (!ask || w->token.id != TK(LP))
        return;
    follow(w, &w->token);
    next(w);
    if (w->token.id != TK(RP))
        return;
    follow(w, &w->token);
    replace(w, name, w->token.end, ask);
    next(w);
}

static void variable(writer *w, weir__token before)
{
    weir__token name = w->token;
    uint8_t ask = weir__ask_of_variable(text_of(w, name)) & ~WEIR__ASK_CONNECTION;
    follow(w, &name);
    next(w);
    bool assigned = w->set && (before.id == TK(SET) || before.id == TK(COMMA)) &&
                    (w->token.id == TK(EQ) || w->token.id == TK(ASSIGN));
    if (ask && !assigned)
        replace(w, name, name.end, ask);
}

weir_status weir__past_write(weir__statement *q, char **out, size_t *size)
{
    writer *w = weir__alloc(&q->session->client->env.mem, sizeof *w);
    if (!w)
        return weir__fail_nomem(q->error);
    memset(w, 0, sizeof *w);
    w->q = q;
    w->levels[0].item = WEIR__NONE;
    w->set = q->lookup.plan->effects.verb == WEIR__VERB_SET;
    weir__buf_init(&w->out, &q->session->client->env.mem, WEIR__MAX_STATEMENT_BYTES);
    weir__lexer_init(&w->lexer, q->sql, &q->reading);
    weir__token before = {.id = TK(EOF)};
    for (next(w); w->token.id != TK(EOF);) {
        weir__token now = w->token;
        if (now.id == TK(SYSVAR))
            variable(w, before);
        else
            call(w, before);
        before = now;
    }
    follow(w, &w->token);
    copy_to(w, (uint32_t)q->sql.size);
    weir_status status = w->status;
    if (status == WEIR_OK && w->out.failed)
        status = weir__fail(q->error, w->out.failed, WEIR_RETRY_NEVER, "there is no room for the statement's text");
    *out = status == WEIR_OK ? weir__buf_detach(&w->out, size) : NULL;
    weir__buf_deinit(&w->out);
    weir__free(&q->session->client->env.mem, w);
    return status;
}
