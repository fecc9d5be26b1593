/* place_time.c - periods that the shards take in turn, without end. SPDX-License-Identifier: Apache-2.0 */
#include "router/route/period.h"
#include "router/route/place.h"

static bool fits(const weir__method *method, const weir__key_form *form)
{
    (void)method;
    return form->kind == WEIR__FORM_DATE || form->kind == WEIR__FORM_DATETIME;
}

static int64_t number(const char *at, size_t digits)
{
    int64_t n = 0;
    for (size_t i = 0; i < digits; i++)
        n = n * 10 + (at[i] - '0');
    return n;
}

static int64_t period(const weir__method *method, const weir__key *key)
{
    const char *at = key->text.data; /* canonical: YYYY-MM-DD.. */
    return weir__period_of(method, (weir__date){number(at, 4), number(at + 5, 2), number(at + 8, 2)});
}

static bool unit(const weir__method *method, const weir__key *key, int64_t *out)
{
    if (!key->text.data)
        return false;
    *out = period(method, key);
    return *out >= 0;
}

static int64_t least(const weir__method *method, const weir__key *key)
{
    int64_t p = period(method, key);
    return p < 0 ? 0 : p;
}

static bool begins_period(const weir__method *method, const weir__key *key, int64_t p)
{
    weir__date start = weir__period_start(method, p);
    const char *at = key->text.data;
    if (number(at, 4) != start.year || number(at + 5, 2) != start.month || number(at + 8, 2) != start.day)
        return false;
    for (size_t i = 10; i < key->text.size; i++)
        if (at[i] >= '1' && at[i] <= '9')
            return false;
    return true;
}

static int64_t most(const weir__method *method, const weir__key *key, bool strict)
{
    int64_t p = period(method, key);
    if (strict && p >= 0 && begins_period(method, key, p))
        p--;
    return p < -1 ? -1 : p;
}

static const weir__shard_config *shard(const weir__method *method, int64_t u)
{
    return method->time.shards[u % (int64_t)method->time.shard_count];
}

/* The last that a DATE can name. */
static int64_t last(const weir__method *method)
{
    return weir__period_of(method, (weir__date){9999, 12, 31});
}

const weir__placer weir__place_time = {
    .name = "time", .fits = fits, .unit = unit, .least = least, .most = most, .shard = shard, .last = last};
