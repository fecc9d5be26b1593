/* commit.h - the end of a transaction that touched several shards. SPDX-License-Identifier: Apache-2.0
 * Threads: the session's. Neither can be cancelled: each ends by a deadline of its own. */
#ifndef WEIR_ROUTER_COMMIT_H
#define WEIR_ROUTER_COMMIT_H

#include "router/session_impl.h"

/* Has the session's transaction begun on more than one shard? */
bool weir__commit_is_wide(const weir_session *session);
/* Returns: OK, committed wherever something was written; COMMITTED_PENDING, UNKNOWN, and others as weir_commit says them. No transaction
 * is open afterwards. */
weir_status weir__commit_wide(weir_session *session, weir_error *error);
/* Hangs up where the server does not say that it has undone its part: then it undoes it by itself. */
void weir__rollback_wide(weir_session *session);

#endif
