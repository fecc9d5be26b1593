/* two_phase.h - COMMIT of a transaction that wrote on several shards. SPDX-License-Identifier: Apache-2.0
 * docs/transactions.md has the states, the invariants and every point of a crash; tests/model/two_phase.pml the same steps by the
 * same names. Each step ends by a deadline. Threads: the session's. */
#ifndef WEIR_ROUTER_TWO_PHASE_H
#define WEIR_ROUTER_TWO_PHASE_H

#include "router/session_impl.h"

/* All seats with a connection take part; session->first decides and the others are branches. Returns: OK, committed everywhere;
 * COMMITTED_PENDING, decided, the resolver does the rest; CONFLICT and others, undone everywhere; UNKNOWN, the deciding
 * shard could not be asked. Connections whose state is not
 * certain are broken; seats that were only read are left open. */
weir_status weir__two_phase_commit(weir_session *session, weir__deadline deadline, weir_error *error);

#endif
