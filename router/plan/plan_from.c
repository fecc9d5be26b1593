/* plan_from.c - the tables of FROM. SPDX-License-Identifier: Apache-2.0
 * Operands of a join get consecutive numbers, so that each side of it is a range. */
#include "router/plan/planner.h"

#include "base/str.h"

static reach from_item(planner *p, uint32_t scope, node *item, weir__how how);

static reach empty_reach(planner *p, uint32_t scope)
{
    return (reach){.scope = scope, .first = p->tables.count, .end = p->tables.count, .only = NONE};
}

static reach joined(const reach *a, const reach *b)
{
    return (reach){.scope = a->scope,
                   .first = a->first,
                   .end = b->end,
                   .sources = a->sources + b->sources,
                   .only = a->sources ? a->only : b->only};
}

/* A new table; the scope's reach grows with it, so that a LATERAL one sees those before it. */
static weir__plan_table *new_table(planner *p, uint32_t scope, weir__how how, weir__source source, uint32_t *index)
{
    weir__plan_table *t = ADD(p, tables, weir__plan_table, index);
    ADD(p, marks, bool, NULL);
    reach *all = &WORK_AT(p, scope)->all;
    *t =
        (weir__plan_table){.scope = scope, .query = NONE, .source = (uint8_t)source, .how = (uint8_t)how, .read = true};
    if (!all->sources)
        all->first = *index;
    all->only = *index;
    all->sources++;
    all->end = *index + 1;
    return t;
}

static void enter_table(planner *p, uint32_t index)
{
    const weir__plan_table *t = TABLE_AT(p, index);
    planner__enter(p, NAME_TABLE, t->scope, weir__plan_table_label(t), index);
}

uint32_t planner__table(planner *p, uint32_t scope, const node *table, weir__how how)
{
    const node *schema = weir__child(table, NODE(SCHEMA)), *alias = weir__child(table, NODE(ALIAS));
    weir_str name = planner__name(p, table->name);
    uint32_t index;
    name_entry *cte = schema || how == WEIR__HOW_TARGET ? NULL : planner__find(p, NAME_CTE, 0, name);
    weir__plan_table *t = new_table(p, scope, how, WEIR__SOURCE_BASE, &index);

    t->name = name;
    t->start = schema ? schema->name.start : table->name.start;
    t->end = table->name.end;
    if (schema)
        t->schema = planner__name(p, schema->name);
    if (alias)
        t->alias = planner__name(p, alias->name);
    if (cte) {
        cte_work *work = AT(p, ctes, cte_work, cte->value);
        work->early |= work->scope == NONE;
        t->source = WEIR__SOURCE_CTE;
        t->query = work->scope;
        if (work->scope != NONE) {
            WORK_AT(p, work->scope)->references++;
            SCOPE_AT(p, work->scope)->recursive |= work->open;
        }
    }
    enter_table(p, index);
    for (node *child = table->first; child; child = child->next)
        if (child->kind == NODE(SYSTEM_TIME))
            planner__expr(p, &WORK_AT(p, scope)->all, child);
    return index;
}

void planner__sequence(planner *p, uint32_t scope, const node *sequence)
{
    const node *table = sequence->first;
    const node *schema = table ? weir__child(table, NODE(SCHEMA)) : NULL;
    if (!table)
        return;
    weir__plan_table *t = ADD(p, tables, weir__plan_table, NULL);
    ADD(p, marks, bool, NULL);
    *t = (weir__plan_table){.scope = scope, .query = NONE, .how = WEIR__HOW_SEQUENCE, .read = true};
    t->written = sequence->op == TK(NEXT);
    t->name = planner__name(p, table->name);
    t->start = schema ? schema->name.start : table->name.start;
    t->end = table->name.end;
    if (schema)
        t->schema = planner__name(p, schema->name);
}

/* AS d (x, y): the columns' names by position. */
static void rename_columns(planner *p, uint32_t scope, const node *names)
{
    uint32_t position = 0;
    if (!names)
        return;
    WORK_AT(p, scope)->renamed = true;
    for (const node *n = names->first; n; n = n->next)
        planner__enter(p, NAME_RENAME, scope, planner__name(p, n->name), position++);
}

static reach derived(planner *p, uint32_t scope, node *item, weir__how how)
{
    reach r = empty_reach(p, scope);
    const node *alias = weir__child(item, NODE(ALIAS));
    bool lateral = item->flags & WEIR__FLAG_LATERAL;
    uint32_t index, query;

    query = planner__query(p, item->first, WEIR__SCOPE_DERIVED, lateral ? scope : SCOPE_AT(p, scope)->parent);
    weir__plan_table *t = new_table(p, scope, how, WEIR__SOURCE_DERIVED, &index);
    t->query = query;
    WORK_AT(p, query)->references++;
    if (alias) {
        t->alias = planner__name(p, alias->name);
        rename_columns(p, query, weir__child(alias, NODE(NAMES)));
    }
    enter_table(p, index);
    r.end = index + 1;
    r.sources = 1;
    r.only = index;
    if (WORK_AT(p, scope)->all.sources == 1)
        WORK_AT(p, scope)->all.first = r.first;
    return r;
}

static reach json_table(planner *p, uint32_t scope, node *item, weir__how how)
{
    reach r = empty_reach(p, scope);
    const node *alias = weir__child(item, NODE(ALIAS));
    uint32_t index;

    planner__expr(p, &WORK_AT(p, scope)->all, item->first);
    weir__plan_table *t = new_table(p, scope, how, WEIR__SOURCE_JSON, &index);
    t->alias = alias ? planner__name(p, alias->name) : (weir_str){"", 0};
    enter_table(p, index);
    r.end = index + 1;
    r.sources = 1;
    r.only = index;
    return r;
}

static reach join(planner *p, uint32_t scope, node *item, weir__how how)
{
    uint32_t index;
    node *left = item->first, *right = left ? left->next : NULL, *condition = right ? right->next : NULL;
    weir__how right_how = item->op == TK(LEFT)    ? WEIR__HOW_LEFT
                          : item->op == TK(RIGHT) ? WEIR__HOW_RIGHT
                                                  : WEIR__HOW_JOIN;
    if (!right)
        return empty_reach(p, scope);
    reach l = from_item(p, scope, left, how), r = from_item(p, scope, right, right_how), both = joined(&l, &r);
    if (condition && condition->kind == NODE(ON)) {
        reach all = WORK_AT(p, scope)->all;
        WORK_AT(p, scope)->all = both; /* what a subquery in ON sees */
        planner__expr(p, &both, condition);
        WORK_AT(p, scope)->all = all;
    }
    both.end = p->tables.count; /* with those of subqueries in ON */
    join_work *work = ADD(p, joins, join_work, &index);
    *work = (join_work){.left = l, .right = r, .both = both, .join = item, .inner = item->op == TK(JOIN)};
    item->index = index;
    return both;
}

static reach from_list(planner *p, uint32_t scope, const node *items, weir__how how)
{
    reach all = empty_reach(p, scope);
    for (node *item = items->first; item; item = item->next) {
        reach r = from_item(p, scope, item, how);
        all = joined(&all, &r);
    }
    return all;
}

static reach from_item(planner *p, uint32_t scope, node *item, weir__how how)
{
    reach r = empty_reach(p, scope);
    switch (item->kind) {
    case NODE(TABLE):
        r.only = planner__table(p, scope, item, how);
        r.end = r.only + 1;
        r.sources = 1;
        return r;
    case NODE(DERIVED):
        return derived(p, scope, item, how);
    case NODE(JSON_TABLE):
        return json_table(p, scope, item, how);
    case NODE(JOIN):
        return join(p, scope, item, how);
    case NODE(TABLES):
        return from_list(p, scope, item, how);
    default:
        return r; /* DUAL */
    }
}

void planner__from(planner *p, uint32_t scope, const node *from)
{
    if (!from)
        return;
    reach all = from_list(p, scope, from, WEIR__HOW_FROM);
    if (!planner__failed(p))
        WORK_AT(p, scope)->all = all;
}
