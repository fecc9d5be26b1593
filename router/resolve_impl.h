/* resolve_impl.h - a pass of the resolver, for resolve.c and audit.c. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_RESOLVE_IMPL_H
#define WEIR_ROUTER_RESOLVE_IMPL_H

#include <stdatomic.h>

#include "router/resolver.h"
#include "router/xid.h"

typedef struct weir__branch {
    char name[WEIR__GTRID_SIZE + 8]; /* the gtrid; of a stranger its beginning */
    weir__gtrid gtrid;
    bool ours;
} weir__branch;

typedef struct weir__pass {
    const weir__env *env;
    weir__topology *topology;
    const weir__resolve_options *options;
    weir__resolve_counts *counts;
    weir__branch *found; /* prepared on the shard that is looked at */
    size_t count;
    bool all_seen; /* every shard told all that it holds */
} weir__pass;

/* A connection, and the server that it goes back to. */
typedef struct weir__call {
    weir__server *server;
    weir__conn *conn;
} weir__call;

/* To the shard's primary. */
weir_status weir__pass_call(weir__pass *pass, const weir__shard *shard, weir__call *call, weir_error *error);
weir__deadline weir__pass_soon(const weir__pass *pass); /* of one statement */
bool weir__pass_stops(weir__pass *pass);                /* it was told to end: not all was seen */
void weir__pass_hang_up(const weir__call *call);
weir_status weir__pass_run(weir__pass *pass, weir__conn *conn, const char *sql, weir__answer *answer,
                           weir_error *error);
/* What is prepared there: pass->found. */
weir_status weir__pass_recover(weir__pass *pass, const weir__shard *shard, weir__conn *conn, weir_error *error);
bool weir__pass_has(const weir__pass *pass, const char *name);
weir__shard *weir__pass_shard(const weir__pass *pass, uint64_t hash); /* NULL: weir.yaml has none with this hash */
void weir__pass_tell(weir__pass *pass, weir__resolution what, const weir__shard *shard, const char *name,
                     const weir_error *error);

/* ---- audit.c ---- */

/* Compares the decisions of each shard with the branches of the others, both ways. */
void weir__audit(weir__pass *pass);

#endif
