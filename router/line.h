/* line.h - a connection of weir's own beside the pools. SPDX-License-Identifier: Apache-2.0
 * For what must not wait for a pool that the asker's own session may occupy: the catalog's questions, leases and blocks of ids. It is
 * dialled where it is used, on a thread of weir's own. Threads: one at a time. */
#ifndef WEIR_ROUTER_LINE_H
#define WEIR_ROUTER_LINE_H

#include "router/topology.h"

typedef struct weir__line {
    weir__pool *pool; /* counted; never taken from: it keeps the endpoint */
    weir__conn *conn;
    bool used; /* for an earlier call: the server may have hung up since */
} weir__line;

/* The line as it is when it goes to the pool's server, else a new one; *line may be NULL. */
weir_status weir__line_call(const weir__env *env, weir__pool *pool, weir__line **line, weir_error *error);
/* The member that is the shard's primary now; waits a little while none is known. WEIR__NO_MEMBER: there is none. */
uint32_t weir__line_primary(const weir__env *env, const weir__shard *shard);
/* To it, for what writes. UNREACHABLE when there is none. */
weir_status weir__line_call_primary(const weir__env *env, const weir__shard *shard, weir__line **line,
                                    weir_error *error);
void weir__line_drop(const weir__env *env, weir__line **line); /* NULL is fine */

#endif
