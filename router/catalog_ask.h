/* catalog_ask.h - the catalog's questions to the servers. SPDX-License-Identifier: Apache-2.0
 * Each source of the catalog (schema/catalog.h) has a line of its own: a connection beside the pools, so that no session that asks can
 * wait for itself. The primary is asked; a replica only while the primary does not answer, and then what it says is asked for again
 * soon. Threads: the catalog's. */
#ifndef WEIR_ROUTER_CATALOG_ASK_H
#define WEIR_ROUTER_CATALOG_ASK_H

#include "router/session_impl.h"

/* Makes client->catalog; it keeps the client's memory until its last thread has ended. */
weir_status weir__catalog_for(weir_client *client, weir_error *error);
/* Does the error say that a table, or what weir knew of it, is not as the statement has it? */
bool weir__catalog_may_have_changed(const weir_error *error);
/* A statement has ended: what it tells of the tables of the session's database. Of a column that only other shards have, error says so. */
void weir__catalog_notice(const weir_session *session, const weir__plan *plan, weir_status status, weir_error *error);

#endif
