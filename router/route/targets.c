/* targets.c - from units to shards, and what is said of more than one. SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "router/route/bind.h"

enum { MORE_TARGETS = 16 };

typedef struct spread {
    weir__binding *b;
    const weir__units *units; /* of each routed table */
    uint64_t *shards;         /* bits: needed by any table; made when there are several */
    const weir__shard_config *only;
    bool several;
    int64_t *tables;                 /* of each routed table: the number of the one table behind its name */
    const weir__routed_table *split; /* rows of this one are in several of the tables behind its name */
} spread;

static void mark(spread *s, const weir__shard_config *shard)
{
    const weir__database_config *database = s->b->routing->database;
    if (shard == s->only)
        return;
    if (!s->only) {
        s->only = shard;
        return;
    }
    if (!s->shards) {
        s->shards = weir__arena_array(s->b->arena, database->shard_count / 64 + 1, sizeof *s->shards);
        if (!s->shards)
            return;
        size_t first = (size_t)(s->only - database->shards);
        s->shards[first / 64] |= UINT64_C(1) << first % 64;
    }
    size_t bit = (size_t)(shard - database->shards);
    s->shards[bit / 64] |= UINT64_C(1) << bit % 64;
    s->several = true;
}

/* Periods come back to a shard after as many of them as there are shards. */
static void mark_range(spread *s, const weir__routed_table *t, weir__unit_range range)
{
    const weir__method *method = &t->rule->method;
    size_t steps = 0, most = method->kind == WEIR__METHOD_TIME ? method->time.shard_count : SIZE_MAX;
    for (int64_t unit = range.first; unit <= range.last && steps < most; unit++, steps++) {
        mark(s, t->placer->shard(method, unit));
        unit = t->placer->run ? t->placer->run(method, unit) : unit;
    }
}

/* The one table behind the name that all the units are in. */
static bool one_table(const weir__routed_table *t, const weir__units *units, int64_t *table)
{
    const weir__unit_range *ranges = weir__units_ranges(units);
    *table = units->count ? weir__place_table(t->rule, ranges[0].first) : 0;
    if (t->rule->physical.kind == WEIR__PHYSICAL_SAME)
        return true;
    for (size_t i = 0; i < units->count; i++) {
        bool wide = ranges[i].last > ranges[i].first;
        if (wide && t->rule->physical.kind == WEIR__PHYSICAL_NUMBER && t->rule->physical.count > 1)
            return false;
        if (weir__place_table(t->rule, ranges[i].first) != *table ||
            weir__place_table(t->rule, ranges[i].last) != *table)
            return false;
    }
    return true;
}

static const weir__routed_table *first_spread(const weir__routing *r)
{
    for (uint32_t i = 0; i < r->table_count; i++)
        if (r->tables[i].spot == WEIR__SPOT_SPREAD)
            return &r->tables[i];
    return NULL;
}

/* Copied, for a set of one range lives in the caller's frame. */
static void tell_units(const spread *s)
{
    const weir__routing *r = s->b->routing;
    const weir__units *units = &s->units[first_spread(r) - r->tables];
    s->b->route->units =
        weir__arena_copy(s->b->arena, weir__units_ranges(units), units->count * sizeof(weir__unit_range));
    s->b->route->unit_count = s->b->route->units ? units->count : 0;
}

static bool collect(spread *s)
{
    const weir__routing *r = s->b->routing;
    bool empty = true;
    s->tables = weir__arena_array(s->b->arena, r->table_count, sizeof *s->tables);
    for (uint32_t i = 0; s->tables && i < r->table_count; i++) {
        const weir__routed_table *t = &r->tables[i];
        if (t->spot == WEIR__SPOT_FIXED)
            mark(s, t->shard);
        if (t->spot != WEIR__SPOT_SPREAD)
            continue;
        const weir__unit_range *ranges = weir__units_ranges(&s->units[i]);
        for (size_t n = 0; n < s->units[i].count; n++)
            mark_range(s, t, ranges[n]);
        empty &= s->units[i].count == 0;
        if (!one_table(t, &s->units[i], &s->tables[i]))
            s->split = t;
    }
    s->b->route->empty = empty;
    if (s->b->describe)
        tell_units(s);
    return s->tables != NULL;
}

/* ---- what is refused ---- */

/* Each table's rows are on one shard, but not all on the same. */
static bool each_is_on_one(const spread *s)
{
    const weir__routing *r = s->b->routing;
    for (uint32_t i = 0; i < r->table_count; i++) {
        spread own = {.b = s->b};
        const weir__unit_range *ranges = weir__units_ranges(&s->units[i]);
        for (size_t n = 0; r->tables[i].spot == WEIR__SPOT_SPREAD && n < s->units[i].count; n++)
            mark_range(&own, &r->tables[i], ranges[n]);
        if (own.several)
            return false;
    }
    return true;
}

static bool has_fixed(const weir__routing *r)
{
    for (uint32_t i = 0; i < r->table_count; i++)
        if (r->tables[i].spot == WEIR__SPOT_FIXED)
            return true;
    return false;
}

/* The table to speak of: one that is on several shards. */
static const weir__routed_table *widest(const spread *s)
{
    const weir__routing *r = s->b->routing;
    for (uint32_t i = 0; i < r->table_count; i++) {
        spread own = {.b = s->b};
        const weir__unit_range *ranges = weir__units_ranges(&s->units[i]);
        for (size_t n = 0; r->tables[i].spot == WEIR__SPOT_SPREAD && n < s->units[i].count; n++)
            mark_range(&own, &r->tables[i], ranges[n]);
        if (own.several)
            return &r->tables[i];
    }
    return first_spread(r);
}

static bool is_written(const spread *s)
{
    const weir__routing *r = s->b->routing;
    for (uint32_t i = 0; i < r->table_count; i++)
        if (r->plan->tables[r->tables[i].table].written)
            return true;
    return false;
}

/* Rows alone decide: no other table is spread or on one shard. */
static bool is_of_rows(const weir__binding *b)
{
    const weir__routing *r = b->routing;
    if (r->target == WEIR__NONE || r->from_query || has_fixed(r))
        return false;
    for (uint32_t i = 0; i < r->table_count; i++)
        if (r->tables[i].spot == WEIR__SPOT_SPREAD && i != r->target)
            return false;
    return true;
}

static void refuse_shards(const spread *s, const weir__routed_table *t)
{
    weir__binding *b = s->b;
    weir__bind_refuse(b, WEIR__REFUSAL_too_many_shards, WEIR__NONE,
                      "it needs %zu shards, and limits.shards allows %u: give the shard key %s of %s",
                      b->route->target_total, (unsigned)b->max_shards, t->rule->shard_by, t->rule->label);
}

/* A write may go to several shards as one, unless something in it forbids. */
static void admit_writes(const spread *s, const weir__routed_table *t)
{
    weir__binding *b = s->b;
    const weir__routing *r = b->routing;
    size_t shards = b->route->target_total;
    bool rows = r->target != WEIR__NONE && !r->from_query;
    if (r->apart)
        weir__bind_refuse(b, rows ? WEIR__REFUSAL_multi_shard_insert : WEIR__REFUSAL_multi_shard_write, WEIR__NONE,
                          "it is for %zu shards by the key %s of %s, and %s", shards, t->rule->shard_by, t->rule->label,
                          r->apart);
    else if (!rows && b->route->scatter == WEIR__SCATTER_DENY)
        weir__bind_refuse(b, WEIR__REFUSAL_scatter_denied, WEIR__NONE,
                          "it writes on %zu shards, and scatter: deny holds for %s: give its shard key %s by =", shards,
                          t->rule->label, t->rule->shard_by);
    else if (!rows && shards > b->max_shards)
        refuse_shards(s, t);
    else
        b->route->several = true;
}

static void judge_several(const spread *s)
{
    weir__binding *b = s->b;
    const weir__routing *r = b->routing;
    const weir__routed_table *t = widest(s);
    size_t shards = b->route->target_total;
    bool rows = r->target != WEIR__NONE && !r->from_query;
    if (each_is_on_one(s) || has_fixed(r) || (rows && !is_of_rows(b)))
        weir__bind_refuse(
            b, WEIR__REFUSAL_cross_shard, WEIR__NONE,
            "it needs rows of %zu shards together: this version joins on one shard, by equal shard keys, with "
            "tables on the same shard and with tables that are everywhere",
            shards);
    else if (is_written(s))
        admit_writes(s, t);
    else if (b->route->scatter == WEIR__SCATTER_DENY)
        weir__bind_refuse(b, WEIR__REFUSAL_scatter_denied, WEIR__NONE,
                          "it needs %zu shards, and scatter: deny holds for %s: give its shard key %s by =", shards,
                          t->rule->label, t->rule->shard_by);
    else if (shards > b->max_shards)
        refuse_shards(s, t);
    else
        weir__bind_refuse(
            b, WEIR__REFUSAL_scatter_read, WEIR__NONE,
            "it reads rows of %zu shards, which this version does not put together: give the shard key %s of %s "
            "by =",
            shards, t->rule->shard_by, t->rule->label);
}

/* ---- targets ---- */

/* The rows or the elements of the one list that are for this target. */
static void take_parts(const spread *s, weir__target *target)
{
    weir__binding *b = s->b;
    const weir__routed_table *t = first_spread(b->routing);
    if (!b->part_count)
        return;
    uint32_t *parts = weir__arena_array(b->arena, b->part_count, sizeof *parts);
    for (uint32_t i = 0; parts && i < b->part_count; i++)
        if (b->part_units[i] >= 0 && t->placer->shard(&t->rule->method, b->part_units[i]) == target->shard)
            parts[target->part_count++] = i;
    target->parts = parts;
}

/* Parts are known where one list alone, or the rows, say the shards of the only spread table. */
static void keep_parts(spread *s)
{
    weir__binding *b = s->b;
    const weir__routing *r = b->routing;
    uint32_t spreads = 0;
    for (uint32_t i = 0; i < r->table_count; i++)
        spreads += r->tables[i].spot == WEIR__SPOT_SPREAD;
    const weir__routed_table *t = first_spread(r);
    const weir__condition *c = t->conditions;
    b->route->by_rows = r->target != WEIR__NONE && !r->from_query;
    bool list = c && !c->next && c->kind == WEIR__CONDITION_LEAF && c->op == WEIR__OP_IN;
    if (spreads != 1 || has_fixed(r) || !(b->route->by_rows || list))
        b->part_count = 0;
}

static void add_target(spread *s, const weir__shard_config *shard, bool parts)
{
    weir__binding *b = s->b;
    weir__route *route = b->route;
    weir__target *target = &route->targets[route->target_count++];
    const weir__routed_table *t = first_spread(b->routing);
    target->shard = shard;
    target->table = s->tables[t - b->routing->tables];
    if (!s->split)
        target->sql = weir__bind_text(b, shard, s->tables);
    if (parts)
        take_parts(s, target);
}

static void add_all(spread *s)
{
    weir__binding *b = s->b;
    weir__route *route = b->route;
    const weir__database_config *database = b->routing->database;
    for (size_t i = 0; i < database->shard_count; i++)
        route->target_total += s->shards[i / 64] >> i % 64 & 1;
    for (uint32_t i = 0; i < b->routing->table_count; i++) {
        const weir__routed_table *t = &b->routing->tables[i];
        if (t->spot == WEIR__SPOT_SPREAD && t->rule->scatter > route->scatter)
            route->scatter = t->rule->scatter;
    }
    judge_several(s);
    if (!b->describe)
        return;
    size_t most = b->max_shards + MORE_TARGETS;
    size_t room = route->target_total < most ? route->target_total : most;
    route->targets = weir__arena_array(b->arena, room, sizeof *route->targets);
    keep_parts(s);
    for (size_t i = 0; route->targets && i < database->shard_count && route->target_count < room; i++)
        if (s->shards[i / 64] >> i % 64 & 1)
            add_target(s, &database->shards[i], true);
}

static void add_rows(spread *s)
{
    weir__binding *b = s->b;
    weir__bind_row_targets(b, s->tables);
    admit_writes(s, &b->routing->tables[b->routing->target]);
}

void weir__bind_targets(weir__binding *b, const weir__units *units)
{
    spread s = {.b = b, .units = units};
    weir__route *route = b->route;
    if (!collect(&s) || (s.several && !s.shards))
        return;
    if ((s.several || s.split) && b->part_count && is_of_rows(b)) {
        add_rows(&s);
        return;
    }
    if (s.several) {
        add_all(&s);
        return;
    }
    if (s.split)
        weir__bind_refuse(b, WEIR__REFUSAL_several_tables, WEIR__NONE,
                          "its rows are in several of the tables behind %s: give the shard key %s by =",
                          s.split->rule->label, s.split->rule->shard_by);
    route->any = !s.only && b->routing->database->shard_count > 1;
    route->targets = weir__arena_take(b->arena, sizeof *route->targets);
    route->target_total = 1;
    if (route->targets)
        add_target(&s, s.only ? s.only : b->routing->database->shards, false);
}
