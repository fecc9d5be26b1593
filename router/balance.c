/* balance.c - see balance.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/balance.h"

#include <math.h>

uint64_t weir__mix(uint64_t x) /* splitmix64's last step */
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* In [0, 1). */
static double fraction(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

static double weight_of(const weir__candidate *c, bool all_zero)
{
    return all_zero ? 1 : c->weight;
}

static double sum_of(const weir__candidate *c, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += c[i].weight;
    return sum;
}

/* The one in whose part of the whole `point` of [0, 1) lies. */
static size_t at_point(const weir__candidate *c, size_t count, double sum, double point)
{
    size_t last = 0;
    double left = point * (sum > 0 ? sum : (double)count);
    for (size_t i = 0; i < count; i++) {
        double weight = weight_of(&c[i], sum <= 0);
        if (weight <= 0)
            continue;
        if (left < weight)
            return i;
        left -= weight;
        last = i;
    }
    return last; /* rounding */
}

static double cost(const weir__candidate *c)
{
    return (c->latency_us > 0 ? c->latency_us : 1) * ((double)c->outstanding + 1);
}

static size_t by_latency(const weir__candidate *c, size_t count, double sum, uint64_t random)
{
    size_t a = at_point(c, count, sum, fraction(random));
    size_t b = at_point(c, count, sum, fraction(weir__mix(random)));
    return cost(&c[b]) < cost(&c[a]) ? b : a;
}

static size_t by_least(const weir__candidate *c, size_t count, double sum, uint64_t random)
{
    size_t best = count, begin = (size_t)(fraction(random) * (double)count); /* equal ones take turns by chance */
    double least = 0;
    for (size_t n = 0; n < count; n++) {
        size_t i = (begin + n) % count;
        double weight = weight_of(&c[i], sum <= 0);
        double load = weight > 0 ? ((double)c[i].outstanding + 1) / weight : 0;
        if (weight > 0 && (best == count || load < least)) {
            best = i;
            least = load;
        }
    }
    return best < count ? best : 0;
}

static bool alike(const weir__candidate *c, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (c[i].weight != c[0].weight)
            return false;
    return true;
}

static size_t by_turn(const weir__candidate *c, size_t count, double sum, uint64_t turn)
{
    if (alike(c, count))
        return (size_t)(turn % count);
    return at_point(c, count, sum, fraction(turn * UINT64_C(0x9E3779B97F4A7C15))); /* steps of the golden ratio */
}

static size_t by_hash(const weir__candidate *c, size_t count, double sum, uint64_t key)
{
    size_t best = 0;
    double highest = -1;
    for (size_t i = 0; i < count; i++) {
        double weight = weight_of(&c[i], sum <= 0);
        double score = weight / -log(fraction(weir__mix(key ^ weir__mix(c[i].identity))) + 0x1p-60);
        if (weight > 0 && score > highest) {
            best = i;
            highest = score;
        }
    }
    return best;
}

size_t weir__balance_pick(weir__balance how, const weir__candidate *c, size_t count, const weir__chance *chance)
{
    double sum = sum_of(c, count);
    switch (how) {
    case WEIR__BALANCE_LATENCY:
        return by_latency(c, count, sum, chance->random);
    case WEIR__BALANCE_LEAST:
        return by_least(c, count, sum, chance->random);
    case WEIR__BALANCE_ROUND_ROBIN:
        return by_turn(c, count, sum, chance->turn);
    case WEIR__BALANCE_RANDOM:
        return at_point(c, count, sum, fraction(chance->random));
    case WEIR__BALANCE_HASH:
        return by_hash(c, count, sum, chance->key);
    }
    return 0;
}
