/* plan_conditions.c - expressions to conditions: what must hold where one is true, or where it is false. SPDX-License-Identifier: Apache-2.0
 * Three-valued logic: a row passes WHERE where the expression is TRUE, not where it is not FALSE. So each expression is asked for
 * one of two things, "where may it be TRUE" or "where may it be FALSE"; NOT swaps the question, AND and OR swap each other under it
 * (De Morgan, exact). What has no answer is TRUE: everywhere. NULL is neither, so `a = NULL` and `a NOT IN (1, NULL)` are FALSE,
 * nowhere, for both questions. Each node is looked at once for each question that is asked of it, and only one ever is: O(nodes). */
#include "router/plan/planner.h"

typedef struct ask {
    planner *p;
    const reach *where;
} ask;

static const weir__condition always = {.kind = WEIR__CONDITION_TRUE}, never = {.kind = WEIR__CONDITION_FALSE};

static const weir__condition *condition(ask *a, const node *e, bool wanted);

/* ---- leaves ---- */

/* The column of this scope that e is, or NONE. */
static uint32_t own_column(ask *a, const node *e)
{
    uint32_t column = e->kind == NODE(COLUMN) ? planner__resolve(a->p, a->where, e) : NONE;
    return column != NONE && planner__home(a->p, column) == a->where->scope ? column : NONE;
}

static const weir__condition *leaf(ask *a, uint32_t column, weir__op op, uint32_t value, uint32_t count,
                                   uint32_t stride)
{
    weir__condition *c;
    if (column == NONE)
        return &always;
    c = weir__arena_take(&a->p->plan->arena, sizeof *c);
    if (!c)
        return &always;
    *c = (weir__condition){.kind = WEIR__CONDITION_LEAF,
                           .op = (uint8_t)op,
                           .column = column,
                           .value = value,
                           .count = count,
                           .stride = stride};
    return c;
}

static bool is_null(ask *a, uint32_t value)
{
    return value != NONE && VALUE_AT(a->p, value)->kind == WEIR__VALUE_NULL;
}

/* IS NULL says nothing of a column that an outer join may fill with NULLs: rows without a partner need all candidates looked at. */
static const weir__condition *null_leaf(ask *a, uint32_t column)
{
    return column != NONE && !planner__may_be_null(a->p, column) ? leaf(a, column, WEIR__OP_IS_NULL, 0, 0, 0) : &always;
}

static const weir__condition *nullsafe_leaf(ask *a, uint32_t column, uint32_t value)
{
    if (is_null(a, value))
        return null_leaf(a, column);
    if (column != NONE && planner__may_be_null(a->p, column) && VALUE_AT(a->p, value)->kind == WEIR__VALUE_PARAM)
        return &always; /* the parameter may be NULL */
    return leaf(a, column, WEIR__OP_NULLSAFE, value, 1, 1);
}

/* ---- comparisons ---- */

/* Both are plain integers of the text: whether l op r. They stand beside no column, so no fingerprint lifts them. */
static bool compare_constants(ask *a, uint32_t left, uint32_t right, weir__op op, bool *result)
{
    const weir__plan_value *values[2] = {VALUE_AT(a->p, left), VALUE_AT(a->p, right)};
    uint64_t numbers[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        if (values[i]->kind != WEIR__VALUE_INTEGER || values[i]->text.size > 18)
            return false;
        for (size_t at = 0; at < values[i]->text.size; at++) {
            char c = values[i]->text.data[at];
            if (c < '0' || c > '9')
                return false; /* a sign */
            numbers[i] = numbers[i] * 10 + (uint64_t)(c - '0');
        }
    }
    if (op == WEIR__OP_EQ || op == WEIR__OP_NULLSAFE)
        *result = numbers[0] == numbers[1];
    else if (op == WEIR__OP_NE)
        *result = numbers[0] != numbers[1];
    else
        return false;
    return true;
}

/* The comparison that holds where this one is FALSE; false: none that a leaf can say. */
static bool negated(weir__op op, weir__op *out)
{
    switch (op) {
    case WEIR__OP_LT:
        *out = WEIR__OP_GE;
        return true;
    case WEIR__OP_LE:
        *out = WEIR__OP_GT;
        return true;
    case WEIR__OP_GT:
        *out = WEIR__OP_LE;
        return true;
    case WEIR__OP_GE:
        *out = WEIR__OP_LT;
        return true;
    case WEIR__OP_NE:
        *out = WEIR__OP_EQ;
        return true;
    case WEIR__OP_EQ:
    case WEIR__OP_NULLSAFE:
    case WEIR__OP_IN:
    case WEIR__OP_BETWEEN:
    case WEIR__OP_IS_NULL:
    case WEIR__OP_LIKE:
        break;
    }
    return false;
}

static const weir__condition *compare_one(ask *a, const node *left, const node *right, weir__op op, bool wanted)
{
    uint32_t l = planner__value_of(a->p, left), r = planner__value_of(a->p, right);
    bool result;

    if (op != WEIR__OP_NULLSAFE && (is_null(a, l) || is_null(a, r)))
        return &never; /* NULL, whatever the other side is */
    if (l != NONE && r != NONE)
        return compare_constants(a, l, r, op, &result) ? (result == wanted ? &always : &never) : &always;
    if (left->kind != NODE(COLUMN)) {
        left = right;
        r = l;
        op = planner__mirrored(op);
    }
    if (r == NONE || (!wanted && !negated(op, &op)))
        return &always;
    if (op == WEIR__OP_NE)
        return &always;
    if (op == WEIR__OP_NULLSAFE)
        return nullsafe_leaf(a, own_column(a, left), r);
    return leaf(a, own_column(a, left), op, r, 1, 1);
}

/* ---- AND and OR ---- */

typedef struct group {
    ask *a;
    bool is_and;
    bool decided; /* an AND has met FALSE, an OR TRUE */
    const weir__condition *only;
    weir__condition *whole, *last;
} group;

/* Conditions are constant once made and may be in one list only, so that each is copied into its list when it is its second. */
static void group_add(group *g, const weir__condition *c)
{
    weir__condition_kind neutral = g->is_and ? WEIR__CONDITION_TRUE : WEIR__CONDITION_FALSE;
    weir__condition_kind absorbing = g->is_and ? WEIR__CONDITION_FALSE : WEIR__CONDITION_TRUE;
    weir__arena *arena = &g->a->p->plan->arena;

    if (g->decided || c->kind == neutral)
        return;
    if (c->kind == absorbing) {
        g->decided = true;
        return;
    }
    if (!g->only) {
        g->only = c;
        return;
    }
    if (!g->whole) {
        g->whole = weir__arena_take(arena, sizeof *g->whole);
        if (!g->whole)
            return;
        g->whole->kind = g->is_and ? WEIR__CONDITION_AND : WEIR__CONDITION_OR;
        g->whole->first = g->only;
        g->last = (weir__condition *)g->only; /* ours: neither TRUE nor FALSE, so made here, and in no list yet */
    }
    g->last->next = c;
    g->last = (weir__condition *)c;
}

static const weir__condition *group_end(const group *g)
{
    const weir__condition *neutral = g->is_and ? &always : &never, *absorbing = g->is_and ? &never : &always;
    return g->decided ? absorbing : g->whole ? g->whole : g->only ? g->only : neutral;
}

/* ---- rows: (a, b) op (1, 2) column by column ---- */

static const weir__condition *compare_rows(ask *a, const node *left, const node *right, weir__op op, bool wanted)
{
    group g = {.a = a, .is_and = true};
    const node *l = left->first, *r = right->first;

    if (!wanted || op == WEIR__OP_NE)
        return &always;
    /* (a, b) < (1, 2) holds nowhere but where a <= 1. */
    if (op == WEIR__OP_LT || op == WEIR__OP_LE)
        return compare_one(a, l, r, WEIR__OP_LE, true);
    if (op == WEIR__OP_GT || op == WEIR__OP_GE)
        return compare_one(a, l, r, WEIR__OP_GE, true);
    for (; l && r; l = l->next, r = r->next) {
        if (l->kind == NODE(ROW) && r->kind == NODE(ROW))
            group_add(&g, compare_rows(a, l, r, op, true));
        else
            group_add(&g, compare_one(a, l, r, op, true));
    }
    return l || r ? &always : group_end(&g);
}

static const weir__condition *compare(ask *a, const node *e, bool wanted)
{
    const node *left = e->first, *right = left->next;
    weir__op op;
    if (!planner__op(e->op, &op))
        return &always;
    if (left->kind == NODE(ROW) && right->kind == NODE(ROW))
        return compare_rows(a, left, right, op, wanted);
    return compare_one(a, left, right, op, wanted);
}

/* ---- IN ---- */

/* The values of the list as one run of numbers; false: not all are values. *nulls counts NULL among them. */
static bool list_run(ask *a, const node *list, uint32_t *first, uint32_t *count, uint32_t *nulls)
{
    *count = *nulls = 0;
    for (const node *e = list->first; e; e = e->next) {
        uint32_t value = planner__value_of(a->p, e);
        if (value == NONE)
            return false;
        if (*count == 0)
            *first = value;
        *nulls += is_null(a, value);
        ++*count;
    }
    return *count > 0;
}

static bool has_null(ask *a, const node *list)
{
    for (const node *e = list->first; e; e = e->next)
        if (is_null(a, planner__value_of(a->p, e)))
            return true;
    return false;
}

static const node *nth_child(const node *n, uint32_t position)
{
    const node *child = n->first;
    while (child && position--)
        child = child->next;
    return child;
}

/* One column of (a, b) IN ((1, 2), (3, 4)): TRUE unless each row has a value there and their numbers have one stride. */
static const weir__condition *in_column(ask *a, const node *column, const node *list, uint32_t position)
{
    uint32_t first = NONE, stride = 1, count = 0;
    if (column->kind != NODE(COLUMN))
        return &always;
    for (const node *row = list->first; row; row = row->next, count++) {
        const node *cell = row->kind == NODE(ROW) ? nth_child(row, position) : NULL;
        uint32_t value = planner__value_of(a->p, cell);
        if (value == NONE)
            return &always;
        if (count == 0)
            first = value;
        else if (count == 1)
            stride = value - first;
        else if (value - first != count * stride)
            return &always;
    }
    return leaf(a, own_column(a, column), WEIR__OP_IN, first, count, stride);
}

enum { MAX_ROW = 16 }; /* columns of a row in IN that are taken apart: bounds nth_child's walks */

static const weir__condition *in_rows(ask *a, const node *row, const node *list)
{
    group g = {.a = a, .is_and = true};
    uint32_t position = 0;
    for (const node *column = row->first; column && position < MAX_ROW; column = column->next)
        group_add(&g, in_column(a, column, list, position++));
    return group_end(&g);
}

static const weir__condition *in(ask *a, const node *e, bool wanted)
{
    const node *left = e->first, *list = left->next;
    uint32_t first = 0, count, nulls;

    if (list->kind != NODE(LIST))
        return &always;
    if (is_null(a, planner__value_of(a->p, left)))
        return &never;
    if (!wanted) /* NOT IN: with a NULL in the list it is never true */
        return left->kind != NODE(ROW) && has_null(a, list) ? &never : &always;
    if (left->kind == NODE(ROW))
        return in_rows(a, left, list);
    if (!list_run(a, list, &first, &count, &nulls))
        return &always;
    if (nulls == count)
        return &never;
    return leaf(a, own_column(a, left), WEIR__OP_IN, first, count, 1);
}

/* ---- BETWEEN, IS, constants ---- */

static const weir__condition *between(ask *a, const node *e, bool wanted)
{
    const node *low = e->first->next, *high = low->next;
    uint32_t l = planner__value_of(a->p, low), h = planner__value_of(a->p, high), column;
    group g = {.a = a, .is_and = wanted};

    if (is_null(a, planner__value_of(a->p, e->first)))
        return &never;
    /* With one NULL it is never true; it can be false: 7 BETWEEN NULL AND 5. With an unknown bound nothing is said at all, for the
     * types of both decide how the server compares. */
    if (wanted && (is_null(a, l) || is_null(a, h)))
        return &never;
    column = l == NONE || h == NONE ? NONE : own_column(a, e->first);
    if (column == NONE)
        return &always;
    if (wanted)
        return leaf(a, column, WEIR__OP_BETWEEN, l, 2, h - l);
    bool alike = VALUE_AT(a->p, l)->kind == VALUE_AT(a->p, h)->kind && VALUE_AT(a->p, l)->kind != WEIR__VALUE_PARAM &&
                 VALUE_AT(a->p, l)->kind != WEIR__VALUE_OTHER;
    if (!alike)
        return &always;
    if (is_null(a, l))
        return &never;
    group_add(&g, leaf(a, column, WEIR__OP_LT, l, 1, 1));
    group_add(&g, leaf(a, column, WEIR__OP_GT, h, 1, 1));
    return group_end(&g);
}

static const weir__condition *is(ask *a, const node *e, bool wanted)
{
    bool plain = wanted == !(e->flags & WEIR__FLAG_NOT); /* false: where it is not so */
    const node *child = e->first;
    switch (e->op) {
    case TK(TRUE):
        return plain ? condition(a, child, true) : &always;
    case TK(FALSE):
        return plain ? condition(a, child, false) : &always;
    default: /* NULL, UNKNOWN */
        if (is_null(a, planner__value_of(a->p, child)))
            return plain ? &always : &never;
        return plain && child->kind == NODE(COLUMN) ? null_leaf(a, own_column(a, child)) : &always;
    }
}

static const weir__condition *constant(ask *a, const node *e, bool wanted)
{
    const weir__plan_value *v;
    uint32_t value = planner__value_of(a->p, e);
    bool zero = true;

    if (value == NONE)
        return &always;
    v = VALUE_AT(a->p, value);
    if (v->kind == WEIR__VALUE_NULL)
        return &never;
    if (v->kind == WEIR__VALUE_BOOLEAN)
        return (v->text.data[0] == 't' || v->text.data[0] == 'T') == wanted ? &always : &never;
    if (v->kind != WEIR__VALUE_INTEGER)
        return &always;
    for (size_t i = 0; i < v->text.size; i++) {
        if (v->text.data[i] < '0' || v->text.data[i] > '9')
            return &always; /* a sign, and who knows what between it and the number */
        zero &= v->text.data[i] == '0';
    }
    return zero != wanted ? &always : &never;
}

static const weir__condition *chain(ask *a, const node *e, bool is_and, bool wanted)
{
    group g = {.a = a, .is_and = is_and == wanted};
    for (const node *child = e->first; child; child = child->next)
        group_add(&g, condition(a, child, wanted));
    return group_end(&g);
}

static const weir__condition *condition(ask *a, const node *e, bool wanted)
{
    bool negative = e->flags & WEIR__FLAG_NOT;
    switch (e->kind) {
    case NODE(AND):
        return chain(a, e, true, wanted);
    case NODE(OR):
        return chain(a, e, false, wanted);
    case NODE(NOT):
        return condition(a, e->first, !wanted);
    case NODE(COMPARE):
        return compare(a, e, wanted);
    case NODE(IN):
        return in(a, e, wanted != negative);
    case NODE(BETWEEN):
        return between(a, e, wanted != negative);
    case NODE(IS):
        return is(a, e, wanted);
    default:
        return constant(a, e, wanted);
    }
}

const weir__condition *planner__condition(planner *p, const reach *where, const node *e)
{
    ask a = {.p = p, .where = where};
    return condition(&a, e, true);
}

const weir__condition *planner__all_of(planner *p, const weir__condition *const *parts, uint32_t count)
{
    ask a = {.p = p};
    group g = {.a = &a, .is_and = true};
    for (uint32_t i = 0; i < count; i++)
        group_add(&g, parts[i]);
    return group_end(&g);
}

void planner__each_part(const node *e, void (*use)(void *context, const node *part), void *context)
{
    if (e->kind != NODE(AND)) {
        use(context, e);
        return;
    }
    for (const node *child = e->first; child; child = child->next)
        planner__each_part(child, use, context);
}
