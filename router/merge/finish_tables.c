/* finish_tables.c - spread tables are read, the whole statement is left to a server that has them as typed constants.
 * SPDX-License-Identifier: Apache-2.0
 * The name of a table in FROM becomes a derived table of the same name. KEYED reads only those whose key a condition gives, and leaves the
 * others where they are. */
#include <stdio.h>

#include "router/merge/finishing.h"

enum { NONE = WEIR__NONE, MOST_CONDITIONS = 64, MOST_OCTETS = 8000 };

/* A table to be read. */
typedef struct source {
    uint32_t table;                     /* of the plan */
    const node *node, *select;          /* where it stands, and the query that it stands in */
    const node *where[MOST_CONDITIONS]; /* conditions that speak of it alone */
    uint32_t where_count;
    bool keyed; /* one of them gives its key */
} source;

typedef struct tables {
    weir__finish *f;
    weir__planning *p;
    source *sources;
    uint32_t count;
} tables;

static bool refuse(tables *t, const node *at, const char *why)
{
    return weir__planning_refuse(t->p, at, why);
}

static const weir__plan_table *plan_table(const tables *t, uint32_t table)
{
    return &t->p->input->plan->tables[table];
}

static const weir__table *info_of(const tables *t, uint32_t table)
{
    return t->p->input->tables[table].table;
}

static bool equal_nocase(weir_str a, weir_str b)
{
    return a.size == b.size && (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0);
}

static weir_str name_of(const tables *t, const node *n)
{
    return weir__name_of(&t->p->tree, n->name, t->p->arena);
}

/* ---- columns ---- */

static bool set_type(weir__finish_column *out, const char *type)
{
    out->type = weir__view(type);
    return true;
}

static bool declare_text(const weir__column *c, weir__finish_column *out, const char *type)
{
    out->charset = c->charset;
    out->collation = c->collation;
    return set_type(out, type);
}

bool weir__finish_declare(const weir__planning *p, const weir__column *c, weir__finish_column *out, const char **before,
                          const char **behind, const char **why)
{
    char text[48];
    *before = *behind = "";
    *why = "a column of this type is not handed on to the server that finishes the statement";
    switch (c->type.type) {
    case WEIR__TYPE_TINYINT:
    case WEIR__TYPE_SMALLINT:
    case WEIR__TYPE_MEDIUMINT:
    case WEIR__TYPE_INT:
    case WEIR__TYPE_BIGINT:
    case WEIR__TYPE_DECIMAL:
    case WEIR__TYPE_DATE:
    case WEIR__TYPE_TIME:
    case WEIR__TYPE_DATETIME:
        return set_type(out, c->type_text);
    case WEIR__TYPE_FLOAT:
    case WEIR__TYPE_DOUBLE:
        *before = "(";
        *behind = ")+0e0"; /* more digits than it prints */
        return set_type(out, c->type_text);
    case WEIR__TYPE_YEAR:
        *before = "CONCAT("; /* 0000, where the number 0 would be read as 2000 */
        *behind = ")";
        return set_type(out, "year");
    case WEIR__TYPE_TIMESTAMP:
        *why = "a TIMESTAMP where the session's time_zone is no offset: an hour of its text comes twice a year";
        return p->input->fixed_zone && set_type(out, c->type_text);
    case WEIR__TYPE_CHAR:
    case WEIR__TYPE_VARCHAR:
    case WEIR__TYPE_TINYTEXT:
    case WEIR__TYPE_TEXT:
    case WEIR__TYPE_MEDIUMTEXT:
    case WEIR__TYPE_LONGTEXT:
        return declare_text(c, out, c->type_text);
    case WEIR__TYPE_JSON:
        return declare_text(c, out, "longtext");
    case WEIR__TYPE_ENUM:
    case WEIR__TYPE_SET:
        snprintf(text, sizeof text, "varchar(%u)", (unsigned)(c->characters ? c->characters : 1));
        return declare_text(c, out, weir__arena_text(p->arena, text, strlen(text)));
    case WEIR__TYPE_BINARY:
    case WEIR__TYPE_VARBINARY:
    case WEIR__TYPE_TINYBLOB:
        out->octets = c->octets <= MOST_OCTETS ? (uint32_t)c->octets : 0;
        return out->octets > 0;
    case WEIR__TYPE_UUID:
    case WEIR__TYPE_INET6:
        *before = "CONCAT("; /* as text, not as the bytes that it is */
        *behind = ")";
        out->cast = c->type.type == WEIR__TYPE_UUID ? "UUID" : "INET6";
        return set_type(out, "varchar(48)");
    case WEIR__TYPE_OTHER:
    case WEIR__TYPE_BIT:
    case WEIR__TYPE_BLOB:
    case WEIR__TYPE_MEDIUMBLOB:
    case WEIR__TYPE_LONGBLOB:
    case WEIR__TYPE_INET4:
    case WEIR__TYPE_GEOMETRY:
        return false;
    }
    return false;
}

/* Does the statement name it, or may it? A name that is an alias too may still be the column's. */
static bool is_named(const tables *t, const node *n, weir_str label, weir_str column)
{
    if (n->kind == NODE(COLUMN))
        return equal_nocase(name_of(t, n), column) && (!n->first || equal_nocase(name_of(t, n->last), label));
    if (n->kind == NODE(NAME) && equal_nocase(name_of(t, n), column))
        return true; /* of USING */
    for (const node *child = n->first; child; child = child->next)
        if (is_named(t, child, label, column))
            return true;
    return false;
}

static bool is_needed(const tables *t, uint32_t table, const weir__column *c)
{
    weir_str label = weir__plan_table_label(plan_table(t, table));
    return plan_table(t, table)->all_columns || is_named(t, t->p->tree.root, label, weir__view(c->name));
}

/* ---- ENUM and SET, which are sent as text ---- */

static bool is_string(const node *n)
{
    return n->kind == NODE(LITERAL) && n->op == TK(STRING);
}

static bool are_strings(const node *first)
{
    for (const node *n = first; n; n = n->next)
        if (!is_string(n))
            return false;
    return first != NULL;
}

/* May the member stand there as its text? */
static bool stands_as_text(const tables *t, const node *e, const node *parent, const node *grand)
{
    const node *other = parent->first == e ? parent->last : parent->first;
    switch (parent->kind) {
    case NODE(ITEM):
        return grand == t->p->items && t->p->select->kind == NODE(SELECT) &&
               (parent->name.end == parent->name.start || (!t->p->order && !t->p->group));
    case NODE(IS):
        return true;
    case NODE(COMPARE):
        return is_string(other) && (parent->op == TK(EQ) || parent->op == TK(NE) || parent->op == TK(NULLSAFE));
    case NODE(IN):
        return e == parent->first && other->kind == NODE(LIST) && are_strings(other->first);
    case NODE(FUNCTION):
        return weir__str_is_nocase(weir__text_of(&t->p->tree, parent->name), "count");
    default:
        return false;
    }
}

static bool check_members(tables *t, const node *e, const node *parent, const node *grand, const weir__column *c)
{
    bool position = e->kind == NODE(LITERAL) && e->op == TK(INTEGER_NUMBER) && parent && parent->kind == NODE(ORDERED);
    bool named = e->kind == NODE(COLUMN) && parent && equal_nocase(name_of(t, e), weir__view(c->name));
    if (position || (named && !stands_as_text(t, e, parent, grand)))
        return refuse(t, e, "an ENUM or SET that is sorted, calculated with or handed on: its order would be lost");
    if (e->kind == NODE(USING) || (e->kind == NODE(JOIN) && e->flags & WEIR__FLAG_NATURAL))
        return refuse(t, e, "USING or NATURAL beside an ENUM or SET");
    for (const node *child = e->first; child; child = child->next)
        if (!check_members(t, child, e, parent, c))
            return false;
    return true;
}

/* ---- finding the tables ---- */

/* The TABLE node of the plan's table, and the SELECT around it. */
static const node *find_table(const tables *t, const node *n, const node *around, uint32_t table, const node **select)
{
    const weir__plan_table *wanted = plan_table(t, table);
    if (n->at.start > wanted->start || n->at.end < wanted->end)
        return NULL;
    if (n->kind == NODE(TABLE)) {
        *select = around;
        return n;
    }
    for (const node *child = n->first; child; child = child->next) {
        const node *found = find_table(t, child, n->kind == NODE(SELECT) ? n : around, table, select);
        if (found)
            return found;
    }
    return NULL;
}

/* Is the column of this table for certain? It stands in a clause of the query that the table stands in. */
static bool is_of(const tables *t, const node *e, const source *s)
{
    const weir__plan_table *own = plan_table(t, s->table);
    weir_str name = name_of(t, e), qualifier = e->first ? name_of(t, e->last) : (weir_str){NULL, 0};
    if (!weir__table_column(info_of(t, s->table), name))
        return false;
    for (uint32_t i = 0; i < t->p->input->plan->table_count; i++) {
        const weir__plan_table *other = plan_table(t, i);
        if (i == s->table || other->scope != own->scope)
            continue;
        if (qualifier.data && !equal_nocase(weir__plan_table_label(other), qualifier))
            continue;
        if (qualifier.data || !info_of(t, i) || other->source != WEIR__SOURCE_BASE ||
            weir__table_column(info_of(t, i), name))
            return false;
    }
    return !qualifier.data || equal_nocase(weir__plan_table_label(own), qualifier);
}

/* Does the condition speak of that table alone, and say the same whenever it is asked? */
static bool is_about(const tables *t, const node *e, const source *s)
{
    const weir__function *f;
    switch (e->kind) {
    case NODE(COLUMN):
        return is_of(t, e, s);
    case NODE(FUNCTION):
        f = weir__function_find(weir__text_of(&t->p->tree, e->name));
        if (!f || !(f->flags & WEIR__FN_PLAIN) || f->flags & (WEIR__FN_AGGREGATE | WEIR__FN_VARIES) ||
            weir__child(e, NODE(SCHEMA)) || weir__child(e, NODE(OVER)))
            return false;
        break;
    case NODE(SUBQUERY):
    case NODE(USERVAR):
    case NODE(SYSVAR):
    case NODE(ASSIGN_EXPR):
    case NODE(SEQUENCE):
    case NODE(DEFAULT):
    case NODE(MATCH):
        return false;
    default:
        break;
    }
    for (const node *child = e->first; child; child = child->next)
        if (!is_about(t, child, s))
            return false;
    return true;
}

static bool is_value(const node *e)
{
    return e->kind == NODE(LITERAL) || e->kind == NODE(PARAM);
}

/* key = value, key IN (values) */
static bool gives_key(const tables *t, const node *e, const source *s)
{
    const weir__merge_table *place = &t->p->input->tables[s->table];
    const node *column = e->first, *value = e->last;
    if (e->kind == NODE(COMPARE) && e->op == TK(EQ) && is_value(column)) {
        column = e->last;
        value = e->first;
    }
    if (!column || column->kind != NODE(COLUMN) || !place->key ||
        !equal_nocase(name_of(t, column), weir__view(place->key)))
        return false;
    if (e->kind == NODE(COMPARE))
        return e->op == TK(EQ) && is_value(value);
    if (e->kind != NODE(IN) || e->flags & WEIR__FLAG_NOT || value->kind != NODE(LIST))
        return false;
    for (const node *one = value->first; one; one = one->next)
        if (!is_value(one))
            return false;
    return true;
}

static void take_conditions(tables *t, source *s, const node *e)
{
    if (e->kind == NODE(AND)) {
        for (const node *child = e->first; child; child = child->next)
            take_conditions(t, s, child);
        return;
    }
    if (s->where_count == MOST_CONDITIONS || !is_about(t, e, s))
        return;
    s->where[s->where_count++] = e;
    s->keyed |= gives_key(t, e, s);
}

static bool find_sources(tables *t)
{
    const weir__plan *plan = t->p->input->plan;
    const void *fixed = NULL;
    t->sources = weir__arena_array(t->p->arena, plan->table_count, sizeof *t->sources);
    for (uint32_t i = 0; t->sources && i < plan->table_count; i++) {
        const weir__merge_table *place = &t->p->input->tables[i];
        if (plan->tables[i].source != WEIR__SOURCE_BASE || place->spread == WEIR__SPREAD_ALIKE)
            continue;
        if (place->spread == WEIR__SPREAD_ELSEWHERE) {
            if (fixed && fixed != place->placement)
                return refuse(t, NULL, "its tables are on two shards, each on one alone");
            fixed = place->placement;
            continue;
        }
        source *s = &t->sources[t->count++];
        s->table = i;
        s->node = find_table(t, t->p->tree.root, NULL, i, &s->select);
        if (!s->node || !s->select || !place->table)
            return refuse(t, s->node, "a table that weir does not know");
        for (const node *child = s->node->first; child; child = child->next)
            if (child->kind != NODE(SCHEMA) && child->kind != NODE(ALIAS))
                return refuse(t, child, "PARTITION, FOR SYSTEM_TIME or an index hint at a table that is read first");
        const node *where = weir__child(s->select, NODE(WHERE));
        if (where && !plan->tables[i].null_supplied)
            take_conditions(t, s, where->first);
    }
    return t->sources != NULL;
}

/* ---- parts ---- */

static bool make_part(tables *t, const source *s, weir__finish_part *part)
{
    const weir__table *info = info_of(t, s->table);
    weir__planning *p = weir__finish_planning(t->f);
    weir__finish_column *columns = weir__arena_array(t->p->arena, info->column_count + 1, sizeof *columns);
    edit *e = p ? weir__planning_edit(p, 0, (uint32_t)t->p->tree.sql.size) : NULL;
    weir_str label = weir__plan_table_label(plan_table(t, s->table));
    if (!e || !columns)
        return false;
    part->columns = columns;
    for (uint32_t i = 0; i < info->column_count; i++) {
        const weir__column *c = &info->columns[i];
        const char *before, *behind, *why;
        if (!is_needed(t, s->table, c))
            continue;
        bool member = c->type.type == WEIR__TYPE_ENUM || c->type.type == WEIR__TYPE_SET;
        if (c->invisible || (member && !check_members(t, t->p->tree.root, NULL, NULL, c)))
            return refuse(t, s->node, "a column that is not seen by *");
        weir__finish_column *how = &columns[part->column_count];
        if (!weir__finish_declare(t->p, c, how, &before, &behind, &why))
            return refuse(t, s->node, why);
        how->name = (weir_str){weir__arena_text(t->p->arena, c->name, strlen(c->name)), strlen(c->name)};
        weir__planning_say(p, e, part->column_count++ ? ", " : "SELECT ");
        weir__planning_say(p, e, before);
        weir__planning_say_name(p, e, label);
        weir__planning_say(p, e, ".");
        weir__planning_say_name(p, e, how->name);
        weir__planning_say(p, e, behind);
    }
    if (!part->column_count)
        weir__planning_say(p, e, "SELECT 1"); /* rows are counted */
    part->column_count += !part->column_count;
    weir__planning_say(p, e, " FROM ");
    weir__planning_copy(p, e, plan_table(t, s->table)->start, plan_table(t, s->table)->end);
    weir__planning_say(p, e, " AS ");
    weir__planning_say_name(p, e, label);
    for (uint32_t i = 0; i < s->where_count; i++) {
        weir__planning_say(p, e, i ? " AND (" : " WHERE (");
        weir__planning_copy(p, e, s->where[i]->at.start, s->where[i]->at.end);
        weir__planning_say(p, e, ")");
    }
    return weir__finish_render(p, &part->text);
}

static bool replace(tables *t, const source *s)
{
    const weir__plan_table *table = plan_table(t, s->table);
    edit *e = weir__planning_edit(t->p, table->start, table->end);
    weir__finish_part *part = weir__finish_add_part(t->f);
    if (!e || !part || !make_part(t, s, part))
        return false;
    weir__finish_place(t->f, part, e);
    if (!table->alias.size) {
        weir__planning_say(t->p, e, " AS ");
        weir__planning_say_name(t->p, e, table->name);
    }
    return true;
}

/* A derived table has no schema, so schema.table.column would not be found. */
static bool check_names(tables *t, const node *n)
{
    bool qualified = (n->kind == NODE(COLUMN) || n->kind == NODE(STAR)) && n->first && n->first->next;
    if (qualified || n->kind == NODE(MATCH))
        return refuse(t, n, "a column named with its schema, or full text, of a table that is read first");
    for (const node *child = n->first; child; child = child->next)
        if (!check_names(t, child))
            return false;
    return true;
}

bool weir__finish_tables(weir__finish *f)
{
    tables t = {.f = f, .p = f->planning};
    if (!check_names(&t, t.p->tree.root) || !find_sources(&t))
        return false;
    for (uint32_t i = 0; i < t.count; i++)
        if (!replace(&t, &t.sources[i]))
            return false;
    return t.count > 0 || refuse(&t, NULL, "no table is spread");
}

bool weir__finish_keyed(weir__finish *f)
{
    tables t = {.f = f, .p = f->planning};
    uint32_t keyed = 0;
    if (!check_names(&t, t.p->tree.root) || !find_sources(&t))
        return false;
    for (uint32_t i = 0; i < t.count; i++)
        keyed += t.sources[i].keyed;
    if (keyed == 0 || keyed == t.count)
        return refuse(&t, NULL, "no table of few rows by key beside another one");
    for (uint32_t i = 0; i < t.count; i++)
        if (t.sources[i].keyed && !replace(&t, &t.sources[i]))
            return false;
    return true;
}
