/* topology.h - one reading of weir.yaml with its pools. SPDX-License-Identifier: Apache-2.0
 * A reload makes another and keeps the pools whose settings are the same. Counted: sessions hold
 * the one they began a statement or transaction with. Threads: any. */
#ifndef WEIR_ROUTER_TOPOLOGY_H
#define WEIR_ROUTER_TOPOLOGY_H

#include <stdatomic.h>

#include "drivers/pool.h"
#include "schema/config.h"

/* A server under one user and schema: the endpoint that its pool calls, and what keeps both alive.
 */
typedef struct weir__server {
    const weir__env *env;
    weir__arena arena; /* of the strings of endpoint */
    weir__endpoint endpoint;
    weir__secret password;
    weir__pool_options options;
    weir__prepared_budget prepared;
    weir__pool *pool;             /* not counted here: the pool keeps its server */
    _Atomic uint32_t outstanding; /* sessions that have a connection of it now */
    _Atomic uint64_t reads[5];    /* statements that it was chosen for, by weir_reads; 0: no reads */
    void (*released)(void *context);
    void *context;
} weir__server;

/* Fills a cleared server for calling `at` as the shard's settings say; WEIR_NOMEM on failure.
 * deinit frees what init made (the pool, if any, is not touched). */
weir_status weir__server_init(weir__server *server, const weir__env *env, const weir__shard_config *shard,
                              const weir__endpoint_config *at, weir_error *error);
void weir__server_deinit(weir__server *server);

struct weir__monitor;

typedef struct weir__shard {
    const weir__shard_config *config;
    weir__server **servers; /* the primary as configured, then the replicas; their pools are counted */
    size_t server_count;
    struct weir__monitor *monitor; /* of the same servers in the same order, counted; NULL: a shard without replicas */
    _Atomic bool without_ids;      /* it has no table weir_transaction */
} weir__shard;

/* A database and its shards, with what statements must know of its servers before one of them is asked. */
typedef struct weir__database {
    const weir__database_config *config;
    const weir__settings *settings; /* of a statement: those of the only shard, else the database's */
    weir__shard *shards;            /* as written in weir.yaml */
    size_t shard_count;
    _Atomic uint64_t dialect; /* how its servers read text, as router/dialect.h packs it; 0: no server was asked yet */
} weir__database;

typedef struct weir__topology {
    const weir__env *env;
    _Atomic int references;
    weir__config *config;
    weir__database *databases; /* in the order of config->databases */
    weir__shard *shards;       /* in the order of databases and their shards */
    size_t shard_count;
} weir__topology;

/* Takes config over, also on failure. before: whose pools to keep, or NULL. retained(context) is
 * called for each new pool, and released(context) when all that kept that pool is gone. */
weir_status weir__topology_new(const weir__env *env, weir__config *config, const weir__topology *before,
                               weir__reaper *reaper, weir__keeper *keeper, void (*released)(void *context),
                               void (*retained)(void *context), void *context, weir__topology **topology,
                               weir_error *error);
weir__topology *weir__topology_ref(weir__topology *topology);
void weir__topology_unref(weir__topology *topology); /* NULL is fine; the caller keeps the client meanwhile */
/* config is one of topology->config; NULL gives NULL. O(1). */
weir__database *weir__topology_database(const weir__topology *topology, const weir__database_config *config);
weir__shard *weir__topology_shard(const weir__topology *topology, const weir__shard_config *config);

#endif
