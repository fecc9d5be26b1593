/* place_range.c - keys below bounds, the last range takes the rest. SPDX-License-Identifier: Apache-2.0
 * Numbers are compared as numbers, texts by their bytes: for a text that is folded or has another order than its bytes there are no
 * ranges in conditions (its type says so). */
#include <string.h>

#include "base/str.h"
#include "router/route/place.h"

static bool is_numeric(const weir__key_form *form)
{
    return form->kind == WEIR__FORM_INTEGER || form->kind == WEIR__FORM_DECIMAL;
}

static bool fits(const weir__method *method, const weir__key_form *form)
{
    if (form->kind == WEIR__FORM_UNFIT)
        return false;
    return method->bound_count == 1 || method->bounds[0].is_number == is_numeric(form);
}

static int compare_number(const weir__key *key, int64_t bound)
{
    uint64_t other = bound < 0 ? 0 - (uint64_t)bound : (uint64_t)bound;
    if (key->negative != (bound < 0))
        return key->negative ? -1 : 1;
    int order = (key->magnitude > other) - (key->magnitude < other);
    return key->negative ? -order : order;
}

static bool is_below(const weir__key *key, const weir__bound *bound)
{
    if (bound->rest)
        return true;
    if (bound->is_number)
        return compare_number(key, bound->number) < 0;
    size_t other = strlen(bound->below), size = key->text.size < other ? key->text.size : other;
    int order = size ? memcmp(key->text.data, bound->below, size) : 0;
    return order ? order < 0 : key->text.size < other;
}

static int64_t find(const weir__method *method, const weir__key *key)
{
    size_t low = 0, high = method->bound_count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_below(key, &method->bounds[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    return (int64_t)low;
}

/* A number over 64 bits is above or below all bounds, in magnitude: told by its first digits, which are not kept. */
static bool is_told(const weir__method *method, const weir__key *key)
{
    return key->is_number || !method->bounds[0].is_number;
}

static bool unit(const weir__method *method, const weir__key *key, int64_t *out)
{
    *out = key->text.data ? find(method, key) : 0;
    return !key->text.data || is_told(method, key);
}

static int64_t least(const weir__method *method, const weir__key *key)
{
    return is_told(method, key) ? find(method, key) : 0;
}

/* A range begins with the bound before it. */
static bool begins_range(const weir__method *method, const weir__key *key, int64_t u)
{
    const weir__bound *bound = u ? &method->bounds[u - 1] : NULL;
    if (!bound)
        return false;
    if (bound->is_number)
        return compare_number(key, bound->number) == 0;
    return key->text.size == strlen(bound->below) && memcmp(key->text.data, bound->below, key->text.size) == 0;
}

static int64_t most(const weir__method *method, const weir__key *key, bool strict)
{
    if (!is_told(method, key))
        return (int64_t)method->bound_count - 1;
    int64_t u = find(method, key);
    return strict && begins_range(method, key, u) ? u - 1 : u;
}

static const weir__shard_config *shard(const weir__method *method, int64_t u)
{
    return method->bounds[u].shard;
}

static int64_t last(const weir__method *method)
{
    return (int64_t)method->bound_count - 1;
}

const weir__placer weir__place_range = {
    .name = "range", .fits = fits, .unit = unit, .least = least, .most = most, .shard = shard, .last = last};
