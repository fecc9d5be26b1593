/* balance.h - which one of several servers takes a read. SPDX-License-Identifier: Apache-2.0
 *
 * Pure: what chance is needed comes in as a number. O(candidates); no allocation. A weight of 0 takes nothing, unless all have it.
 * latency      two drawn by weight, the one with the lower latency x (outstanding + 1)
 * least        fewest outstanding by weight
 * round_robin  in turn; with unlike weights spread evenly in their proportion
 * random       by weight
 * hash         the same key takes the same server as long as that is there, by weight (rendezvous hashing) */
#ifndef WEIR_ROUTER_BALANCE_H
#define WEIR_ROUTER_BALANCE_H

#include <stddef.h>

#include "schema/config.h"

typedef struct weir__candidate {
    double weight;
    double latency_us;    /* how long its last answers took, smoothed; 0: not known */
    uint32_t outstanding; /* statements under way */
    uint64_t identity;    /* for hash: the same server, the same number */
} weir__candidate;

typedef struct weir__chance {
    uint64_t random; /* another one for each call */
    uint64_t turn;   /* for round_robin: counts calls */
    uint64_t key;    /* for hash */
} weir__chance;

/* The index of one of count > 0 candidates. */
size_t weir__balance_pick(weir__balance how, const weir__candidate *candidates, size_t count,
                          const weir__chance *chance);

/* Well mixed bits of a number: good enough as chance. */
uint64_t weir__mix(uint64_t number);

#endif
