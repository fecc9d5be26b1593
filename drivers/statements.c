/* statements.c - see statements.h. SPDX-License-Identifier: Apache-2.0 */
#include "drivers/statements.h"

#define XXH_INLINE_ALL /* short texts: half the time of a call */
#include <xxhash.h>

#include "base/limits.h"
#include "base/str.h"

void weir__statements_init(weir__statements *s, weir__prepared_budget *budget)
{
    memset(s, 0, sizeof *s);
    s->budget = budget && budget->most ? budget : NULL;
    if (!s->budget)
        return;
    s->total = budget->total ? budget->total : &budget->own;
    atomic_fetch_add(&s->total->connections, 1);
}

void weir__statements_deinit(weir__statements *s)
{
    if (s->budget)
        atomic_fetch_sub(&s->total->connections, 1);
    s->budget = NULL;
}

uint64_t weir__statement_hash(weir_str text)
{
    return XXH3_64bits(text.data, text.size);
}

static weir__kept **bucket_of(weir__statements *s, uint64_t hash)
{
    return &s->buckets[hash % WEIR__KEPT_BUCKETS];
}

static void unlink_by_use(weir__statements *s, weir__kept *entry)
{
    *(entry->newer ? &entry->newer->older : &s->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &s->oldest) = entry->newer;
}

static void link_newest(weir__statements *s, weir__kept *entry)
{
    entry->newer = NULL;
    entry->older = s->newest;
    *(s->newest ? &s->newest->newer : &s->oldest) = entry;
    s->newest = entry;
}

weir__kept *weir__statements_find(weir__statements *s, weir_str text, uint64_t hash)
{
    for (weir__kept *entry = *bucket_of(s, hash); entry; entry = entry->chain) {
        if (entry->hash != hash || !weir__str_equal(entry->text, text))
            continue;
        if (entry != s->newest) {
            unlink_by_use(s, entry);
            link_newest(s, entry);
        }
        return entry;
    }
    return NULL;
}

static uint32_t half_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) | 1; /* 0 is an empty place */
}

bool weir__statements_seen(const weir__statements *s, uint64_t hash)
{
    for (size_t i = 0; i < WEIR__KEPT_SEEN; i++)
        if (s->seen[i] == half_of(hash))
            return true;
    return false;
}

void weir__statements_see(weir__statements *s, uint64_t hash)
{
    if (!weir__statements_seen(s, hash))
        s->seen[s->next_seen++ % WEIR__KEPT_SEEN] = half_of(hash);
}

static bool take_place(weir__statements *s)
{
    bool room = atomic_fetch_add_explicit(&s->total->kept, 1, memory_order_relaxed) < s->budget->most;
    if (room)
        atomic_fetch_add_explicit(&s->budget->kept, 1, memory_order_relaxed);
    else
        atomic_fetch_sub_explicit(&s->total->kept, 1, memory_order_relaxed);
    return room;
}

bool weir__statements_place(weir__statements *s, uint64_t hash, weir__kept **evicted)
{
    *evicted = NULL;
    if (!s->budget)
        return false;
    if (take_place(s))
        return true;
    if (s->placed == 0)
        atomic_store_explicit(&s->total->wanted, true, memory_order_relaxed);
    else if (weir__statements_seen(s, hash)) {
        *evicted = weir__statements_evict(s, true);
        return take_place(s); /* another one may have been quicker */
    }
    weir__statements_see(s, hash);
    return false;
}

void weir__statements_unplace(weir__statements *s)
{
    atomic_fetch_sub_explicit(&s->budget->kept, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&s->total->kept, 1, memory_order_relaxed);
}

void weir__statements_add(weir__statements *s, weir__kept *entry)
{
    weir__kept **bucket = bucket_of(s, entry->hash);
    entry->chain = *bucket;
    *bucket = entry;
    link_newest(s, entry);
    entry->listed = true;
    s->placed += entry->placed;
    s->bytes += entry->bytes;
}

void weir__statements_remove(weir__statements *s, weir__kept *entry)
{
    weir__kept **at = bucket_of(s, entry->hash);
    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    unlink_by_use(s, entry);
    s->bytes -= entry->bytes;
    if (entry->placed) {
        s->placed--;
        weir__statements_unplace(s);
    }
    entry->listed = entry->placed = false;
}

weir__kept *weir__statements_evict(weir__statements *s, bool placed)
{
    weir__kept *entry = s->oldest;
    while (entry && placed && !entry->placed)
        entry = entry->newer;
    if (entry)
        weir__statements_remove(s, entry);
    return entry;
}

bool weir__statements_owes(weir__statements *s)
{
    if (!s->budget || !atomic_load_explicit(&s->total->wanted, memory_order_relaxed))
        return false;
    uint32_t connections = atomic_load_explicit(&s->total->connections, memory_order_relaxed);
    if (s->placed <= s->budget->most / (connections ? connections : 1))
        return false;
    return atomic_exchange_explicit(&s->total->wanted, false, memory_order_relaxed);
}

bool weir__statements_full(const weir__statements *s)
{
    return s->bytes > WEIR__MAX_KEPT_BYTES;
}
