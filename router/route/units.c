/* units.c - see units.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/units.h"

#include <stdlib.h>

static weir__units finish(weir__unit_range *ranges, size_t count)
{
    weir__units set = {.ranges = ranges, .count = count};
    if (count == 1)
        set.one = ranges[0];
    return set;
}

/* Adds one that begins not before the last one. */
static size_t append(weir__unit_range *to, size_t count, weir__unit_range range)
{
    weir__unit_range *last = count ? &to[count - 1] : NULL;
    if (!last || (last->last != WEIR__UNIT_MOST && range.first > last->last + 1)) {
        to[count] = range;
        return count + 1;
    }
    if (range.last > last->last)
        last->last = range.last;
    return count;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

weir__units weir__units_of_list(weir__arena *arena, int64_t *list, size_t count)
{
    if (count <= 1)
        return count ? weir__units_of(list[0], list[0]) : weir__units_none();
    weir__unit_range *ranges = weir__arena_array(arena, count, sizeof *ranges);
    size_t kept = 0;
    if (!ranges)
        return weir__units_all();
    qsort(list, count, sizeof *list, compare);
    for (size_t i = 0; i < count; i++)
        kept = append(ranges, kept, (weir__unit_range){list[i], list[i]});
    return finish(ranges, kept);
}

weir__units weir__units_unite(weir__arena *arena, const weir__units *a, const weir__units *b)
{
    if (a->count == 0 || b->count == 0)
        return a->count ? *a : *b;
    weir__unit_range *to = weir__arena_array(arena, a->count + b->count, sizeof *to);
    if (!to)
        return weir__units_all();
    const weir__unit_range *left = weir__units_ranges(a), *right = weir__units_ranges(b);
    const weir__unit_range *left_end = left + a->count, *right_end = right + b->count;
    size_t count = 0;
    while (left < left_end || right < right_end) {
        bool from_left = right == right_end || (left < left_end && left->first <= right->first);
        count = append(to, count, from_left ? *left++ : *right++);
    }
    return finish(to, count);
}

weir__units weir__units_intersect(weir__arena *arena, const weir__units *a, const weir__units *b)
{
    if (a->count == 0 || b->count == 0)
        return weir__units_none();
    if (a->count == 1 && b->count == 1)
        return weir__units_of(a->one.first > b->one.first ? a->one.first : b->one.first,
                              a->one.last < b->one.last ? a->one.last : b->one.last);
    weir__unit_range *to = weir__arena_array(arena, a->count + b->count, sizeof *to);
    if (!to)
        return weir__units_all();
    const weir__unit_range *left = weir__units_ranges(a), *right = weir__units_ranges(b);
    const weir__unit_range *left_end = left + a->count, *right_end = right + b->count;
    size_t count = 0;
    while (left < left_end && right < right_end) {
        int64_t first = left->first > right->first ? left->first : right->first;
        int64_t last = left->last < right->last ? left->last : right->last;
        if (first <= last)
            to[count++] = (weir__unit_range){first, last};
        if (left->last < right->last)
            left++;
        else
            right++;
    }
    return finish(to, count);
}
