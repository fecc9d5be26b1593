/* grouping.c - GROUP BY and aggregates over several shards: partial results there, whole ones here. SPDX-License-Identifier: Apache-2.0
 * The user's select list is sent as it is, so that names, types and decimals are the server's own; what its values on one shard do not
 * tell is sent in hidden columns. */
#include <stdio.h>

#include "router/merge/planning.h"

enum { NONE = WEIR__NONE };

typedef struct grouping {
    weir__planning *p;
    weir__aggregation *what;
    weir__aggregate *aggregates;
    uint32_t count, room;
    edit *more; /* elements: what the shards group by as well */
    bool elements;
} grouping;

const weir__function *weir__planning_aggregate(const weir__planning *p, const node *e)
{
    if (e->kind != NODE(FUNCTION) || weir__child(e, NODE(OVER)) || weir__child(e, NODE(SCHEMA)))
        return NULL;
    const weir__function *f = weir__function_find(weir__text_of(&p->tree, e->name));
    return f && f->flags & WEIR__FN_AGGREGATE ? f : NULL;
}

bool weir__planning_has_aggregate(const weir__planning *p, const node *e)
{
    if (e->kind == NODE(SUBQUERY))
        return false;
    if (weir__planning_aggregate(p, e))
        return true;
    for (const node *child = e->first; child; child = child->next)
        if (weir__planning_has_aggregate(p, child))
            return true;
    return false;
}

static bool has_column(const node *e)
{
    if (e->kind == NODE(COLUMN) || e->kind == NODE(SUBQUERY))
        return true;
    for (const node *child = e->first; child; child = child->next)
        if (has_column(child))
            return true;
    return false;
}

/* ---- aggregates ---- */

static const struct {
    const char *name;
    weir__aggregate_kind kind;
} kinds[] = {
    {"avg", WEIR__AGGREGATE_AVG},
    {"bit_and", WEIR__AGGREGATE_BIT_AND},
    {"bit_or", WEIR__AGGREGATE_BIT_OR},
    {"bit_xor", WEIR__AGGREGATE_BIT_XOR},
    {"count", WEIR__AGGREGATE_COUNT},
    {"group_concat", WEIR__AGGREGATE_CONCAT},
    {"max", WEIR__AGGREGATE_MAX},
    {"min", WEIR__AGGREGATE_MIN},
    {"std", WEIR__AGGREGATE_STDDEV_POP},
    {"stddev", WEIR__AGGREGATE_STDDEV_POP},
    {"stddev_pop", WEIR__AGGREGATE_STDDEV_POP},
    {"stddev_samp", WEIR__AGGREGATE_STDDEV_SAMP},
    {"sum", WEIR__AGGREGATE_SUM},
    {"var_pop", WEIR__AGGREGATE_VAR_POP},
    {"var_samp", WEIR__AGGREGATE_VAR_SAMP},
    {"variance", WEIR__AGGREGATE_VAR_POP},
};

static uint32_t hide_call(grouping *g, const char *function, const node *argument, const char *behind)
{
    char before[64];
    snprintf(before, sizeof before, "%s(", function);
    return weir__planning_hide(g->p, before, argument, behind);
}

/* A sum of doubles with fixed decimals is rounded to them, and would be so once for each shard. */
static bool sum_rounds(grouping *g, const node *argument)
{
    uint32_t number;
    uint8_t kind = (uint8_t)weir__planning_shape(g->p, argument).kind;
    return kind == SHAPE_FLOAT || (kind == SHAPE_DOUBLE && !weir__planning_column(g->p, argument, &number));
}

static uint32_t hide_sum(grouping *g, const node *argument)
{
    return sum_rounds(g, argument) ? hide_call(g, "SUM(", argument, ")+0e0)") : hide_call(g, "SUM", argument, ")");
}

/* The shards group by it, too. */
static void group_also(grouping *g, const char *before, const node *e, const char *behind)
{
    weir__planning *p = g->p;
    if (!g->more) {
        const node *last = p->group ? p->group->last : weir__child(p->select, NODE(WHERE));
        last = last ? last : weir__child(p->select, NODE(FROM));
        uint32_t at = last ? last->at.end : p->items->at.end;
        g->more = weir__planning_edit(p, at, at);
        weir__planning_say(p, g->more, p->group ? ", " : " GROUP BY ");
    } else {
        weir__planning_say(p, g->more, ", ");
    }
    weir__planning_say(p, g->more, before);
    if (g->more)
        weir__planning_copy(p, g->more, e->at.start, e->at.end);
    weir__planning_say(p, g->more, behind);
    g->elements = true;
}

static uint32_t argument_count(const node *e)
{
    uint32_t count = 0;
    for (const node *a = e->first; a; a = a->next)
        count += a->kind != NODE(ORDER) && a->kind != NODE(SEPARATOR) && a->kind != NODE(LIMIT);
    return count;
}

/* A number in GROUP BY is the position of a column, in brackets too. */
static bool is_position(const node *e)
{
    while (e && e->kind == NODE(UNARY))
        e = e->first;
    return e && e->kind == NODE(LITERAL);
}

static bool plan_elements(grouping *g, const node *e, weir__aggregate *a)
{
    uint32_t count = argument_count(e), i = 0;
    for (const node *one = e->first; one; one = one->next)
        if (is_position(one))
            return weir__planning_refuse(g->p, one, "DISTINCT of a constant");
    weir__merge_key *keys = weir__arena_array(g->p->arena, count, sizeof *keys);
    for (const node *one = e->first; keys && i < count; one = one->next, i++) {
        if (!weir__planning_key(g->p, one, NONE, &keys[i]))
            return false;
        group_also(g, "(", one, ")");
    }
    a->elements = keys;
    a->element_count = count;
    return true;
}

/* Of a member without an index the text is compared. */
static bool is_indexed(const weir__planning *p, const node *e)
{
    uint32_t number;
    const weir__column *c = weir__planning_column(p, e, &number);
    const weir__table *table = c ? p->input->tables[number].table : NULL;
    for (uint32_t i = 0; table && i < table->index_count; i++)
        for (uint32_t k = 0; k < table->indexes[i].part_count; k++)
            if (strcasecmp(table->indexes[i].parts[k].column, c->name) == 0)
                return true;
    return !table;
}

static bool plan_extreme(grouping *g, const node *e, weir__aggregate *a)
{
    weir__planning *p = g->p;
    weir__shape shape = weir__planning_shape(p, e->first);
    weir__wrapping w;
    const char *why = "";
    if (shape.kind == SHAPE_MEMBER && is_indexed(p, e->first))
        return weir__planning_refuse(
            p, e, "MIN and MAX of an ENUM or SET that has an index, where servers take its number or its text");
    if (shape.kind == SHAPE_MEMBER)
        shape.kind = SHAPE_TEXT;
    if (!weir__planning_wrap(p, shape, &w, &why))
        return weir__planning_refuse(p, e, why);
    a->order = (weir__merge_key){.column = a->value, .kind = (uint8_t)w.kind};
    if (shape.kind == SHAPE_TIMESTAMP)
        a->order.column =
            hide_call(g, a->kind == WEIR__AGGREGATE_MIN ? "MIN(UNIX_TIMESTAMP" : "MAX(UNIX_TIMESTAMP", e->first, "))");
    else if (*w.before)
        a->order.column = weir__planning_hide(p, w.before, e, w.behind);
    return true;
}

static bool plan_separator(grouping *g, const node *e, weir__aggregate *a)
{
    const node *separator = weir__child(e, NODE(SEPARATOR));
    a->separator = (weir_str){",", 1};
    if (!separator)
        return true;
    weir_str text = weir__text_of(&g->p->tree, separator->first->at);
    bool plain = text.size >= 2 && (*text.data == '\'' || *text.data == '"') && !memchr(text.data, '\\', text.size) &&
                 !memchr(text.data + 1, *text.data, text.size - 2);
    if (!plain)
        return weir__planning_refuse(g->p, separator, "a SEPARATOR that is not a plain string");
    a->separator = (weir_str){text.data + 1, text.size - 2};
    return true;
}

/* One row an element; those with the same bytes once, with their number. */
static bool plan_concat(grouping *g, const node *e, weir__aggregate *a)
{
    weir__planning *p = g->p;
    const node *order = weir__child(e, NODE(ORDER)), *text = e->first;
    bool distinct = e->flags & WEIR__FLAG_DISTINCT;
    if (argument_count(e) != 1 || is_position(text) || weir__child(e, NODE(LIMIT)))
        return weir__planning_refuse(p, e, "GROUP_CONCAT of several expressions, or with LIMIT: use CONCAT within it");
    weir__shape shape = weir__planning_shape(p, text);
    if (shape.kind == SHAPE_UNKNOWN || shape.kind == SHAPE_FLOAT || shape.kind == SHAPE_BITS ||
        shape.kind == SHAPE_DOUBLE)
        return weir__planning_refuse(p, e, "GROUP_CONCAT of what may print otherwise: CAST it AS CHAR(n)");
    if (!plan_separator(g, e, a) || (distinct && !plan_elements(g, e, a)))
        return false;
    a->value = weir__planning_hide(p, "(", text, ")");
    a->count = weir__planning_hide(p, "COUNT(*)", NULL, "");
    a->longest_column = weir__planning_hide(p, "@@group_concat_max_len", NULL, "");
    if (!distinct)
        group_also(g, "BINARY (", text, ")");
    for (const node *by = order ? order->first : NULL; by; by = by->next)
        a->sorting_count++;
    weir__merge_key *keys = weir__arena_array(p->arena, a->sorting_count, sizeof *keys);
    uint32_t i = 0;
    for (const node *by = order ? order->first : NULL; by && keys; by = by->next, i++) {
        if (is_position(by->first))
            return weir__planning_refuse(p, by, "GROUP_CONCAT ordered by a constant");
        if (distinct && !weir__planning_same(p, by->first, text))
            return weir__planning_refuse(p, by, "GROUP_CONCAT(DISTINCT ..) ordered by something else");
        if (!weir__planning_key(p, by->first, NONE, &keys[i]))
            return false;
        keys[i].descending = by->flags & WEIR__FLAG_DESCENDING;
        group_also(g, "(", by->first, ")");
    }
    a->sorting = keys;
    return true;
}

static void plan_sum(grouping *g, const node *e, weir__aggregate *a)
{
    if (a->kind == WEIR__AGGREGATE_AVG) {
        a->value = hide_sum(g, e->first);
        a->count = hide_call(g, "COUNT", e->first, ")");
    } else if (sum_rounds(g, e->first)) {
        a->value = hide_sum(g, e->first);
    }
}

static bool plan_kind(grouping *g, const node *e, weir__aggregate *a)
{
    bool distinct = e->flags & WEIR__FLAG_DISTINCT;
    if (!argument_count(e) && (distinct || a->kind != WEIR__AGGREGATE_COUNT))
        return weir__planning_refuse(g->p, e, "an aggregate of nothing");
    switch ((weir__aggregate_kind)a->kind) {
    case WEIR__AGGREGATE_COUNT:
        if (!distinct)
            return true;
        a->kind = WEIR__AGGREGATE_COUNT_DISTINCT;
        return plan_elements(g, e, a);
    case WEIR__AGGREGATE_SUM:
    case WEIR__AGGREGATE_AVG:
        if (distinct) {
            a->kind = a->kind == WEIR__AGGREGATE_SUM ? WEIR__AGGREGATE_SUM_DISTINCT : WEIR__AGGREGATE_AVG_DISTINCT;
            if (!plan_elements(g, e, a))
                return false;
            if (!a->elements)
                return true; /* no memory, as the arena will say */
            if (a->elements[0].kind != WEIR__MERGE_NUMBER)
                return weir__planning_refuse(g->p, e,
                                             "SUM and AVG of distinct values that are neither integers nor DECIMAL");
            a->value = a->elements[0].column;
            return true;
        }
        plan_sum(g, e, a);
        return true;
    case WEIR__AGGREGATE_MIN:
    case WEIR__AGGREGATE_MAX:
        return plan_extreme(g, e, a);
    case WEIR__AGGREGATE_VAR_POP:
    case WEIR__AGGREGATE_VAR_SAMP:
    case WEIR__AGGREGATE_STDDEV_POP:
    case WEIR__AGGREGATE_STDDEV_SAMP:
        a->value = hide_call(g, "VAR_POP", e->first, ")*1e0");
        a->sum = hide_sum(g, e->first);
        a->count = hide_call(g, "COUNT", e->first, ")");
        return true;
    case WEIR__AGGREGATE_CONCAT:
        return plan_concat(g, e, a);
    default:
        return true;
    }
}

/* `column` gets the result of the aggregate e. NULL: refused, or no memory. */
static const weir__aggregate *add_aggregate(grouping *g, const node *e, uint32_t column)
{
    weir__planning *p = g->p;
    weir_str name = weir__text_of(&p->tree, e->name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!weir__str_is_nocase(name, kinds[i].name))
            continue;
        if (g->count == g->room) {
            uint32_t room = g->room ? g->room * 2 : 8;
            weir__aggregate *more = weir__arena_array(p->arena, room, sizeof *more);
            if (!more)
                return NULL;
            if (g->count)
                memcpy(more, g->aggregates, g->count * sizeof *more);
            g->aggregates = more;
            g->room = room;
        }
        weir__aggregate *a = &g->aggregates[g->count++];
        *a = (weir__aggregate){.kind = (uint8_t)kinds[i].kind, .out = column, .value = column, .longest_column = NONE};
        return plan_kind(g, e, a) ? a : NULL;
    }
    weir__planning_refuse(p, e, "this aggregate cannot be made of the shards' parts");
    return NULL;
}

/* ---- clauses ---- */

static bool plan_group_keys(grouping *g, const node **meanings)
{
    weir__planning *p = g->p;
    uint32_t i = 0;
    weir__merge_key *keys = weir__arena_array(p->arena, g->what->key_count, sizeof *keys);
    for (const node *by = p->group ? p->group->first : NULL; by && keys; by = by->next, i++) {
        uint32_t item;
        meanings[i] = weir__planning_meant(p, by->first, false, &item);
        if (!meanings[i])
            return false;
        if (weir__planning_has_aggregate(p, meanings[i]))
            return weir__planning_refuse(p, by, "grouped by an aggregate");
        if (g->what->rollup && weir__planning_shape(p, meanings[i]).kind == SHAPE_TEXT)
            return weir__planning_refuse(
                p, by, "WITH ROLLUP over text: which of equal texts stands for the group depends on the shard");
        if (!weir__planning_key(p, meanings[i], g->what->rollup ? NONE : item, &keys[i]))
            return false;
        keys[i].descending = by->flags & WEIR__FLAG_DESCENDING;
    }
    g->what->keys = keys;
    return keys != NULL;
}

/* A column of a rolled up row: the key's NULL, or the same in all rows. */
static bool plan_rolled(grouping *g, const node *item, uint32_t column, const node **meanings)
{
    weir__merge_key *rolled = (weir__merge_key *)(uintptr_t)g->what->rolled;
    for (uint32_t k = 0; k < g->what->key_count; k++)
        if (weir__planning_same(g->p, item->first, meanings[k])) {
            rolled[g->what->rolled_count++] = (weir__merge_key){.column = column, .kind = (uint8_t)k};
            return true;
        }
    if (!has_column(item->first))
        return true;
    return weir__planning_refuse(g->p, item, "WITH ROLLUP: a column that is neither grouped by nor an aggregate");
}

static bool plan_items(grouping *g, const node **meanings)
{
    weir__planning *p = g->p;
    uint32_t column = 0;
    bool loose = false;
    for (const node *item = p->items->first; item; item = item->next, column++) {
        if (item->kind == NODE(STAR))
            return weir__planning_refuse(p, item, "* beside aggregates: name the columns");
        if (weir__planning_aggregate(p, item->first)) {
            if (!add_aggregate(g, item->first, column))
                return false;
        } else if (weir__planning_has_aggregate(p, item->first)) {
            return weir__planning_refuse(
                p, item, "an expression over aggregates of several shards: ask for the aggregates alone");
        } else {
            loose = true;
            if (g->what->rollup && !plan_rolled(g, item, column, meanings))
                return false;
        }
    }
    if (g->elements && loose && !p->group)
        return weir__planning_refuse(p, p->items, "distinct elements without GROUP BY, beside what is no aggregate");
    return true;
}

/* Do ORDER BY and GROUP BY name the same expressions? Then the shards can deliver in that order. */
static bool orders_by_groups(const weir__planning *p, const node **meanings, uint32_t count)
{
    uint32_t i = 0;
    for (const node *by = p->order->first; by; by = by->next, i++)
        if (i >= count || !weir__planning_same(p, by->first, meanings[i]))
            return false;
    return i == count;
}

static bool plan_order(grouping *g)
{
    weir__planning *p = g->p;
    uint32_t count = 0, i = 0;
    for (const node *by = p->order->first; by; by = by->next)
        count++;
    weir__merge_key *keys = weir__arena_array(p->arena, count, sizeof *keys);
    for (const node *by = p->order->first; by && keys; by = by->next, i++) {
        uint32_t item;
        const node *e = weir__planning_meant(p, by->first, true, &item);
        if (!e)
            return false;
        if (!weir__planning_has_aggregate(p, e)) {
            if (!weir__planning_key(p, e, item, &keys[i]))
                return false;
        } else {
            if (!weir__planning_aggregate(p, e))
                return weir__planning_refuse(p, by, "ordered by an expression over aggregates of several shards");
            uint32_t column = weir__planning_hide(p, "", e, "");
            const weir__aggregate *a = add_aggregate(g, e, column);
            weir__wrapping w;
            const char *why = "";
            if (!a)
                return false;
            g->aggregates[g->count - 1].sorts = true;
            if (a->kind == WEIR__AGGREGATE_CONCAT || !weir__planning_wrap(p, weir__planning_shape(p, e), &w, &why))
                return weir__planning_refuse(p, by, *why ? why : "ordered by GROUP_CONCAT");
            bool extreme = a->kind == WEIR__AGGREGATE_MIN || a->kind == WEIR__AGGREGATE_MAX;
            keys[i].column = extreme ? a->order.column : column;
            keys[i].kind = extreme ? a->order.kind : (uint8_t)w.kind;
        }
        keys[i].descending = by->flags & WEIR__FLAG_DESCENDING;
    }
    p->plan->sort = keys;
    p->plan->sort_count = count;
    return keys != NULL;
}

static bool refuse_clauses(weir__planning *p)
{
    const node *having = weir__child(p->select, NODE(HAVING));
    if (having)
        return weir__planning_refuse(
            p, having, "HAVING over groups of several shards: group by the shard key too, or filter the rows");
    if (p->input->plan->scopes[0].windows)
        return weir__planning_refuse(p, p->select, "a window function over groups of several shards");
    if (p->select->flags & WEIR__FLAG_DISTINCT)
        return weir__planning_refuse(p, p->select, "DISTINCT over groups of several shards");
    const node *from = weir__child(p->select, NODE(FROM));
    bool rollup = p->group && p->group->flags & WEIR__FLAG_ROLLUP;
    bool filtered =
        weir__child(p->select, NODE(WHERE)) || !from || from->first != from->last || from->first->kind != NODE(TABLE);
    if (rollup && filtered)
        return weir__planning_refuse(
            p, p->group,
            "WITH ROLLUP beside WHERE or a join: a server that finds no row possible describes the "
            "columns otherwise");
    if (p->order && rollup)
        return weir__planning_refuse(p, p->order, "ORDER BY beside WITH ROLLUP");
    return true;
}

bool weir__planning_groups(weir__planning *p)
{
    grouping g = {.p = p};
    weir__aggregation *what = g.what = weir__arena_take(p->arena, sizeof *what);
    if (!what || !refuse_clauses(p))
        return false;
    for (const node *by = p->group ? p->group->first : NULL; by; by = by->next)
        what->key_count++;
    what->rollup = p->group && p->group->flags & WEIR__FLAG_ROLLUP;
    what->rows_column = UINT32_MAX;
    uint32_t items = 0;
    for (const node *item = p->items->first; item; item = item->next)
        items++;
    const node **meanings = weir__arena_array(p->arena, what->key_count, sizeof *meanings);
    what->rolled = weir__arena_array(p->arena, items, sizeof(weir__merge_key));
    if (!meanings || !what->rolled || !plan_group_keys(&g, meanings) || !plan_items(&g, meanings))
        return false;
    what->sorted = p->order && p->group && !g.elements && orders_by_groups(p, meanings, what->key_count);
    if (what->sorted) {
        weir__merge_key *keys = (weir__merge_key *)(uintptr_t)what->keys;
        uint32_t i = 0;
        for (const node *by = p->order->first; by; by = by->next, i++)
            keys[i].descending = by->flags & WEIR__FLAG_DESCENDING;
        p->plan->order = keys;
        p->plan->order_count = what->key_count;
    } else if (p->order) {
        if (!plan_order(&g))
            return false;
        weir__planning_edit(p, p->order->at.start, p->order->at.end);
    }
    if (what->rollup)
        weir__planning_edit(p, p->group->last->at.end, p->group->at.end);
    if (!p->group && !g.elements)
        what->rows_column = weir__planning_hide(p, "COUNT(*)", NULL, "");
    what->aggregates = g.aggregates;
    what->aggregate_count = g.count;
    p->plan->groups = what;
    return true;
}
