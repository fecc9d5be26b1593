/* plan_names.c - lists that grow, and who a name belongs to. SPDX-License-Identifier: Apache-2.0
 * One hash table for all kinds of names; find O(1) on average, resolve O(nesting). Names of tables match as written; one that differs
 * in case alone makes the column unknown, for the server's lower_case_table_names decides whether it is the same. */
#include "router/plan/planner.h"

#include "base/str.h"

void *planner__add(planner *p, rowset *l, size_t size, uint32_t *index)
{
    if (l->count == l->room) {
        uint32_t room = l->room ? l->room * 2 : 8;
        void *data = weir__arena_array(p->scratch, room, size);
        if (!data) {
            if (index)
                *index = 0;
            memset(p->spare, 0, sizeof p->spare);
            return p->spare;
        }
        if (l->count)
            memcpy(data, l->data, l->count * size);
        l->data = data;
        l->room = room;
    }
    if (index)
        *index = l->count;
    return (char *)l->data + size * l->count++;
}

bool planner__failed(const planner *p)
{
    return p->scratch->failed || p->plan->arena.failed;
}

weir_str planner__name(planner *p, weir__span name)
{
    weir_str text = weir__name_of(&p->tree, name, &p->plan->arena);
    return text.data ? text : (weir_str){"", 0};
}

static unsigned char folded(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static uint32_t hash_of(name_kind kind, uint32_t owner, weir_str name)
{
    uint64_t hash = 1469598103934665603u ^ ((uint64_t)owner << 8) ^ kind;
    hash *= 1099511628211u;
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ folded(name.data[i])) * 1099511628211u;
    return (uint32_t)(hash ^ hash >> 32);
}

static bool equal_nocase(weir_str a, weir_str b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (folded(a.data[i]) != folded(b.data[i]))
            return false;
    return true;
}

static bool same(const name_entry *e, name_kind kind, uint32_t owner, uint32_t hash, weir_str name)
{
    return e->hash == hash && e->kind == kind && e->owner == owner && equal_nocase(e->name, name);
}

name_entry *planner__find(planner *p, name_kind kind, uint32_t owner, weir_str name)
{
    uint32_t hash = hash_of(kind, owner, name);
    name_entry *e = p->buckets ? p->buckets[hash & p->bucket_mask] : NULL;
    while (e && !same(e, kind, owner, hash, name))
        e = e->next;
    return e;
}

name_entry *planner__find_next(const name_entry *entry)
{
    name_entry *e = entry->next;
    while (e && !same(e, (name_kind)entry->kind, entry->owner, entry->hash, entry->name))
        e = e->next;
    return e;
}

void planner__enter(planner *p, name_kind kind, uint32_t owner, weir_str name, uint32_t value)
{
    name_entry *e = weir__arena_take(p->scratch, sizeof *e);
    if (!e || !p->buckets)
        return;
    *e = (name_entry){
        .name = name, .hash = hash_of(kind, owner, name), .owner = owner, .value = value, .kind = (uint8_t)kind};
    e->next = p->buckets[e->hash & p->bucket_mask];
    p->buckets[e->hash & p->bucket_mask] = e;
}

void planner__forget(planner *p, name_kind kind, uint32_t owner, weir_str name)
{
    uint32_t hash = hash_of(kind, owner, name);
    if (!p->buckets)
        return;
    for (name_entry **e = &p->buckets[hash & p->bucket_mask]; *e; e = &(*e)->next)
        if (same(*e, kind, owner, hash, name)) {
            *e = (*e)->next;
            return;
        }
}

uint32_t planner__column(planner *p, uint32_t table, weir_str name)
{
    name_entry *e = planner__find(p, NAME_COLUMN, table, name);
    uint32_t index;
    if (e)
        return e->value;
    weir__plan_column *c = ADD(p, columns, weir__plan_column, &index);
    *c = (weir__plan_column){
        .name = name, .table = table, .scope = TABLE_AT(p, table)->scope, .first = table, .end = table + 1};
    planner__enter(p, NAME_COLUMN, table, name, index);
    return planner__failed(p) ? NONE : index;
}

uint32_t planner__loose_column(planner *p, const reach *where, weir_str name)
{
    uint32_t index, owner = where->scope ^ where->first * 0x9E3779B1u ^ where->end * 0x85EBCA77u;
    for (name_entry *e = planner__find(p, NAME_LOOSE, owner, name); e; e = planner__find_next(e)) {
        const weir__plan_column *c = COLUMN_AT(p, e->value);
        if (c->scope == where->scope && c->first == where->first && c->end == where->end)
            return e->value;
    }
    weir__plan_column *c = ADD(p, columns, weir__plan_column, &index);
    *c = (weir__plan_column){
        .name = name, .table = NONE, .scope = where->scope, .first = where->first, .end = where->end};
    planner__enter(p, NAME_LOOSE, owner, name, index);
    return planner__failed(p) ? NONE : index;
}

static bool has_outer_tables(planner *p, uint32_t scope)
{
    for (uint32_t s = SCOPE_AT(p, scope)->parent; s != NONE; s = SCOPE_AT(p, s)->parent)
        if (WORK_AT(p, s)->all.sources)
            return true;
    return false;
}

/* The table of one scope that a qualified name means. NONE and *stop: it may be one of this scope, but which is not certain. */
static uint32_t qualified_in(planner *p, uint32_t scope, weir_str schema, weir_str table, bool *stop)
{
    uint32_t found = NONE;
    for (name_entry *e = planner__find(p, NAME_TABLE, scope, table); e; e = planner__find_next(e)) {
        const weir__plan_table *t = TABLE_AT(p, e->value);
        if (!*stop)
            found = e->value;
        else
            found = NONE;
        *stop = true;
        if (!weir__str_equal(e->name, table) || (schema.size && !weir__str_equal(t->schema, schema)))
            found = NONE;
        if (found == NONE)
            return NONE;
    }
    return found;
}

static uint32_t resolve_qualified(planner *p, const reach *where, weir_str schema, weir_str table, weir_str name)
{
    bool stop = false;
    for (uint32_t s = where->scope; s != NONE && !stop; s = SCOPE_AT(p, s)->parent) {
        uint32_t found = qualified_in(p, s, schema, table, &stop);
        if (found != NONE) {
            for (uint32_t inner = where->scope; inner != s; inner = SCOPE_AT(p, inner)->parent)
                SCOPE_AT(p, inner)->correlated = true;
            return planner__column(p, found, name);
        }
    }
    return NONE;
}

uint32_t planner__resolve(planner *p, const reach *where, const node *column)
{
    weir_str name = planner__name(p, column->name);
    const node *qualifier = column->first;
    if (!qualifier && where->aliases && planner__find(p, NAME_ALIAS, where->scope, name))
        return NONE;
    if (qualifier && qualifier->next)
        return resolve_qualified(p, where, planner__name(p, qualifier->name), planner__name(p, qualifier->next->name),
                                 name);
    if (qualifier)
        return resolve_qualified(p, where, (weir_str){"", 0}, planner__name(p, qualifier->name), name);
    for (uint32_t s = where->scope; s != NONE; s = SCOPE_AT(p, s)->parent) {
        const reach *here = s == where->scope ? where : &WORK_AT(p, s)->all;
        if (here->sources == 1 && !has_outer_tables(p, s))
            return planner__column(p, here->only, name);
        if (here->sources)
            return planner__loose_column(p, here, name);
    }
    return NONE;
}

uint32_t planner__home(planner *p, uint32_t column)
{
    return COLUMN_AT(p, column)->scope;
}
