/* accounts.h - a database of two shards with accounts on both, for tests of transactions over them. SPDX-License-Identifier: Apache-2.0
 * The cluster is one of two shards (docs/testing.md); even ids are on the first, odd ones on the second. weir's own tables are there. */
#ifndef WEIR_TESTS_ACCOUNTS_H
#define WEIR_TESTS_ACCOUNTS_H

#include "tests/support/live.h"

enum { ACCOUNTS = 10, OPENING = 100 };

typedef struct accounts {
    live bank;     /* both shards */
    live shard[2]; /* each by itself */
} accounts;

/* database: lines of weir.yaml below the database, "" for none; defaults: below defaults:, or NULL. */
void accounts_open(accounts *a, const char *database, const char *defaults);
void accounts_close(accounts *a);
/* The balance on the shard itself. */
const char *accounts_balance(accounts *a, int id);
/* Another session of the bank. */
weir_session *accounts_session(accounts *a);
/* begin, +amount on one, -amount on another; not yet committed. */
void accounts_move(accounts *a, weir_session *s, int from, int to, int amount);

#endif
