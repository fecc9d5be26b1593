/* seen.h - what a session has seen and written, shard by shard; its token. SPDX-License-Identifier: Apache-2.0
 * A floor (readers.h) outlives the seat: it stays when the configuration is read anew, and begins with a token. Threads: the session's;
 * weir__seen_token locks monitors. */
#ifndef WEIR_ROUTER_SEEN_H
#define WEIR_ROUTER_SEEN_H

#include "router/health.h"
#include "router/session_impl.h"

typedef struct weir__seen {
    struct weir__seen *next;
    weir__floor floor;
    weir__monitor *monitor; /* whose members the floor counts, counted; NULL: another process's */
    char shard[64];
} weir__seen;

/* Gives the seat, on a shard with replicas, its floor. Returns: OK, NOMEM. */
weir_status weir__seen_take(weir_session *session, weir__seat *seat, weir_error *error);
/* Begins with a token of another session. Returns: OK; USAGE: not a token of weir's, or of another database; NOMEM. */
weir_status weir__seen_after(weir_session *session, const char *token, weir_error *error);
void weir__seen_free(weir_session *session);

#endif
