/* scatter.h - one SELECT on several shards at once, its rows merged. SPDX-License-Identifier: Apache-2.0
 *
 * To the session a scatter is one connection: it stands on a seat of its own and has a driver's table, so that rows, finish and cancel
 * need not know of it. Inside, each target has a fiber that sends, waits and fetches with the plain blocking calls; the merge pulls.
 *
 *    new --connect--> all connections taken --run--> all heads there, alike --fetch..--> over --close--> given back
 *                          any failure: the other fibers are woken, their connections hung up and what they run is killed
 *
 * Connections are taken in the order of the shards before anything is sent, all at the level of the session: two scatters never wait for
 * each other, and who waits while he streams has the pools' reserve (HAZARDS 30). All shards answer or the statement fails, naming the
 * shard; a row is given on only while no shard has failed before it. A reader that stands still stops the shards' streams: the servers
 * wait in net_write_timeout, which is longer than any statement (HAZARDS 31), and at the deadline the statement fails.
 * Memory: the merge's, within max_bytes; a stack for each target. Thread: the session's.
 * Not here: which shards (router/route), how it is merged (router/merge). */
#ifndef WEIR_ROUTER_EXEC_SCATTER_H
#define WEIR_ROUTER_EXEC_SCATTER_H

#include "router/merge/page.h"
#include "router/session_impl.h"

typedef struct weir__scatter_target {
    weir__seat *seat;     /* the session's on that shard; a connection on it is the session's transaction there */
    weir__server *server; /* NULL: none can be had, error says why, and the answer is asked for without it */
    weir_str sql;         /* the user's statement, with the names of that shard */
    weir_error error;
} weir__scatter_target;

typedef struct weir__scatter_what {
    const weir__scatter_target *targets; /* in the order of the shards, each shard once */
    size_t count;
    const weir__plan *plan;
    const weir__merge_table *tables;
    weir__lex_options reading;
    weir_args args; /* what they point to must live until run has returned */
    bool reads;     /* what is read binds later reads of the session (rw_split.h) */
    bool locks;     /* rows may be locked by it */
    bool keep;      /* prepared, the shards' statements may be kept (driver.h) */
    bool partial;   /* shards that do not answer may be left out, and are told */
    uint64_t max_bytes;
    const weir__page *page; /* what is given of it; NULL: all rows */
} weir__scatter_what;

/* Plans it and puts it on the session's seat, from where weir__session_over takes it. Returns: OK; UNSUPPORTED with the reason why it
 * cannot be merged; SYNTAX, LIMIT, NOMEM. */
weir_status weir__scatter_new(weir_session *session, const weir__scatter_what *what, weir_error *error);
/* Takes the connections; the driver's run then sends to all and waits for all heads. Returns: OK; what the pools say; CONFIG: a server reads text in another way. */
weir_status weir__scatter_connect(weir_session *session, weir__deadline deadline, weir_error *error);
/* Is the session's statement a scatter? */
bool weir__scatter_is(const weir_session *session);

#endif
