/* routing_keys.c - what conditions tell of a shard key. SPDX-License-Identifier: Apache-2.0
 * As the head of plan.h says: the columns from which something flows to the key, as long as they print alike, and of the conditions
 * what speaks of one such column. A condition that may hold for any key is left out; what is left costs a statement only its values.
 * O(conditions * tables + flows * columns reached), both cut where a statement is so large that it would take long: less is known
 * then, never too much. */
#include "base/str.h"
#include "router/route/routing_impl.h"

enum { MOST_REACHED = 64, MOST_TABLES = 64, MOST_OWNERS = 64, MOST_FLOWS = 4096, MOST_CONDITIONS = 4096 };

typedef struct keys {
    weir__routing_work *w;
    weir__routed_table *table;
    uint32_t reached[MOST_REACHED]; /* columns of the plan: what is known of them is known of the key */
    uint32_t count;
    const weir__condition **end; /* of the table's list */
} keys;

/* The table that a column belongs to, or NONE: not certain, or of no table of the servers. */
static uint32_t owner(const weir__routing_work *w, uint32_t column)
{
    const weir__plan_column *c = &w->plan->columns[column];
    uint32_t found = WEIR__NONE;
    if (c->table != WEIR__NONE)
        return c->table;
    if (c->end - c->first > MOST_OWNERS)
        return WEIR__NONE;
    for (uint32_t i = c->first; i < c->end; i++) {
        const weir__plan_table *t = &w->plan->tables[i];
        const weir__table *info = w->routed[i] != WEIR__NONE ? w->routing->tables[w->routed[i]].info : NULL;
        if (t->scope != c->scope)
            continue;
        if (!info || (found != WEIR__NONE && weir__table_column(info, c->name)))
            return WEIR__NONE;
        if (weir__table_column(info, c->name))
            found = i;
    }
    return found;
}

/* How a column prints. A column of a derived table prints as the one that it shows; one of a UNION may be anything. */
static bool form_of(const weir__routing_work *w, uint32_t column, bool fold, unsigned depth, weir__key_form *form)
{
    const weir__plan *plan = w->plan;
    uint32_t table = owner(w, column);
    if (table == WEIR__NONE || depth > 8)
        return false;
    if (w->routed[table] != WEIR__NONE) {
        const weir__table *info = w->routing->tables[w->routed[table]].info;
        const weir__column *c = info ? weir__table_column(info, plan->columns[column].name) : NULL;
        if (c)
            weir__key_form_of(c, fold, form);
        return c && form->kind != WEIR__FORM_UNFIT;
    }
    uint32_t query = plan->tables[table].query;
    if (query == WEIR__NONE || plan->scopes[query].set_operation || plan->scopes[query].recursive)
        return false;
    for (uint32_t i = 0; i < plan->flow_count; i++) {
        const weir__plan_flow *f = &plan->flows[i];
        uint32_t other = f->to == column ? f->from : f->from == column && f->both ? f->to : WEIR__NONE;
        uint32_t inside = other == WEIR__NONE ? WEIR__NONE : owner(w, other);
        if (inside != WEIR__NONE && plan->tables[inside].scope == query)
            return form_of(w, other, fold, depth + 1, form);
    }
    return false;
}

static bool is_reached(const keys *k, uint32_t column)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->reached[i] == column)
            return true;
    return false;
}

static void reach(keys *k, uint32_t column)
{
    weir__key_form form;
    if (k->count == MOST_REACHED || is_reached(k, column))
        return;
    if (!weir__routing_is_key(k->w, k->table, column)) {
        if (!form_of(k->w, column, k->table->form.fold, 0, &form) || !weir__key_forms_agree(&form, &k->table->form))
            return;
    }
    k->reached[k->count++] = column;
}

static void reach_all(keys *k)
{
    const weir__plan *plan = k->w->plan;
    for (uint32_t i = 0; i < plan->column_count; i++)
        if (weir__routing_is_key(k->w, k->table, i))
            reach(k, i);
    for (uint32_t next = 0; next < k->count && plan->flow_count <= MOST_FLOWS; next++)
        for (uint32_t i = 0; i < plan->flow_count; i++) {
            const weir__plan_flow *f = &plan->flows[i];
            if (f->to == k->reached[next])
                reach(k, f->from);
            else if (f->both && f->from == k->reached[next])
                reach(k, f->to);
        }
}

/* Two loose columns of one name may both be the key's. */
static bool speaks_of(const keys *k, uint32_t leaf, uint32_t column)
{
    return leaf == column ||
           (weir__routing_is_key(k->w, k->table, leaf) && weir__routing_is_key(k->w, k->table, column));
}

static weir__condition *copy_of(keys *k, const weir__condition *c)
{
    weir__condition *copy = weir__arena_copy(&k->w->routing->arena, c, sizeof *c);
    if (copy)
        copy->first = copy->next = NULL;
    return copy;
}

/* What of a condition speaks of the column alone; NULL: nothing, any key may do. Depth is the statement's. */
static weir__condition *keep(keys *k, const weir__condition *c, uint32_t column)
{
    weir__condition *kept = NULL, *last = NULL, *only = NULL;
    uint32_t count = 0;
    switch ((weir__condition_kind)c->kind) {
    case WEIR__CONDITION_TRUE:
        return NULL;
    case WEIR__CONDITION_FALSE:
        return copy_of(k, c);
    case WEIR__CONDITION_LEAF:
        return c->column != WEIR__NONE && speaks_of(k, c->column, column) ? copy_of(k, c) : NULL;
    case WEIR__CONDITION_AND:
    case WEIR__CONDITION_OR:
        break;
    }
    for (const weir__condition *child = c->first; child; child = child->next) {
        weir__condition *part = keep(k, child, column);
        if (!part && c->kind == WEIR__CONDITION_OR)
            return NULL;
        if (!part)
            continue;
        if (last)
            last->next = part;
        else
            only = part;
        last = part;
        count++;
    }
    if (count <= 1)
        return only;
    kept = copy_of(k, c);
    if (kept)
        kept->first = only;
    return kept;
}

static void add(keys *k, weir__condition *c)
{
    if (!c)
        return;
    *k->end = c;
    k->end = &c->next;
}

/* own(column) of plan.h. */
static void own(keys *k, uint32_t column)
{
    const weir__plan *plan = k->w->plan;
    uint32_t table = weir__routing_is_key(k->w, k->table, column) ? k->table->table : owner(k->w, column);
    for (uint32_t i = 0; i < plan->condition_count && table != WEIR__NONE; i++) {
        const weir__plan_condition *c = &plan->conditions[i];
        if (table >= c->first && table < c->end)
            add(k, keep(k, c->root, column));
    }
}

static void conditions_of(weir__routing_work *w, weir__routed_table *t)
{
    keys k = {.w = w, .table = t, .end = &t->conditions};
    reach_all(&k);
    /* What is never true says so of its tables, whether or not a column of theirs is named. */
    for (uint32_t i = 0; i < w->plan->condition_count; i++) {
        const weir__plan_condition *c = &w->plan->conditions[i];
        if (c->root->kind == WEIR__CONDITION_FALSE && c->first <= t->table && t->table < c->end)
            add(&k, copy_of(&k, c->root));
    }
    for (uint32_t i = 0; i < k.count; i++)
        own(&k, k.reached[i]);
}

void weir__routing_keys(weir__routing_work *w)
{
    uint32_t done = 0;
    for (uint32_t i = 0; i < w->routing->table_count && done < MOST_TABLES; i++)
        if (w->routing->tables[i].spot == WEIR__SPOT_SPREAD && (i != w->routing->target || w->routing->from_query) &&
            w->plan->condition_count <= MOST_CONDITIONS) {
            conditions_of(w, &w->routing->tables[i]);
            done++;
        }
}
