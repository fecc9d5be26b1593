/* insert_text.c - see insert_text.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/insert_text.h"

#include "base/limits.h"
#include "base/str.h"
#include "router/plan/plan.h"
#include "router/sql/tokens.h"

#define TK(name) WEIR__TK_##name

/* ---- reading ---- */

typedef struct reader {
    weir__lexer lexer;
    weir__token token; /* the one at hand */
    weir__insert_text *out;
    weir__arena *arena;
    uint32_t room;
} reader;

static void next(reader *r)
{
    r->out->arg_count += r->token.id == TK(PARAM);
    r->token = weir__lex(&r->lexer);
}

/* Over a group in parentheses, which begins here; then the token behind it is at hand. False: it has no end. */
static bool skip_group(reader *r, uint32_t *end)
{
    uint32_t depth = 0;
    do {
        depth += r->token.id == TK(LP);
        depth -= r->token.id == TK(RP);
        *end = r->token.end;
        next(r);
    } while (depth > 0 && r->token.id != WEIR__TK_EOF);
    return depth == 0;
}

static bool add_row(reader *r, weir__insert_row row)
{
    weir__insert_text *t = r->out;
    if (t->row_count == r->room) {
        uint32_t room = r->room ? r->room * 2 : 8;
        weir__insert_row *more = weir__arena_array(r->arena, room, sizeof *more);
        if (!more)
            return false;
        if (t->row_count)
            memcpy(more, t->rows, t->row_count * sizeof *more);
        t->rows = more;
        r->room = room;
    }
    t->rows[t->row_count++] = row;
    return true;
}

/* (..), (..) */
static bool read_rows(reader *r)
{
    while (r->token.id == TK(LP)) {
        weir__insert_row row = {.start = r->token.start, .first_arg = r->out->arg_count};
        if (!skip_group(r, &row.end))
            return false;
        row.args = r->out->arg_count - row.first_arg;
        r->out->tail = row.end;
        if (!add_row(r, row))
            return false;
        if (r->token.id != TK(COMMA))
            return true;
        next(r);
    }
    return false;
}

/* a = 1, b = 2 up to ON DUPLICATE, RETURNING, an alias or the end. */
static bool read_set(reader *r)
{
    weir__insert_row row = {.start = r->token.start, .first_arg = r->out->arg_count};
    uint32_t depth = 0;
    r->out->set = true;
    while (r->token.id != WEIR__TK_EOF && r->token.id != TK(SEMI)) {
        int id = r->token.id;
        if (depth == 0 && (id == TK(ON) || id == TK(RETURNING) || id == TK(AS)))
            break;
        depth += id == TK(LP);
        depth -= id == TK(RP);
        row.end = r->token.end;
        next(r);
    }
    row.args = r->out->arg_count - row.first_arg;
    r->out->tail = row.end;
    return row.end > row.start && add_row(r, row);
}

/* Behind INSERT or REPLACE: options, INTO, the table with its partitions. */
static bool read_head(reader *r)
{
    uint32_t end;
    next(r);
    while (r->token.id == TK(LOW_PRIORITY) || r->token.id == TK(HIGH_PRIORITY) || r->token.id == TK(DELAYED) ||
           r->token.id == TK(IGNORE) || r->token.id == TK(HINT))
        next(r);
    if (r->token.id == TK(INTO))
        next(r);
    if (!weir__token_is_name(r->token.id))
        return false;
    next(r);
    while (r->token.id == TK(DOT)) {
        next(r);
        next(r);
    }
    if (r->token.id != TK(PARTITION))
        return true;
    next(r);
    return r->token.id == TK(LP) && skip_group(r, &end);
}

static bool read_list(reader *r)
{
    weir__lexer ahead = r->lexer;
    uint32_t end;
    r->out->list_is_empty = weir__lex(&ahead).id == TK(RP);
    if (!skip_group(r, &end))
        return false;
    r->out->list_end = end - 1;
    return true;
}

bool weir__insert_text_read(weir_str sql, const weir__lex_options *reading, weir__arena *arena, weir__insert_text *out)
{
    reader r = {.out = out, .arena = arena};
    *out = (weir__insert_text){.sql = sql, .reading = *reading};
    weir__lexer_init(&r.lexer, sql, reading);
    next(&r);
    if ((r.token.id != TK(INSERT) && r.token.id != TK(REPLACE)) || !read_head(&r))
        return false;
    if (r.token.id == TK(LP) && !read_list(&r))
        return false;
    bool set = r.token.id == TK(SET) && !out->list_end;
    if (!set && r.token.id != TK(VALUES) && r.token.id != TK(VALUE))
        return false;
    next(&r);
    if (!(set ? read_set(&r) : read_rows(&r)))
        return false;
    while (r.token.id != WEIR__TK_EOF)
        next(&r);
    return true;
}

/* ---- writing ---- */

typedef struct writer {
    const weir__insert_text *text;
    const weir__insert_ids *ids;
    weir_args given;
    weir__buf *out;
    weir_value *values;
    size_t count;
    uint32_t rows_written;
    bool ok;
} writer;

static void copy(writer *w, uint32_t start, uint32_t end)
{
    weir__buf_add(w->out, w->text->sql.data + start, end - start);
}

static void take_args(writer *w, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count && i < w->given.count; i++)
        w->values[w->count++] = w->given.values[i];
}

static void say_id(writer *w, uint64_t id)
{
    if (!w->given.count) {
        weir__buf_addf(w->out, "%llu", (unsigned long long)id);
        return;
    }
    weir__buf_addc(w->out, '?');
    w->values[w->count++] = weir_uint(id);
}

/* Where the value of a cell is: in SET behind its =. before, inside: how many ? of the row stand so. */
typedef struct cell {
    uint32_t start, end, before, inside;
} cell;

static bool find_cell(const writer *w, const weir__insert_row *row, cell *out)
{
    const weir__insert_text *t = w->text;
    weir_str part = {t->sql.data + row->start, row->end - row->start};
    uint32_t depth = t->set ? 1 : 0, number = 0;
    bool in_value = !t->set;
    weir__lexer lexer;
    weir__lexer_init(&lexer, part, &t->reading);
    *out = (cell){0};
    for (weir__token token = weir__lex(&lexer); token.id != WEIR__TK_EOF; token = weir__lex(&lexer)) {
        bool between = depth == 1 && token.id == TK(COMMA), is_arg = token.id == TK(PARAM);
        if (number == w->ids->cell && (between || (depth == 1 && token.id == TK(RP))))
            break;
        if (between) {
            number++;
            in_value = !t->set;
        } else if (depth == 1 && !in_value && (token.id == TK(EQ) || token.id == TK(ASSIGN))) {
            in_value = true;
        } else if (depth > 0 && in_value && number == w->ids->cell) {
            out->start = out->end ? out->start : row->start + token.start;
            out->end = row->start + token.end;
            out->inside += is_arg;
        } else {
            out->before += is_arg;
        }
        depth += token.id == TK(LP);
        depth -= token.id == TK(RP);
    }
    return out->end > 0;
}

static void write_row(writer *w, uint32_t number)
{
    const weir__insert_row *row = &w->text->rows[number];
    uint64_t id = w->ids ? w->ids->of_row[number] : 0;
    if (w->rows_written++)
        weir__buf_adds(w->out, ", ");
    if (id == 0) {
        copy(w, row->start, row->end);
        take_args(w, row->first_arg, row->args);
    } else if (w->ids->cell == WEIR__NONE) {
        bool set = w->text->set;
        copy(w, row->start, set ? row->end : row->end - 1);
        take_args(w, row->first_arg, row->args);
        if (set)
            weir__buf_addf(w->out, ", `%s` = ", w->ids->column);
        else if (!w->text->list_is_empty)
            weir__buf_adds(w->out, ", ");
        say_id(w, id);
        if (!set)
            weir__buf_addc(w->out, ')');
    } else {
        cell c;
        if (!find_cell(w, row, &c)) {
            w->ok = false;
            return;
        }
        copy(w, row->start, c.start);
        take_args(w, row->first_arg, c.before);
        say_id(w, id);
        copy(w, c.end, row->end);
        take_args(w, row->first_arg + c.before + c.inside, row->args - c.before - c.inside);
    }
}

static void write_head(writer *w)
{
    const weir__insert_text *t = w->text;
    const weir__insert_row *first = &t->rows[0];
    if (!w->ids || w->ids->cell != WEIR__NONE || t->set || !t->list_end) {
        copy(w, 0, first->start);
    } else {
        copy(w, 0, t->list_end);
        weir__buf_addf(w->out, "%s`%s`", t->list_is_empty ? "" : ", ", w->ids->column);
        copy(w, t->list_end, first->start);
    }
    take_args(w, 0, first->first_arg);
}

bool weir__insert_text_write(const weir__insert_text *text, const uint32_t *rows, uint32_t count,
                             const weir__insert_ids *ids, weir_args given, weir__arena *arena, weir__buf *out,
                             weir_args *args)
{
    const weir__insert_row *last = &text->rows[text->row_count - 1];
    writer w = {.text = text, .ids = ids, .given = given, .out = out, .ok = true};
    size_t most = given.count + (given.count && ids ? count : 0);
    w.values = weir__arena_array(arena, most + 1, sizeof *w.values);
    if (!w.values)
        return false;
    write_head(&w);
    for (uint32_t i = 0; i < count && w.ok; i++)
        write_row(&w, rows ? rows[i] : i);
    copy(&w, text->tail, (uint32_t)text->sql.size);
    take_args(&w, last->first_arg + last->args, text->arg_count - last->first_arg - last->args);
    *args = (weir_args){w.values, w.count};
    return w.ok && !out->failed;
}
