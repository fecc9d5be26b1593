/* pool.c - idle connections, waiters in order, dial threads. SPDX-License-Identifier: Apache-2.0
 *
 *    take: idle one? -> taken      else room? -> dial thread, wait      else wait
 *    give: waiter? -> its          else -> idle (newest first: the rest may grow old)
 */
#include "drivers/pool.h"

#include <stdatomic.h>

#include "base/thread.h"
#include "drivers/reaper.h"

enum {
    DIAL_STACK = 512 * 1024, /* resolver, TLS and authentication need under 64 KiB */
    QUIET_MS = 1000,         /* idle for longer: look whether the server has hung up; a look is one system call */
    DIAL_SLACK_MS = 100,     /* a dial ends by itself at connect_ms; its waiter gives up a little later */
};

/* A thread that connects. */
struct dial {
    weir__pool *pool; /* counted */
    pthread_t thread;
    struct dial *next; /* of those that have ended */
};

struct weir__pool {
    const weir__env *env;
    const weir__driver *driver;
    const weir__endpoint *endpoint;
    weir__pool_options options;
    weir__reaper *reaper;
    void (*released)(void *context);
    void *context;
    _Atomic int references;

    pthread_mutex_t lock;
    pthread_cond_t settled; /* no dial is under way */
    weir__conn *idle;       /* newest first */
    weir__waiter *first, **last;
    weir__pool_counts counts;
    uint32_t threads;    /* that dial, or have dialled and are about to end */
    struct dial *ended;  /* to be joined */
    uint64_t suspect_ns; /* a connection broke then: those idle since before are looked at first */
    bool closed;
};

static void monotonic_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

static int wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, weir__deadline deadline)
{
    struct timespec t = {(time_t)(deadline / 1000000000u), (long)(deadline % 1000000000u)};
    return pthread_cond_timedwait(cond, lock, &t);
}

weir_status weir__pool_new(const weir__env *env, const weir__driver *driver, const weir__endpoint *endpoint,
                           const weir__pool_options *options, weir__reaper *reaper, void (*released)(void *context),
                           void *context, weir__pool **out, weir_error *error)
{
    weir__pool *pool = weir__new(&env->mem, sizeof *pool);
    *out = pool;
    if (!pool)
        return weir__fail_nomem(error);
    pool->env = env;
    pool->driver = driver;
    pool->endpoint = endpoint;
    pool->options = *options;
    pool->reaper = reaper;
    pool->released = released;
    pool->context = context;
    atomic_init(&pool->references, 1);
    pthread_mutex_init(&pool->lock, NULL);
    monotonic_cond(&pool->settled);
    pool->last = &pool->first;
    return WEIR_OK;
}

weir__pool *weir__pool_ref(weir__pool *pool)
{
    atomic_fetch_add_explicit(&pool->references, 1, memory_order_relaxed);
    return pool;
}

/* Threads that have nothing left to do but to end: waited for, so that none outlives weir_close by a hair. */
static void join_ended(weir__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct dial *d = pool->ended;
    pool->ended = NULL;
    pthread_mutex_unlock(&pool->lock);
    while (d) {
        struct dial *next = d->next;
        if (pthread_equal(d->thread, pthread_self()))
            pthread_detach(d->thread);
        else
            pthread_join(d->thread, NULL);
        weir__free(&pool->env->mem, d);
        d = next;
    }
}

void weir__pool_unref(weir__pool *pool)
{
    if (!pool || atomic_fetch_sub_explicit(&pool->references, 1, memory_order_acq_rel) != 1)
        return;
    void (*released)(void *) = pool->released;
    void *context = pool->context;
    weir__pool_close(pool);
    join_ended(pool);
    pthread_cond_destroy(&pool->settled);
    pthread_mutex_destroy(&pool->lock);
    weir__free(&pool->env->mem, pool);
    released(context);
}

static void close_all(weir__conn *list)
{
    while (list) {
        weir__conn *next = list->next;
        list->driver->close(list);
        list = next;
    }
}

void weir__pool_close(weir__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    weir__conn *idle = pool->idle;
    pool->idle = NULL;
    pool->counts.idle = 0;
    pool->closed = true;
    pthread_mutex_unlock(&pool->lock);
    close_all(idle);
}

void weir__waiter_init(weir__waiter *waiter)
{
    memset(waiter, 0, sizeof *waiter);
    monotonic_cond(&waiter->come);
}

void weir__waiter_deinit(weir__waiter *waiter)
{
    pthread_cond_destroy(&waiter->come);
}

static weir__waiter *pop_waiter(weir__pool *pool)
{
    weir__waiter *w = pool->first;
    if (w) {
        pool->first = w->next;
        if (!pool->first)
            pool->last = &pool->first;
        w->next = NULL;
        pool->counts.waiting--;
    }
    return w;
}

static void remove_waiter(weir__pool *pool, const weir__waiter *waiter)
{
    for (weir__waiter **at = &pool->first; *at; at = &(*at)->next) {
        if (*at != waiter)
            continue;
        *at = waiter->next;
        if (!*at)
            pool->last = at;
        pool->counts.waiting--;
        return;
    }
}

/* A connection in order: to the first waiter, else idle. The lock is held; counts.taken does not
 * yet hold it. */
static void hand_over(weir__pool *pool, weir__conn *conn)
{
    weir__waiter *w = pop_waiter(pool);
    if (w) {
        pool->counts.taken++;
        w->conn = conn;
        pthread_cond_signal(&w->come);
        return;
    }
    conn->used_ns = weir__now(&pool->env->clock);
    conn->next = pool->idle;
    pool->idle = conn;
    pool->counts.idle++;
}

static void dial_failed(weir__pool *pool, const weir_error *error)
{
    pool->counts.dial_failures++;
    weir__waiter *w = pop_waiter(pool);
    if (!w)
        return;
    w->failed = true;
    w->error = *error;
    pthread_cond_signal(&w->come);
}

static bool dial_if_useful(weir__pool *pool);

static void *dial(void *context)
{
    struct dial *d = context;
    weir__pool *pool = d->pool;
    weir__conn *conn = NULL;
    weir_error error;
    weir__deadline deadline = weir__deadline_in(&pool->env->clock, pool->endpoint->connect_ms);
    weir_status status = pool->driver->open(pool->env, pool->endpoint, deadline, &conn, &error);
    pthread_mutex_lock(&pool->lock);
    pool->counts.dialling--;
    bool unwanted = pool->closed && conn;
    if (status != WEIR_OK || !conn) {
        dial_failed(pool, &error);
        dial_if_useful(pool); /* those that had no room for a dial of their own have it now */
    } else if (!unwanted) {
        hand_over(pool, conn);
    } else {
        pthread_mutex_unlock(&pool->lock);
        conn->driver->close(conn);
        pthread_mutex_lock(&pool->lock);
    }
    d->next = pool->ended;
    pool->ended = d;
    if (--pool->threads == 0)
        pthread_cond_broadcast(&pool->settled);
    pthread_mutex_unlock(&pool->lock);
    weir__pool_unref(pool);
    return NULL;
}

/* The lock is held. False: no thread could be made. */
static bool start_dial(weir__pool *pool)
{
    pthread_attr_t attr;
    struct dial *d = weir__fault(pool->env, thread_create) ? NULL : weir__new(&pool->env->mem, sizeof *d);
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
        pool->threads--;
        weir__free(&pool->env->mem, d);
    }
    return !failed;
}

/* Somebody waits, no dial is on its way for them, and there is room: dial. The lock is held. */
static bool dial_if_useful(weir__pool *pool)
{
    weir__pool_counts *n = &pool->counts;
    if (n->waiting > n->dialling && n->taken + n->idle + n->dialling < pool->options.max)
        return start_dial(pool);
    return true;
}

/* 0 is no limit. */
static bool older_than(uint64_t age_ns, uint32_t limit_ms)
{
    return limit_ms != 0 && age_ns > limit_ms * UINT64_C(1000000);
}

/* The newest idle connection that is young enough; the others go to *dead. The lock is held. */
static weir__conn *pop_idle(weir__pool *pool, weir__conn **dead)
{
    uint64_t now = weir__now(&pool->env->clock);
    for (weir__conn *c; (c = pool->idle) != NULL;) {
        pool->idle = c->next;
        pool->counts.idle--;
        c->next = NULL;
        uint64_t quiet = now - c->used_ns, age = now - c->born_ns;
        bool old = older_than(quiet, pool->options.idle_ms) || older_than(age, pool->options.lifetime_ms);
        bool doubtful = quiet > QUIET_MS * UINT64_C(1000000) || c->used_ns <= pool->suspect_ns;
        if (!old && !(doubtful && !c->driver->alive(c)))
            return c;
        c->next = *dead;
        *dead = c;
    }
    return NULL;
}

static weir_status no_connection(weir__pool *pool, weir_error *error, weir_status status, const char *what)
{
    weir__fail(error, status, WEIR_RETRY_CALL, "%s", what);
    weir__error_field(error->endpoint, sizeof error->endpoint, pool->endpoint->text);
    weir__error_field(error->shard, sizeof error->shard, pool->endpoint->shard);
    return status;
}

/* The lock is held, the waiter queued. Gives why the wait ended without an answer. */
static weir_status wait_for_answer(weir__pool *pool, weir__waiter *w, weir__deadline deadline, weir_error *error)
{
    weir__deadline start = weir__now(&pool->env->clock);
    while (!w->conn && !w->failed) {
        bool dialling = pool->counts.dialling > 0;
        uint64_t patience_ms = dialling ? pool->endpoint->connect_ms + DIAL_SLACK_MS : pool->options.wait_ms;
        weir__deadline patience = start + patience_ms * 1000000u;
        if (w->woken)
            return no_connection(pool, error, WEIR_CANCELLED,
                                 "the call was cancelled while it waited for a connection; nothing was changed");
        uint64_t now = weir__now(&pool->env->clock);
        if (now >= deadline)
            return no_connection(pool, error, WEIR_TIMEOUT,
                                 "the deadline passed while waiting for a connection; nothing was changed");
        if (now >= patience)
            return dialling ? no_connection(pool, error, WEIR_UNREACHABLE,
                                            "no connection within timeouts.connect: does the name "
                                            "resolve, is the server up?")
                            : no_connection(pool, error, WEIR_BUSY,
                                            "all connections of the pool are in use: raise "
                                            "pool.max or pool.wait, or use sessions for less time");
        wait_until(&w->come, &pool->lock, weir__deadline_min(deadline, patience));
    }
    return WEIR_OK;
}

static weir_status queue_up(weir__pool *pool, weir__waiter *w, weir__deadline deadline, weir_error *error)
{
    *pool->last = w;
    pool->last = &w->next;
    pool->counts.waiting++;
    if (!dial_if_useful(pool) && pool->counts.taken + pool->counts.dialling == 0) {
        remove_waiter(pool, w);
        return no_connection(pool, error, WEIR_LIMIT, "no thread can be made to connect with: see ulimit -u");
    }
    if (pool->counts.dialling == 0)
        pool->counts.waits++;
    weir_status status = wait_for_answer(pool, w, deadline, error);
    if (status != WEIR_OK)
        remove_waiter(pool, w);
    else if (w->failed) {
        *error = w->error;
        status = error->status;
    }
    return status;
}

weir_status weir__pool_take(weir__pool *pool, weir__waiter *waiter, weir__deadline deadline, weir__conn **conn,
                            weir_error *error)
{
    weir__conn *dead = NULL;
    weir_status status = WEIR_OK;
    *conn = NULL;
    pthread_mutex_lock(&pool->lock);
    waiter->conn = NULL;
    waiter->failed = false;
    waiter->next = NULL;
    pool->counts.takes++;
    if (pool->closed) {
        status = no_connection(pool, error, WEIR_USAGE, "the client was closed");
    } else if ((waiter->conn = pop_idle(pool, &dead)) != NULL) {
        pool->counts.taken++;
    } else {
        status = queue_up(pool, waiter, deadline, error);
    }
    *conn = waiter->conn;
    bool reap = pool->ended != NULL;
    pthread_mutex_unlock(&pool->lock);
    close_all(dead);
    if (reap)
        join_ended(pool);
    return status;
}

void weir__pool_wake(weir__pool *pool, weir__waiter *waiter)
{
    pthread_mutex_lock(&pool->lock);
    waiter->woken = true;
    pthread_cond_signal(&waiter->come);
    pthread_mutex_unlock(&pool->lock);
}

/* One that was taken is gone: whoever waits may have another dialled. */
static void lose(weir__pool *pool, bool broken, bool late)
{
    pthread_mutex_lock(&pool->lock);
    pool->counts.taken--;
    if (broken) {
        pool->counts.broken++;
        pool->suspect_ns = weir__now(&pool->env->clock);
    }
    pool->counts.late += late;
    dial_if_useful(pool);
    pthread_mutex_unlock(&pool->lock);
}

void weir__pool_give(weir__pool *pool, weir__conn *conn)
{
    if (!conn)
        return;
    if (conn->broken || conn->in_rows || conn->in_transaction) {
        weir__late late = {conn->server_thread, conn->server_id, conn->born_ns};
        bool broken = conn->broken;
        conn->driver->close(conn);
        lose(pool, broken, broken);
        if (broken)
            weir__reaper_add(pool->reaper, pool, late);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    bool closed = pool->closed;
    pool->counts.taken--;
    if (!closed)
        hand_over(pool, conn);
    pthread_mutex_unlock(&pool->lock);
    if (closed)
        conn->driver->close(conn);
}

void weir__pool_discard(weir__pool *pool, weir__conn *conn)
{
    if (!conn)
        return;
    conn->driver->close(conn);
    lose(pool, false, false);
}

const weir__endpoint *weir__pool_endpoint(const weir__pool *pool)
{
    return pool->endpoint;
}

const weir__driver *weir__pool_driver(const weir__pool *pool)
{
    return pool->driver;
}

weir__pool_counts weir__pool_count(weir__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    weir__pool_counts counts = pool->counts;
    pthread_mutex_unlock(&pool->lock);
    return counts;
}

bool weir__pool_settle(weir__pool *pool, weir__deadline deadline)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->threads > 0 && wait_until(&pool->settled, &pool->lock, deadline) == 0)
        ;
    bool settled = pool->threads == 0;
    pthread_mutex_unlock(&pool->lock);
    join_ended(pool);
    return settled;
}
