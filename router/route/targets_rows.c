/* targets_rows.c - the rows of an INSERT, by the shard and the table behind the name that they are for. SPDX-License-Identifier: Apache-2.0
 * O(rows log rows). */
#include <stdlib.h>

#include "router/route/bind.h"

typedef struct place {
    size_t shard; /* of the database */
    int64_t table;
    uint32_t row;
} place;

static int compare(const void *left, const void *right)
{
    const place *a = left, *b = right;
    if (a->shard != b->shard)
        return a->shard < b->shard ? -1 : 1;
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static bool is_same(const place *a, const place *b)
{
    return a->shard == b->shard && a->table == b->table;
}

void weir__bind_row_targets(weir__binding *b, int64_t *tables)
{
    const weir__routing *r = b->routing;
    const weir__routed_table *t = &r->tables[r->target];
    weir__route *route = b->route;
    uint32_t rows = b->part_count, targets = 0;
    place *places = weir__arena_array(b->arena, rows, sizeof *places);
    uint32_t *parts = weir__arena_array(b->arena, rows, sizeof *parts);
    for (uint32_t i = 0; places && i < rows; i++) {
        int64_t unit = b->part_units[i];
        places[i] = (place){(size_t)(t->placer->shard(&t->rule->method, unit) - r->database->shards),
                            weir__place_table(t->rule, unit), i};
    }
    if (!places || !parts)
        return;
    qsort(places, rows, sizeof *places, compare);
    for (uint32_t i = 0; i < rows; i++)
        targets += i == 0 || !is_same(&places[i - 1], &places[i]);
    route->targets = weir__arena_array(b->arena, targets, sizeof *route->targets);
    for (uint32_t i = 0; route->targets && i < rows; i++) {
        parts[i] = places[i].row;
        if (i > 0 && is_same(&places[i - 1], &places[i])) {
            route->targets[route->target_count - 1].part_count++;
            continue;
        }
        weir__target *target = &route->targets[route->target_count++];
        target->shard = &r->database->shards[places[i].shard];
        target->table = tables[r->target] = places[i].table;
        target->sql = weir__bind_text(b, target->shard, tables);
        target->parts = &parts[i];
        target->part_count = 1;
    }
    route->target_total = route->target_count;
    route->by_rows = true;
}
