/* pool.h - the connections to one endpoint. SPDX-License-Identifier: Apache-2.0
 *
 * take O(1) and one lock, give O(1) and one lock; no system call when a connection is idle and
 * nobody waits. Waiters are served in the order of their arrival: a connection that comes back, or
 * is dialled, goes to the first of them by hand. Dialling happens on threads of the pool's own, so
 * that neither a name server nor a silent host can hold a caller past its deadline; a dial whose
 * waiter has gone serves the next one or becomes idle.
 *
 * Invariants, under the lock: (1) idle + taken + dialling <= max; (2) while somebody waits nothing
 * is idle; (3) a broken connection is never idle; (4) each waiter is answered once. Life: counted
 * references; connections and dial threads keep their pool. Threads: any. */
#ifndef WEIR_DRIVERS_POOL_H
#define WEIR_DRIVERS_POOL_H

#include <pthread.h>

#include "drivers/driver.h"

typedef struct weir__pool weir__pool;
typedef struct weir__reaper weir__reaper;

typedef struct weir__pool_options {
    uint32_t max;
    uint32_t wait_ms;     /* for a free connection; dialling has endpoint->connect_ms */
    uint32_t idle_ms;     /* an idle connection older than this is closed instead of used; 0: no limit */
    uint32_t lifetime_ms; /* the same from its birth */
} weir__pool_options;

typedef struct weir__pool_counts {
    uint64_t idle, taken, dialling, waiting;                   /* now */
    uint64_t takes, waits, dials, dial_failures, broken, late; /* ever; late: hung up with a statement still running */
} weir__pool_counts;

/* Who waits, in the caller's frame. Another thread may end the wait by weir__pool_wake while the
 * pool_take that got it runs. */
typedef struct weir__waiter {
    pthread_cond_t come;
    weir__conn *conn; /* one of the three ends the wait */
    bool failed;
    bool woken;
    weir_error error; /* of failed */
    struct weir__waiter *next;
} weir__waiter;

/* endpoint (and what it points to) must live until released is called, which is once, from any
 * thread, when the pool and all that kept it are gone. reaper sees to statements left running; it
 * outlives the pool's users. Returns: OK, NOMEM. Owns: the caller has one reference. */
weir_status weir__pool_new(const weir__env *env, const weir__driver *driver, const weir__endpoint *endpoint,
                           const weir__pool_options *options, weir__reaper *reaper, void (*released)(void *context),
                           void *context, weir__pool **pool, weir_error *error);
weir__pool *weir__pool_ref(weir__pool *pool);
void weir__pool_unref(weir__pool *pool);
/* No more takes (USAGE); idle connections close now, taken ones when they come back. */
void weir__pool_close(weir__pool *pool);

void weir__waiter_init(weir__waiter *waiter);
void weir__waiter_deinit(weir__waiter *waiter);

/* A connection for the caller alone, by the deadline. Returns: OK; BUSY; UNREACHABLE, CONFIG, .. as
 * dialling failed; TIMEOUT; CANCELLED (woken); NOMEM. Owns: goes back by give or drop. */
weir_status weir__pool_take(weir__pool *pool, weir__waiter *waiter, weir__deadline deadline, weir__conn **conn,
                            weir_error *error);
/* Any thread; only while the take with this waiter cannot have returned to its caller (the caller's
 * lock sees to that). */
void weir__pool_wake(weir__pool *pool, weir__waiter *waiter);
/* READY goes to the next; a broken one is hung up, and what its statement still does on the server
 * is killed. */
void weir__pool_give(weir__pool *pool, weir__conn *conn);
/* Hangs up a connection that is in order but must not be used by others. */
void weir__pool_discard(weir__pool *pool, weir__conn *conn);

const weir__endpoint *weir__pool_endpoint(const weir__pool *pool);
const weir__driver *weir__pool_driver(const weir__pool *pool);
weir__pool_counts weir__pool_count(weir__pool *pool);
/* Waits until no dial is under way, at most until the deadline. False: some are. */
bool weir__pool_settle(weir__pool *pool, weir__deadline deadline);

#endif
