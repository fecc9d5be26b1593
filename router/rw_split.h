/* rw_split.h - which server of a shard takes a statement, and what the session has seen afterwards. SPDX-License-Identifier: Apache-2.0
 *
 *    weir__split_choose (may wait) -> connect, run -> weir__split_sent -> .. rows .. -> weir__split_over
 *                 ^------- weir__split_again: nothing has happened there, another server may do -----'
 *
 * A shard without replicas has one server and costs one comparison. Threads: the session's. Not here: which statements are reads
 * (plan/plan_role.c), what a floor is (readers.h). */
#ifndef WEIR_ROUTER_RW_SPLIT_H
#define WEIR_ROUTER_RW_SPLIT_H

#include "router/session_impl.h"

typedef struct weir__intent {
    weir_reads level;    /* STRONG: the primary, as for everything that may write */
    uint32_t max_lag_ms; /* 0: as configured */
    uint64_t key;        /* the same statement with the same values, for balance: hash */
    weir__deadline deadline;
} weir__intent;

/* What a read outside a transaction asks for: the statement's options, the session's, the shard's, the nearest. */
weir__intent weir__split_intent(const weir_session *session, const weir__seat *seat, const weir_query_options *options);
/* Returns: OK; LOST_WRITES: a failover lost writes of this session, told once, nothing was sent; SPLIT_BRAIN; UNREACHABLE: no primary within
 * timeouts.failover; STALE; CANCELLED; NOMEM. */
weir_status weir__split_choose(weir_session *session, weir__seat *seat, const weir__intent *intent,
                               weir__server **server, weir_error *error);
/* May the connection that the session keeps there be used on? CONFLICT: its server is no longer the primary; it is broken then.
 * SPLIT_BRAIN. */
weir_status weir__split_keep(weir_session *session, weir__seat *seat, weir_error *error);
/* The statement could not be sent to the server chosen, or changed nothing there: passes that server over from now on. False: it is no
 * failure that another server would not have, or there is no other. */
bool weir__split_again(weir_session *session, weir__seat *seat, weir__server *server, weir_status status,
                       const weir_error *error);

/* Asks the server that the seat's connection was lost to, at most until the deadline: does it not answer at all? Then it was not one connection
 * that somebody killed. */
bool weir__split_is_dead(weir_session *session, weir__seat *seat, weir__deadline deadline);

/* About to run on seat's connection. */
void weir__split_sent(weir_session *session, weir__seat *seat, bool reads, bool may_write);
/* A statement on seat, or its transaction, has ended with status: the floor follows. */
void weir__split_over(weir_session *session, weir__seat *seat, weir_status status);

#endif
