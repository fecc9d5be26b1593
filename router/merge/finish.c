/* finish.c - the head, the declared columns of parts, the final text. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/finish.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "router/merge/finishing.h"

const char *weir__finish_way_name(weir__finish_way way)
{
    static const char *const names[] = {
#define X(name, text) text,
        WEIR__FINISH_MAP(X)
#undef X
    };
    return names[way];
}

/* ---- planning ---- */

weir__planning *weir__finish_planning(const weir__finish *f)
{
    weir__planning *from = f->planning, *p = weir__arena_take(from->arena, sizeof *p);
    if (!p)
        return NULL;
    *p = (weir__planning){.input = from->input, .arena = from->arena, .tree = from->tree, .root = WEIR__NONE};
    p->plan = weir__arena_take(from->arena, sizeof *p->plan);
    return p->plan ? p : NULL;
}

bool weir__finish_render(weir__planning *p, weir__finish_text *out)
{
    if (!weir__planning_render(p))
        return false;
    *out = (weir__finish_text){p->plan->sql, p->plan->args, p->plan->arg_count};
    return true;
}

weir__finish_part *weir__finish_add_part(weir__finish *f)
{
    weir__finish_part *more = weir__arena_array(f->planning->arena, f->part_count + 1, sizeof *more);
    if (!more)
        return NULL;
    if (f->part_count)
        memcpy(more, f->parts, f->part_count * sizeof *more);
    f->parts = more;
    return &f->parts[f->part_count++];
}

void weir__finish_place(weir__finish *f, weir__finish_part *part, edit *e)
{
    weir__planning *p = f->planning;
    part->before = weir__planning_hole(p, e);
    weir__planning_ask(p, e, WEIR__FINISH_DOCUMENT + (uint32_t)(part - f->parts));
    part->behind = weir__planning_hole(p, e);
}

/* The statement with LIMIT 0. */
static bool plan_head(weir__finish *f)
{
    const node *root = f->planning->tree.root, *limit = weir__child(root, NODE(LIMIT));
    weir__planning *p = weir__finish_planning(f);
    edit *e =
        p ? weir__planning_edit(p, limit ? limit->at.start : root->at.end, limit ? limit->at.end : root->at.end) : NULL;
    if (!e)
        return false;
    weir__planning_say(p, e, limit ? "LIMIT 0" : " LIMIT 0");
    return weir__finish_render(p, &f->head);
}

static bool has_kind(const node *n, weir__node_kind kind)
{
    if (n->kind == kind)
        return true;
    for (const node *child = n->first; child; child = child->next)
        if (has_kind(child, kind))
            return true;
    return false;
}

/* WITH ROLLUP of rows that a condition may show to be one or none is described otherwise by a server that finds it so. */
static bool has_doubtful_rollup(const node *n)
{
    const node *group = n->kind == NODE(SELECT) ? weir__child(n, NODE(GROUP)) : NULL;
    const node *from = group ? weir__child(n, NODE(FROM)) : NULL;
    bool plain = from && from->first == from->last && from->first->kind == NODE(TABLE) && !weir__child(n, NODE(WHERE));
    if (group && group->flags & WEIR__FLAG_ROLLUP && !plain)
        return true;
    for (const node *child = n->first; child; child = child->next)
        if (has_doubtful_rollup(child))
            return true;
    return false;
}

/* What no way does. */
static bool check(weir__planning *p)
{
    const node *root = p->tree.root;
    const weir__lex_options *reading = &p->input->reading;
    if (reading->version < (reading->flavour == WEIR__MARIADB ? 100600u : 80004u))
        return weir__planning_refuse(p, root, "the server has no JSON_TABLE");
    if (root->kind != NODE(SELECT) && root->kind != NODE(SETOP) && root->kind != NODE(NESTED))
        return weir__planning_refuse(p, root, "only a SELECT or a UNION is finished by one server");
    if (root->flags & (WEIR__FLAG_PAREN | WEIR__FLAG_FOUND_ROWS) || has_kind(root, NODE(LOCK)) ||
        has_kind(root, NODE(INTO)) || has_kind(root, NODE(PROCEDURE)) || has_kind(root, NODE(SYSVAR)))
        return weir__planning_refuse(p, root,
                                     "locks, INTO, system variables and SQL_CALC_FOUND_ROWS belong to one server");
    if (has_doubtful_rollup(root))
        return weir__planning_refuse(p, root,
                                     "WITH ROLLUP beside WHERE or a join, which a server may describe otherwise");
    return true;
}

static const struct {
    bool (*plan)(weir__finish *f);
} ways[] = {
    [WEIR__FINISH_GROUPS] = {weir__finish_groups},
    [WEIR__FINISH_BLOCKS] = {weir__finish_blocks},
    [WEIR__FINISH_KEYED] = {weir__finish_keyed},
    [WEIR__FINISH_TABLES] = {weir__finish_tables},
};

static weir_status arena_failure(const weir__arena *arena, weir_error *error)
{
    if (arena->failed == WEIR_NOMEM)
        return weir__fail_nomem(error);
    return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                      "the statement is too large to be planned for several shards");
}

weir_status weir__finish_plan(const weir__merge_input *input, weir__finish_way way, weir__arena *arena,
                              weir__finish **out, weir_error *error)
{
    weir__finish *f = weir__arena_take(arena, sizeof *f);
    weir__planning *p = f ? weir__arena_take(arena, sizeof *p) : NULL;
    *out = f;
    if (!p || !(p->plan = weir__arena_take(arena, sizeof *p->plan)))
        return weir__fail_nomem(error);
    f->planning = p;
    p->input = input;
    p->arena = arena;
    p->root = WEIR__NONE;
    weir_status status = weir__parse(input->sql, &input->reading, arena, &p->tree, error);
    if (status != WEIR_OK)
        return status;
    p->select = p->tree.root;
    p->items = weir__child(p->select, NODE(ITEMS));
    p->group = weir__child(p->select, NODE(GROUP));
    p->order = weir__child(p->select, NODE(ORDER));
    p->limit = weir__child(p->select, NODE(LIMIT));
    if (check(p) && plan_head(f) && !ways[way].plan(f) && !p->plan->refused)
        weir__planning_refuse(p, NULL, "it cannot be taken apart");
    f->refused = p->plan->refused;
    f->refused_at = p->plan->refused_at;
    return arena->failed ? arena_failure(arena, error) : WEIR_OK;
}

/* ---- closing ---- */

static bool is_bytes(const weir_column *c)
{
    return c->type == WEIR_T_BYTES;
}

/* False: no such column can be declared. */
static bool add_type(const weir__finish_column *how, const weir_column *c, weir__buf *out)
{
    if (is_bytes(c)) { /* its hexadecimal digits; MariaDB 10.11 loses values of UNHEX(longtext) in temporary tables */
        weir__buf_addf(out, "varchar(%" PRIu32 ") CHARACTER SET latin1", how->octets * 2);
        return how->octets > 0;
    }
    if (how->type.size) {
        weir__buf_add(out, how->type.data, how->type.size);
    } else {
        switch (c->type) {
        case WEIR_T_INT:
            weir__buf_adds(out, "bigint");
            return true;
        case WEIR_T_UINT:
            weir__buf_adds(out, "bigint unsigned");
            return true;
        case WEIR_T_DECIMAL:
            weir__buf_addf(out, "decimal(65,%" PRIu32 ")", c->decimals);
            return c->decimals <= 38;
        case WEIR_T_DOUBLE:
            if (c->decimals < 31)
                weir__buf_addf(out, "double(255,%" PRIu32 ")", c->decimals);
            else
                weir__buf_adds(out, "double");
            return true;
        case WEIR_T_DATE:
            weir__buf_adds(out, "date");
            return true;
        case WEIR_T_DATETIME:
        case WEIR_T_TIME:
            weir__buf_addf(out, "%s(%" PRIu32 ")", c->type == WEIR_T_TIME ? "time" : "datetime", c->decimals);
            return c->decimals <= 6;
        case WEIR_T_TEXT:
            weir__buf_adds(out, "longtext");
            break;
        default:
            return false;
        }
    }
    if (how->collation && *how->collation)
        weir__buf_addf(out, " CHARACTER SET %s COLLATE %s", how->charset, how->collation);
    return c->type != WEIR_T_TEXT || how->cast || (how->collation && *how->collation);
}

static void add_name(const weir__finish_column *how, uint32_t i, weir__buf *out)
{
    weir__buf_addf(out, " AS ");
    if (!how->name.size) {
        weir__buf_addf(out, "weir_%" PRIu32, i);
        return;
    }
    weir__buf_addc(out, '`');
    for (size_t k = 0; k < how->name.size; k++) {
        if (how->name.data[k] == '`')
            weir__buf_addc(out, '`');
        weir__buf_addc(out, how->name.data[k]);
    }
    weir__buf_addc(out, '`');
}

static bool fill(weir__finish *f, struct piece *hole, weir__buf *text)
{
    weir__arena *arena = f->planning->arena;
    hole->text = (weir_str){weir__arena_text(arena, weir__buf_text(text), text->size), text->size};
    if (text->failed && !arena->failed)
        arena->failed = text->failed;
    weir__buf_reset(text);
    return !arena->failed;
}

static weir_status close_part(weir__finish *f, weir__finish_part *part, const weir_column *columns, weir__buf *text,
                              weir_error *error)
{
    bool made = false; /* by a function */
    weir__buf_adds(text, "(SELECT ");
    for (uint32_t i = 0; i < part->column_count; i++) {
        const weir__finish_column *how = &part->columns[i];
        made |= is_bytes(&columns[i]) || how->cast;
        weir__buf_adds(text, i ? ", " : "");
        if (is_bytes(&columns[i]))
            weir__buf_addf(text, "UNHEX(weir_%" PRIu32 ")", i);
        else if (how->cast)
            weir__buf_addf(text, "CAST(weir_%" PRIu32 " AS %s)", i, how->cast);
        else
            weir__buf_addf(text, "weir_%" PRIu32, i);
        add_name(how, i, text);
    }
    weir__buf_adds(text, " FROM JSON_TABLE(");
    if (!fill(f, part->before, text))
        return arena_failure(f->planning->arena, error);
    weir__buf_adds(text, ", '$[*]' COLUMNS (");
    for (uint32_t i = 0; i < part->column_count; i++) {
        weir__buf_addf(text, "%sweir_%" PRIu32 " ", i ? ", " : "", i);
        if (!add_type(&part->columns[i], &columns[i], text))
            return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                              "scatter_read: column %.*s of a part has a type or collation that is not known",
                              (int)columns[i].name.size, columns[i].name.data);
        weir__buf_addf(text, " PATH '$[%" PRIu32 "]' ERROR ON ERROR", i);
    }
    /* With a LIMIT the rows are made before they are used: the function's values are columns then, as the table's are. */
    weir__buf_adds(text, made ? ")) weir LIMIT 18446744073709551615)" : ")) weir)");
    return fill(f, part->behind, text) ? WEIR_OK : arena_failure(f->planning->arena, error);
}

weir_status weir__finish_close(weir__finish *f, const weir_column *const *columns, weir__finish_text *out,
                               weir_error *error)
{
    weir__buf text;
    weir_status status = WEIR_OK;
    weir__buf_init(&text, f->planning->arena->mem, WEIR__MAX_STATEMENT_BYTES);
    for (uint32_t i = 0; i < f->part_count && status == WEIR_OK; i++)
        status = close_part(f, &f->parts[i], columns[i], &text, error);
    weir__buf_deinit(&text);
    if (status != WEIR_OK || weir__finish_render(f->planning, out))
        return status;
    if (f->planning->plan->refused)
        return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "scatter_read: %s", f->planning->plan->refused);
    return arena_failure(f->planning->arena, error);
}
