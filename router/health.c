/* health.c - the queue of members that are to be probed, and the threads that do it. SPDX-License-Identifier: Apache-2.0 */
#include "router/health.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/thread.h"
#include "router/balance.h"
#include "router/health_impl.h"

enum {
    STACK = 512 * 1024,  /* resolver, TLS and authentication need under 64 KiB */
    HURRY_PAUSE_MS = 2,  /* between two probes of a member that somebody waits for */
    FIRST_PAUSE_MS = 50, /* between probes of a member of which nothing is known yet */
};

/* ---- the queue; the lock is held ---- */

static void unlink_it(weir__health *h, weir__probed *p)
{
    weir__probed **head = p->place == WEIR__PROBED_BUSY ? &h->busy : &h->first;
    *(p->before ? &p->before->next : head) = p->next;
    if (p->next)
        p->next->before = p->before;
    else if (p->place == WEIR__PROBED_QUEUED)
        h->last = p->before;
    p->next = p->before = NULL;
    p->place = WEIR__PROBED_NOWHERE;
}

void weir__health_queue_out(weir__health *h, weir__probed *p)
{
    if (p->place != WEIR__PROBED_NOWHERE)
        unlink_it(h, p);
}

/* Most come back with the latest time of all: the search begins at the end. */
void weir__health_queue_in(weir__health *h, weir__probed *p, uint64_t due_ns)
{
    weir__health_queue_out(h, p);
    weir__probed *before = h->last;
    while (before && before->due_ns > due_ns)
        before = before->before;
    p->due_ns = due_ns;
    p->before = before;
    p->next = before ? before->next : h->first;
    *(before ? &before->next : &h->first) = p;
    *(p->next ? &p->next->before : &h->last) = p;
    p->place = WEIR__PROBED_QUEUED;
}

static void make_busy(weir__health *h, weir__probed *p)
{
    p->before = NULL;
    p->next = h->busy;
    if (p->next)
        p->next->before = p;
    h->busy = p;
    p->place = WEIR__PROBED_BUSY;
}

static bool ref_if_alive(weir__monitor *m)
{
    int n = atomic_load(&m->references);
    while (n > 0)
        if (atomic_compare_exchange_weak(&m->references, &n, n + 1))
            return true;
    return false;
}

/* The member that is due, taken off the queue; else until when to sleep. */
static weir__probed *next_due(weir__health *h, uint64_t *sleep_until)
{
    uint64_t now = weir__now(&h->env->clock);
    *sleep_until = now + UINT64_C(3600) * 1000000000u;
    for (weir__probed *p = h->first, *after; p; p = after) {
        after = p->next;
        if (p->due_ns > now) {
            *sleep_until = p->due_ns;
            return NULL;
        }
        if (p->silent && h->silent >= WEIR__MAX_PROBERS / 2) /* those that answer come first */
            weir__health_queue_in(h, p, now + FIRST_PAUSE_MS * UINT64_C(1000000));
        else {
            weir__health_queue_out(h, p);
            if (ref_if_alive(p->monitor))
                return p;
        }
    }
    if (h->first)
        *sleep_until = h->first->due_ns;
    return NULL;
}

/* When its next probe at the configured pace is due, whatever hurried ones come between. */
static uint64_t regular_due(const weir__probed *p)
{
    uint64_t pace_ms = weir__monitor_impl_of(p->monitor)->every_ms;
    if (p->unsure && pace_ms > FIRST_PAUSE_MS)
        pace_ms = FIRST_PAUSE_MS;
    return p->regular_ns ? p->regular_ns + pace_ms * 1000000u : 0;
}

static void put_back(weir__health *h, weir__probed *p)
{
    uint64_t due = p->again ? p->begun_ns + HURRY_PAUSE_MS * UINT64_C(1000000) : regular_due(p);
    uint64_t now = weir__now(&h->env->clock);
    p->again = false;
    weir__health_queue_in(h, p, due > now ? due : now);
}

/* ---- threads ---- */

/* The lock is held, and let go while the member is probed; the caller has a reference to its monitor. */
static void work_on(weir__health *h, weir__probed *p)
{
    uint64_t now = weir__now(&h->env->clock);
    bool silent = p->silent, regular = now >= regular_due(p);
    p->begun_ns = now;
    if (regular)
        p->regular_ns = now;
    h->silent += silent;
    make_busy(h, p);
    if (h->idle == 0 && h->first && h->first->due_ns <= now)
        weir__health_start_thread(h);
    pthread_mutex_unlock(&h->lock);
    weir__probed_probe(h, p, regular);
    weir__monitor *m = p->monitor;
    pthread_mutex_lock(&h->lock);
    h->silent -= silent;
    weir__health_queue_out(h, p);
    if (!h->closing)
        put_back(h, p);
    pthread_mutex_unlock(&h->lock);
    weir__monitor_unref(m);
    pthread_mutex_lock(&h->lock);
}

static void *work(void *context)
{
    weir__health *h = context;
    pthread_mutex_lock(&h->lock);
    while (!h->closing) {
        uint64_t sleep_until;
        weir__probed *p = next_due(h, &sleep_until);
        if (p) {
            work_on(h, p);
            continue;
        }
        h->idle++;
        weir__cond_wait_until(&h->work, &h->lock, sleep_until);
        h->idle--;
    }
    if (--h->running == 0)
        pthread_cond_broadcast(&h->left);
    pthread_mutex_unlock(&h->lock);
    weir__health_unref(h);
    return NULL;
}

bool weir__health_start_thread(weir__health *h)
{
    pthread_attr_t attr;
    if (h->closing || h->thread_count == WEIR__MAX_PROBERS || weir__fault(h->env, thread_create))
        return false;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    atomic_fetch_add(&h->references, 1);
    bool started = weir__thread_create(&h->threads[h->thread_count], &attr, work, h) == 0;
    pthread_attr_destroy(&attr);
    if (started) {
        h->thread_count++;
        h->running++;
    } else
        atomic_fetch_sub(&h->references, 1); /* never the last: the caller has one */
    return started;
}

void weir__health_listen(weir__health *h)
{
    h->listens = true;
}

bool weir__health_stop(weir__health *h, weir__deadline deadline)
{
    pthread_mutex_lock(&h->lock);
    h->closing = true;
    for (const weir__probed *p = h->busy; p; p = p->next)
        if (p->conn)
            eventfd_write(p->conn->wake_fd, 1);
    pthread_cond_broadcast(&h->work);
    while (h->running > 0 && weir__cond_wait_until(&h->left, &h->lock, deadline))
        ;
    bool all = h->running == 0;
    uint32_t count = h->thread_count;
    h->thread_count = 0;
    pthread_mutex_unlock(&h->lock);
    for (uint32_t i = 0; i < count; i++) {
        if (all)
            pthread_join(h->threads[i], NULL);
        else
            pthread_detach(h->threads[i]);
    }
    return all;
}

weir_status weir__health_new(const weir__env *env, const weir__driver *driver, void (*released)(void *), void *context,
                             weir__health **out, weir_error *error)
{
    char host[48] = "";
    weir__health *h = weir__new(&env->mem, sizeof *h);
    *out = h;
    if (!h)
        return weir__fail_nomem(error);
    h->env = env;
    h->driver = driver;
    h->released = released;
    h->context = context;
    atomic_init(&h->references, 1);
    gethostname(host, sizeof host - 1);
    for (char *c = host; *c; c++)
        if (!((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '.'))
            *c = '-';
    uint64_t chance = weir__mix(env->seed ^ weir__now(&env->clock) ^ (uintptr_t)h);
    snprintf(h->writer, sizeof h->writer, "%s:%ld:%016" PRIx64, host, (long)getpid(), chance);
    pthread_mutex_init(&h->lock, NULL);
    weir__cond_init(&h->work);
    weir__cond_init(&h->left);
    return WEIR_OK;
}

void weir__health_unref(weir__health *h)
{
    if (!h || atomic_fetch_sub(&h->references, 1) != 1)
        return;
    void (*released)(void *) = h->released;
    void *context = h->context;
    pthread_cond_destroy(&h->work);
    pthread_cond_destroy(&h->left);
    pthread_mutex_destroy(&h->lock);
    weir__free(&h->env->mem, h);
    released(context);
}

weir__server *weir__shard_primary(const weir__shard *shard, const weir__clock *clock, weir__deadline deadline)
{
    weir__monitor *m = shard->monitor;
    if (!m)
        return shard->servers[0];
    weir__monitor_begin(m);
    pthread_mutex_lock(&m->lock);
    while (!m->group.ready && weir__now(clock) < deadline)
        weir__monitor_wait(m, deadline);
    uint32_t primary = m->group.ready ? m->group.primary : WEIR__NO_MEMBER;
    pthread_mutex_unlock(&m->lock);
    return primary == WEIR__NO_MEMBER ? NULL : shard->servers[primary];
}
