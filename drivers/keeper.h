/* keeper.h - the thread that looks after what nobody waits for. SPDX-License-Identifier: Apache-2.0
 *
 * A chore is a function with a time at which it wants to be called: a pool that must close connections grown old, keep some warm,
 * or warn of one held too long. One thread a client calls them all, starts with the first that has a time, and sleeps until the
 * nearest one. A chore is short: it waits for no server. Where no thread can be made, chores are left undone until the next time
 * that somebody asks.
 * Cost: weir__keeper_by takes one lock; it wakes the thread only for a time earlier than all others. Threads: any. */
#ifndef WEIR_DRIVERS_KEEPER_H
#define WEIR_DRIVERS_KEEPER_H

#include <stdbool.h>

#include "base/env.h"
#include "base/error.h"

#define WEIR__NEVER UINT64_MAX

typedef struct weir__keeper weir__keeper;

/* In the memory of whoever it is for; cleared, then visit and context set. */
typedef struct weir__chore {
    uint64_t (*visit)(void *context); /* gives when it wants to be called next, or NEVER */
    void *context;
    uint64_t due_ns; /* under the keeper's lock */
    struct weir__chore *next;
    bool listed;
} weir__chore;

weir_status weir__keeper_new(const weir__env *env, weir__keeper **keeper, weir_error *error);
/* Ends the thread; no chore is called any more. */
void weir__keeper_stop(weir__keeper *keeper);
void weir__keeper_free(weir__keeper *keeper); /* a stopped one; NULL is fine */
/* Has chore called by then, or sooner. */
void weir__keeper_by(weir__keeper *keeper, weir__chore *chore, uint64_t due_ns);
/* The chore is not called any more, nor running, when this returns; but by itself it may be forgotten too. */
void weir__keeper_forget(weir__keeper *keeper, weir__chore *chore);

#endif
