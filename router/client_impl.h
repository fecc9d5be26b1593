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
    _Atomic uint64_t retries;
    _Atomic uint64_t again;        /* statements sent once more, on another connection */
    _Atomic uint64_t failures[32]; /* by weir_status */
    _Atomic int64_t sessions;      /* open now */
} weir__counters;

/* What each statement touches, apart by thread, so that threads do not wait for each other's processors; some may share one. */
enum { WEIR__STRIPES = 16 };

typedef struct weir__stripe {
    _Atomic(weir_rows *)
        spare; /* rows that were finished, for the next statement: a warm one takes no memory; NULL: none */
    _Atomic uint64_t statements, rows; /* for weir_statistics */
    char apart[40];                    /* of a cache line of its own */
} weir__stripe;

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
    weir__resolver *resolver;
    weir__stacks *stacks;   /* of fibers */
    weir__catalog *catalog; /* what tables look like; closed before the pools */
    weir__ids_maker *ids;   /* ids for rows; likewise */
    weir__counters counters;
    weir__stripe stripes[WEIR__STRIPES];
};

/* The calling thread's. */
static inline weir__stripe *weir__client_stripe(weir_client *client)
{
    uint64_t thread = (uint64_t)(uintptr_t)pthread_self();
    static_assert(WEIR__STRIPES == 16, "four bits choose one");
    return &client->stripes[(thread * UINT64_C(0x9E3779B97F4A7C15)) >> 60];
}

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
