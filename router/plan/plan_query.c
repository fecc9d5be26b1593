/* plan_query.c - query blocks: WITH, SELECT, VALUES, UNION. SPDX-License-Identifier: Apache-2.0 */
#include "router/plan/planner.h"

#include "base/str.h"

uint32_t planner__open_scope(planner *p, weir__scope_kind kind, uint32_t parent)
{
    uint32_t index;
    weir__plan_scope *s = ADD(p, scopes, weir__plan_scope, &index);
    scope_work *w = ADD(p, works, scope_work, NULL);
    *s = (weir__plan_scope){.parent = parent, .limit = NONE, .offset = NONE, .kind = (uint8_t)kind};
    s->first_table = s->end_table = p->tables.count;
    *w = (scope_work){.star_table = NONE, .first_arm = NONE, .last_arm = NONE, .next_arm = NONE};
    w->all = (reach){.scope = index, .first = p->tables.count, .end = p->tables.count, .only = NONE};
    return index;
}

void planner__close_scope(planner *p, uint32_t scope)
{
    SCOPE_AT(p, scope)->end_table = p->tables.count;
}

/* ---- WITH ---- */

static uint32_t enter_cte(planner *p, const node *cte)
{
    uint32_t index;
    cte_work *work = ADD(p, ctes, cte_work, &index);
    work->scope = NONE;
    planner__enter(p, NAME_CTE, 0, planner__name(p, cte->name), index);
    return index;
}

static void read_cte(planner *p, const node *cte, uint32_t index, bool recursive, uint32_t parent)
{
    const node *names = NULL;
    node *query = NULL;
    for (node *child = cte->first; child; child = child->next) {
        if (child->kind != NODE(NAMES))
            query = child;
        else if (!query)
            names = child;
    }
    if (!query || planner__failed(p))
        return;
    if (recursive)
        AT(p, ctes, cte_work, index)->scope = p->scopes.count;
    AT(p, ctes, cte_work, index)->open = recursive;
    uint32_t scope = planner__query(p, query, WEIR__SCOPE_CTE, parent), position = 0;
    AT(p, ctes, cte_work, index)->scope = scope;
    AT(p, ctes, cte_work, index)->open = false;
    WORK_AT(p, scope)->renamed = names != NULL;
    for (const node *n = names ? names->first : NULL; n; n = n->next)
        planner__enter(p, NAME_RENAME, scope, planner__name(p, n->name), position++);
}

/* Where one CTE names a later one, each of them may be part of a circle. */
static void mark_circles(planner *p, uint32_t first)
{
    bool early = false;
    for (uint32_t i = first; i < p->ctes.count; i++)
        early |= AT(p, ctes, cte_work, i)->early;
    for (uint32_t i = first; early && i < p->ctes.count; i++)
        if (AT(p, ctes, cte_work, i)->scope != NONE)
            SCOPE_AT(p, AT(p, ctes, cte_work, i)->scope)->recursive = true;
}

void planner__with(planner *p, const node *with, uint32_t parent)
{
    bool recursive = with && with->flags & WEIR__FLAG_RECURSIVE;
    uint32_t first = p->ctes.count, n = 0;

    if (!with)
        return;
    /* In WITH RECURSIVE each name is known to all; else to those behind it. */
    for (const node *cte = with->first; recursive && cte; cte = cte->next)
        enter_cte(p, cte);
    for (const node *cte = with->first; cte; cte = cte->next) {
        if (recursive) {
            read_cte(p, cte, first + n++, true, parent);
        } else {
            uint32_t scope_of_it = p->ctes.count;
            cte_work *work = ADD(p, ctes, cte_work, NULL);
            work->scope = NONE;
            read_cte(p, cte, scope_of_it, false, parent);
            planner__enter(p, NAME_CTE, 0, planner__name(p, cte->name), scope_of_it);
        }
    }
    if (recursive && !planner__failed(p))
        mark_circles(p, first);
}

void planner__with_end(planner *p, const node *with)
{
    for (const node *cte = with ? with->first : NULL; cte; cte = cte->next)
        planner__forget(p, NAME_CTE, 0, planner__name(p, cte->name));
}

/* ---- clauses ---- */

static void read_limit(planner *p, uint32_t scope, const node *limit)
{
    weir__plan_scope *s = SCOPE_AT(p, scope);
    const node *count = weir__child(limit, NODE(COUNT)), *offset = weir__child(limit, NODE(OFFSET));
    s->limited = true;
    if (count && count->first)
        planner__use(p, s->limit = planner__value_of(p, count->first), WEIR__USE_LIMIT, NONE);
    if (offset)
        planner__use(p, s->offset = planner__value_of(p, offset->first), WEIR__USE_OFFSET, NONE);
}

void planner__tail(planner *p, uint32_t scope, const node *owner)
{
    for (node *child = owner->first; child; child = child->next) {
        reach where = WORK_AT(p, scope)->all;
        where.aliases = true;
        if (child->kind == NODE(LIMIT)) {
            read_limit(p, scope, child);
        } else if (child->kind == NODE(ORDER)) {
            SCOPE_AT(p, scope)->ordered = true;
            planner__expr(p, &where, child);
        } else if (child->kind == NODE(PROCEDURE)) {
            planner__expr(p, &where, child);
        }
    }
}

static void read_star(planner *p, uint32_t scope, const node *star)
{
    scope_work *work = WORK_AT(p, scope);
    const node *table = star->last;
    bool first = !work->star;

    work->star = true;
    if (table) {
        name_entry *e = planner__find(p, NAME_TABLE, scope, planner__name(p, table->name));
        bool certain = e && !planner__find_next(e) && weir__str_equal(e->name, planner__name(p, table->name));
        work->star_table = first && certain && star->first == star->last ? e->value : NONE;
        for (; e; e = planner__find_next(e))
            TABLE_AT(p, e->value)->all_columns = true;
    } else if (!work->star_all) {
        work->star_all = true;
        work->star_table = NONE;
        for (uint32_t t = work->all.first; t < work->all.end; t++)
            if (TABLE_AT(p, t)->scope == scope)
                TABLE_AT(p, t)->all_columns = true;
    }
}

void planner__items(planner *p, uint32_t scope, const node *items)
{
    reach where = WORK_AT(p, scope)->all;
    for (node *item = items ? items->first : NULL; item; item = item->next) {
        if (item->kind == NODE(STAR)) {
            read_star(p, scope, item);
        } else {
            planner__expr(p, &where, item);
            if (item->name.end > item->name.start)
                planner__enter(p, NAME_ALIAS, scope, planner__name(p, item->name), 0);
        }
    }
}

static void read_group(planner *p, uint32_t scope, node *group)
{
    reach where = WORK_AT(p, scope)->all;
    where.aliases = true;
    SCOPE_AT(p, scope)->grouped = true;
    SCOPE_AT(p, scope)->rollup = group->flags & WEIR__FLAG_ROLLUP;
    planner__expr(p, &where, group);
    for (const node *by = group->first; by; by = by->next) {
        uint32_t column = by->first->kind == NODE(COLUMN) ? planner__resolve(p, &where, by->first) : NONE;
        if (column != NONE)
            planner__enter(p, NAME_GROUP, scope, COLUMN_AT(p, column)->name, column);
    }
}

static void select_clauses(planner *p, uint32_t scope, const node *select)
{
    reach where = WORK_AT(p, scope)->all, having = where;
    having.aliases = true;
    for (node *clause = select->first; clause; clause = clause->next) {
        switch (clause->kind) {
        case NODE(WHERE):
            planner__expr(p, &where, clause);
            break;
        case NODE(ITEMS):
            planner__items(p, scope, clause);
            break;
        case NODE(GROUP):
            read_group(p, scope, clause);
            break;
        case NODE(HAVING):
            planner__expr(p, &having, clause);
            SCOPE_AT(p, scope)->aggregates = true;
            break;
        case NODE(WINDOWS):
            SCOPE_AT(p, scope)->windows = true;
            planner__expr(p, &where, clause);
            break;
        default:
            break;
        }
    }
}

/* ---- queries ---- */

static void read_select(planner *p, uint32_t scope, const node *select)
{
    const node *from = weir__child(select, NODE(FROM));
    SCOPE_AT(p, scope)->distinct = select->flags & WEIR__FLAG_DISTINCT;
    planner__from(p, scope, from);
    select_clauses(p, scope, select);
    planner__tail(p, scope, select);
    planner__scope_conditions(p, scope, from, weir__child(select, NODE(WHERE)));
    planner__outputs(p, scope, weir__child(select, NODE(ITEMS)));
}

static void read_values(planner *p, uint32_t scope, const node *values)
{
    reach where = WORK_AT(p, scope)->all;
    for (node *row = values->first; row; row = row->next)
        if (row->kind == NODE(ROW))
            planner__expr(p, &where, row);
    planner__tail(p, scope, values);
}

static void read_table(planner *p, uint32_t scope, const node *query)
{
    const node *table = weir__child(query, NODE(TABLE));
    if (!table)
        return;
    uint32_t index = planner__table(p, scope, table, WEIR__HOW_FROM);
    WORK_AT(p, scope)->star = WORK_AT(p, scope)->star_all = true;
    TABLE_AT(p, index)->all_columns = true;
    planner__tail(p, scope, query);
}

static bool is_query(const node *n)
{
    return n->kind == NODE(SELECT) || n->kind == NODE(VALUES) || n->kind == NODE(TABLE_QUERY) ||
           n->kind == NODE(SETOP) || n->kind == NODE(NESTED);
}

static void read_arms(planner *p, uint32_t scope, const node *query)
{
    SCOPE_AT(p, scope)->set_operation = true;
    for (const node *arm = query->first; arm; arm = arm->next) {
        if (!is_query(arm))
            continue;
        uint32_t index = planner__query(p, arm, WEIR__SCOPE_ARM, scope);
        scope_work *work = WORK_AT(p, scope);
        if (planner__failed(p))
            return;
        if (work->last_arm == NONE)
            work->first_arm = index;
        else
            WORK_AT(p, work->last_arm)->next_arm = index;
        work->last_arm = index;
    }
    planner__tail(p, scope, query);
}

uint32_t planner__query(planner *p, const node *query, weir__scope_kind kind, uint32_t parent)
{
    uint32_t scope = planner__open_scope(p, kind, parent);
    const node *with = weir__child(query, NODE(WITH));

    if (planner__failed(p))
        return 0;
    planner__with(p, with, parent);
    switch (query->kind) {
    case NODE(SELECT):
        read_select(p, scope, query);
        break;
    case NODE(VALUES):
        read_values(p, scope, query);
        break;
    case NODE(TABLE_QUERY):
        read_table(p, scope, query);
        break;
    default:
        read_arms(p, scope, query);
    }
    planner__with_end(p, with);
    planner__close_scope(p, scope);
    return planner__failed(p) ? 0 : scope;
}
