/* whole.h - a statement that writes on several shards takes effect whole or not at all (HAZARDS 34). SPDX-License-Identifier: Apache-2.0
 *
 * Outside a transaction it gets one of its own, which begins on each shard with the statement's first word there and is committed as
 * `transactions:` says: two-phase where it is atomic. Within a transaction the caller's goes on, and a savepoint on each shard undoes what
 * the statement did there when it fails on another, as one server undoes a statement alone.
 *
 *    weir__whole_begin --> weir__whole_join, seat by seat --> weir__whole_run, once or more --> weir__whole_end, whatever happened
 *
 *  join   takes the connection, in the order of the shards and before anything is sent, at the level of the session: two such statements
 *         never wait for each other (HAZARDS 30).
 *  run    on all of the seats given at once, by fibers (exec/together.h); each first begins the transaction there, or sets the
 *         savepoint, in the step's own turn. What must be ordered runs in several rounds: a broadcast write first on the lowest shard
 *         alone, then on the others (HAZARDS 35).
 *  end    given the outcome of it all, commits or undoes. What it returns is the statement's outcome: after OK also CONFLICT (rolled back
 *         everywhere), COMMITTED_PENDING, UNKNOWN, as weir_commit says them. The session's transaction is as it was before begin, or aborted where a
 *         shard cannot undo the statement alone (deadlock, lost connection): then only rollback leads on.
 * An atomic one counts on rows that are read before end is called: nothing may be streamed from its seats.
 * weir_cancel ends a run; from end on it finds nothing. Threads: the session's. Not here: what is sent where (the step). */
#ifndef WEIR_ROUTER_WHOLE_H
#define WEIR_ROUTER_WHOLE_H

#include "router/exec/together.h"

typedef struct weir__whole {
    weir_session *session;
    weir__deadline deadline;
    bool own; /* the transaction is the statement's own */
} weir__whole;

/* The session is idle or has its transaction open. Returns: OK; UNSUPPORTED: `transactions: one_shard`; NOMEM. */
weir_status weir__whole_begin(weir__whole *whole, weir_session *session, weir__deadline deadline, weir_error *error);
/* server: what weir__split_choose gave for a write there. Returns: OK; what the pool says. */
weir_status weir__whole_join(weir__whole *whole, weir__seat *seat, weir__server *server, weir_error *error);
/* Runs the step on these seats, each of which has joined; context as exec/together.h gives it. The step sends its statement by
 * seat->conn->driver->run, with conn->deadline set, and reads what comes. Its failures are judged here. Returns: OK; what failed first. */
weir_status weir__whole_run(weir__whole *whole, weir__seat *const *seats, size_t count, weir__seat_step *step,
                            void *context, weir_error *error);
/* status: what run, or anything else of the statement, has come to; if it is no failure, error is not looked at. */
weir_status weir__whole_end(weir__whole *whole, weir_status status, weir_error *error);

#endif
