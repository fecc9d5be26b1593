/* plan_flows.c - which columns of derived tables and CTEs are columns of the tables in them. SPDX-License-Identifier: Apache-2.0
 * Only for columns that the statement names; each step makes at most one new column, so that the work is O(columns * nesting). */
#include "router/plan/planner.h"

#include "base/str.h"

void planner__outputs(planner *p, uint32_t scope, const node *items)
{
    reach where = WORK_AT(p, scope)->all;
    uint32_t first = p->outputs.count;

    if (!items || SCOPE_AT(p, scope)->kind == WEIR__SCOPE_STATEMENT || planner__failed(p))
        return;
    for (const node *item = items->first; item; item = item->next) {
        uint32_t position, *output = ADD(p, outputs, uint32_t, &position);
        *output = NONE;
        if (item->kind != NODE(ITEM))
            continue;
        const node *e = item->first;
        if (e->kind == NODE(COLUMN))
            *output = planner__resolve(p, &where, e);
        weir__span name = item->name.end > item->name.start ? item->name
                          : e->kind == NODE(COLUMN)         ? e->name
                                                            : item->name;
        if (name.end > name.start)
            planner__enter(p, NAME_OUTPUT, scope, planner__name(p, name), position - first);
    }
    WORK_AT(p, scope)->first_output = first;
    WORK_AT(p, scope)->output_count = p->outputs.count - first;
}

static bool is_group_column(planner *p, uint32_t scope, uint32_t column)
{
    for (name_entry *e = planner__find(p, NAME_GROUP, scope, COLUMN_AT(p, column)->name); e; e = planner__find_next(e))
        if (e->value == column)
            return true;
    return false;
}

/* Each value of the output is one of the column's. */
static bool emits(planner *p, uint32_t scope)
{
    const weir__plan_scope *s = SCOPE_AT(p, scope);
    return !s->rollup && !s->recursive && !WORK_AT(p, scope)->odd && (!s->aggregates || s->grouped);
}

/* Dropping rows by the output can as well be done by the column, before all else. */
static bool pushes(planner *p, uint32_t scope, uint32_t column)
{
    const weir__plan_scope *s = SCOPE_AT(p, scope);
    return emits(p, scope) && !s->limited && !s->windows && WORK_AT(p, scope)->references <= 1 &&
           !p->plan->effects.user_variable && (!(s->grouped || s->aggregates) || is_group_column(p, scope, column));
}

static void flow_column(planner *p, uint32_t outer, uint32_t scope, uint32_t column, bool outward, bool inward)
{
    /* A NULL that an outer join makes is none of the column's values, and dropping rows of the table makes more of them. */
    if (column == NONE || planner__home(p, column) != scope || planner__may_be_null(p, column))
        return;
    outward = outward && emits(p, scope);
    inward = inward && pushes(p, scope, column);
    if (outward)
        planner__flow(p, column, outer, inward);
    else if (inward)
        planner__flow(p, outer, column, false);
}

void planner__flow_output(planner *p, uint32_t column, uint32_t scope, uint32_t position, bool outward, bool inward)
{
    const scope_work *work = WORK_AT(p, scope);
    if (planner__failed(p))
        return;
    if (!SCOPE_AT(p, scope)->set_operation) {
        if (!work->star && position < work->output_count)
            flow_column(p, column, scope, *AT(p, outputs, uint32_t, work->first_output + position), outward, inward);
        return;
    }
    if (SCOPE_AT(p, scope)->recursive)
        return;
    outward = outward && work->first_arm == work->last_arm;
    inward = inward && !SCOPE_AT(p, scope)->limited && work->references <= 1;
    for (uint32_t arm = work->first_arm; arm != NONE && (outward || inward); arm = WORK_AT(p, arm)->next_arm)
        planner__flow_output(p, column, arm, position, outward, inward);
}

/* The column behind a * that a name means. */
static uint32_t star_column(planner *p, uint32_t scope, weir_str name)
{
    const scope_work *work = WORK_AT(p, scope);
    if (work->star_table != NONE)
        return planner__column(p, work->star_table, name);
    if (!work->star_all || work->all.sources == 0)
        return NONE;
    return work->all.sources == 1 ? planner__column(p, work->all.only, name)
                                  : planner__loose_column(p, &work->all, name);
}

static void derived_flow(planner *p, uint32_t column, uint32_t scope)
{
    weir_str name = COLUMN_AT(p, column)->name;
    uint32_t leaf = scope;
    name_entry *e = NULL;
    bool renamed = false;

    /* The first arm names the columns. */
    for (; leaf != NONE && !e && !renamed;
         leaf = SCOPE_AT(p, leaf)->set_operation ? WORK_AT(p, leaf)->first_arm : NONE) {
        renamed = WORK_AT(p, leaf)->renamed;
        e = planner__find(p, renamed ? NAME_RENAME : NAME_OUTPUT, leaf, name);
        if (!SCOPE_AT(p, leaf)->set_operation)
            break;
    }
    if (leaf == NONE)
        return;
    if (e && !renamed && leaf == scope)
        flow_column(p, column, scope, *AT(p, outputs, uint32_t, WORK_AT(p, scope)->first_output + e->value), true,
                    true);
    else if (e && !(leaf != NONE && WORK_AT(p, leaf)->star))
        planner__flow_output(p, column, scope, e->value, true, true);
    else if (!e && !renamed && leaf == scope && WORK_AT(p, scope)->star)
        flow_column(p, column, scope, star_column(p, scope, name), true, true);
}

void planner__derived_flows(planner *p)
{
    for (uint32_t c = 0; c < p->columns.count && !planner__failed(p); c++) {
        uint32_t table = COLUMN_AT(p, c)->table;
        uint32_t query = table == NONE ? NONE : TABLE_AT(p, table)->query;
        if (query != NONE)
            derived_flow(p, c, query);
    }
}
