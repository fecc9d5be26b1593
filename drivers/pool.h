/* pool.h - the connections to one endpoint. SPDX-License-Identifier: Apache-2.0
 *
 * take O(1) and one lock, give O(1) and one lock; no system call when a connection is idle and
 * nobody waits. Waiters are served in the order of their arrival: a connection that comes back, or
 * is dialled, goes to the first of them by hand, who then goes on without a lock (gate.h). Dialling happens on threads of the pool's own, so
 * that neither a name server nor a silent host can hold a caller past its deadline; a dial whose
 * waiter has gone serves the next one or becomes idle. The keeper (keeper.h) closes what has grown
 * old, keeps options.min connections and warns of those held for long.
 *
 * Levels, against hold-and-wait (HAZARDS 30). Who holds a connection and waits for another could
 * wait for one who waits for him. So a taking has a level: 0 for who holds nothing, else one more
 * than the highest level among what he holds, in any pool. `reserve` connections are out of reach
 * of level 0: at level l at most max - reserve + l may be taken. Then, of all who wait, the one who
 * holds the highest level never waits for ever: were the pool full for his next level, somebody
 * would hold a higher one. That is true for levels up to reserve; above, the wait ends with BUSY.
 * A connection gets the lowest level that its taking needed. Connections taken by the same thread, of
 * any pool (held.h), count as held by the same one: a program that reads rows of one session and asks
 * with another. Who takes several at once takes all at the level that he had before the first, in one
 * order of the pools that all keep to: of those who wait at one level, the one who is furthest in
 * that order does not wait for another of them.
 *
 * Invariants, under the lock: (1) idle + taken + dialling <= max; (2) nobody waits who may take what
 * is idle; (3) a broken connection is never idle; (4) each waiter is answered once; (5) granted =
 * gives + broken + discarded + taken; (6) opened = idle + taken + broken + discarded + closed. Life:
 * counted references; connections and dial threads keep their pool. Threads: any. */
#ifndef WEIR_DRIVERS_POOL_H
#define WEIR_DRIVERS_POOL_H

#include <pthread.h>

#include "base/gate.h"
#include "drivers/driver.h"
#include "drivers/keeper.h"

typedef struct weir__pool weir__pool;
typedef struct weir__reaper weir__reaper;

enum { WEIR__POOL_LEVELS = 3 }; /* level 0 and as many as a pool keeps connections for */

typedef struct weir__pool_options {
    /* Turns how a statement begins into a text for logs, without values; NULL: it is not shown. */
    void (*print)(weir_str beginning, char *out, size_t room);
    uint32_t min, max;
    uint32_t wait_ms;      /* for a free connection; dialling has endpoint->connect_ms */
    uint32_t idle_ms;      /* a connection idle for longer is closed; 0: no limit */
    uint32_t lifetime_ms;  /* the same from its birth */
    uint32_t warn_held_ms; /* a connection held for longer is told of, once; 0: never */
} weir__pool_options;

typedef struct weir__pool_counts {
    uint64_t idle, taken, dialling, waiting; /* now */
    /* ever: */
    uint64_t takes, waits, granted, reserved; /* reserved: granted above level 0 */
    uint64_t dials, dial_failures, opened;
    uint64_t gives, broken, discarded; /* how taken ones came back: in order; broken; hung up for their state or age */
    uint64_t closed;                   /* while idle: old, dead or not wanted any more */
    uint64_t held_long;                /* warned of */
} weir__pool_counts;

/* Who waits, in the caller's frame. Another thread may end a wait by weir__waiter_wake. */
typedef struct weir__waiter {
    /* of the next taking; kept until changed */
    unsigned level;     /* above: 0, or one more than the highest held.level of what the caller holds */
    bool counts_thread; /* level counts all that the thread held before; else the pool does, where it must wait */
    bool takes_changed; /* the caller looks at conn->settings; else the pool undoes what another left (settings.h) */
    weir_str purpose;   /* the statement, or the call: the beginning is kept with the connection */
    uint64_t now_ns;    /* when the caller looked at the clock last; 0: long ago */
    /* the pool's */
    weir__gate
        gate; /* opened when one of the two is there, by who took the waiter off its line, as the last that he does with it */
    weir__conn *conn;
    bool failed;
    unsigned line;
    uintptr_t thread;
    weir_error error; /* of failed */
    struct weir__waiter *next;
    /* any thread's */
    _Atomic(weir__pool *) at; /* it stands in a line there */
    _Atomic bool woken;       /* it does not wait, until its owner clears it; what needs no waiting goes on */
} weir__waiter;

/* endpoint (and what it points to) must live until released is called, which is once, from any
 * thread, when the pool and all that kept it are gone. reaper sees to statements left running; it
 * and keeper outlive the pool's users. Returns: OK, NOMEM. Owns: the caller has one reference. */
weir_status weir__pool_new(const weir__env *env, const weir__driver *driver, const weir__endpoint *endpoint,
                           const weir__pool_options *options, weir__reaper *reaper, weir__keeper *keeper,
                           void (*released)(void *context), void *context, weir__pool **pool, weir_error *error);
weir__pool *weir__pool_ref(weir__pool *pool);
void weir__pool_unref(weir__pool *pool);
/* No more takes (USAGE); idle connections close now, taken ones when they come back. */
void weir__pool_close(weir__pool *pool);

void weir__waiter_init(weir__waiter *waiter);

/* A connection for the caller alone, by the deadline. Returns: OK; BUSY; UNREACHABLE, CONFIG, .. as
 * dialling failed; TIMEOUT; CANCELLED (woken); NOMEM. Owns: goes back by give or discard. */
weir_status weir__pool_take(weir__pool *pool, weir__waiter *waiter, weir__deadline deadline, weir__conn **conn,
                            weir_error *error);
/* The level of the calling thread's next taking, by all that it holds of any pool. */
unsigned weir__pool_thread_level(void);
/* Any thread; the caller sees to it that waiter and pools are there. */
void weir__waiter_wake(weir__waiter *waiter);
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
