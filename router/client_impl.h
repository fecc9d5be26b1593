/* client_impl.h - the client's insides, for the files of router/. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_CLIENT_IMPL_H
#define WEIR_ROUTER_CLIENT_IMPL_H

#include <pthread.h>

#include "base/fiber.h"
#include "drivers/reaper.h"
#include "router/ids.h"
#include "router/plan/plan_cache.h"
#include "router/resolver.h"
#include "router/topology.h"
#include "schema/catalog.h"

/* What weir_statistics tells of statements. */
typedef struct weir__counters {
    _Atomic uint64_t statements, rows, retries;
    _Atomic uint64_t again;        /* statements sent once more, on another connection */
    _Atomic uint64_t failures[32]; /* by weir_status */
    _Atomic int64_t sessions;      /* open now */
} weir__counters;

/* Rows that were finished, for the next statement of the thread or of one that shares its place: a warm statement takes no memory. */
enum { WEIR__SPARE_ROWS = 16 };

typedef struct weir__spare_rows {
    _Atomic(weir_rows *) rows; /* NULL: none */
    char apart[56];            /* of a cache line of its own */
} weir__spare_rows;

struct weir_client {
    weir__env env;
#ifdef WEIR_FAULTS
    weir__faults faults;
#endif
    char *file, *yaml;      /* what weir_reload reads again; one of them may be NULL */
    _Atomic int references; /* the handle, each session, each pool */
    _Atomic bool closed;
    _Atomic unsigned epoch;                  /* of topology: a session sees by it that it must look */
    const volatile unsigned char *fork_mark; /* a page that reads 0 in a forked child */
    pthread_mutex_t lock;                    /* of topology and of reloading */
    weir__topology *topology;                /* NULL when closed */
    weir__reaper *reaper;
    struct weir__health *health; /* probes the servers of shards with replicas */
    weir__keeper *keeper;
    weir__plan_cache *plans;
    weir__resolver *resolver; /* NULL: no database of several shards with atomic transactions */
    weir__stacks *stacks;     /* of fibers */
    weir__catalog *catalog;   /* what tables look like; closed before the pools */
    weir__ids_maker *ids;     /* ids for rows; likewise */
    weir__counters counters;
    weir__spare_rows spare[WEIR__SPARE_ROWS];
};

/* rows.c: of a client that nobody holds any more. */
void weir__rows_free_spare(weir_client *client);

/* weir_open with an environment of the caller's (tests); its log is replaced if options have one.
 */
weir_status weir__client_open(const weir__env *env, const char *file, const weir_client_options *options,
                              weir_client **client, weir_error *error);
weir_client *weir__client_ref(weir_client *client);
void weir__client_unref(weir_client *client);
/* Is this a child that the client was forked into? */
bool weir__client_forked(const weir_client *client);
/* USAGE with the reason if this client must not be used: closed, or in a forked child. */
weir_status weir__client_usable(const weir_client *client, weir_error *error);
/* A counted reference to the current topology; NULL when closed. */
weir__topology *weir__client_topology(weir_client *client, unsigned *epoch);

#endif
