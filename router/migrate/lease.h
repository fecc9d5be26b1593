/* lease.h - one runner at a time for a database. SPDX-License-Identifier: Apache-2.0
 *
 * The lease is a row of weir_lease on the database's first shard and a lock (GET_LOCK) there. The lock tells at once that a runner has
 * gone, whatever ended it; the row's time tells of one that hangs; its token, greater each time, fences what a runner that lost the
 * lease without knowing may still try.
 *
 *    FREE --take: lock, token + 1--> HELD --renewed every third of its time--> HELD
 *    HELD --the runner's connection ends: the server frees the lock--> FREE
 *    HELD --not renewed in time: another runner kills that connection--> FREE
 *
 * A thread renews it. A runner looks before each statement: lost when a renewal failed, found another token, or is overdue. */
#ifndef WEIR_ROUTER_MIGRATE_LEASE_H
#define WEIR_ROUTER_MIGRATE_LEASE_H

#include "router/migrate/ledger.h"

typedef struct weir__lease weir__lease;

typedef struct weir__lease_options {
    uint32_t wait_ms;  /* for another runner */
    uint32_t lease_ms; /* how long it holds without being renewed */
    bool (*stopped)(void *context);
    void (*waiting)(void *context, const char *text);
    void *context;
} weir__lease_options;

/* Returns: OK; BUSY: another runner has it, and who; CANCELLED: stopped while waiting; UNREACHABLE, ... Owns: ended by give. */
weir_status weir__lease_take(const weir__env *env, const weir__database_config *database,
                             const weir__lease_options *options, weir__lease **lease, weir_error *error);
void weir__lease_give(weir__lease *lease); /* NULL is fine */
bool weir__lease_held(weir__lease *lease); /* any thread */
weir__fence weir__lease_fence(const weir__lease *lease);

/* Takes the lock of a shard on its connection. While the statement of an earlier runner still runs there, it waits; a connection that
 * holds the lock and does nothing belongs to a runner without lease: it is ended. */
weir_status weir__lease_lock_shard(weir__link *link, const weir__lease_options *options, weir_error *error);

#endif
