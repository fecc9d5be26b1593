/* together.h - one step of a transaction on several shards at once. SPDX-License-Identifier: Apache-2.0
 * Each seat has a fiber that runs the step with the plain blocking calls; the caller goes on when all have ended. So a step costs the
 * slowest shard's time, not the sum. Nothing is taken here, so nobody waits for what another holds. Where fibers cannot be had (no memory,
 * or the caller is one) the seats take their turns one after the other: it is slower, not different, and so nothing here can fail of
 * itself, not even after the decision. Threads: the session's. */
#ifndef WEIR_ROUTER_EXEC_TOGETHER_H
#define WEIR_ROUTER_EXEC_TOGETHER_H

#include "router/session_impl.h"

typedef bool weir__seat_choice(const weir_session *session, const weir__seat *seat);
/* Runs in a fiber of its own: of the session it changes nothing but what belongs to the seat, whose connection stays on it. */
typedef weir_status weir__seat_step(weir_session *session, weir__seat *seat, void *context, weir_error *error);

typedef struct weir__together {
    weir__seat_choice *takes_part;
    weir__seat_step *step;
    void *context;
} weir__together;

/* Every seat that takes part has its turn, also when others fail. weir_cancel, while the session's statement runs, ends all of
 * them. Returns: OK; the failure that came first. */
weir_status weir__together_run(weir_session *session, const weir__together *what, weir_error *error);

#endif
