/* plan_expr.c - values, columns, calls and subqueries of expressions. SPDX-License-Identifier: Apache-2.0
 * Each node is looked at once for its number and once here. */
#include "router/plan/planner.h"

#include "router/sql/functions.h"

/* ---- values ---- */

static weir__value_kind value_kind(const node *n)
{
    if (n->flags & (WEIR__FLAG_TYPED | WEIR__FLAG_CHARSET))
        return WEIR__VALUE_OTHER;
    switch (n->op) {
    case TK(INTEGER_NUMBER):
        return WEIR__VALUE_INTEGER;
    case TK(DECIMAL_NUMBER):
        return WEIR__VALUE_DECIMAL;
    case TK(FLOAT_NUMBER):
        return WEIR__VALUE_FLOAT;
    case TK(STRING):
        return WEIR__VALUE_STRING;
    case TK(NULL):
        return WEIR__VALUE_NULL;
    case TK(TRUE):
    case TK(FALSE):
        return WEIR__VALUE_BOOLEAN;
    default:
        return WEIR__VALUE_OTHER;
    }
}

static bool is_number(const node *n)
{
    return n && n->kind == NODE(LITERAL) &&
           (n->op == TK(INTEGER_NUMBER) || n->op == TK(DECIMAL_NUMBER) || n->op == TK(FLOAT_NUMBER));
}

static bool is_signed_number(const node *n)
{
    return n->kind == NODE(UNARY) && (n->op == TK(MINUS) || n->op == TK(PLUS)) && is_number(n->first) &&
           !(n->first->flags & WEIR__FLAG_PAREN);
}

/* The range without parentheses around it, and comments beside them. */
static weir__span without_parens(const planner *p, const node *n)
{
    weir__span span = n->at;
    weir__lexer lexer;
    bool begun = false;

    if (!(n->flags & WEIR__FLAG_PAREN))
        return span;
    weir__lexer_init(&lexer, weir__text_of(&p->tree, n->at), p->options);
    for (;;) {
        weir__token t = weir__lex(&lexer);
        if (t.id == WEIR__TK_EOF)
            return span;
        if (t.id == TK(LP) || t.id == TK(RP))
            continue;
        if (!begun)
            span.start = n->at.start + t.start;
        begun = true;
        span.end = n->at.start + t.end;
    }
}

static void number_value(planner *p, node *n, const node *literal)
{
    weir__span span = without_parens(p, n);
    uint32_t index, parameter = n->kind == NODE(PARAM) ? n->index : NONE;
    weir__plan_value *v = ADD(p, values, weir__plan_value, &index);
    *v = (weir__plan_value){.start = span.start,
                            .end = span.end,
                            .parameter = parameter,
                            .column = NONE,
                            .text = weir__text_of(&p->tree, span),
                            .kind = (uint8_t)(literal ? value_kind(literal) : WEIR__VALUE_PARAM)};
    n->index = index;
}

void planner__number_values(planner *p, node *n)
{
    if (n->kind == NODE(LITERAL)) {
        number_value(p, n, n);
    } else if (n->kind == NODE(PARAM)) {
        number_value(p, n, NULL);
    } else if (is_signed_number(n)) {
        number_value(p, n, n->first);
    } else {
        for (node *child = n->first; child; child = child->next)
            planner__number_values(p, child);
    }
}

uint32_t planner__value_of(const planner *p, const node *e)
{
    bool value = e && (e->kind == NODE(LITERAL) || e->kind == NODE(PARAM) || is_signed_number(e));
    return value && e->index < p->values.count ? e->index : NONE;
}

void planner__use(planner *p, uint32_t value, weir__use use, uint32_t column)
{
    if (value == NONE)
        return;
    VALUE_AT(p, value)->use = (uint8_t)use;
    VALUE_AT(p, value)->column = column;
}

bool planner__op(uint16_t token, weir__op *op)
{
    switch (token) {
    case TK(EQ):
        *op = WEIR__OP_EQ;
        return true;
    case TK(NULLSAFE):
        *op = WEIR__OP_NULLSAFE;
        return true;
    case TK(NE):
        *op = WEIR__OP_NE;
        return true;
    case TK(LT):
        *op = WEIR__OP_LT;
        return true;
    case TK(LE):
        *op = WEIR__OP_LE;
        return true;
    case TK(GT):
        *op = WEIR__OP_GT;
        return true;
    case TK(GE):
        *op = WEIR__OP_GE;
        return true;
    default:
        return false;
    }
}

weir__op planner__mirrored(weir__op op)
{
    switch (op) {
    case WEIR__OP_LT:
        return WEIR__OP_GT;
    case WEIR__OP_LE:
        return WEIR__OP_GE;
    case WEIR__OP_GT:
        return WEIR__OP_LT;
    case WEIR__OP_GE:
        return WEIR__OP_LE;
    case WEIR__OP_EQ:
    case WEIR__OP_NULLSAFE:
    case WEIR__OP_IN:
    case WEIR__OP_BETWEEN:
    case WEIR__OP_IS_NULL:
    case WEIR__OP_NE:
    case WEIR__OP_LIKE:
        break;
    }
    return op;
}

/* value op column, whichever of the two is the column; rows by their parts. */
static void compare(planner *p, const reach *where, const node *left, const node *right, weir__op op)
{
    if (left->kind == NODE(ROW) && right->kind == NODE(ROW)) {
        const node *l = left->first, *r = right->first;
        for (; l && r; l = l->next, r = r->next)
            compare(p, where, l, r, op);
        return;
    }
    const node *column = left->kind == NODE(COLUMN) ? left : right;
    uint32_t value = planner__value_of(p, column == left ? right : left);
    if (column->kind != NODE(COLUMN) || value == NONE)
        return;
    planner__use(p, value, WEIR__USE_COMPARED, planner__resolve(p, where, column));
    VALUE_AT(p, value)->op = (uint8_t)(column == left ? op : planner__mirrored(op));
}

static void compare_with_all(planner *p, const reach *where, const node *left, const node *values, weir__op op)
{
    for (const node *v = values; v; v = v->next)
        compare(p, where, left, v, op);
}

/* ---- calls ---- */

static void add_call(planner *p, const node *call, weir_str schema, weir_str name, const weir__function *f,
                     bool unknown)
{
    uint32_t index;
    if (planner__find(p, NAME_CALL, 0, name))
        return;
    weir__plan_call *c = ADD(p, calls, weir__plan_call, &index);
    *c = (weir__plan_call){
        .schema = schema, .name = name, .start = call->at.start, .end = call->at.end, .unknown = unknown};
    if (f && !unknown) {
        c->varies = f->flags & WEIR__FN_VARIES;
        c->changes = f->flags & WEIR__FN_CHANGES;
        c->reads_session = f->flags & WEIR__FN_READS;
    }
    planner__enter(p, NAME_CALL, 0, name, index);
}

/* An aggregate of this scope, for certain: one whose argument is nothing of an outer query. */
static bool surely_own(planner *p, const reach *where, const node *call)
{
    const node *argument = call->first;
    if (call->flags & WEIR__FLAG_STAR || planner__value_of(p, argument) != NONE)
        return true;
    if (!argument || argument->kind != NODE(COLUMN))
        return false;
    uint32_t column = planner__resolve(p, where, argument);
    return column != NONE && planner__home(p, column) == where->scope && COLUMN_AT(p, column)->table != NONE;
}

static void note_call(planner *p, const reach *where, const node *call)
{
    const node *schema = weir__child(call, NODE(SCHEMA));
    weir_str name = planner__name(p, call->name), sql = p->tree.sql;
    const weir__function *f = schema || call->op == TK(QUOTED) ? NULL : weir__function_find(name);
    bool window = weir__child(call, NODE(OVER));

    if (f && f->flags & (p->options->flavour == WEIR__MYSQL ? WEIR__FN_MARIADB : WEIR__FN_MYSQL))
        f = NULL;
    if (f && f->flags & WEIR__FN_TIGHT && call->name.end < sql.size && sql.data[call->name.end] != '(' &&
        !(p->options->sql_mode & WEIR__IGNORE_SPACE))
        f = NULL;
    bool unknown = !f || !(f->flags & (WEIR__FN_PLAIN | WEIR__FN_READS | WEIR__FN_CHANGES | WEIR__FN_HARMLESS));
    if (unknown || f->flags & (WEIR__FN_READS | WEIR__FN_CHANGES | WEIR__FN_VARIES))
        add_call(p, call, schema ? planner__name(p, schema->name) : (weir_str){"", 0}, name, f, unknown);
    SCOPE_AT(p, where->scope)->windows |= window;
    if (unknown) {
        for (uint32_t s = where->scope; s != NONE; s = SCOPE_AT(p, s)->parent)
            WORK_AT(p, s)->odd = true;
    } else if (f->flags & WEIR__FN_AGGREGATE && !window) {
        bool own = surely_own(p, where, call);
        for (uint32_t s = where->scope; s != NONE; s = own ? NONE : SCOPE_AT(p, s)->parent)
            SCOPE_AT(p, s)->aggregates = true;
    }
}

void planner__note_call(planner *p, uint32_t scope, const node *call)
{
    const node *schema = weir__child(call, NODE(SCHEMA));
    WORK_AT(p, scope)->odd = true;
    add_call(p, call, schema ? planner__name(p, schema->name) : (weir_str){"", 0}, planner__name(p, call->name), NULL,
             true);
}

/* ---- expressions ---- */

static void read_column(planner *p, const reach *where, const node *column)
{
    uint32_t index = planner__resolve(p, where, column);
    if (index != NONE)
        COLUMN_AT(p, index)->read = true;
}

void planner__expr(planner *p, const reach *where, node *e)
{
    weir__op op;
    switch (e->kind) {
    case NODE(COLUMN):
        read_column(p, where, e);
        return;
    case NODE(SUBQUERY):
        e->index = planner__query(p, e->first, WEIR__SCOPE_SUBQUERY, where->scope);
        return;
    case NODE(SEQUENCE):
        planner__sequence(p, where->scope, e);
        add_call(p, e, (weir_str){"", 0}, (weir_str){"nextval", 7}, weir__function_find((weir_str){"nextval", 7}),
                 false);
        return;
    case NODE(FUNCTION):
        note_call(p, where, e);
        break;
    case NODE(COMPARE):
        if (planner__op(e->op, &op))
            compare(p, where, e->first, e->last, op);
        break;
    case NODE(IN):
        if (e->last->kind == NODE(LIST))
            compare_with_all(p, where, e->first, e->last->first, WEIR__OP_IN);
        break;
    case NODE(BETWEEN):
        compare_with_all(p, where, e->first, e->first->next, WEIR__OP_BETWEEN);
        break;
    case NODE(LIKE):
        if (e->first->kind == NODE(COLUMN) && e->op == TK(LIKE))
            compare(p, where, e->first, e->first->next, WEIR__OP_LIKE);
        break;
    default:
        break;
    }
    for (node *child = e->first; child; child = child->next)
        planner__expr(p, where, child);
}
