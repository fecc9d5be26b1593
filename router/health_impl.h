/* health_impl.h - what the files of probing share. SPDX-License-Identifier: Apache-2.0
 * Included by router/health*.c only. Two locks, never both held: the health's (queue, threads, connections of probes that run) and each
 * monitor's (group). */
#ifndef WEIR_ROUTER_HEALTH_IMPL_H
#define WEIR_ROUTER_HEALTH_IMPL_H

#include "router/health.h"
#include "router/health_probe.h"

enum {
    WEIR__MAX_PROBERS =
        32, /* healthy members take 1 ms each: one thread serves hundreds; the others are for silent ones */
};

/* A member as its prober sees it. What is not marked belongs to the thread that probes it. */
typedef struct weir__probed {
    weir__monitor *monitor;
    uint32_t index;
    weir__server server;
    uint64_t no_table_until_ns;
    weir__heart_state heart; /* of its last answer; the monitor's lock */
    bool unsure;             /* nothing is known of it yet */
    bool silent;             /* it did not answer last time */
    weir__conn *conn;        /* the prober's; NULL: none. Written with the health's lock, which stopping needs */
    /* health's lock: */
    struct weir__probed *next, *before; /* of the queue, by due_ns, or of those being probed */
    enum { WEIR__PROBED_NOWHERE, WEIR__PROBED_QUEUED, WEIR__PROBED_BUSY } place;
    bool again; /* hurried while it was busy */
    uint64_t due_ns, begun_ns, regular_ns;
} weir__probed;

struct weir__health {
    const weir__env *env;
    const weir__driver *driver;
    void (*released)(void *context);
    void *context;
    _Atomic int references;
    char writer[WEIR__WRITER_TEXT];
    pthread_mutex_t lock;
    pthread_cond_t work; /* the queue's head has changed, or closing */
    pthread_cond_t left; /* the last thread is about to end */
    /* the queue's head has changed, or closing */
    weir__probed *first, *last; /* the queue */
    weir__probed *busy;
    pthread_t threads[WEIR__MAX_PROBERS];
    uint32_t thread_count, running, idle, silent; /* silent: busy with members that did not answer last time */
    bool closing;
    bool listens; /* writes no heartbeat */
};

/* The rest of a monitor; its public part stands first. */
typedef struct weir__monitor_impl {
    weir__monitor base;
    weir__heart heart;
    uint32_t every_ms, connect_ms;
    weir__arena arena; /* of texts */
    bool begun;        /* health's lock */
} weir__monitor_impl;

static inline weir__monitor_impl *weir__monitor_impl_of(const weir__monitor *monitor)
{
    return (weir__monitor_impl *)(uintptr_t)monitor;
}

/* ---- health.c ---- */

/* The health's lock is held. */
void weir__health_queue_in(weir__health *health, weir__probed *probed, uint64_t due_ns);
void weir__health_queue_out(weir__health *health, weir__probed *probed);
bool weir__health_start_thread(weir__health *health);

/* ---- health_member.c: no lock is held ---- */

/* Probes the member once, feeds its group, tells the log, and beats when that is this process's part. regular: at the configured pace;
 * else somebody waits for news. */
void weir__probed_probe(weir__health *health, weir__probed *probed, bool regular);

#endif
