/* fiber.h - functions with stacks of their own that take turns on one thread. SPDX-License-Identifier: Apache-2.0
 *
 * Code that would block runs unchanged in a fiber: weir__wait_ready (wait.h), the one place that waits, parks the fiber there and the
 * set goes on with another; the set polls for all that are parked, each with its own deadline. Nothing else switches.
 *
 *    NEW/READY --resume--> RUNNING --wait--> PARKED --ready, woken, late--> READY
 *                             |--weir__fiber_pause--> PAUSED --weir__fiber_continue--> READY
 *                             '--body returns--> DONE
 *
 * A set belongs to one thread at a time, but need not stay with it. A switch costs some 15 ns (own code for x86-64 and aarch64; ucontext
 * elsewhere, half a microsecond). A stack has 64 KiB and a guard page below: what connects, queries and reads needs under 16 (names are
 * resolved on a thread of the pool). Stacks come from a store that keeps a bounded number of them. */
#ifndef WEIR_BASE_FIBER_H
#define WEIR_BASE_FIBER_H

#include "base/env.h"
#include "base/error.h"
#include "base/wait.h"

/* ---- stacks ---- */

typedef struct weir__stacks weir__stacks; /* threads: any */

/* Keeps at most `most` unused ones. NULL: no memory. */
weir__stacks *weir__stacks_new(const weir__mem *mem, size_t most);
void weir__stacks_free(weir__stacks *stacks); /* NULL is fine; none is in use */
size_t weir__stacks_kept(weir__stacks *stacks);

/* ---- fibers ---- */

typedef struct weir__fiber weir__fiber;
typedef struct weir__fibers weir__fibers; /* a set */

/* NULL: no memory. clock and stacks must outlive it. */
weir__fibers *weir__fibers_new(const weir__mem *mem, const weir__clock *clock, weir__stacks *stacks);
/* All of them are DONE or were never run. NULL is fine. */
void weir__fibers_free(weir__fibers *set);

/* Adds a fiber that will call body(context). NULL: no memory. It lives as long as the set. */
weir__fiber *weir__fiber_add(weir__fibers *set, void (*body)(void *context), void *context);
bool weir__fiber_done(const weir__fiber *fiber);
bool weir__fiber_paused(const weir__fiber *fiber);
/* From outside: a PAUSED fiber may go on. */
void weir__fiber_continue(weir__fiber *fiber);
/* From inside: gives the turn away until somebody continues it. */
void weir__fiber_pause(void);

/* Runs all that can run until enough(context) is true (asked after each turn of a fiber), or none can run any more without being
 * continued. Not from inside a fiber. Returns: did enough say so? */
bool weir__fibers_run(weir__fibers *set, bool (*enough)(void *context), void *context);
/* The same for one fiber: it is continued, and others only while it waits. Until it pauses or is done. */
void weir__fibers_run_one(weir__fibers *set, weir__fiber *fiber);

/* ---- for wait.c ---- */

/* Is the caller in a fiber? */
bool weir__fiber_inside(void);
/* Parks the fiber until fd is ready, wake_fd readable or the deadline over. */
weir__wait_end weir__fiber_wait(int fd, short events, int wake_fd, weir__deadline deadline);

#endif
