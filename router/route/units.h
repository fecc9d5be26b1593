/* units.h - sets of a table's units. SPDX-License-Identifier: Apache-2.0
 * Ranges, rising, none touching the next. unite and intersect O(ranges of both), of_list O(n log n). Pure. What grows lives in the
 * arena, whose failure is the caller's to see: the set is then all units, which is never too few. Threads: any, one at a time. */
#ifndef WEIR_ROUTER_ROUTE_UNITS_H
#define WEIR_ROUTER_ROUTE_UNITS_H

#include "base/arena.h"
#include "router/route/place.h"

typedef struct weir__units {
    const weir__unit_range *ranges; /* count of them; of one range: one */
    size_t count;                   /* 0: no unit */
    weir__unit_range one;
} weir__units;

/* ranges: of the set, wherever it has been moved to. */
static inline const weir__unit_range *weir__units_ranges(const weir__units *set)
{
    return set->count == 1 ? &set->one : set->ranges;
}

static inline weir__units weir__units_none(void)
{
    weir__units set = {.count = 0};
    return set;
}

/* first > last: none. */
static inline weir__units weir__units_of(int64_t first, int64_t last)
{
    weir__units set = {.count = first <= last, .one = {first, last}};
    return set;
}

static inline weir__units weir__units_all(void)
{
    return weir__units_of(0, WEIR__UNIT_MOST);
}

/* Units one by one, in any order; the list is sorted in place. */
weir__units weir__units_of_list(weir__arena *arena, int64_t *list, size_t count);
weir__units weir__units_unite(weir__arena *arena, const weir__units *a, const weir__units *b);
weir__units weir__units_intersect(weir__arena *arena, const weir__units *a, const weir__units *b);

#endif
