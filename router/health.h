/* health.h - the probing of all servers of a client: threads, turns, and who waits for news. SPDX-License-Identifier: Apache-2.0
 *
 * A monitor is the group of one shard's servers (member i is server i: the configured primary, then the replicas) with what probes it;
 * shards with the same servers share one. A few threads probe the members of all monitors, each over a connection of its own, in the order in
 * which they are due:
 *
 *    WAITING (in the queue) --due, a thread is free--> PROBED --answered or failed--> WAITING
 *       ^--- hurry: somebody waits for news ---'
 *
 * Threads begin with the first statement that needs a monitor, one more whenever a member is due and all are busy, up to a limit; members that did
 * not answer last time occupy at most half of them. Life: a client's handle, each monitor and each thread keep the health; whoever
 * uses a monitor keeps it. Threads: any. Not here: what answers mean (group.c, readers.c), what to ask (health_probe.c). */
#ifndef WEIR_ROUTER_HEALTH_H
#define WEIR_ROUTER_HEALTH_H

#include <pthread.h>
#include <stdatomic.h>

#include "router/readers.h"
#include "router/topology.h"

typedef struct weir__health weir__health;
typedef struct weir__monitor weir__monitor;

typedef struct weir__monitor_counts {
    _Atomic uint64_t waited;      /* reads that waited for a replica to catch up */
    _Atomic uint64_t fell_back;   /* reads that went to the primary for want of a replica */
    _Atomic uint64_t refused;     /* reads that no server was fresh enough for */
    _Atomic uint64_t write_waits; /* statements that waited for a primary */
    _Atomic uint64_t lost;        /* sessions that were told of lost writes */
} weir__monitor_counts;

struct weir__monitor {
    weir__health *health; /* counted */
    _Atomic int references;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t news;  /* a probe has ended */
    weir__group group;
    uint64_t no_wait_until_ns; /* waiting for a replica was in vain: not again before */
    char told[WEIR__WHY_TEXT]; /* what the log was told last of why no replica is used */
    /* immutable */
    const char *shard; /* the first that has it: for messages */
    struct weir__probed *probed;
    uint32_t count;
    weir__monitor_counts counts;
    _Atomic uint64_t turn; /* of balancing */
    _Atomic bool begun;
};

/* released(context) is called when the last that kept it is gone. Returns: OK, NOMEM. Owns: the caller has one reference. */
weir_status weir__health_new(const weir__env *env, const weir__driver *driver, void (*released)(void *context),
                             void *context, weir__health **health, weir_error *error);
/* It only looks: never writes a heartbeat. Before anything is probed. */
void weir__health_listen(weir__health *health);
/* Ends probing; waits for threads to leave, at most until the deadline (a name server may hold one up; it ends by itself).
 * False: some have not left yet. */
bool weir__health_stop(weir__health *health, weir__deadline deadline);
void weir__health_unref(weir__health *health); /* NULL is fine */

/* Gives each shard with replicas its monitor: one of before (may be NULL) that does for it, one of another shard, or a new one. Returns: OK, NOMEM;
 * the topology frees what it has got in either case. */
weir_status weir__health_watch(weir__health *health, weir__topology *topology, const weir__topology *before,
                               weir_error *error);

/* For a shard with replicas. Owns: the caller has one reference. */
weir_status weir__monitor_new(weir__health *health, const weir__shard_config *shard, weir__monitor **monitor,
                              weir_error *error);
weir__monitor *weir__monitor_ref(weir__monitor *monitor);
void weir__monitor_unref(weir__monitor *monitor); /* NULL is fine */
/* Does this monitor do for the shard too? heart: it must also have the same heartbeat table. */
bool weir__monitor_fits(const weir__monitor *monitor, const weir__shard_config *shard, bool heart);

/* Has probing begun? A monitor that nobody uses is not probed. */
void weir__monitor_begin(weir__monitor *monitor);
/* Members are probed at once, or as soon as the running probe has ended. Such probes bring news; how long a member must fail to go out,
 * or answer to come back, they do not shorten. */
void weir__monitor_hurry(weir__monitor *monitor);
/* A statement met the member dead. */
void weir__monitor_suspect(weir__monitor *monitor, uint32_t member);
/* With the lock held: waits for the next news, at most until the deadline. False: it has passed. */
bool weir__monitor_wait(weir__monitor *monitor, weir__deadline deadline);

/* Who takes the shard's writes, as far as this process knows: after a failover another server than the configured one. Waits until each
 * server was asked once, at most until the deadline. NULL: none does now, or nobody knows. */
weir__server *weir__shard_primary(const weir__shard *shard, const weir__clock *clock, weir__deadline deadline);

#endif
