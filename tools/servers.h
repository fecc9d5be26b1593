/* servers.h - for subcommands that speak to every shard's servers themselves.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TOOLS_SERVERS_H
#define WEIR_TOOLS_SERVERS_H

#include "router/topology.h"

/* weir.yaml and a connection to whichever of its servers is asked for. One thread. */
typedef struct servers {
    weir__env env;
    weir__config *config;
#ifdef WEIR_FAULTS
    weir__faults faults; /* armed by the environment, as a client's are */
#endif
} servers;

/* Reads weir.yaml (NULL: $WEIR_CONFIG, ./weir.yaml); mistakes go to stderr. */
bool servers_open(servers *s, const char *command, const char *config_file);
void servers_close(servers *s);

/* A connection to one server of the shard, within its timeouts.connect; NULL and error. The caller
 * ends it with server_hang_up. */
weir__conn *server_call(servers *s, const weir__shard_config *shard, const weir__endpoint_config *at,
                        weir_error *error);
void server_hang_up(weir__conn *conn);

/* One row: the columns' names and the cells as text, NULL as {NULL, 0}; all borrowed for the call. */
typedef void server_row(void *context, const weir_column *columns, const weir_str *cells, uint32_t count);

/* Runs a statement; each row goes to each (may be NULL). */
weir_status server_run(weir__conn *conn, const char *sql, server_row *each, void *context, weir_error *error);

#endif
