/* delimit.h - BEGIN, COMMIT, ROLLBACK, SAVEPOINT and SET autocommit as text, over several shards. SPDX-License-Identifier: Apache-2.0
 * They go to no server as they are written: a transaction begins on a shard with the first statement there, and ends as commit.h says.
 *
 *    NONE --BEGIN, .. AND CHAIN; with autocommit off the next statement that touches rows--> OPEN
 *    OPEN --COMMIT, BEGIN, SET autocommit = 1 where it was off, a statement that commits implicitly--> committed, then NONE or OPEN anew
 *
 * Threads: the session's. Not here: databases of one shard, whose server is told the text. */
#ifndef WEIR_ROUTER_DELIMIT_H
#define WEIR_ROUTER_DELIMIT_H

#include "router/query.h"

/* If the statement is one of them it is done here: q->done. */
weir_status weir__delimit(weir__statement *q);
/* Before the statement is aimed: with autocommit off it may open a transaction. *opened: it did, and if it is refused weir__delimit_close is to
 * take that back. */
weir_status weir__delimit_open(weir__statement *q, bool *opened);
void weir__delimit_close(weir__statement *q);
/* The statement is about to go: if it is one that commits implicitly on a server, the transaction is committed everywhere. */
weir_status weir__delimit_before(weir__statement *q);

#endif
