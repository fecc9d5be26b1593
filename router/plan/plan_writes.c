/* plan_writes.c - INSERT, REPLACE, UPDATE, DELETE. SPDX-License-Identifier: Apache-2.0 */
#include "router/plan/planner.h"

#include "base/str.h"

/* ---- what is written ---- */

/* Not certain which: each table of the server may be. */
static void all_written(planner *p, uint32_t scope)
{
    const reach all = WORK_AT(p, scope)->all;
    for (uint32_t t = all.first; t < all.end; t++)
        if (TABLE_AT(p, t)->scope == scope && TABLE_AT(p, t)->source == WEIR__SOURCE_BASE)
            TABLE_AT(p, t)->written = true;
}

/* column = expression, of SET and ON DUPLICATE KEY UPDATE. True: it is certain whose column it is. */
static bool assign(planner *p, const reach *where, const node *assignment)
{
    node *target = assignment->first, *e = target->next;
    uint32_t column = target->kind == NODE(COLUMN) ? planner__resolve(p, where, target) : NONE;

    if (column != NONE) {
        weir__plan_column *c = COLUMN_AT(p, column);
        c->written = c->assigned = true;
        planner__enter(p, NAME_GROUP, NONE, c->name, column);
        if (c->table != NONE) {
            TABLE_AT(p, c->table)->written = true;
            TABLE_AT(p, c->table)->read = false;
        }
    }
    if (!e)
        return true;
    planner__use(p, planner__value_of(p, e), WEIR__USE_ASSIGNED, column);
    planner__expr(p, where, e);
    return column != NONE && COLUMN_AT(p, column)->table != NONE;
}

/* ---- UPDATE and DELETE ---- */

static void rest(planner *p, uint32_t scope, node *statement)
{
    const reach where = WORK_AT(p, scope)->all;
    node *condition = weir__child(statement, NODE(WHERE)), *portion = weir__child(statement, NODE(PORTION));
    if (portion)
        planner__expr(p, &where, portion);
    if (condition)
        planner__expr(p, &where, condition);
    planner__tail(p, scope, statement);
    planner__items(p, scope, weir__child(statement, NODE(RETURNING)));
    planner__scope_conditions(p, scope, weir__child(statement, NODE(FROM)), condition);
    planner__with_end(p, weir__child(statement, NODE(WITH)));
    planner__close_scope(p, scope);
}

static uint32_t begin(planner *p, const node *statement)
{
    uint32_t scope = planner__open_scope(p, WEIR__SCOPE_STATEMENT, NONE);
    planner__with(p, weir__child(statement, NODE(WITH)), NONE);
    planner__from(p, scope, weir__child(statement, NODE(FROM)));
    return scope;
}

void planner__update(planner *p, node *statement)
{
    uint32_t scope = begin(p, statement);
    const reach where = WORK_AT(p, scope)->all;
    const node *set = weir__child(statement, NODE(SET));
    bool certain = true;

    for (const node *a = set ? set->first : NULL; a && !planner__failed(p); a = a->next)
        certain &= assign(p, &where, a);
    if (!certain)
        all_written(p, scope);
    rest(p, scope, statement);
}

static bool mark_deleted(planner *p, uint32_t scope, const node *target)
{
    const node *schema = weir__child(target, NODE(SCHEMA));
    weir_str name = planner__name(p, target->name),
             schema_name = schema ? planner__name(p, schema->name) : (weir_str){"", 0};
    name_entry *e = planner__find(p, NAME_TABLE, scope, name);

    if (!e || planner__find_next(e) || !weir__str_equal(e->name, name))
        return false;
    weir__plan_table *t = TABLE_AT(p, e->value);
    if (schema && !weir__str_equal(t->schema, schema_name))
        return false;
    t->written = true;
    t->read = false;
    return true;
}

void planner__delete(planner *p, node *statement)
{
    uint32_t scope = begin(p, statement);
    const node *targets = weir__child(statement, NODE(TARGETS));
    bool certain = true;

    if (planner__failed(p))
        return;
    if (!targets) {
        uint32_t only = WORK_AT(p, scope)->all.only;
        if (only != NONE) {
            TABLE_AT(p, only)->written = true;
            TABLE_AT(p, only)->read = false;
        }
    }
    for (const node *t = targets ? targets->first : NULL; t; t = t->next)
        certain &= mark_deleted(p, scope, t);
    if (!certain)
        all_written(p, scope);
    rest(p, scope, statement);
}

/* ---- INSERT and REPLACE ---- */

static void add_cell(planner *p, const reach *where, node *e, uint32_t position)
{
    weir__plan_cell *cell = ADD(p, cells, weir__plan_cell, NULL);
    uint32_t value = planner__value_of(p, e);
    cell->kind = WEIR__CELL_EXPRESSION;
    if (value != NONE) {
        *cell = (weir__plan_cell){.kind = WEIR__CELL_VALUE, .value = value};
        planner__use(p, value, WEIR__USE_INSERTED,
                     position < p->insert.column_count ? p->insert.columns[position] : NONE);
    } else if (e->kind == NODE(DEFAULT) && !e->first) {
        cell->kind = WEIR__CELL_DEFAULT;
    } else {
        planner__expr(p, where, e);
    }
}

static void end_row(planner *p)
{
    *ADD(p, row_ends, uint32_t, NULL) = p->cells.count;
}

/* The column of the target that is inserted into. */
static uint32_t written_column(planner *p, uint32_t table, const node *column)
{
    uint32_t index = planner__column(p, table, planner__name(p, column->name));
    if (index != NONE)
        COLUMN_AT(p, index)->written = true;
    return index;
}

/* Room for the columns that the children of a list name. */
static void make_columns(planner *p, uint32_t table, const node *names)
{
    uint32_t count = 0;
    for (const node *n = names->first; n; n = n->next)
        count++;
    p->insert.columns = weir__arena_array(&p->plan->arena, count, sizeof *p->insert.columns);
    p->insert.column_list = true;
    for (const node *n = names->first; n && p->insert.columns; n = n->next)
        p->insert.columns[p->insert.column_count++] = written_column(p, table, n->kind == NODE(ASSIGN) ? n->first : n);
}

static bool is_rows(const node *n)
{
    return n->kind == NODE(VALUES) && !(n->flags & WEIR__FLAG_PAREN) && !weir__child(n, NODE(ORDER)) &&
           !weir__child(n, NODE(LIMIT)) && !weir__child(n, NODE(WITH));
}

static void read_rows(planner *p, const reach *where, const node *values)
{
    for (node *row = values->first; row; row = row->next) {
        uint32_t position = 0;
        for (node *cell = row->first; cell && !planner__failed(p); cell = cell->next)
            add_cell(p, where, cell, position++);
        end_row(p);
    }
}

static void read_set(planner *p, uint32_t table, const reach *where, const node *set)
{
    uint32_t position = 0;
    make_columns(p, table, set);
    for (node *a = set->first; a && !planner__failed(p); a = a->next)
        add_cell(p, where, a->last, position++);
    end_row(p);
}

/* What is known of a column of the query's rows is known of the column that it is stored in. */
static void flow_rows(planner *p)
{
    for (uint32_t i = 0; i < p->insert.column_count && p->insert.source != NONE; i++)
        if (p->insert.columns[i] != NONE)
            planner__flow_output(p, p->insert.columns[i], p->insert.source, i, true, false);
}

void planner__insert(planner *p, node *statement)
{
    uint32_t scope = planner__open_scope(p, WEIR__SCOPE_STATEMENT, NONE);
    const node *target = weir__child(statement, NODE(TABLE)), *duplicate = weir__child(statement, NODE(DUPLICATE));
    reach none = {.scope = scope, .only = NONE}, where;

    if (!target || planner__failed(p))
        return;
    uint32_t table = planner__table(p, scope, target, WEIR__HOW_TARGET);
    TABLE_AT(p, table)->written = true;
    TABLE_AT(p, table)->read = false;
    p->insert.source = NONE;
    p->insert.ignore = statement->flags & WEIR__FLAG_IGNORE;
    p->insert.on_duplicate = duplicate != NULL;
    where = WORK_AT(p, scope)->all;
    for (node *clause = statement->first; clause && !planner__failed(p); clause = clause->next) {
        if (clause->kind == NODE(COLUMNS)) {
            make_columns(p, table, clause);
        } else if (clause->kind == NODE(SET)) {
            read_set(p, table, &where, clause);
        } else if (is_rows(clause)) {
            read_rows(p, &where, clause);
        } else if (clause->kind == NODE(SELECT) || clause->kind == NODE(SETOP) || clause->kind == NODE(NESTED) ||
                   clause->kind == NODE(VALUES) || clause->kind == NODE(TABLE_QUERY)) {
            WORK_AT(p, scope)->all = none; /* the query does not see the target */
            p->insert.source = planner__query(p, clause, WEIR__SCOPE_SOURCE, scope);
            WORK_AT(p, scope)->all = where;
            flow_rows(p);
        } else if (clause->kind == NODE(RETURNING)) {
            planner__items(p, scope, clause);
        }
    }
    if (p->insert.source != NONE)
        where.end = p->tables.count,
        where.sources = 2; /* a name in ON DUPLICATE KEY UPDATE may be one of the query's */
    for (const node *a = duplicate ? duplicate->first : NULL; a && !planner__failed(p); a = a->next)
        assign(p, &where, a);
    planner__close_scope(p, scope);
}
