/* plan_joins.c - the conditions and flows of one scope: WHERE, ON, USING. SPDX-License-Identifier: Apache-2.0
 * Three passes over the tree of joins, from the top:
 * 1 An outer join whose null-supplied side is named by a part of a condition above that fails for NULL is an inner join: a row with
 *   NULLs in place of that side would be dropped. (The condition above: WHERE, ON of an inner join around it, ON of an outer join in
 *   whose null-supplied side it stands.)
 * 2 Tables that outer joins may still fill with NULLs are marked: IS NULL and <=> say nothing of them.
 * 3 WHERE and ON of inner joins outside of null-supplied sides make one condition; each other ON one of its own. */
#include "router/plan/planner.h"

typedef struct walk {
    planner *p;
    uint32_t scope;
    const reach *names;  /* where names are looked for */
    uint32_t first, end; /* 1: tables to be marked. 3: the null-supplied side; first == end: an inner join */
    rowset parts;        /* of the scope's condition; or of one ON */
} walk;

static bool in_range(uint32_t table, uint32_t first, uint32_t end)
{
    return table != NONE && table >= first && table < end;
}

/* ---- 1: what fails for NULL ---- */

static void mark_column(walk *w, const node *e)
{
    uint32_t column = e && e->kind == NODE(COLUMN) ? planner__resolve(w->p, w->names, e) : NONE;
    uint32_t table = column == NONE ? NONE : COLUMN_AT(w->p, column)->table;
    if (in_range(table, w->first, w->end))
        *AT(w->p, marks, bool, table) = true;
}

static void mark_part(void *context, const node *part)
{
    walk *w = context;
    const node *left = part->first, *right = left ? left->next : NULL;
    switch (part->kind) {
    case NODE(COMPARE):
        if (!right || part->op == TK(NULLSAFE) || right->kind == NODE(QUANTIFIED))
            break;
        mark_column(w, left);
        mark_column(w, right);
        break;
    case NODE(IN):
        if ((right && right->kind == NODE(LIST)) || !(part->flags & WEIR__FLAG_NOT))
            mark_column(w, left); /* NOT IN (SELECT ..) of no rows is true even for NULL */
        break;
    case NODE(BETWEEN):
    case NODE(LIKE):
        mark_column(w, left);
        break;
    case NODE(IS):
        if (part->flags & WEIR__FLAG_NOT && (part->op == TK(NULL) || part->op == TK(UNKNOWN)))
            mark_column(w, left);
        break;
    default:
        break;
    }
}

static void mark_for(walk *w, const reach *names, const node *condition, uint32_t first, uint32_t end)
{
    if (!condition || !condition->first)
        return;
    w->names = names;
    w->first = first;
    w->end = end;
    planner__each_part(condition->first, mark_part, w);
}

static const reach *null_side(const join_work *j)
{
    return j->join->op == TK(RIGHT) ? &j->left : &j->right;
}

/* Passes 1 and 2. */
static void simplify(walk *w, const node *n)
{
    planner *p = w->p;
    if (n->kind == NODE(TABLES))
        for (const node *child = n->first; child; child = child->next)
            simplify(w, child);
    if (n->kind != NODE(JOIN) || planner__failed(p))
        return;
    join_work *j = AT(p, joins, join_work, n->index);
    const reach *side = null_side(j);
    for (uint32_t t = side->first; !j->inner && t < side->end; t++)
        j->inner = TABLE_AT(p, t)->scope == w->scope && *AT(p, marks, bool, t);
    if (j->inner) {
        mark_for(w, &j->both, weir__child(n, NODE(ON)), j->both.first, j->both.end);
    } else {
        mark_for(w, &j->both, weir__child(n, NODE(ON)), side->first, side->end);
        WORK_AT(p, w->scope)->null_supplied = true;
        for (uint32_t t = side->first; t < side->end; t++)
            if (TABLE_AT(p, t)->scope == w->scope)
                TABLE_AT(p, t)->null_supplied = true;
    }
    simplify(w, n->first);
    simplify(w, n->first->next);
}

/* ---- 3: conditions and flows ---- */

void planner__flow(planner *p, uint32_t from, uint32_t to, bool both)
{
    if (from != to && from != NONE && to != NONE)
        *ADD(p, flows, weir__plan_flow, NULL) = (weir__plan_flow){.from = from, .to = to, .both = both};
}

bool planner__may_be_null(planner *p, uint32_t column)
{
    const weir__plan_column *c = COLUMN_AT(p, column);
    return c->table == NONE ? WORK_AT(p, c->scope)->null_supplied : TABLE_AT(p, c->table)->null_supplied;
}

/* a = b, which must be true: in WHERE or an inner ON, or, where w->end is set, for the rows of an outer join's null-supplied side. */
static void equal_columns(walk *w, uint32_t a, uint32_t b, bool nullsafe)
{
    planner *p = w->p;
    if (a == NONE || b == NONE)
        return;
    uint32_t home_a = planner__home(p, a), home_b = planner__home(p, b);
    if (w->end) {
        uint32_t table_a = COLUMN_AT(p, a)->table, table_b = COLUMN_AT(p, b)->table;
        bool a_null = in_range(table_a, w->first, w->end), b_null = in_range(table_b, w->first, w->end);
        if (nullsafe || table_a == NONE || table_b == NONE || (!a_null && !b_null))
            return;
        if (a_null && b_null)
            planner__flow(p, a, b, true);
        else
            planner__flow(p, a_null ? b : a, a_null ? a : b, false);
        return;
    }
    /* NULL <=> NULL holds for a row without a partner too; which tables of outer queries have such rows is not known yet. */
    if (nullsafe &&
        (home_a != w->scope || home_b != w->scope || planner__may_be_null(p, a) || planner__may_be_null(p, b)))
        return;
    if (home_a == w->scope && home_b == w->scope)
        planner__flow(p, a, b, true);
    else if (home_b == w->scope)
        planner__flow(p, a, b, false);
    else if (home_a == w->scope)
        planner__flow(p, b, a, false);
}

static void equal_nodes(walk *w, const node *left, const node *right, bool nullsafe)
{
    if (left->kind == NODE(ROW) && right->kind == NODE(ROW)) {
        const node *l = left->first, *r = right->first;
        for (; l && r; l = l->next, r = r->next)
            equal_nodes(w, l, r, nullsafe);
    } else if (left->kind == NODE(COLUMN) && right->kind == NODE(COLUMN)) {
        equal_columns(w, planner__resolve(w->p, w->names, left), planner__resolve(w->p, w->names, right), nullsafe);
    }
}

static void in_subquery(walk *w, const node *left, const node *subquery)
{
    const node *column = left->kind == NODE(ROW) ? left->first : left;
    for (uint32_t position = 0; column; position++, column = left->kind == NODE(ROW) ? column->next : NULL) {
        uint32_t c = column->kind == NODE(COLUMN) ? planner__resolve(w->p, w->names, column) : NONE;
        if (c != NONE)
            planner__flow_output(w->p, c, subquery->index, position, planner__home(w->p, c) == w->scope, true);
    }
}

static void flows_of_part(walk *w, const node *part)
{
    const node *left = part->first, *right = left ? left->next : NULL;
    if (!right)
        return;
    if (part->kind == NODE(COMPARE) && right->kind == NODE(QUANTIFIED)) {
        if (part->op == TK(EQ) && right->op == TK(ANY) && !w->end)
            in_subquery(w, left, right->first);
    } else if (part->kind == NODE(COMPARE) && (part->op == TK(EQ) || part->op == TK(NULLSAFE))) {
        equal_nodes(w, left, right, part->op == TK(NULLSAFE));
    } else if (part->kind == NODE(IN) && right->kind == NODE(SUBQUERY) && !(part->flags & WEIR__FLAG_NOT) && !w->end) {
        in_subquery(w, left, right);
    }
}

static void use_part(void *context, const node *part)
{
    walk *w = context;
    const weir__condition *c = planner__condition(w->p, w->names, part);
    flows_of_part(w, part);
    if (c->kind != WEIR__CONDITION_TRUE)
        *(const weir__condition **)planner__add(w->p, &w->parts, sizeof c, NULL) = c;
}

static void end_condition(walk *w, uint32_t first, uint32_t end, bool on)
{
    const weir__condition *root = planner__all_of(w->p, w->parts.data, w->parts.count);
    if (root->kind != WEIR__CONDITION_TRUE)
        *ADD(w->p, conditions, weir__plan_condition, NULL) =
            (weir__plan_condition){.root = root, .scope = w->scope, .first = first, .end = end, .on = on};
}

/* The table whose column a name of USING is, on one side. */
static uint32_t using_table(planner *p, const node *side, const reach *r, const weir_str name)
{
    if (r->sources == 1)
        return r->only;
    if (side->kind != NODE(JOIN))
        return NONE;
    const node *using_ = weir__child(side, NODE(USING));
    const join_work *j = AT(p, joins, join_work, side->index);
    for (const node *n = using_ && using_->first ? using_->first->first : NULL; n; n = n->next) {
        weir_str other = planner__name(p, n->name);
        if (other.size == name.size && memcmp(other.data, name.data, name.size) == 0)
            return side->op == TK(RIGHT) ? using_table(p, side->first->next, &j->right, name)
                                         : using_table(p, side->first, &j->left, name);
    }
    return NONE;
}

static void using_flows(walk *w, const join_work *j)
{
    const node *using_ = weir__child(j->join, NODE(USING)), *left = j->join->first;
    for (const node *n = using_ && using_->first ? using_->first->first : NULL; n; n = n->next) {
        weir_str name = planner__name(w->p, n->name);
        uint32_t l = using_table(w->p, left, &j->left, name), r = using_table(w->p, left->next, &j->right, name);
        if (l == NONE || r == NONE)
            continue;
        uint32_t a = planner__column(w->p, l, name), b = planner__column(w->p, r, name);
        if (a == NONE || b == NONE)
            return;
        COLUMN_AT(w->p, a)->read = COLUMN_AT(w->p, b)->read = true;
        equal_columns(w, a, b, false);
    }
}

/* in_null: inside a null-supplied side, so that ON is a condition of its own even of an inner join. */
static void join_conditions(walk *w, const node *n, bool in_null)
{
    planner *p = w->p;
    if (n->kind == NODE(TABLES))
        for (const node *child = n->first; child; child = child->next)
            join_conditions(w, child, in_null);
    if (n->kind != NODE(JOIN) || planner__failed(p))
        return;
    join_work j = *AT(p, joins, join_work, n->index);
    const node *on = weir__child(n, NODE(ON));
    const reach *side = null_side(&j);
    bool left_null = in_null || (!j.inner && side == &j.left), right_null = in_null || (!j.inner && side == &j.right);

    join_conditions(w, n->first, left_null);
    join_conditions(w, n->first->next, right_null);
    walk own = {.p = p, .scope = w->scope, .names = &j.both};
    walk *to = j.inner && !in_null ? w : &own;
    const reach *names = w->names;
    to->names = &j.both;
    if (!j.inner) {
        own.first = side->first;
        own.end = side->end;
    }
    if (on)
        planner__each_part(on->first, use_part, to);
    using_flows(to, &j);
    if (to == &own)
        end_condition(&own, j.inner ? j.both.first : side->first, j.inner ? j.both.end : side->end, true);
    w->names = names;
}

void planner__scope_conditions(planner *p, uint32_t scope, const node *from, const node *where)
{
    reach names = WORK_AT(p, scope)->all;
    walk marks = {.p = p, .scope = scope}, w = {.p = p, .scope = scope, .names = &names};

    if (planner__failed(p))
        return;
    mark_for(&marks, &names, where, names.first, names.end);
    for (const node *n = from ? from->first : NULL; n; n = n->next)
        simplify(&marks, n);
    for (const node *n = from ? from->first : NULL; n; n = n->next)
        join_conditions(&w, n, false);
    if (where)
        planner__each_part(where->first, use_part, &w);
    end_condition(&w, SCOPE_AT(p, scope)->first_table, p->tables.count, false);
}
