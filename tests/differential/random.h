/* random.h - seeded randomness: the same seed gives the same run. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_DIFFERENTIAL_RANDOM_H
#define WEIR_TESTS_DIFFERENTIAL_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rng {
    uint64_t state;
} rng;

/* splitmix64 */
static inline uint64_t rng_next(rng *r)
{
    uint64_t z = (r->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 to bound - 1 */
static inline uint32_t rng_below(rng *r, uint32_t bound)
{
    return (uint32_t)(rng_next(r) % bound);
}

/* low to high, both included */
static inline int64_t rng_between(rng *r, int64_t low, int64_t high)
{
    return low + (int64_t)(rng_next(r) % (uint64_t)(high - low + 1));
}

static inline bool rng_chance(rng *r, uint32_t percent)
{
    return rng_below(r, 100) < percent;
}

#define RNG_PICK(r, list) ((list)[rng_below((r), (uint32_t)(sizeof(list) / sizeof *(list)))])

#endif
