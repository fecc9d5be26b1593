/* commit_id.h - the id that weir_transaction gives a transaction, so that a lost answer to COMMIT can be looked up.
 * SPDX-License-Identifier: Apache-2.0
 * HAZARDS 4: a COMMIT whose answer is lost may have happened; run again, the work would be done twice. The id's row of
 * weir_transaction is written in the same transaction, so it is there if and only if that was committed. Over several shards
 * the decision row serves. Threads: the session's. */
#ifndef WEIR_ROUTER_COMMIT_ID_H
#define WEIR_ROUTER_COMMIT_ID_H

#include "router/session_impl.h"

enum { WEIR__COMMIT_ID_SIZE = 33 };

typedef struct weir__commit_id {
    char text[WEIR__COMMIT_ID_SIZE]; /* 32 hex digits; "": there is none */
    const weir__shard *shard;
    uint32_t server_id;
} weir__commit_id;

/* Writes the row, as the transaction's last statement before COMMIT, if it is weir_transaction's and has written. A server
 * without the table gets none (told once). Returns: OK, or why the transaction cannot go on. */
weir_status weir__commit_id_write(weir_session *session, weir__seat *seat, weir__deadline deadline, weir__commit_id *id,
                                  weir_error *error);
/* Sends COMMIT, or what stands for it on a branch. Returns: OK; UNKNOWN when the answer was lost. */
weir_status weir__commit_id_send(weir_session *session, weir__seat *seat, const char *sql, weir__deadline deadline,
                                 weir_error *error);
/* COMMIT gave UNKNOWN, and the connection is hung up: what became of it? Returns: OK, it was committed; CONFLICT, rolled back;
 * UNKNOWN, as error says. */
weir_status weir__commit_id_look(weir_session *session, const weir__commit_id *id, weir_error *error);

#endif
