/* pool_dial.c - the threads that connect. SPDX-License-Identifier: Apache-2.0
 *
 * A dial is for nobody in particular: what it made goes to the first waiter who may take it, else it is idle; where it failed, the
 * first waiter hears of it for whom no other dial is under way. */
#include "base/thread.h"
#include "drivers/pool_impl.h"

enum {
    DIAL_STACK = 512 * 1024, /* resolver, TLS and authentication need under 64 KiB */
    FIRST_PAUSE_MS = 100,    /* before options.min is tried again */
    LONGEST_PAUSE_MS = 10000,
};

/* A thread that connects. */
struct weir__dial {
    weir__pool *pool; /* counted */
    pthread_t thread;
    struct weir__dial *next; /* of those that have ended */
};

void weir__pool_join_ended(weir__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    weir__dial *d = pool->ended;
    pool->ended = NULL;
    pthread_mutex_unlock(&pool->lock);
    while (d) {
        weir__dial *next = d->next;
        if (pthread_equal(d->thread, pthread_self()))
            pthread_detach(d->thread);
        else
            pthread_join(d->thread, NULL);
        weir__free(&pool->env->mem, d);
        d = next;
    }
}

/* Locked. */
static void dial_failed(weir__pool *pool, const weir_error *error)
{
    uint32_t pause = pool->refill_pause_ms * 2;
    pause = pause < FIRST_PAUSE_MS ? FIRST_PAUSE_MS : pause > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause;
    pool->refill_pause_ms = pause;
    pool->refill_ns = weir__deadline_in(&pool->env->clock, pause);
    pool->counts.dial_failures++;
    weir__waiter *w = weir__pool_wanted(pool) > pool->counts.dialling ? weir__pool_pop_waiter(pool) : NULL;
    if (w) {
        w->failed = true;
        w->error = *error;
        weir__pool_let_go(w);
    }
    weir__pool_dial_if_useful(pool); /* those that had no room for a dial of their own have it now */
}

static void *dial(void *context)
{
    weir__dial *d = context;
    weir__pool *pool = d->pool;
    weir__conn *conn = NULL;
    weir_error error;
    weir__deadline deadline = weir__deadline_in(&pool->env->clock, pool->endpoint->connect_ms);
    weir_status status = pool->driver->open(pool->env, pool->endpoint, deadline, &conn, &error);
    pthread_mutex_lock(&pool->lock);
    pool->counts.dialling--;
    if (status != WEIR_OK || !conn) {
        dial_failed(pool, &error);
    } else {
        pool->counts.opened++;
        pool->refill_ns = pool->refill_pause_ms = 0;
        if (!pool->closed) {
            weir__pool_let_go(weir__pool_hand_over(pool, conn, weir__now(&pool->env->clock)));
        } else {
            pool->counts.closed++;
            pthread_mutex_unlock(&pool->lock);
            conn->driver->close(conn);
            pthread_mutex_lock(&pool->lock);
        }
    }
    weir__pool_keep(pool);
    d->next = pool->ended;
    pool->ended = d;
    if (--pool->threads == 0)
        pthread_cond_broadcast(&pool->settled);
    pthread_mutex_unlock(&pool->lock);
    weir__pool_unref(pool);
    return NULL;
}

bool weir__pool_dial(weir__pool *pool)
{
    pthread_attr_t attr;
    weir__dial *d = weir__fault(pool->env, thread_create) ? NULL : weir__new(&pool->env->mem, sizeof *d);
    if (!d)
        return false;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, DIAL_STACK);
    d->pool = weir__pool_ref(pool);
    pool->counts.dialling++;
    pool->counts.dials++;
    pool->threads++;
    int failed = weir__thread_create(&d->thread, &attr, dial, d);
    pthread_attr_destroy(&attr);
    if (failed) {
        atomic_fetch_sub(&pool->references, 1); /* never the last: the caller has one */
        pool->counts.dialling--;
        pool->counts.dials--;
        pool->threads--;
        weir__free(&pool->env->mem, d);
    }
    return !failed;
}

bool weir__pool_dial_if_useful(weir__pool *pool)
{
    weir__pool_counts *n = &pool->counts;
    while (weir__pool_wanted(pool) > n->dialling && n->taken + n->idle + n->dialling < pool->options.max)
        if (!weir__pool_dial(pool))
            return false;
    return true;
}
