/* raw_scatter.h - what `weir bench scatter` measures weir against. SPDX-License-Identifier: Apache-2.0
 * One connection a shard; a failure's reason is left in why. Threads: one at a time for each. No part of the library. */
#ifndef WEIR_DRIVERS_RAW_SCATTER_H
#define WEIR_DRIVERS_RAW_SCATTER_H

#include "drivers/raw_client.h"

enum { RAW_SHARDS = 8 };

typedef struct raw_scatter raw_scatter;

raw_scatter *raw_scatter_new(void); /* NULL: no memory */
void raw_scatter_free(raw_scatter *raw);
/* One shard more. host NULL: the socket. */
bool raw_scatter_add(raw_scatter *raw, const char *host, unsigned port, const char *socket, const char *user,
                     const char *password, const char *schema, char why[RAW_WHY]);
/* Runs the statement on the first `shards` of them and reads all rows: at once, or one after the other. */
bool raw_scatter_at_once(raw_scatter *raw, unsigned shards, const char *sql, uint64_t *rows, char why[RAW_WHY]);
bool raw_scatter_in_turn(raw_scatter *raw, unsigned shards, const char *sql, uint64_t *rows, char why[RAW_WHY]);
/* At once, the rows of all in the order of their first column, by which each shard sorts them. */
bool raw_scatter_ordered(raw_scatter *raw, unsigned shards, const char *sql, uint64_t *rows, char why[RAW_WHY]);
/* A statement without rows on one of them. */
bool raw_scatter_run(raw_scatter *raw, unsigned shard, const char *sql, char why[RAW_WHY]);

#endif
