/* move.h - rows whose shard key changes go to their new shard. SPDX-License-Identifier: Apache-2.0
 *
 *    old shard: the user's UPDATE, as it is    --> its rows now have the new key, which no other row there has
 *               SELECT .. WHERE key = new      --> those rows, with all that the server made of them
 *    new shard: INSERT of each                 --> a key that is there already fails, as it would on one server
 *    old shard: DELETE .. WHERE key = new
 *
 * In one transaction (whole.h). Rows are read and written by the binary protocol, so that no value changes; what could not come through unchanged,
 * or would set off something else, was refused before (routing_writes.c); foreign keys of other tables are asked for here. Memory: the rows,
 * within limits.bytes. Thread: the session's. */
#ifndef WEIR_ROUTER_EXEC_MOVE_H
#define WEIR_ROUTER_EXEC_MOVE_H

#include "router/session_impl.h"

typedef struct weir__move {
    struct {
        weir__seat *seat;
        weir__server *server;
        weir_str table; /* its name there */
    } from, to;         /* perhaps the same seat */
    weir_str update;    /* for the old shard */
    weir_args args;
    weir__lex_options reading; /* as it was read */
    weir_value key;            /* the new one */
    weir_str select, erase, insert, references;
    uint32_t columns; /* that select gives and insert takes */
    uint64_t max_bytes;
} weir__move;

/* Returns: OK, with *result; CONFIG: rows of the new key were on the old shard already; UNSUPPORTED: other tables refer to it; what
 * the servers say. After a failure nothing is changed, as for weir__write_run. */
weir_status weir__move_run(weir_session *session, weir__move *m, weir__deadline deadline, weir_result *result,
                           weir_error *error);

#endif
