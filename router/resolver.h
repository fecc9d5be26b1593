/* resolver.h - finishes transactions over several shards whose client is gone. SPDX-License-Identifier: Apache-2.0
 * docs/transactions.md: a prepared branch is committed if its decision row is there, rolled back if it never will be, left alone while the
 * row is locked. A pass is harmless at any time, in any number of processes at once: no clock, age or lease decides. Branches that
 * are not weir's are left alone and told.
 *
 * The thread of a client makes a pass every RESOLVE_EVERY_MS, and at once when a commit of its own was left pending. Once an hour one of all
 * processes, the one that got the lease (weir_lease), also audits (audit.c) and deletes the rows that nobody can need any more, a week
 * old. The lease saves work and decides nothing. The same thread looks whether migrations have changed tables that the client knows
 * (schema_look.h). Threads: any. */
#ifndef WEIR_ROUTER_RESOLVER_H
#define WEIR_ROUTER_RESOLVER_H

#include "router/topology.h"

#define WEIR__RESOLUTION_MAP(X)                                                                                        \
    X(COMMITTED, "committed")                                                                                          \
    X(ROLLED_BACK, "rolled back")                                                                                      \
    X(LEFT, "left alone: its coordinator, or its connection, lives")                                                   \
    X(IN_DOUBT, "in doubt: the shard that decides has another primary now, which may never have got the row")          \
    X(STRANGER, "left alone: not made by weir, or by another weir.yaml")                                               \
    X(DAMAGED, "DAMAGE: decided, but the branch is neither prepared nor committed")                                    \
    X(UNDECIDED, "DAMAGE: its branch elsewhere is committed, but the row that decided it is gone")                     \
    X(FAILED, "not done")

typedef enum weir__resolution {
#define X(name, text) WEIR__RESOLUTION_##name,
    WEIR__RESOLUTION_MAP(X)
#undef X
} weir__resolution;
enum { WEIR__RESOLUTIONS = WEIR__RESOLUTION_FAILED + 1 };

/* What became of one branch, or of a decision (UNDECIDED: on the shard that decided); or, branch NULL, why a shard could not be asked
 * (FAILED, error). */
typedef struct weir__resolved {
    weir__resolution what;
    const weir__shard_config *shard;
    const char *branch; /* the gtrid, or what stands for it */
    const weir_error *error;
} weir__resolved;

typedef struct weir__resolve_options {
    bool look_only; /* change nothing: COMMITTED and ROLLED_BACK then say what would be done */
    bool audit;     /* also: compare decisions with branches that are not prepared any more, or never came to be */
    bool clean;     /* also: delete rows of more than a week, if nothing is left open */
    const _Atomic bool *stop; /* true ends the pass between two statements; NULL: nothing does */
    void (*each)(void *context, const weir__resolved *resolved); /* NULL: not told */
    void *context;
} weir__resolve_options;

typedef struct weir__resolve_counts {
    uint32_t of[WEIR__RESOLUTIONS];
} weir__resolve_counts;

/* One pass over all shards. Returns: OK, also when single shards failed (counted); NOMEM. */
weir_status weir__resolve(const weir__env *env, weir__topology *topology, const weir__resolve_options *options,
                          weir__resolve_counts *counts, weir_error *error);
const char *weir__resolution_text(weir__resolution resolution);
/* Is it the caller's turn to audit? Then nobody else's for an hour. */
bool weir__resolve_turn(const weir__env *env, weir__topology *topology);

/* ---- the client's thread ---- */

typedef struct weir__resolver weir__resolver;
typedef struct weir_client weir_client;

weir_status weir__resolver_new(weir_client *client, weir__resolver **resolver, weir_error *error);
/* Sees to its thread: from the first on that has something to look after, be it a database of several shards with
 * `transactions: atomic` or a table that became known. Returns: OK, also when it runs; NOMEM. */
weir_status weir__resolver_start(weir__resolver *resolver, weir_error *error);
/* Has the configuration transactions to finish? */
bool weir__resolver_is_needed(const weir__config *config);
/* A branch of this process waits: a pass soon. NULL is fine. */
void weir__resolver_wake(weir__resolver *resolver);
/* Ends the thread: within the deadline of one statement of its own. NULL is fine. */
void weir__resolver_stop(weir__resolver *resolver);
void weir__resolver_free(weir__resolver *resolver);
/* `weir resolve`: one pass for a client whose thread makes none from now on. */
weir_status weir__resolver_by_hand(weir_client *client, const weir__resolve_options *options,
                                   weir__resolve_counts *counts, weir_error *error);
weir__resolve_counts weir__resolver_count(weir__resolver *resolver); /* ever; NULL gives zeros */

#endif
