/* plan.c - from a SELECT to its merge plan: what is refused, what is sent, what is done with the rows. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "router/merge/planning.h"

enum { NONE = WEIR__NONE };

bool weir__planning_refuse(weir__planning *p, const node *at, const char *why)
{
    if (!p->plan->refused) {
        p->plan->refused = why;
        p->plan->refused_at = at ? at->at.start : 0;
    }
    return false;
}

/* ---- what no shard can answer as one server would ---- */

/* Functions that are PLAIN but answer otherwise on each server or schema. */
static bool is_of_server(weir_str name)
{
    static const char *const names[] = {"connection_id", "current_role", "current_user", "database", "schema",
                                        "session_user",  "system_user",  "user",         "version"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (weir__str_is_nocase(name, names[i]))
            return true;
    return false;
}

static bool check_function(weir__planning *p, const node *e)
{
    weir_str name = weir__text_of(&p->tree, e->name);
    const weir__function *f = weir__function_find(weir__name_of(&p->tree, e->name, p->arena));
    if (weir__child(e, NODE(SCHEMA)) || !f)
        return weir__planning_refuse(p, e, "a stored function would run on each shard and see its rows alone");
    if (weir__str_is_nocase(name, "unix_timestamp") && e->first)
        return true;
    if (f->flags & WEIR__FN_VARIES)
        return weir__planning_refuse(p, e, "this function would give another value on each shard: give it as a value");
    if (!(f->flags & (WEIR__FN_PLAIN | WEIR__FN_HARMLESS)) || is_of_server(name))
        return weir__planning_refuse(p, e, "this function speaks of one server, and several are asked");
    return true;
}

static bool check_expressions(weir__planning *p, const node *n)
{
    switch (n->kind) {
    case NODE(FUNCTION):
        if (!check_function(p, n))
            return false;
        break;
    case NODE(USERVAR):
    case NODE(ASSIGN_EXPR):
        return weir__planning_refuse(p, n, "a user variable belongs to one connection, and several are asked");
    case NODE(SYSVAR):
        return weir__planning_refuse(p, n, "a system variable is one server's, and several are asked");
    case NODE(SEQUENCE):
        return weir__planning_refuse(p, n, "a sequence is one server's, and several are asked");
    case NODE(PROCEDURE):
    case NODE(INTO):
        return weir__planning_refuse(p, n, "this works on one server only");
    default:
        break;
    }
    for (const node *child = n->first; child; child = child->next)
        if (!check_expressions(p, child))
            return false;
    return true;
}

/* A window over the rows of one shard is one over all only where it is parted by the shard key. */
static bool check_windows(weir__planning *p, const node *n)
{
    if (n->kind == NODE(SUBQUERY) || n->kind == NODE(DERIVED))
        return true; /* what stands there is tied to its shard */
    if (n->kind == NODE(OVER)) {
        const node *window = weir__child(n, NODE(WINDOW)),
                   *parts = window ? weir__child(window, NODE(PARTITION)) : NULL;
        for (const node *part = parts ? parts->first : NULL; part; part = part->next)
            if (weir__planning_is_key(p, part))
                return true;
        return weir__planning_refuse(p, n, "a window function over rows of several shards: PARTITION BY the shard key");
    }
    for (const node *child = n->first; child; child = child->next)
        if (!check_windows(p, child))
            return false;
    return true;
}

static bool check_select(weir__planning *p)
{
    const node *s = p->select;
    if (s->flags & WEIR__FLAG_FOUND_ROWS)
        return weir__planning_refuse(p, s, "SQL_CALC_FOUND_ROWS counts on one server: ask for COUNT(*)");
    if (p->limit && p->limit->flags & (WEIR__FLAG_TIES | WEIR__FLAG_EXAMINED))
        return weir__planning_refuse(p, p->limit, "WITH TIES and ROWS EXAMINED work on one server only");
    return check_expressions(p, s);
}

/* ---- LIMIT ---- */

static bool count_of(weir__planning *p, const node *holder, uint64_t *out, bool *known)
{
    const node *n = holder ? holder->first : NULL;
    *known = true;
    if (!n) {
        *out = holder ? 1 : *out; /* FETCH FIRST ROW */
        return true;
    }
    if (n->kind == NODE(LITERAL) && n->op == TK(INTEGER_NUMBER)) {
        weir_str text = weir__text_of(&p->tree, n->at);
        *out = 0;
        for (size_t i = 0; i < text.size; i++)
            if (__builtin_mul_overflow(*out, 10u, out) ||
                __builtin_add_overflow(*out, (uint64_t)(text.data[i] - '0'), out))
                *out = UINT64_MAX - 1;
        return true;
    }
    if (n->kind != NODE(PARAM))
        return weir__planning_refuse(p, n, "LIMIT takes a number or ?");
    *known = p->input->args.values != NULL;
    if (!*known)
        return true;
    const weir_value *v = n->index < p->input->args.count ? &p->input->args.values[n->index] : NULL;
    if (!v || (v->type != WEIR_T_UINT && (v->type != WEIR_T_INT || v->as.i < 0)))
        return weir__planning_refuse(p, n, "the value of LIMIT is no count");
    *out = v->as.u;
    return true;
}

/* Each shard gives as many rows as the whole may need; `pushed` is false where rows are still to be grouped. */
static bool plan_limit(weir__planning *p, bool pushed)
{
    bool known = true, also = true;
    uint64_t sum;
    p->plan->limit = UINT64_MAX;
    if (!p->limit)
        return true;
    if (!count_of(p, weir__child(p->limit, NODE(COUNT)), &p->plan->limit, &known) ||
        !count_of(p, weir__child(p->limit, NODE(OFFSET)), &p->plan->offset, &also))
        return false;
    edit *e = weir__planning_edit(p, p->limit->at.start, p->limit->at.end);
    if (!pushed || !e)
        return true;
    if (!known || !also)
        weir__planning_say(p, e, "LIMIT ?");
    else if (p->plan->limit != UINT64_MAX && !__builtin_add_overflow(p->plan->limit, p->plan->offset, &sum))
        weir__planning_sayf(p, e, "LIMIT %" PRIu64, sum);
    return true;
}

/* ---- ORDER BY and DISTINCT of rows ---- */

static weir__merge_key *room_for_keys(weir__planning *p, const node *list, uint32_t *count)
{
    *count = 0;
    for (const node *n = list->first; n; n = n->next)
        ++*count;
    return weir__arena_array(p->arena, *count, sizeof(weir__merge_key));
}

static bool plan_order(weir__planning *p)
{
    if (!p->order)
        return true;
    weir__merge_key *keys = room_for_keys(p, p->order, &p->plan->order_count);
    uint32_t i = 0;
    for (const node *by = p->order->first; by && keys; by = by->next, i++) {
        uint32_t item;
        const node *e = weir__planning_meant(p, by->first, true, &item);
        if (!e || !weir__planning_key(p, e, item, &keys[i]))
            return false;
        if (p->select->flags & WEIR__FLAG_DISTINCT && item == NONE)
            return weir__planning_refuse(p, by,
                                         "ORDER BY of DISTINCT rows by something that is not in the select list");
        keys[i].descending = by->flags & WEIR__FLAG_DESCENDING;
    }
    p->plan->order = keys;
    return true;
}

/* Rows that are parted by the shard key are different on different shards. */
static bool has_key(const weir__planning *p, const node *list)
{
    for (const node *n = list ? list->first : NULL; n; n = n->next) {
        if (n->kind == NODE(STAR) && p->input->plan->tables[p->root].scope == 0) {
            weir_str label = weir__plan_table_label(&p->input->plan->tables[p->root]);
            weir_str name = n->last ? weir__name_of(&p->tree, n->last->name, p->arena) : label;
            if (name.size == label.size && strncasecmp(name.data, label.data, name.size) == 0)
                return true;
        }
        if (n->first && n->kind != NODE(STAR) && weir__planning_is_key(p, n->first))
            return true;
    }
    return false;
}

static bool plan_distinct(weir__planning *p)
{
    if (!(p->select->flags & WEIR__FLAG_DISTINCT) || has_key(p, p->items))
        return true;
    weir__merge_key *keys = room_for_keys(p, p->items, &p->plan->distinct_count);
    uint32_t i = 0;
    for (const node *item = p->items->first; item && keys; item = item->next, i++) {
        if (item->kind == NODE(STAR))
            return weir__planning_refuse(p, item, "DISTINCT of * without the shard key: name the columns");
        if (!weir__planning_key(p, item->first, i, &keys[i]))
            return false;
    }
    p->plan->distinct = keys;
    return true;
}

/* ---- the statement ---- */

static bool group_has_key(weir__planning *p)
{
    if (!p->group || p->group->flags & WEIR__FLAG_ROLLUP)
        return false;
    for (const node *by = p->group->first; by; by = by->next) {
        uint32_t item;
        const node *e = weir__planning_meant(p, by->first, false, &item);
        if (e && weir__planning_is_key(p, e))
            return true;
    }
    return false;
}

static bool plan_select(weir__planning *p)
{
    bool grouped = p->group || weir__planning_has_aggregate(p, p->items) || weir__child(p->select, NODE(HAVING)) ||
                   (p->order && weir__planning_has_aggregate(p, p->order));
    if (p->input->single)
        p->root = 0;
    if (!check_select(p) || (!p->input->single && !weir__planning_spread(p, 0, &p->root)) ||
        !check_windows(p, p->select))
        return false;
    if (grouped && !group_has_key(p))
        return weir__planning_groups(p) && plan_limit(p, false);
    return plan_distinct(p) && plan_order(p) && plan_limit(p, true);
}

weir_status weir__merge_plan_build(const weir__merge_input *input, weir__arena *arena, weir__merge_plan **plan,
                                   weir_error *error)
{
    weir__planning p = {.input = input, .arena = arena, .root = NONE};
    *plan = p.plan = weir__arena_take(arena, sizeof *p.plan);
    weir_status status = weir__parse(input->sql, &input->reading, arena, &p.tree, error);
    if (status != WEIR_OK || !p.plan)
        return status != WEIR_OK ? status : weir__fail_nomem(error);
    p.plan->limit = UINT64_MAX;
    p.select = p.tree.root;
    if (p.select->kind != NODE(SELECT)) {
        weir__planning_refuse(&p, p.select,
                              "over several shards only a SELECT of its own is answered: no UNION, VALUES or TABLE");
        return WEIR_OK;
    }
    p.items = weir__child(p.select, NODE(ITEMS));
    p.group = weir__child(p.select, NODE(GROUP));
    p.order = weir__child(p.select, NODE(ORDER));
    p.limit = weir__child(p.select, NODE(LIMIT));
    if (plan_select(&p))
        weir__planning_render(&p);
    if (arena->failed == WEIR_NOMEM)
        return weir__fail_nomem(error);
    if (arena->failed)
        return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                          "the statement is too large to be planned for several shards");
    return WEIR_OK;
}
