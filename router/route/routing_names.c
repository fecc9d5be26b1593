/* routing_names.c - which names of a statement are others on the shard. SPDX-License-Identifier: Apache-2.0
 * A table behind a name (physical:) is FROM `orders_03` AS `orders`, so that columns go on saying orders.x. Where the server takes no
 * alias (INSERT, REPLACE, DELETE of one table) the qualifiers are changed instead. A schema is changed where it differs, and left out of
 * columns. What cannot be changed with certainty is refused.
 * Places are numbers of tokens, for a plan serves texts whose blanks and values differ (routing.h). O(tokens). */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "router/route/names.h"
#include "router/route/routing_impl.h"

typedef struct words {
    weir__token token;
    uint32_t number; /* as in weir__splice; NONE: in a value or list */
} words;

typedef struct names {
    weir__routing_work *w;
    const weir__plan *plan; /* of the text at hand: its places are the text's */
    weir_str sql;
    words *words;
    uint32_t count;
    weir__splice *splices;
    uint32_t splice_count, room;
} names;

static bool differs(const weir__routing *r, const weir__routed_table *t, weir_str schema)
{
    if (t->shard)
        return !weir__str_is(schema, t->shard->schema);
    for (size_t i = 0; i < r->database->shard_count; i++)
        if (!weir__str_is(schema, r->database->shards[i].schema))
            return true;
    return false;
}

static bool name_changes(const weir__routed_table *t)
{
    return t->rule && t->rule->physical.kind != WEIR__PHYSICAL_SAME;
}

static bool schema_changes(const names *n, const weir__routed_table *t)
{
    const weir__plan_table *table = &n->plan->tables[t->table];
    return table->schema.size && !t->foreign && differs(n->w->routing, t, table->schema);
}

static bool is_word(const names *n, uint32_t at, weir_str name)
{
    return at < n->count && n->words[at].number != WEIR__NONE && weir__names_token(n->sql, n->words[at].token, name);
}

static bool is_token(const names *n, uint32_t at, int id)
{
    return at < n->count && n->words[at].token.id == id;
}

static void add(names *n, uint32_t first, uint32_t last, weir__splice splice)
{
    if (n->splice_count == n->room || n->words[first].number == WEIR__NONE || n->words[last].number == WEIR__NONE) {
        weir__routing_refuse(n->w, WEIR__REFUSAL_renaming,
                             "a name of a table cannot be changed to the one on the shard");
        return;
    }
    splice.first = n->words[first].number;
    splice.last = n->words[last].number;
    n->splices[n->splice_count++] = splice;
}

/* DELETE FROM t ..: of one table, which may have no alias. */
static bool is_only_delete(const names *n, uint32_t at)
{
    if (n->plan->effects.verb != WEIR__VERB_DELETE)
        return false;
    uint32_t i = 1;
    while (is_token(n, i, WEIR__TK_LOW_PRIORITY) || is_token(n, i, WEIR__TK_QUICK) || is_token(n, i, WEIR__TK_IGNORE) ||
           is_token(n, i, WEIR__TK_HINT))
        i++;
    return is_token(n, i, WEIR__TK_FROM) && i + 1 == at;
}

static bool label_is_shared(const names *n, const weir__routed_table *t)
{
    weir_str label = weir__plan_table_label(&n->plan->tables[t->table]);
    for (uint32_t i = 0; i < n->plan->table_count; i++) {
        weir_str other = weir__plan_table_label(&n->plan->tables[i]);
        if (i != t->table && other.size == label.size && strncasecmp(other.data, label.data, label.size) == 0)
            return true;
    }
    return false;
}

/* In INSERT and DELETE of one table: orders.x is of this table. */
static void change_qualifiers(names *n, uint32_t index)
{
    const weir__routed_table *t = &n->w->routing->tables[index];
    weir_str label = n->plan->tables[t->table].name;
    if (label_is_shared(n, t))
        weir__routing_refuse(n->w, WEIR__REFUSAL_renaming,
                             "%.*s stands for two tables in it: give one of them an alias", WEIR__STR(label));
    for (uint32_t i = 0; i + 2 < n->count; i++) {
        bool here = n->words[i].token.start >= n->plan->tables[t->table].end;
        bool behind_schema = i >= 2 && is_token(n, i - 1, WEIR__TK_DOT);
        bool schema_is_own = behind_schema && is_word(n, i - 2, n->plan->tables[t->table].schema);
        if (here && is_word(n, i, label) && is_token(n, i + 1, WEIR__TK_DOT) && !is_token(n, i + 3, WEIR__TK_LP) &&
            (!behind_schema || schema_is_own))
            add(n, i, i, (weir__splice){.table = index});
    }
}

/* shop.orders.x: the schema goes. */
static void drop_schemas(names *n, uint32_t index)
{
    const weir__plan_table *t = &n->plan->tables[n->w->routing->tables[index].table];
    for (uint32_t i = 0; i + 4 < n->count; i++)
        if (is_word(n, i, t->schema) && is_token(n, i + 1, WEIR__TK_DOT) && is_word(n, i + 2, t->name) &&
            is_token(n, i + 3, WEIR__TK_DOT))
            add(n, i, i + 1, (weir__splice){.table = index, .drop = true});
}

static void change_table(names *n, uint32_t index)
{
    const weir__routed_table *routed = &n->w->routing->tables[index];
    const weir__plan_table *t = &n->plan->tables[routed->table];
    bool changes = name_changes(routed), schema = schema_changes(n, routed);
    uint32_t first = 0, last;
    if (!changes && !schema)
        return;
    while (first < n->count && n->words[first].token.start != t->start)
        first++;
    for (last = first; last < n->count && n->words[last].token.end != t->end;)
        last++;
    if (last == n->count) {
        weir__routing_refuse(n->w, WEIR__REFUSAL_renaming, "the name of a table was not found again");
        return;
    }
    bool bare = !t->alias.size && changes;
    bool no_alias = t->how == WEIR__HOW_TARGET || t->how == WEIR__HOW_SEQUENCE || is_only_delete(n, first);
    if (bare && !no_alias && (is_token(n, last + 1, WEIR__TK_PARTITION) || is_token(n, last + 2, WEIR__TK_SYSTEM_TIME)))
        weir__routing_refuse(n->w, WEIR__REFUSAL_renaming, "give %.*s an alias: it has other names on the shards",
                             WEIR__STR(t->name));
    add(n, first, last, (weir__splice){.table = index, .whole = true, .alias = bare && !no_alias});
    if (bare && no_alias)
        change_qualifiers(n, index);
    if (t->schema.size && !t->alias.size)
        drop_schemas(n, index);
}

/* Tokens of the text, numbered without values. */
static void read_words(names *n)
{
    const weir__lookup *l = n->w->lookup;
    weir__names_walk walk;
    weir__names_begin(l, &walk);
    uint32_t room = 64;
    n->words = weir__arena_array(&n->w->scratch, room, sizeof *n->words);
    while (n->words) {
        weir__token token;
        uint32_t number;
        if (!weir__names_next(&walk, &token, &number))
            break;
        if (n->count == room) {
            words *more = weir__arena_array(&n->w->scratch, room * 2, sizeof *more);
            if (more)
                memcpy(more, n->words, room * sizeof *more);
            n->words = more;
            room *= 2;
        }
        if (n->words)
            n->words[n->count++] = (words){token, number};
    }
}

static int compare(const void *left, const void *right)
{
    const weir__splice *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

static bool any_changes(names *n)
{
    for (uint32_t i = 0; i < n->w->routing->table_count; i++)
        if (name_changes(&n->w->routing->tables[i]) || schema_changes(n, &n->w->routing->tables[i]))
            return true;
    return false;
}

weir_status weir__routing_names(weir__routing_work *w, weir_error *error)
{
    weir__routing *r = w->routing;
    names n = {.w = w, .plan = w->plan, .sql = w->lookup->sql};
    weir__plan *own = NULL;
    if (!any_changes(&n))
        return WEIR_OK;
    r->of_many = w->lookup->mapped;
    /* The plan may be of another text than the one at hand. */
    if (w->lookup->mapped) {
        weir_status status = weir__plan_build(w->lookup->sql, &w->lookup->reading, w->context->env, &own, error);
        if (status != WEIR_OK)
            return status;
        n.plan = own;
    }
    read_words(&n);
    n.room = n.count + r->table_count;
    n.splices = weir__arena_array(&r->arena, n.room, sizeof *n.splices);
    if (n.plan->table_count != w->plan->table_count)
        weir__routing_refuse(w, WEIR__REFUSAL_renaming, "two readings of the statement differ");
    for (uint32_t i = 0; n.words && n.splices && i < r->table_count && r->refusal == WEIR__REFUSAL_none; i++)
        change_table(&n, i);
    weir__plan_unref(own);
    if (!n.words || !n.splices)
        return weir__fail_nomem(error);
    qsort(n.splices, n.splice_count, sizeof *n.splices, compare);
    r->splices = n.splices;
    r->splice_count = n.splice_count;
    return WEIR_OK;
}
