/* groups.c - chained buckets that double. SPDX-License-Identifier: Apache-2.0 */
#include "router/merge/groups.h"

#include <string.h>
#include <xxhash.h>

enum { FIRST_BUCKETS = 64 };

void weir__groups_init(weir__groups *groups, weir__budget *budget, weir__arena *arena, size_t data_size)
{
    *groups = (weir__groups){.budget = budget, .arena = arena, .data_size = data_size};
}

void weir__groups_deinit(weir__groups *groups)
{
    weir__free(&groups->budget->mem, groups->buckets);
    groups->buckets = NULL;
}

static bool grow(weir__groups *g)
{
    size_t count = g->bucket_count ? g->bucket_count * 2 : FIRST_BUCKETS;
    weir__group **buckets = weir__array(&g->budget->mem, count, sizeof *buckets);
    if (!buckets)
        return false;
    for (weir__group *entry = g->first; entry; entry = entry->next) {
        entry->chain = buckets[entry->hash & (count - 1)];
        buckets[entry->hash & (count - 1)] = entry;
    }
    weir__free(&g->budget->mem, g->buckets);
    g->buckets = buckets;
    g->bucket_count = count;
    return true;
}

weir__group *weir__groups_find(weir__groups *g, const void *key, size_t size, bool *added)
{
    uint64_t hash = XXH3_64bits(key, size);
    *added = false;
    for (weir__group *e = g->bucket_count ? g->buckets[hash & (g->bucket_count - 1)] : NULL; e; e = e->chain)
        if (e->hash == hash && e->key_size == size && memcmp(e->key, key, size) == 0)
            return e;
    if (g->count == g->bucket_count && !grow(g))
        return NULL;
    weir__group *entry = weir__arena_take(g->arena, sizeof *entry + g->data_size);
    char *copy = weir__arena_copy(g->arena, key, size);
    if (!entry || !copy)
        return NULL;
    *entry = (weir__group){.hash = hash, .key = copy, .key_size = size, .data = entry + 1};
    entry->chain = g->buckets[hash & (g->bucket_count - 1)];
    g->buckets[hash & (g->bucket_count - 1)] = entry;
    if (g->last)
        g->last->next = entry;
    else
        g->first = entry;
    g->last = entry;
    g->count++;
    *added = true;
    return entry;
}
