/* bench_latency.h - a histogram of times: 64 steps for each doubling, so within 1.6 %. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TOOLS_BENCH_LATENCY_H
#define WEIR_TOOLS_BENCH_LATENCY_H

#include <stdint.h>

enum { LATENCY_STEPS = 64, LATENCY_DOUBLINGS = 34 /* up to 18 minutes */ };

typedef struct latency_histogram {
    uint64_t count, most_ns;
    uint32_t at[LATENCY_DOUBLINGS * LATENCY_STEPS];
} latency_histogram;

static inline void latency_add(latency_histogram *h, uint64_t ns)
{
    unsigned bits = ns < 2 * LATENCY_STEPS ? 0 : (unsigned)(57 - __builtin_clzll(ns)); /* ns >> bits has 7 bits */
    uint64_t place = bits * LATENCY_STEPS + (ns >> bits);
    h->at[place < LATENCY_DOUBLINGS * LATENCY_STEPS ? place : LATENCY_DOUBLINGS * LATENCY_STEPS - 1]++;
    h->count++;
    h->most_ns = ns > h->most_ns ? ns : h->most_ns;
}

static inline void latency_merge(latency_histogram *to, const latency_histogram *from)
{
    for (int i = 0; i < LATENCY_DOUBLINGS * LATENCY_STEPS; i++)
        to->at[i] += from->at[i];
    to->count += from->count;
    to->most_ns = from->most_ns > to->most_ns ? from->most_ns : to->most_ns;
}

/* The time that this part of all stays within, 0.5 for the median. */
static inline uint64_t latency_at(const latency_histogram *h, double part)
{
    uint64_t wanted = (uint64_t)(part * (double)h->count), seen = 0;
    for (unsigned i = 0; i < LATENCY_DOUBLINGS * LATENCY_STEPS; i++) {
        seen += h->at[i];
        if (seen > wanted) {
            unsigned bits = i < 2 * LATENCY_STEPS ? 0 : i / LATENCY_STEPS - 1;
            return (uint64_t)(i - bits * LATENCY_STEPS) << bits;
        }
    }
    return h->most_ns;
}

#endif
