/* shards.h - a database over the shards of the test's cluster, and each of them by itself. SPDX-License-Identifier: Apache-2.0
 * Its tables: t (id BIGINT, v INT, s VARCHAR(20)) sharded by id. Servers are named as `weir playground status` does: shop-0, .. */
#ifndef WEIR_TESTS_SHARDS_H
#define WEIR_TESTS_SHARDS_H

#include "tests/support/cluster.h"

enum { SHARDS_MOST = 4 };

typedef struct shards {
    live store; /* the database */
    unsigned count;
    char yaml[8192];
} shards;

/* changes: lines of yaml for defaults:, or NULL. Makes the table anew on each shard, with these rows: ids from 0, v = id % 10. */
void shards_open(shards *c, const char *changes, unsigned rows);
/* Drops the table and closes. */
void shards_close(shards *c);
/* One more session of the same client. */
weir_session *shards_session(shards *c);
/* The name of the server of a shard, by its number. */
const char *shards_server(unsigned shard);
/* The shard where an id is. */
unsigned shards_of(shards *c, int64_t id);
/* Nothing is left of statements that have ended: connections, waits, kills. Waits for what is under way. */
void shards_expect_idle(shards *c, const char *after);

#endif
