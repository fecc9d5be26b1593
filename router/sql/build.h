/* build.h - constructors of the tree, for the grammar's actions. SPDX-License-Identifier: Apache-2.0
 * Each O(1) but bare_join, which walks down one side of a join. NULL for a node means that the arena is full or the clause is not
 * there; every function takes it, so no action looks for failures. Only parse.c includes this. */
#ifndef WEIR_ROUTER_SQL_BUILD_H
#define WEIR_ROUTER_SQL_BUILD_H

#include "base/limits.h"
#include "router/sql/ast.h"

#define TK(name) WEIR__TK_##name
#define NODE(name) WEIR__NODE_##name

typedef weir__node node;
typedef weir__token tok;

/* What parses one statement. */
typedef struct weir__builder {
    weir_str sql;
    weir__arena *arena;
    weir__lexer lexer;
    node *root;
    uint32_t parameters;
    weir__token ahead;  /* the lexer's next token, not handed on yet */
    uint16_t before;    /* id of the token handed on last, as the lexer gave it */
    unsigned parens;    /* open ones, up to 63 */
    uint64_t positions; /* bit n: the n-th open parenthesis is that of POSITION( */
    weir_status failed; /* the first failure; what it was: */
    weir__token at;     /* where */
    bool second;        /* a second statement */
} weir__builder;

static node *leaf(weir__builder *b, weir__node_kind kind, uint16_t op, tok t)
{
    node *n = weir__arena_take(b->arena, sizeof *n);
    if (n) {
        n->kind = (uint16_t)kind;
        n->op = op;
        n->at = (weir__span){t.start, t.end};
    }
    return n;
}

/* parent's range and depth take child's in. */
static void embrace(weir__builder *b, node *parent, const node *child)
{
    if (child->at.start < parent->at.start)
        parent->at.start = child->at.start;
    if (child->at.end > parent->at.end)
        parent->at.end = child->at.end;
    if (child->depth >= parent->depth)
        parent->depth = (uint16_t)(child->depth + 1);
    if (parent->depth > WEIR__MAX_SQL_DEPTH && !b->failed) {
        b->failed = WEIR_LIMIT;
        b->at = (tok){.start = child->at.start, .end = child->at.end};
    }
}

static node *add(weir__builder *b, node *parent, node *child)
{
    if (!parent || !child)
        return parent;
    embrace(b, parent, child);
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    return parent;
}

/* parent takes the children and the flags of list, which is not used any more. */
static node *adopt(weir__builder *b, node *parent, node *list)
{
    if (!parent || !list)
        return parent;
    parent->flags |= list->flags;
    if (!list->first) {
        embrace(b, parent, list);
        return parent;
    }
    if (list->depth > 0) {
        list->depth--; /* the list itself does not stay */
        embrace(b, parent, list);
    }
    if (parent->last)
        parent->last->next = list->first;
    else
        parent->first = list->first;
    parent->last = list->last;
    return parent;
}

static node *prepend(weir__builder *b, node *parent, node *child)
{
    if (!parent || !child)
        return parent;
    embrace(b, parent, child);
    child->next = parent->first;
    parent->first = child;
    if (!parent->last)
        parent->last = child;
    return parent;
}

static node *wrap(weir__builder *b, weir__node_kind kind, uint16_t op, node *child)
{
    return child ? add(b, leaf(b, kind, op, (tok){child->at.start, child->at.end, 0}), child) : NULL;
}

static node *pair(weir__builder *b, weir__node_kind kind, uint16_t op, node *left, node *right)
{
    return add(b, wrap(b, kind, op, left), right);
}

/* a OR b OR c is one node with three children. */
static node *chain(weir__builder *b, weir__node_kind kind, uint16_t op, node *left, node *right)
{
    bool goes_on = left && left->kind == kind && left->op == op && !(left->flags & WEIR__FLAG_PAREN);
    return goes_on ? add(b, left, right) : pair(b, kind, op, left, right);
}

static node *listed(weir__builder *b, weir__node_kind kind, node *child)
{
    return wrap(b, kind, 0, child);
}

static node *list(weir__builder *b, node *child)
{
    return wrap(b, NODE(LIST), 0, child);
}

static node *list_at(weir__builder *b, tok t)
{
    return leaf(b, NODE(LIST), 0, t);
}

/* A list that may be empty and has one more. */
static node *grow(weir__builder *b, node *old, node *child)
{
    return old ? add(b, old, child) : list(b, child);
}

static node *until(node *n, tok t)
{
    if (n && t.end > n->at.end)
        n->at.end = t.end;
    return n;
}

static node *until_range(node *n, tok t)
{
    return t.end ? until(n, t) : n;
}

static node *until_node(node *n, const node *last)
{
    return last ? until(n, (tok){.end = last->at.end}) : n;
}

static node *from_token(node *n, tok t)
{
    if (n)
        n->at.start = t.start;
    return n;
}

static node *flag(node *n, int flags)
{
    if (n)
        n->flags |= (uint16_t)flags;
    return n;
}

static node *renamed(node *n, weir__node_kind kind)
{
    if (n)
        n->kind = (uint16_t)kind;
    return n;
}

static node *parens(node *n, tok left, tok right)
{
    return flag(until(from_token(n, left), right), WEIR__FLAG_PAREN);
}

static node *named(node *n, tok name)
{
    if (n) {
        n->name = (weir__span){name.start, name.end};
        until(n, name);
    }
    return n;
}

static node *name_node(weir__builder *b, tok name)
{
    return named(leaf(b, NODE(NAME), 0, name), name);
}

static node *param(weir__builder *b, tok t)
{
    node *n = leaf(b, NODE(PARAM), 0, t);
    if (n)
        n->index = b->parameters;
    b->parameters++;
    return n;
}

static node *column1(weir__builder *b, tok name)
{
    return named(leaf(b, NODE(COLUMN), 0, name), name);
}

static node *column2(weir__builder *b, tok table, tok name)
{
    return named(add(b, leaf(b, NODE(COLUMN), 0, table), name_node(b, table)), name);
}

static node *column3(weir__builder *b, tok schema, tok table, tok name)
{
    node *n = add(b, leaf(b, NODE(COLUMN), 0, schema), name_node(b, schema));
    return named(add(b, n, name_node(b, table)), name);
}

static node *schema_node(weir__builder *b, tok name)
{
    return named(leaf(b, NODE(SCHEMA), 0, name), name);
}

static node *table2(weir__builder *b, tok schema, tok name)
{
    return named(add(b, leaf(b, NODE(TABLE), 0, schema), schema_node(b, schema)), name);
}

static node *table_parens(weir__builder *b, node *tables, tok left, tok right)
{
    (void)b;
    if (tables && tables->first == tables->last)
        return parens(tables->first, left, right);
    return parens(renamed(tables, NODE(TABLES)), left, right);
}

static uint16_t scope_of(tok t)
{
    switch (t.id) {
    case TK(LOCAL):
        return TK(SESSION);
    case TK(PERSIST_ONLY):
        return TK(PERSIST);
    default:
        return t.id;
    }
}

static node *scoped(node *variable, tok scope)
{
    if (variable)
        variable->op = scope_of(scope);
    return from_token(variable, scope);
}

static node *subquery(weir__builder *b, node *query)
{
    return wrap(b, NODE(SUBQUERY), 0, query);
}

static node *set_operation(weir__builder *b, node *left, uint16_t op, int all, node *right)
{
    bool goes_on = left && left->kind == NODE(SETOP) && left->op == op && !(left->flags & WEIR__FLAG_PAREN) &&
                   (left->flags & WEIR__FLAG_ALL) == all;
    return goes_on ? add(b, left, right) : flag(pair(b, NODE(SETOP), op, left, right), all);
}

/* A query with WITH before it and clauses behind it; either may be NULL. */
static node *with_tail(weir__builder *b, node *with, node *query, node *tail)
{
    if (query && query->flags & WEIR__FLAG_PAREN)
        query = wrap(b, NODE(NESTED), 0, query);
    return adopt(b, prepend(b, query, with), tail);
}

static node *fetch(weir__builder *b, tok first, node *count, tok last)
{
    node *n = until(add(b, leaf(b, NODE(LIMIT), 0, first), count), last);
    return last.id == TK(TIES) ? flag(n, WEIR__FLAG_TIES) : n;
}

static node *join_on(weir__builder *b, node *left, tok join, node *right, node *condition)
{
    node *n = add(b, pair(b, NODE(JOIN), join.id == TK(STRAIGHT_JOIN) ? TK(JOIN) : join.id, left, right), condition);
    return join.id == TK(STRAIGHT_JOIN) ? flag(n, WEIR__FLAG_STRAIGHT) : n;
}

static bool is_open_join(const node *n)
{
    return n && n->kind == NODE(JOIN) && !(n->flags & WEIR__FLAG_PAREN);
}

/* a JOIN b without a condition. Where b turns out to be a join of its own, a joins that one's leftmost table: joins go from left to
 * right, and "a JOIN b LEFT JOIN c ON x" lets x name columns of a. */
static node *bare_join(weir__builder *b, node *left, tok join, node *right)
{
    node *lowest = right, *inner, *rest;
    unsigned above = 0;

    if (!is_open_join(right) || !left)
        return join_on(b, left, join, right, NULL);
    while (is_open_join(lowest->first))
        lowest = lowest->first;
    rest = lowest->first->next;
    lowest->first->next = NULL;
    inner = join_on(b, left, join, lowest->first, NULL);
    if (!inner)
        return NULL;
    inner->next = rest;
    lowest->first = inner;
    for (node *n = right; n != inner; n = n->first)
        above++;
    for (node *n = right; n != inner; n = n->first) { /* each is deeper than all below it */
        unsigned depth = inner->depth + above--;
        if (depth > n->depth)
            n->depth = (uint16_t)depth;
        embrace(b, n, inner);
    }
    return right;
}

static node *call0(weir__builder *b, tok name)
{
    return named(leaf(b, NODE(FUNCTION), name.id, name), name);
}

static node *call_of_args(weir__builder *b, tok name, node *arguments)
{
    return adopt(b, call0(b, name), arguments);
}

static node *call_in_schema(weir__builder *b, tok schema, tok name, node *arguments)
{
    node *n = named(leaf(b, NODE(FUNCTION), name.id, schema), name);
    return adopt(b, add(b, n, schema_node(b, schema)), arguments);
}

/* CALL: procedure is the TABLE that its name was read as. */
static node *call_of(weir__builder *b, tok call, node *procedure, node *arguments)
{
    node *n = leaf(b, NODE(CALL), 0, call);
    if (!n || !procedure)
        return NULL;
    n->name = procedure->name;
    n->at.end = procedure->at.end;
    return adopt(b, add(b, n, procedure->first), arguments);
}

/* INTERVAL(a, b, ..), the function. */
static node *interval_call(weir__builder *b, tok name, node *row)
{
    return adopt(b, call0(b, name), row);
}

static node *json_column(weir__builder *b, tok name, node *type, tok path)
{
    node *n = add(b, named(leaf(b, NODE(JSON_COLUMN), 0, name), name), type);
    return add(b, n, leaf(b, NODE(LITERAL), path.id, path));
}

static node *window_spec(weir__builder *b, const tok *base, node *partition, node *order, node *frame)
{
    node *n = NULL;
    if (base)
        n = named(leaf(b, NODE(WINDOW), 0, *base), *base);
    else if (partition || order || frame)
        n = leaf(b, NODE(WINDOW), 0, (tok){.start = UINT32_MAX});
    return add(b, add(b, add(b, n, partition), order), frame);
}

#endif
