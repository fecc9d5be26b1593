/* store.h - the reference's tables and their copies over the shards. SPDX-License-Identifier: Apache-2.0
 * All schemas are on one server, so that rows are spread and compared there, in SQL. */
#ifndef WEIR_TESTS_DIFFERENTIAL_STORE_H
#define WEIR_TESTS_DIFFERENTIAL_STORE_H

#include "tests/differential/sides.h"

typedef struct store {
    reference *ref;
    const char *prefix; /* of the shards' schemas */
    uint32_t shards;
} store;

#define ALL_TABLES UINT64_MAX

/* Makes the schemas and empty tables, and gives the service's user its rights on the shards' alone. */
bool store_create(store *s);
void store_drop(store *s);
/* New rows in the reference, the same for the same seed, and over the shards. */
bool store_fill(store *s, uint64_t seed);
/* The reference's rows of these tables over the shards, whatever was there. */
bool store_spread(store *s, uint64_t which);
/* Are the shards' rows those of the reference, each once, at its place; broadcast copies equal? */
bool store_check(store *s, uint64_t which, char *difference, size_t size);

#endif
