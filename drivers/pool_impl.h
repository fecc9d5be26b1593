/* pool_impl.h - what the files of the pool share. SPDX-License-Identifier: Apache-2.0
 * Included by drivers/pool*.c only. "Locked": the caller holds pool->lock. */
#ifndef WEIR_DRIVERS_POOL_IMPL_H
#define WEIR_DRIVERS_POOL_IMPL_H

#include <stdatomic.h>

#include "drivers/pool.h"

typedef struct weir__dial weir__dial;

/* Waiters of one level, first come first. */
typedef struct weir__line {
    weir__waiter *first, **last;
    uint32_t count;
} weir__line;

struct weir__pool {
    const weir__env *env;
    const weir__driver *driver;
    const weir__endpoint *endpoint;
    weir__pool_options options;
    uint32_t reserve; /* connections that level 0 cannot take */
    weir__reaper *reaper;
    weir__keeper *keeper;
    weir__chore chore; /* the keeper's visits */
    void (*released)(void *context);
    void *context;
    _Atomic int references;

    pthread_mutex_t lock;
    pthread_cond_t settled; /* no dial is under way */
    weir__conn *idle;       /* newest first */
    weir__conn *taken;      /* in no order */
    weir__line lines[WEIR__POOL_LEVELS];
    weir__pool_counts counts;
    uint32_t threads;    /* that dial, or have dialled and are about to end */
    weir__dial *ended;   /* to be joined */
    uint64_t suspect_ns; /* a connection broke then: those idle since before are looked at first */
    uint64_t refill_ns;  /* not before: connections for options.min could not be made last time */
    uint32_t refill_pause_ms;
    bool closed;
};

/* ---- pool.c ---- */

/* Closes a list that no other thread sees, without the lock. */
void weir__pool_close_all(weir__conn *list);
/* Locked: takes it off the idle ones and puts it in front of *dead. */
void weir__pool_unlist_idle(weir__pool *pool, weir__conn *conn, weir__conn **dead);
/* Locked: has it been unused, or lived, for too long? */
bool weir__pool_is_old(const weir__pool *pool, const weir__conn *conn, uint64_t now);
/* Locked: a connection in order that nobody has: to the first waiter who may take it, else idle. Returns that waiter, whose gate the caller
 * opens, best without the lock; NULL: none. */
weir__waiter *weir__pool_hand_over(weir__pool *pool, weir__conn *conn, uint64_t now);
/* Opens it; NULL is fine. */
void weir__pool_let_go(weir__waiter *waiter);
/* Locked: the first of those who wait and may take one; NULL: nobody. Off its line. */
weir__waiter *weir__pool_pop_waiter(weir__pool *pool);
/* Locked: how many of those who wait might take a connection each, were there some. */
uint64_t weir__pool_wanted(const weir__pool *pool);

/* ---- pool_dial.c ---- */

/* Locked: starts dials while more are wanted than are under way and there is room. False: no thread could be made. */
bool weir__pool_dial_if_useful(weir__pool *pool);
/* Locked: one more dial. False: no thread could be made. */
bool weir__pool_dial(weir__pool *pool);
/* Waits for the threads that have nothing left to do but to end. */
void weir__pool_join_ended(weir__pool *pool);

/* ---- pool_keep.c ---- */

/* The keeper's chore. */
uint64_t weir__pool_visit(void *pool);
/* Has the keeper look: a connection was made or lost, a dial failed. */
void weir__pool_keep(weir__pool *pool);

#endif
