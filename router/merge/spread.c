/* spread.c - can each shard answer for its own rows? SPDX-License-Identifier: Apache-2.0
 * There must be a root: a table spread by its key that stands in the outermost FROM, or in a plain derived table of it, that no outer
 * join fills with NULLs. Each row of the answer then comes from one row of the root, which is on one shard. Every other spread table
 * must be tied to it: the flows of the plan lead from the root's key to its key, over columns that compare alike, so what can matter to
 * the root's row is on the same shard. Tables that are alike on all shards may stand anywhere else: the root is kept on both sides of
 * them, so none of their rows comes twice (HAZARDS 14: one that is kept whole beside a spread table makes that table null-supplied, and
 * one outside of EXISTS (SELECT .. spread ..) leaves no root). */
#include <stdio.h>

#include "router/merge/planning.h"

enum { NONE = WEIR__NONE };

typedef struct search {
    weir__planning *p;
    const weir__column *key; /* the root's */
    bool *reached;           /* by column of the plan */
} search;

static bool says(weir__planning *p, uint32_t at, const char *why)
{
    if (!p->plan->refused) {
        p->plan->refused = why;
        p->plan->refused_at = at;
    }
    return false;
}

static const weir__merge_table *place_of(const weir__planning *p, uint32_t table)
{
    return &p->input->tables[table];
}

static bool same_name(weir_str a, const char *b)
{
    return b && a.size == strlen(b) && strncasecmp(a.data, b, a.size) == 0;
}

/* Does the plan's column, named without its table perhaps, belong to this table for certain? */
static bool belongs(const weir__planning *p, const weir__plan_column *c, uint32_t table)
{
    if (c->table != NONE)
        return c->table == table;
    if (table < c->first || table >= c->end || p->input->plan->tables[table].scope != c->scope)
        return false;
    for (uint32_t t = c->first; t < c->end; t++) {
        const weir__plan_table *other = &p->input->plan->tables[t];
        const weir__table *info = place_of(p, t)->table;
        if (t == table || other->scope != c->scope)
            continue;
        if (other->source != WEIR__SOURCE_BASE || !info || weir__table_column(info, c->name))
            return false;
    }
    return true;
}

/* The table that the column is of; NONE: not certain. */
static uint32_t owner_of(const weir__planning *p, const weir__plan_column *c)
{
    if (c->table != NONE)
        return c->table;
    for (uint32_t t = c->first; t < c->end; t++) {
        const weir__table *info = place_of(p, t)->table;
        if (info && weir__table_column(info, c->name) && belongs(p, c, t))
            return t;
    }
    return NONE;
}

/* '07' = 7 is true, but the two are on different shards: equality carries a shard only between columns of one kind. */
static bool compares_alike(const search *s, uint32_t column)
{
    const weir__plan_column *c = &s->p->input->plan->columns[column];
    uint32_t table = owner_of(s->p, c);
    if (table == NONE)
        return false;
    if (s->p->input->plan->tables[table].source != WEIR__SOURCE_BASE)
        return true; /* a column of a query is one of base tables', which flows lead to as well */
    const weir__table *info = place_of(s->p, table)->table;
    const weir__column *other = info ? weir__table_column(info, c->name) : NULL;
    return other && weir__column_key_type(other) == weir__column_key_type(s->key) &&
           weir__column_key_type(other) != WEIR__KEY_TYPE_NONE && strcmp(other->collation, s->key->collation) == 0;
}

static void spread_out(search *s)
{
    const weir__plan *plan = s->p->input->plan;
    bool more = true;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < plan->flow_count; i++) {
            const weir__plan_flow *f = &plan->flows[i];
            for (int turn = 0; turn <= (f->both ? 1 : 0); turn++) {
                uint32_t from = turn ? f->to : f->from, to = turn ? f->from : f->to;
                if (!s->reached[from] || s->reached[to] || !compares_alike(s, to))
                    continue;
                s->reached[to] = more = true;
            }
        }
    }
}

static bool is_tied(const search *s, uint32_t table)
{
    const weir__plan *plan = s->p->input->plan;
    for (uint32_t c = 0; c < plan->column_count; c++)
        if (s->reached[c] && belongs(s->p, &plan->columns[c], table) &&
            same_name(plan->columns[c].name, place_of(s->p, table)->key))
            return true;
    return false;
}

/* Are all other spread tables tied to this one? *loose: one that is not. */
static bool ties_all(weir__planning *p, uint32_t root, uint32_t *loose)
{
    const weir__plan *plan = p->input->plan;
    const weir__table *info = place_of(p, root)->table;
    search s = {.p = p, .key = info ? weir__table_column(info, weir__view(place_of(p, root)->key)) : NULL};
    s.reached = weir__arena_array(p->arena, plan->column_count, sizeof *s.reached);
    for (uint32_t c = 0; s.key && s.reached && c < plan->column_count; c++)
        s.reached[c] = belongs(p, &plan->columns[c], root) && same_name(plan->columns[c].name, place_of(p, root)->key);
    if (s.key && s.reached)
        spread_out(&s);
    for (uint32_t t = 0; t < plan->table_count; t++) {
        const weir__merge_table *place = place_of(p, t);
        if (t == root || plan->tables[t].source != WEIR__SOURCE_BASE || place->spread != WEIR__SPREAD_BY_KEY)
            continue;
        *loose = t;
        if (!s.key || !s.reached || place->placement != place_of(p, root)->placement || !is_tied(&s, t))
            return false;
    }
    return true;
}

static bool is_plain(const weir__plan_scope *s)
{
    return !s->limited && !s->distinct && !s->grouped && !s->rollup && !s->aggregates && !s->windows &&
           !s->set_operation && !s->recursive;
}

/* The derived tables and CTEs between a table and the query: each plain, joined, and read once. */
static bool stands_open(const weir__planning *p, uint32_t table, uint32_t scope)
{
    const weir__plan *plan = p->input->plan;
    for (uint32_t steps = 0; steps <= plan->table_count; steps++) {
        const weir__plan_table *t = &plan->tables[table];
        if (t->null_supplied)
            return false;
        if (t->scope == scope)
            return true;
        if (!is_plain(&plan->scopes[t->scope]))
            return false;
        uint32_t holder = NONE, holders = 0;
        for (uint32_t i = 0; i < plan->table_count; i++) {
            if (plan->tables[i].query != t->scope)
                continue;
            holder = i;
            holders++;
        }
        if (holders != 1)
            return false;
        table = holder;
    }
    return false;
}

/* A query inside that cuts its rows takes them from where they are alike on all shards: each shard might take others. */
static bool check_inner_limits(weir__planning *p, uint32_t scope)
{
    const weir__plan *plan = p->input->plan;
    for (uint32_t s = 0; s < plan->scope_count; s++) {
        bool spread = false;
        if (s == scope || !plan->scopes[s].limited)
            continue;
        for (uint32_t t = plan->scopes[s].first_table; t < plan->scopes[s].end_table; t++)
            spread |= place_of(p, t)->spread == WEIR__SPREAD_BY_KEY;
        if (!spread)
            return says(p, 0,
                        "a LIMIT inside, over a table that is alike on all shards: each shard might choose other rows");
    }
    return true;
}

bool weir__planning_spread(weir__planning *p, uint32_t scope, uint32_t *root)
{
    const weir__plan *plan = p->input->plan;
    uint32_t loose = NONE, candidate = NONE;
    *root = NONE;
    for (uint32_t t = 0; t < plan->table_count; t++) {
        const weir__plan_table *table = &plan->tables[t];
        if (table->source == WEIR__SOURCE_BASE && place_of(p, t)->spread == WEIR__SPREAD_ELSEWHERE)
            return says(p, table->start, "this table is on one shard only, and the others are asked too");
    }
    for (uint32_t t = 0; t < plan->table_count && *root == NONE; t++) {
        if (plan->tables[t].source != WEIR__SOURCE_BASE || place_of(p, t)->spread != WEIR__SPREAD_BY_KEY)
            continue;
        if (!stands_open(p, t, scope))
            continue;
        candidate = t;
        if (ties_all(p, t, &loose))
            *root = t;
    }
    if (*root != NONE)
        return check_inner_limits(p, scope);
    if (candidate != NONE && loose != NONE)
        return says(p, plan->tables[loose].start,
                    "this table is not tied to the others by the shard key, so its rows may be on other shards");
    return says(
        p, 0,
        "no table spread by its key stands in FROM so that each row of the answer is of one shard: a table that is "
        "alike on all shards would give its rows once a shard, or a query inside would see one shard alone");
}

const char *weir__merge_apart(const weir__merge_input *input, uint32_t scope, weir__arena *arena, uint32_t *at)
{
    weir__merge_plan plan = {.refused = NULL};
    weir__planning p = {.input = input, .arena = arena, .plan = &plan};
    uint32_t root;
    bool apart = weir__planning_spread(&p, scope, &root);
    *at = plan.refused_at;
    return apart ? NULL : plan.refused;
}

bool weir__planning_is_key(const weir__planning *p, const node *e)
{
    uint32_t table;
    const weir__column *c = weir__planning_column(p, e, &table);
    return c && table == p->root && strcasecmp(c->name, place_of(p, p->root)->key) == 0;
}
