/* reaper.h - kills on the server what a client has given up. SPDX-License-Identifier: Apache-2.0
 *
 * A connection that was hung up in the middle of a statement leaves that statement running. The
 * reaper calls the same server on a connection of its own and kills it by number; a server that does
 * not answer (paused, unreachable) is called again, ever more rarely, until it answers or has been
 * restarted, which ended the statement too. The connection is never used again, so no KILL can hit
 * anybody else's statement; and only the very server is told, known by server_id, name, port and the
 * time it is up. One that refuses for good (not our thread, a wrong password) is given up.
 *
 * Each pool with such statements has a thread while there are any: a server, or a name server, that
 * does not answer delays nobody else's. One connection kills all that are due. Threads: any. */
#ifndef WEIR_DRIVERS_REAPER_H
#define WEIR_DRIVERS_REAPER_H

#include "drivers/pool.h"

typedef struct weir__reaper_counts {
    uint64_t killed, waiting, given_up;
} weir__reaper_counts;

weir_status weir__reaper_new(const weir__env *env, weir__reaper **reaper, weir_error *error);
/* Kills not yet sent are tried once more, until the deadline, then given up and logged. What is
 * added later is given up at once. A thread that still waits for a name then is left behind; it
 * keeps what it needs and ends by itself. */
void weir__reaper_stop(weir__reaper *reaper, weir__deadline deadline);
void weir__reaper_free(weir__reaper *reaper); /* a stopped one that no pool needs any more; NULL is fine */
/* Takes a reference of the pool until it is done. */
void weir__reaper_add(weir__reaper *reaper, weir__pool *pool, weir__late late);
weir__reaper_counts weir__reaper_count(weir__reaper *reaper);

#endif
