/* link.h - a runner's connection to one server. SPDX-License-Identifier: Apache-2.0
 * Beside the pools: it holds locks for as long as a migration takes. No statement of it is ended by a time limit. Threads: one at a time. */
#ifndef WEIR_ROUTER_MIGRATE_LINK_H
#define WEIR_ROUTER_MIGRATE_LINK_H

#include "router/topology.h"
#include "schema/information.h"

typedef struct weir__link {
    const weir__env *env;
    const weir__shard_config *shard;
    const weir__endpoint_config *at;
    weir__server server;
    weir__conn *conn; /* NULL: closed */
} weir__link;

/* To one server of the shard. On failure there is nothing to close. */
weir_status weir__link_open(weir__link *link, const weir__env *env, const weir__shard_config *shard,
                            const weir__endpoint_config *at, weir_error *error);
/* To the shard's primary: the configured one if it is writable, else the only replica that is. */
weir_status weir__link_open_primary(weir__link *link, const weir__env *env, const weir__shard_config *shard,
                                    weir_error *error);
void weir__link_close(weir__link *link); /* also when it is closed, or cleared */

/* Runs a statement to its end, however long that takes. result may be NULL. Rows are dropped. */
weir_status weir__link_run(weir__link *link, weir_str sql, weir_result *result, weir_error *error);
/* One of weir's own, always of the same few texts: it stays prepared. */
weir_status weir__link_write(weir__link *link, const char *sql, weir_args args, weir_error *error);
/* A question that is answered at once; each row to each. */
weir_status weir__link_ask(weir__link *link, const char *sql, weir__information_row *each, void *context,
                           weir_error *error);
/* The first cell of the first row as text; "" for NULL, *found false for none. */
weir_status weir__link_ask_text(weir__link *link, const char *sql, char *text, size_t room, bool *found,
                                weir_error *error);

uint64_t weir__link_number(weir_str text); /* of digits; else 0 */
/* A value as SQL that no sql_mode reads otherwise: X'..' */
void weir__link_put_value(weir__buf *sql, weir_str text);
void weir__link_put_name(weir__buf *sql, weir_str name); /* `a``b` */

#endif
