/* finish.c - see finish.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/finish.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "router/aim.h"

enum { DEEPEST = 3 /* final statements of final statements */ };

/* What is kept of a statement that was refused. */
typedef struct weir__apart {
    weir__mem mem;
    weir__arena arena;
    weir__plan *plan; /* of the text itself */
    weir__merge_input input;
    weir__table **tables; /* references */
    uint32_t table_count;
} weir__apart;

/* ---- keeping ---- */

static void free_apart(weir__apart *a)
{
    for (uint32_t i = 0; a->tables && i < a->table_count; i++)
        weir__table_unref(a->tables[i]);
    weir__plan_unref(a->plan);
    weir__arena_deinit(&a->arena);
    weir__free(&a->mem, a);
}

void weir__finish_forget(weir__statement *q)
{
    if (q->apart)
        free_apart(q->apart);
    q->apart = NULL;
}

static const char *zone_of(const weir_session *s)
{
    const char *set = weir__settings_get(s->settings, WEIR__SETTING_time_zone);
    return set ? set : s->database->settings->connection.time_zone;
}

void weir__finish_keep(weir__statement *q, const weir__routing *routing)
{
    const weir_session *s = q->session;
    const weir__sql_effects *e = &q->lookup.plan->effects;
    weir_error unused;
    if (q->apart || q->depth > DEEPEST || e->verb != WEIR__VERB_SELECT || e->may_write || e->locking_read)
        return;
    weir__apart *a = weir__new(&s->client->env.mem, sizeof *a);
    if (!a)
        return;
    a->mem = s->client->env.mem;
    weir__arena_init(&a->arena, &a->mem, WEIR__MAX_PLAN_BYTES);
    const char *zone = zone_of(s);
    a->input = (weir__merge_input){.sql = q->sql, .reading = q->reading, .args = q->args};
    a->input.fixed_zone = zone && (*zone == '+' || *zone == '-');
    weir__merge_table *places = weir__aim_places(routing, &a->arena);
    a->tables = weir__arena_array(&a->arena, routing->table_count, sizeof *a->tables);
    weir_status status = weir__plan_build(q->sql, &q->reading, &s->client->env, &a->plan, &unused);
    if (status != WEIR_OK || !places || !a->tables || a->plan->table_count != routing->plan->table_count) {
        free_apart(a);
        return;
    }
    for (uint32_t i = 0; i < routing->table_count; i++)
        if (routing->tables[i].info)
            a->tables[a->table_count++] = weir__table_ref(routing->tables[i].info);
    a->input.tables = places;
    a->input.plan = a->plan;
    q->apart = a;
}

/* ---- rows as text ---- */

static void add_text(weir__buf *out, weir_str text)
{
    static const char digits[] = "0123456789abcdef";
    weir__buf_addc(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            weir__buf_addc(out, '\\');
        if (c >= 0x20) {
            weir__buf_addc(out, (char)c);
            continue;
        }
        weir__buf_adds(out, "\\u00");
        weir__buf_addc(out, digits[c >> 4]);
        weir__buf_addc(out, digits[c & 15]);
    }
    weir__buf_addc(out, '"');
}

static void add_bytes(weir__buf *out, weir_str bytes)
{
    static const char digits[] = "0123456789abcdef";
    char *to = weir__buf_grow(out, bytes.size * 2 + 2);
    if (!to)
        return;
    *to++ = '"';
    for (size_t i = 0; i < bytes.size; i++) {
        *to++ = digits[(unsigned char)bytes.data[i] >> 4];
        *to++ = digits[(unsigned char)bytes.data[i] & 15];
    }
    *to = '"';
}

static void add_row(weir__buf *out, weir_rows *rows)
{
    weir__buf_addc(out, out->size > 1 ? ',' : ' ');
    for (uint32_t i = 0; i < weir_column_count(rows); i++) {
        weir__buf_addc(out, i ? ',' : '[');
        if (weir_is_null(rows, i))
            weir__buf_adds(out, "null");
        else if (weir_column_at(rows, i).type == WEIR_T_BYTES)
            add_bytes(out, weir_get_text(rows, i));
        else
            add_text(out, weir_get_text(rows, i));
    }
    weir__buf_addc(out, ']');
}

/* ---- statements of one's own ---- */

typedef struct answering {
    weir__statement *q;
    weir_status (*run)(weir__statement *q);
    weir__arena arena;
    weir__finish *finish;
    const weir_column *head; /* of the user's statement; NULL: not asked for yet */
    uint32_t head_count, warned;
    const weir_column **columns; /* of each part */
    weir__buf *documents;        /* of each part */
} answering;

/* The user's values and documents in the order of a text's ?. */
static weir_status bind_args(answering *a, const weir__finish_text *text, weir_args *out)
{
    weir__statement *q = a->q;
    weir_value *values = weir__arena_array(&a->arena, text->arg_count, sizeof *values);
    if (!values)
        return weir__fail_nomem(q->error);
    for (uint32_t i = 0; i < text->arg_count; i++) {
        uint32_t arg = text->args[i];
        if (arg >= WEIR__FINISH_DOCUMENT) {
            const weir__buf *document = &a->documents[arg - WEIR__FINISH_DOCUMENT];
            values[i] = weir_sized(WEIR_T_TEXT, weir__buf_text(document), document->size);
        } else if (arg < q->args.count) {
            values[i] = q->args.values[arg];
        } else {
            return weir__fail(q->error, WEIR_USAGE, WEIR_RETRY_NEVER,
                              "the statement has more parameters than %zu values", q->args.count);
        }
    }
    *out = (weir_args){values, text->arg_count};
    return WEIR_OK;
}

/* Runs one of the statements; *rows is the caller's to finish. */
static weir_status run_text(answering *a, const weir__finish_text *text, weir__statement *one, weir_rows **rows)
{
    weir__statement *q = a->q;
    uint64_t now = weir__now(&q->session->client->env.clock);
    uint64_t left_ms = now < q->deadline ? (q->deadline - now) / 1000000u : 0;
    *rows = NULL;
    if (weir__session_cancelled(q->session))
        return weir__fail(q->error, WEIR_CANCELLED, WEIR_RETRY_CALL, "the call was cancelled between two statements");
    one->session = q->session;
    one->options = q->options;
    one->options.timeout_ms = left_ms >= UINT32_MAX ? UINT32_MAX : left_ms ? (uint32_t)left_ms : 1;
    one->options.buffered = one->head && q->options.buffered; /* it is the user's that are given on */
    one->sql = text->sql;
    one->error = q->error;
    one->inner = true;
    weir_status status = bind_args(a, text, &one->args);
    if (status == WEIR_OK)
        status = a->run(one);
    if (status == WEIR_OK)
        *rows = one->rows;
    return status;
}

static const weir_column *copy_columns(answering *a, const weir_rows *rows)
{
    uint32_t count = weir_column_count(rows);
    weir_column *columns = weir__arena_array(&a->arena, count, sizeof *columns);
    for (uint32_t i = 0; columns && i < count; i++) {
        columns[i] = weir_column_at(rows, i);
        columns[i].name.data = weir__arena_text(&a->arena, columns[i].name.data, columns[i].name.size);
        columns[i].table.data = weir__arena_text(&a->arena, columns[i].table.data, columns[i].table.size);
    }
    return a->arena.failed ? NULL : columns;
}

/* The columns that the user's statement has, or the server's own failure of it. */
static weir_status read_head(answering *a)
{
    weir__statement one = {.pinned = true, .depth = DEEPEST + 1};
    weir_rows *rows;
    weir_status status = run_text(a, &a->finish->head, &one, &rows);
    if (status != WEIR_OK)
        return status;
    a->head = copy_columns(a, rows);
    a->head_count = weir_column_count(rows);
    while (weir_next(rows))
        ;
    a->warned += weir_rows_result(rows).warnings;
    status = weir_finish(rows, a->q->error);
    return status == WEIR_OK && !a->head ? weir__fail_nomem(a->q->error) : status;
}

static weir_status fail_document(answering *a, const weir__buf *document)
{
    if (document->failed == WEIR_NOMEM)
        return weir__fail_nomem(a->q->error);
    return weir__fail(a->q->error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                      "what one server would have to finish takes more than %zu bytes (max_bytes, or limits.bytes in "
                      "weir.yaml)",
                      document->limit);
}

static weir_status read_part(answering *a, weir__finish_way way, uint32_t i)
{
    weir__statement one = {.depth = DEEPEST + 1};
    weir__buf *document = &a->documents[i];
    weir_rows *rows;
    weir_status status = run_text(a, &a->finish->parts[i].text, &one, &rows);
    if (status != WEIR_OK)
        return status;
    a->columns[i] = copy_columns(a, rows);
    weir__buf_addc(document, '[');
    while (!document->failed && a->columns[i] && weir_next(rows))
        if (!weir__fault(&a->q->session->client->env, wrong_part_row) || document->size > 1)
            add_row(document, rows);
        else
            weir__buf_addc(document, ' ');
    weir__buf_addc(document, ']');
    if (way != WEIR__FINISH_TABLES && way != WEIR__FINISH_KEYED) /* there conditions are asked again at the end */
        a->warned += weir_rows_result(rows).warnings;
    status = weir_finish(rows, a->q->error);
    if (status == WEIR_OK && document->failed)
        status = fail_document(a, document);
    return status == WEIR_OK && !a->columns[i] ? weir__fail_nomem(a->q->error) : status;
}

static weir_status run_final(answering *a)
{
    weir__statement *q = a->q;
    weir__finish_text text;
    weir__statement one = {.head = a->head, .head_count = a->head_count, .warned = a->warned, .depth = q->depth + 1};
    weir_rows *rows;
    weir_status status = weir__finish_close(a->finish, a->columns, &text, q->error);
    if (status != WEIR_OK)
        return status;
    status = run_text(a, &text, &one, &rows);
    q->rows = status == WEIR_OK ? rows : NULL;
    return status;
}

static weir_status answer_in_way(answering *a, weir__finish_way way)
{
    weir__statement *q = a->q;
    weir_session *s = q->session;
    uint64_t configured = s->database->settings->limits.bytes;
    uint64_t most = q->options.max_bytes ? q->options.max_bytes : configured;
    weir_status status = weir__finish_plan(&q->apart->input, way, &a->arena, &a->finish, q->error);
    if (status != WEIR_OK || a->finish->refused)
        return status != WEIR_OK ? status : WEIR_UNSUPPORTED;
    a->columns = weir__arena_array(&a->arena, a->finish->part_count, sizeof *a->columns);
    a->documents = weir__arena_array(&a->arena, a->finish->part_count, sizeof *a->documents);
    if (!a->columns || !a->documents)
        return weir__fail_nomem(q->error);
    for (uint32_t i = 0; i < a->finish->part_count; i++)
        weir__buf_init(&a->documents[i], &s->client->env.mem, most > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)most);
    status = a->head ? WEIR_OK : read_head(a);
    for (uint32_t i = 0; i < a->finish->part_count && status == WEIR_OK; i++)
        status = read_part(a, way, i);
    if (status == WEIR_OK)
        status = run_final(a);
    for (uint32_t i = 0; i < a->finish->part_count; i++)
        weir__buf_deinit(&a->documents[i]);
    return status;
}

weir_status weir__finish_answer(weir__statement *q, weir_status (*run)(weir__statement *q))
{
    answering a = {.q = q, .run = run, .head = q->head, .head_count = q->head_count, .warned = q->warned};
    weir_error refusal = *q->error;
    weir_status status = WEIR_UNSUPPORTED;
    bool was_inner = q->session->inner;
    weir__arena_init(&a.arena, &q->session->client->env.mem, WEIR__MAX_PLAN_BYTES);
    weir__session_running(q->session);
    q->session->inner = true;
    for (unsigned way = 0; way < WEIR__FINISH_WAYS && status == WEIR_UNSUPPORTED; way++)
        status = answer_in_way(&a, (weir__finish_way)way);
    if (status == WEIR_UNSUPPORTED)
        *q->error = refusal; /* what the user can do about it */
    q->session->inner = was_inner;
    if (!was_inner && !q->session->rows)
        weir__session_idle(q->session);
    weir__arena_deinit(&a.arena);
    return status;
}

/* ---- the final statement's columns ---- */

weir_status weir__finish_head(weir__statement *q)
{
    weir__answer *answer = weir__rows_answer(q->rows);
    weir__rows_warned(q->rows, q->warned);
    bool alike = answer->column_count == q->head_count;
    for (uint32_t i = 0; alike && i < q->head_count; i++) {
        const weir_column *a = &answer->columns[i], *b = &q->head[i];
        bool text = b->type == WEIR_T_TEXT || b->type == WEIR_T_BYTES;
        alike = a->type == b->type && a->is_unsigned == b->is_unsigned && a->binary == b->binary &&
                (text || a->decimals == b->decimals);
    }
    answer->columns = q->head; /* until they are copied, which is next */
    answer->shared = NULL;
    if (alike)
        return WEIR_OK;
    answer->column_count = 0;
    return weir__fail(q->error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                      "scatter_read: a server that finishes the statement would give columns of other types");
}
