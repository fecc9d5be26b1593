/* finish_groups.c - the groups of one SELECT are merged; what is done with them is left to one server.
 * SPDX-License-Identifier: Apache-2.0
 * The part selects leaves: each aggregate, key and column that the select list, HAVING or ORDER BY uses. In the final statement they stand
 * as columns of a table, and all that was around them is the user's text still. The SELECT may be a block within the statement that
 * names nothing around it: then it need not have groups, its leaves are columns. */
#include <stdio.h>

#include "router/merge/finishing.h"

enum { NONE = WEIR__NONE, MOST_LEAVES = 1000, LONGEST_ALIAS = 64 };

typedef struct leaf {
    struct leaf *next;
    const node *node;
    const char *before, *behind; /* around it in the part */
    uint32_t number;
    weir__finish_column how;
} leaf;

typedef struct groups {
    weir__finish *f;
    weir__planning *p;
    edit *out;
    bool block;        /* within the statement */
    const node **keys; /* what GROUP BY means */
    uint32_t key_count;
    leaf *first, **last;
    uint32_t count;
} groups;

static bool refuse(groups *g, const node *at, const char *why)
{
    return weir__planning_refuse(g->p, at, why);
}

/* ---- leaves ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || strcmp(a, b) == 0;
}

static leaf *find_leaf(groups *g, const node *e, const char *before, const char *behind)
{
    for (leaf *l = g->first; l; l = l->next)
        if (same_text(l->before, before) && same_text(l->behind, behind) && weir__planning_same(g->p, l->node, e))
            return l;
    return NULL;
}

static leaf *add_leaf(groups *g, const node *e, const char *before, const char *behind, const weir__finish_column *how)
{
    leaf *l = find_leaf(g, e, before, behind);
    if (l)
        return l;
    if (g->count == MOST_LEAVES) {
        refuse(g, e, "it uses too many aggregates");
        return NULL;
    }
    l = weir__arena_take(g->p->arena, sizeof *l);
    if (!l)
        return NULL;
    *l = (leaf){.node = e, .before = before, .behind = behind, .number = g->count++, .how = *how};
    *g->last = l;
    g->last = &l->next;
    return l;
}

static bool say_leaf(groups *g, const leaf *l)
{
    if (l)
        weir__planning_sayf(g->p, g->out, "weir_%u", (unsigned)l->number);
    return l != NULL;
}

/* The column whose collation a text has; NULL: not certain. */
static const weir__column *text_source(const groups *g, const node *e)
{
    uint32_t table;
    const weir__column *c;
    const weir__column *all = NULL;
    weir_str name = weir__text_of(&g->p->tree, e->name);
    static const char *const hands_on[] = {"group_concat", "lcase",     "left", "lower", "ltrim",
                                           "max",          "mid",       "min",  "right", "rtrim",
                                           "substr",       "substring", "trim", "ucase", "upper"};
    static const char *const unites[] = {"coalesce", "concat", "greatest", "ifnull", "least"};
    if ((c = weir__planning_column(g->p, e, &table)))
        return *c->collation ? c : NULL;
    if (e->kind != NODE(FUNCTION) || weir__child(e, NODE(SCHEMA)))
        return NULL;
    for (size_t i = 0; i < sizeof hands_on / sizeof *hands_on; i++)
        if (weir__str_is_nocase(name, hands_on[i]))
            return e->first ? text_source(g, e->first) : NULL;
    bool united = false;
    for (size_t i = 0; i < sizeof unites / sizeof *unites; i++)
        united |= weir__str_is_nocase(name, unites[i]);
    for (const node *one = united ? e->first : NULL; one; one = one->next) {
        if (one->kind == NODE(LITERAL))
            continue; /* it takes the column's */
        if (!(c = text_source(g, one)) || (all && strcmp(c->collation, all->collation) != 0))
            return NULL;
        all = c;
    }
    return all;
}

static bool is_called(const groups *g, const node *e, const char *name)
{
    return e->kind == NODE(FUNCTION) && weir__str_is_nocase(weir__text_of(&g->p->tree, e->name), name);
}

/* The column that a leaf has the type of. */
static const weir__column *typed_as(const groups *g, const node *e)
{
    uint32_t table;
    const weir__column *c = weir__planning_column(g->p, e, &table);
    if (!c && (is_called(g, e, "min") || is_called(g, e, "max")) && e->first)
        c = weir__planning_column(g->p, e->first, &table);
    return c;
}

static bool is_member(const weir__column *c)
{
    return c && (c->type.type == WEIR__TYPE_ENUM || c->type.type == WEIR__TYPE_SET);
}

/* A column, key or aggregate as the final statement sees it. `alone`: it is a column of the answer, not within an expression. */
static bool emit_leaf(groups *g, const node *e, bool alone)
{
    weir__finish_column how = {.name = {NULL, 0}};
    const char *before = "", *behind = "", *why = "";
    const weir__column *c = typed_as(g, e);
    if (c) {
        if (!weir__finish_declare(g->p, c, &how, &before, &behind, &why))
            return refuse(g, e, why);
        bool extreme = *before && e->kind != NODE(COLUMN);
        if (extreme && c->type.type != WEIR__TYPE_FLOAT && c->type.type != WEIR__TYPE_DOUBLE)
            return refuse(g, e, "MIN and MAX of YEAR, UUID or INET6 within a statement that one server finishes");
        if (extreme) { /* of the doubles that they are */
            before = is_called(g, e, "min") ? "MIN((" : "MAX((";
            behind = ")+0e0)";
            e = e->first;
        }
        if (is_member(c) && (!alone || g->block))
            return refuse(g, e, "an ENUM or SET within an expression over groups");
    } else if ((c = text_source(g, e))) {
        how.charset = c->charset;
        how.collation = c->collation;
    }
    return say_leaf(g, add_leaf(g, e, before, behind, &how));
}

static bool is_inexact(const groups *g, const node *e)
{
    static const char *const names[] = {"std",     "stddev",   "stddev_pop", "stddev_samp",
                                        "var_pop", "var_samp", "variance"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_called(g, e, names[i]))
            return true;
    return false;
}

/* Their sums are told with fewer digits than they have. */
static bool has_fixed_doubles(const groups *g, const node *e)
{
    uint32_t table;
    const weir__column *c = weir__planning_column(g->p, e, &table);
    if (c && (c->type.type == WEIR__TYPE_FLOAT || c->type.type == WEIR__TYPE_DOUBLE) &&
        (c->type.precision || c->type.scale))
        return true;
    for (const node *child = e->first; child; child = child->next)
        if (has_fixed_doubles(g, child))
            return true;
    return false;
}

/* AVG has more digits than it prints: SUM / COUNT has them all. To be sorted by, it needs them in its type, too. */
static bool emit_average(groups *g, const node *e, bool sorts)
{
    static const weir__finish_column by_answer = {.name = {NULL, 0}};
    bool distinct = e->flags & WEIR__FLAG_DISTINCT;
    if (!e->first || e->first->next)
        return refuse(g, e, "AVG of something else than one expression");
    weir__planning_say(g->p, g->out, "(");
    if (!say_leaf(g, add_leaf(g, e->first, distinct ? "SUM(DISTINCT " : "SUM(", ")", &by_answer)))
        return false;
    weir__planning_say(g->p, g->out, sorts ? " * 1.000000000000000000 / " : " / ");
    if (!say_leaf(g, add_leaf(g, e->first, distinct ? "COUNT(DISTINCT " : "COUNT(", ")", &by_answer)))
        return false;
    weir__planning_say(g->p, g->out, ")");
    return true;
}

/* ---- expressions ---- */

static bool is_key(const groups *g, const node *e)
{
    if (e->kind == NODE(LITERAL) || e->kind == NODE(PARAM))
        return false;
    for (uint32_t i = 0; i < g->key_count; i++)
        if (weir__planning_same(g->p, g->keys[i], e))
            return true;
    return false;
}

static weir_str name_of(const groups *g, const node *n)
{
    return weir__name_of(&g->p->tree, n->name, g->p->arena);
}

/* The item with this alias; *several: no one can be meant. */
static const node *aliased(const groups *g, const node *e, bool *several)
{
    const node *found = NULL;
    weir_str name = name_of(g, e);
    *several = false;
    for (const node *item = g->p->items->first; item; item = item->next) {
        if (item->kind != NODE(ITEM) || item->name.end == item->name.start)
            continue;
        weir_str alias = name_of(g, item);
        if (alias.size != name.size || strncasecmp(alias.data, name.data, name.size) != 0)
            continue;
        *several |= found != NULL;
        found = item;
    }
    return found;
}

typedef struct emission {
    uint32_t at;       /* copied up to here */
    bool alone;        /* nothing was around what comes */
    bool sorts;        /* it is in ORDER BY */
    bool window;       /* it is what a window is made of */
    bool takes_alias;  /* HAVING: names may be aliases */
    uint32_t unfolded; /* aliases within aliases */
} emission;

static bool emit(groups *g, const node *e, emission how);

/* In HAVING a name is an alias where no column has it; elsewhere it is none. */
static bool emit_name(groups *g, const node *e, emission *m)
{
    uint32_t table;
    bool several;
    const node *item = e->first ? NULL : aliased(g, e, &several);
    const weir__column *c = weir__planning_column(g->p, e, &table);
    if (!item || weir__planning_same(g->p, item->first, e))
        return c ? emit_leaf(g, e, m->alone) : refuse(g, e, "a column of a table that is not known");
    if (c || several || !m->takes_alias || m->unfolded > 2)
        return refuse(g, e, "this may be an alias or a column: write table.column");
    weir__planning_say(g->p, g->out, "(");
    if (!emit(g, item->first, (emission){.sorts = m->sorts, .unfolded = m->unfolded + 1}))
        return false;
    weir__planning_say(g->p, g->out, ")");
    return true;
}

static bool walk(groups *g, const node *e, emission *m)
{
    const weir__function *aggregate = weir__planning_aggregate(g->p, e);
    switch (e->kind) {
    case NODE(SUBQUERY):
    case NODE(USERVAR):
    case NODE(ASSIGN_EXPR):
    case NODE(SEQUENCE):
    case NODE(DEFAULT):
    case NODE(MATCH):
    case NODE(STAR):
        return refuse(g, e, "this does not stand beside groups that one server finishes");
    default:
        break;
    }
    bool key = is_key(g, e);
    if (!aggregate && !key && e->kind != NODE(COLUMN)) {
        bool within = m->window;
        m->alone = false;
        m->window |= e->kind == NODE(OVER);
        for (const node *child = e->first; child; child = child->next)
            if (!walk(g, child, m))
                return false;
        m->window = within;
        return true;
    }
    if (e->at.start > m->at)
        weir__planning_copy(g->p, g->out, m->at, e->at.start);
    m->at = e->at.end;
    bool average = aggregate && is_called(g, e, "avg"), inexact = aggregate && is_inexact(g, e);
    bool compared = m->window || g->p->select->flags & WEIR__FLAG_DISTINCT;
    if ((average || (aggregate && is_called(g, e, "sum"))) && has_fixed_doubles(g, e))
        return refuse(g, e, "SUM and AVG of FLOAT(m,d) print fewer digits than they have");
    if ((average || inexact) && compared)
        return refuse(g, e, "DISTINCT and windows compare averages before they are rounded");
    if (average && e->flags & WEIR__FLAG_DISTINCT && (!m->alone || m->sorts || g->block))
        return refuse(g, e, "AVG(DISTINCT ..) within an expression has all its digits or four, by how a server sorts");
    if (average)
        return emit_average(g, e, m->sorts);
    if (inexact && (!m->alone || m->sorts || g->block))
        return refuse(g, e, "VARIANCE and STDDEV within an expression print fewer digits than they have");
    return e->kind == NODE(COLUMN) && !key ? emit_name(g, e, m) : emit_leaf(g, e, m->alone);
}

static bool emit(groups *g, const node *e, emission m)
{
    m.at = e->at.start;
    m.alone = true;
    if (!walk(g, e, &m))
        return false;
    if (m.at < e->at.end)
        weir__planning_copy(g->p, g->out, m.at, e->at.end);
    return true;
}

/* ---- clauses ---- */

/* Of a block the names are asked for from outside; those of the answer are the head's. */
static void emit_alias(groups *g, const node *item)
{
    weir__planning *p = g->p;
    weir_str text = weir__text_of(&p->tree, item->first->at);
    bool named = item->name.end > item->name.start, column = item->first->kind == NODE(COLUMN);
    if (!named && (!g->block || (!column && text.size > LONGEST_ALIAS)))
        return;
    weir__planning_say(p, g->out, " AS ");
    if (named)
        weir__planning_copy(p, g->out, item->name.start, item->name.end);
    else
        weir__planning_say_name(p, g->out, column ? name_of(g, item->first) : text);
}

static bool emit_items(groups *g)
{
    weir__planning *p = g->p;
    weir__planning_say(p, g->out, p->select->flags & WEIR__FLAG_DISTINCT ? "SELECT DISTINCT " : "SELECT ");
    for (const node *item = p->items->first; item; item = item->next) {
        if (item->kind != NODE(ITEM))
            return refuse(g, item, "* beside groups: name the columns");
        if (item != p->items->first)
            weir__planning_say(p, g->out, ", ");
        if (!emit(g, item->first, (emission){.sorts = false}))
            return false;
        emit_alias(g, item);
    }
    return true;
}

/* Sorted as one server sorts it: an ENUM by its number. */
static bool emit_order_by(groups *g, const node *e)
{
    static const weir__finish_column by_answer = {.name = {NULL, 0}};
    uint32_t item;
    const node *meant = weir__planning_meant(g->p, e, true, &item);
    if (!meant)
        return false;
    if (is_inexact(g, meant))
        return refuse(g, e, "ordered by VARIANCE or STDDEV, which print fewer digits than they have");
    const weir__column *c = typed_as(g, meant);
    if (is_member(c) && meant->kind == NODE(COLUMN))
        return say_leaf(g, add_leaf(g, meant, "(", ")+0", &by_answer));
    if (meant == e || meant->kind == NODE(LITERAL) || meant->kind == NODE(PARAM) || item == NONE)
        return emit(g, e, (emission){.sorts = true});
    weir__planning_sayf(g->p, g->out, "%u", (unsigned)item + 1);
    return true;
}

static bool emit_clauses(groups *g)
{
    weir__planning *p = g->p;
    const node *having = weir__child(p->select, NODE(HAVING));
    if (having) {
        weir__planning_say(p, g->out, " WHERE (");
        if (!emit(g, having->first, (emission){.takes_alias = true}))
            return false;
        weir__planning_say(p, g->out, ")");
    }
    for (const node *by = p->order ? p->order->first : NULL; by; by = by->next) {
        weir__planning_say(p, g->out, by == p->order->first ? " ORDER BY " : ", ");
        if (!emit_order_by(g, by->first))
            return false;
        weir__planning_say(p, g->out, by->flags & WEIR__FLAG_DESCENDING ? " DESC" : "");
    }
    if (p->limit) {
        weir__planning_say(p, g->out, " ");
        weir__planning_copy(p, g->out, p->limit->at.start, p->limit->at.end);
    }
    return true;
}

/* SELECT leaves FROM .. WHERE .. GROUP BY .. */
static bool make_part(groups *g, weir__finish_part *part)
{
    weir__planning *p = weir__finish_planning(g->f);
    weir__finish_column *columns = weir__arena_array(g->p->arena, g->count + 1, sizeof *columns);
    edit *e = p ? weir__planning_edit(p, 0, (uint32_t)g->p->tree.sql.size) : NULL;
    const node *select = g->p->select, *with = weir__child(select, NODE(WITH));
    const node *from = weir__child(select, NODE(FROM)), *where = weir__child(select, NODE(WHERE));
    if (!e || !columns || !from)
        return false;
    if (with) {
        weir__planning_copy(p, e, with->at.start, with->at.end);
        weir__planning_say(p, e, " ");
    }
    weir__planning_say(p, e, g->count ? "SELECT " : "SELECT 1"); /* of nothing used, how many there are */
    for (const leaf *l = g->first; l; l = l->next) {
        weir__planning_say(p, e, l == g->first ? "" : ", ");
        weir__planning_say(p, e, l->before);
        weir__planning_copy(p, e, l->node->at.start, l->node->at.end);
        weir__planning_say(p, e, l->behind);
        columns[l->number] = l->how;
    }
    weir__planning_say(p, e, " ");
    weir__planning_copy(p, e, from->at.start, (where ? where : from)->at.end);
    for (uint32_t i = 0; i < g->key_count; i++) {
        weir__planning_say(p, e, i ? ", (" : " GROUP BY (");
        weir__planning_copy(p, e, g->keys[i]->at.start, g->keys[i]->at.end);
        weir__planning_say(p, e, ")");
    }
    part->columns = columns;
    part->column_count = g->count ? g->count : 1;
    return weir__finish_render(p, &part->text);
}

/* Are there groups, that may have rows on several shards? */
static bool check(groups *g)
{
    weir__planning *p = g->p;
    bool aggregates = weir__planning_has_aggregate(p, p->items);
    const node *having = weir__child(p->select, NODE(HAVING));
    if (weir__child(p->select, NODE(WINDOWS)) || (p->group && p->group->flags & WEIR__FLAG_ROLLUP))
        return refuse(g, p->select, "a named window, or WITH ROLLUP");
    aggregates |= having && weir__planning_has_aggregate(p, having);
    aggregates |= p->order && weir__planning_has_aggregate(p, p->order);
    if (!p->group && !aggregates && (!g->block || having))
        return refuse(g, p->select, "no groups");
    return g->block || weir__planning_spread(p, 0, &p->root);
}

static bool find_keys(groups *g)
{
    weir__planning *p = g->p;
    for (const node *by = p->group ? p->group->first : NULL; by; by = by->next)
        g->key_count++;
    g->keys = weir__arena_array(p->arena, g->key_count, sizeof *g->keys);
    uint32_t i = 0;
    for (const node *by = p->group ? p->group->first : NULL; by && g->keys; by = by->next, i++) {
        uint32_t item;
        g->keys[i] = weir__planning_meant(p, by->first, false, &item);
        if (!g->keys[i])
            return false;
        if (g->keys[i]->kind == NODE(LITERAL) || weir__planning_has_aggregate(p, g->keys[i]))
            return refuse(g, by, "grouped by a constant or an aggregate");
    }
    return g->keys != NULL;
}

static bool finish_select(groups *g)
{
    weir__planning *p = g->p;
    g->last = &g->first;
    if (!check(g) || !find_keys(g))
        return false;
    bool parens = g->block && p->tree.sql.data[p->select->at.start] == '(';
    weir__finish_part *part = weir__finish_add_part(g->f);
    weir__planning_say(p, g->out, parens ? "(" : "");
    if (!part || !g->out || !emit_items(g))
        return false;
    weir__planning_say(p, g->out, " FROM ");
    weir__finish_place(g->f, part, g->out);
    weir__planning_say(p, g->out, " weir");
    if (!emit_clauses(g))
        return false;
    weir__planning_say(p, g->out, parens ? ")" : "");
    return make_part(g, part);
}

bool weir__finish_groups(weir__finish *f)
{
    groups g = {.f = f, .p = f->planning};
    if (g.p->select->kind != NODE(SELECT))
        return refuse(&g, g.p->select, "no single SELECT");
    g.out = weir__planning_edit(g.p, 0, (uint32_t)g.p->tree.sql.size);
    return finish_select(&g);
}

/* ---- blocks ---- */

/* Does everything in it name the block's own tables, for certain? */
static bool is_closed(const weir__planning *p, const node *n)
{
    uint32_t table;
    if (n->kind == NODE(SUBQUERY) || n->kind == NODE(DERIVED) || n->kind == NODE(JSON_TABLE) || n->kind == NODE(STAR))
        return false;
    if (n->kind == NODE(COLUMN))
        return weir__planning_column(p, n, &table) != NULL;
    for (const node *child = n->first; child; child = child->next)
        if (!is_closed(p, child))
            return false;
    return true;
}

/* A spread table of its FROM; NONE: there is none. */
static uint32_t spread_table(const weir__planning *p, const node *from)
{
    const weir__plan *plan = p->input->plan;
    for (uint32_t t = 0; t < plan->table_count; t++)
        if (plan->tables[t].source == WEIR__SOURCE_BASE && plan->tables[t].start >= from->at.start &&
            plan->tables[t].end <= from->at.end && p->input->tables[t].spread == WEIR__SPREAD_BY_KEY)
            return t;
    return NONE;
}

/* What the block is finished with goes in its place; where that cannot be, it stays as it is. */
static bool replace_block(weir__finish *f, const node *select)
{
    weir__planning *all = f->planning, *p = weir__finish_planning(f);
    const node *from = weir__child(select, NODE(FROM));
    uint32_t table = from ? spread_table(all, from) : NONE, parts = f->part_count;
    if (!p || table == NONE || weir__child(select, NODE(WITH)))
        return false;
    p->select = select;
    p->items = weir__child(select, NODE(ITEMS));
    p->group = weir__child(select, NODE(GROUP));
    p->order = weir__child(select, NODE(ORDER));
    p->limit = weir__child(select, NODE(LIMIT));
    p->scope = all->input->plan->tables[table].scope;
    groups g = {.f = f, .p = p, .block = true};
    g.out = weir__planning_edit(p, select->at.start, select->at.end);
    if (!is_closed(p, select) || !finish_select(&g)) {
        f->part_count = parts;
        return false;
    }
    edit *e = weir__planning_edit(all, select->at.start, select->at.end);
    if (!e)
        return false;
    e->first = g.out->first;
    e->last = g.out->last;
    return true;
}

static bool replace_blocks(weir__finish *f, const node *n)
{
    if (n != f->planning->tree.root && n->kind == NODE(SELECT) && replace_block(f, n))
        return true;
    bool any = false;
    for (const node *child = n->first; child; child = child->next)
        any |= replace_blocks(f, child);
    return any;
}

bool weir__finish_blocks(weir__finish *f)
{
    return replace_blocks(f, f->planning->tree.root) ||
           weir__planning_refuse(f->planning, NULL, "no query within it stands for itself");
}
