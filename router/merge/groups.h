/* groups.h - a hash table from keys to what is kept for each: rows seen, groups, elements. SPDX-License-Identifier: Apache-2.0
 * find O(1); memory from the statement's budget, all freed at once. Keys are compared whole, never by hash alone. Entries stay where
 * they are and are linked in the order in which they came. */
#ifndef WEIR_ROUTER_MERGE_GROUPS_H
#define WEIR_ROUTER_MERGE_GROUPS_H

#include "base/arena.h"
#include "base/budget.h"

typedef struct weir__group weir__group;
struct weir__group {
    weir__group *next;  /* in the order in which they came */
    weir__group *chain; /* of the same bucket */
    uint64_t hash;
    const char *key;
    size_t key_size;
    void *data; /* cleared, of the size given to init */
};

typedef struct weir__groups {
    weir__budget *budget;
    weir__arena *arena;
    size_t data_size;
    weir__group **buckets;
    size_t bucket_count, count; /* bucket_count is a power of two, or 0 */
    weir__group *first, *last;
} weir__groups;

/* Entries live in the arena; buckets in the budget until deinit. */
void weir__groups_init(weir__groups *groups, weir__budget *budget, weir__arena *arena, size_t data_size);
void weir__groups_deinit(weir__groups *groups);
/* The entry of the key, made if it was not there (*added). NULL: no memory. */
weir__group *weir__groups_find(weir__groups *groups, const void *key, size_t size, bool *added);

#endif
