/* savepoint.h - SAVEPOINT, ROLLBACK TO and RELEASE of a transaction over several shards. SPDX-License-Identifier: Apache-2.0
 * A savepoint is one on each shard where the transaction has begun. The session remembers their names, for a shard where it begins later
 * was as it is at each of them: they are set there at once. Threads: the session's. */
#ifndef WEIR_ROUTER_SAVEPOINT_H
#define WEIR_ROUTER_SAVEPOINT_H

#include "router/session_impl.h"

/* Runs one of the three on every shard that takes part. Returns: OK; SERVER 1305 for a name that is not there, as a server would say it;
 * LIMIT, UNSUPPORTED; or what ended the transaction. */
weir_status weir__savepoint_run(weir_session *session, weir_str sql, const weir__lex_options *reading,
                                weir__deadline deadline, weir_error *error);
/* Sets all of them on a seat where the transaction has just begun. */
weir_status weir__savepoint_catch_up(const weir_session *session, weir__seat *seat, weir__deadline deadline,
                                     weir_error *error);
void weir__savepoint_forget(weir_session *session);

#endif
