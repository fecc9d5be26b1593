/* keeper.c - chores, each at its time. SPDX-License-Identifier: Apache-2.0
 *
 *    by --> LISTED --its time has come--> RUNNING --gives the next time--> LISTED
 *             '---------- forget ------------'--> gone (forget waits for the visit to end)
 */
#include "drivers/keeper.h"

#include <pthread.h>

#include "base/thread.h"

enum { STACK = 256 * 1024, MOST_SLEEP_S = 3600 };

struct weir__keeper {
    const weir__env *env;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* the thread sleeps on it, and who forgets a running chore */
    pthread_t thread;
    bool started, closing;
    weir__chore *chores;
    weir__chore *running; /* NULL too when it was forgotten by itself */
    uint64_t sleeps_until;
};

weir_status weir__keeper_new(const weir__env *env, weir__keeper **out, weir_error *error)
{
    weir__keeper *k = weir__new(&env->mem, sizeof *k);
    *out = k;
    if (!k)
        return weir__fail_nomem(error);
    k->env = env;
    pthread_mutex_init(&k->lock, NULL);
    weir__cond_init(&k->changed);
    return WEIR_OK;
}

/* The lock is held. */
static weir__chore *soonest(const weir__keeper *k)
{
    weir__chore *best = NULL;
    for (weir__chore *c = k->chores; c; c = c->next)
        if (c->due_ns != WEIR__NEVER && (!best || c->due_ns < best->due_ns))
            best = c;
    return best;
}

static void *work(void *context)
{
    weir__keeper *k = context;
    pthread_mutex_lock(&k->lock);
    while (!k->closing) {
        weir__chore *c = soonest(k);
        uint64_t now = weir__now(&k->env->clock);
        if (!c || c->due_ns > now) {
            uint64_t longest = now + MOST_SLEEP_S * UINT64_C(1000000000);
            k->sleeps_until = c && c->due_ns < longest ? c->due_ns : longest;
            weir__cond_wait_until(&k->changed, &k->lock, k->sleeps_until);
            k->sleeps_until = 0;
            continue;
        }
        c->due_ns = WEIR__NEVER;
        k->running = c;
        pthread_mutex_unlock(&k->lock);
        uint64_t next = c->visit(c->context);
        pthread_mutex_lock(&k->lock);
        if (k->running && next < c->due_ns)
            c->due_ns = next;
        k->running = NULL;
        pthread_cond_broadcast(&k->changed);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

/* The lock is held. */
static void start(weir__keeper *k)
{
    pthread_attr_t attr;
    if (k->started || k->closing || weir__fault(k->env, thread_create))
        return;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    k->started = weir__thread_create(&k->thread, &attr, work, k) == 0;
    pthread_attr_destroy(&attr);
}

void weir__keeper_by(weir__keeper *k, weir__chore *chore, uint64_t due_ns)
{
    if (!k)
        return;
    pthread_mutex_lock(&k->lock);
    if (!chore->listed) {
        chore->listed = true;
        chore->due_ns = WEIR__NEVER;
        chore->next = k->chores;
        k->chores = chore;
    }
    if (due_ns < chore->due_ns)
        chore->due_ns = due_ns;
    start(k);
    if (due_ns < k->sleeps_until)
        pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

void weir__keeper_forget(weir__keeper *k, weir__chore *chore)
{
    if (!k)
        return;
    pthread_mutex_lock(&k->lock);
    for (weir__chore **at = &k->chores; *at; at = &(*at)->next)
        if (*at == chore) {
            *at = chore->next;
            break;
        }
    chore->listed = false;
    while (k->running == chore) {
        if (pthread_equal(k->thread, pthread_self()))
            k->running = NULL;
        else
            pthread_cond_wait(&k->changed, &k->lock);
    }
    pthread_mutex_unlock(&k->lock);
}

void weir__keeper_stop(weir__keeper *k)
{
    pthread_mutex_lock(&k->lock);
    bool started = k->started;
    k->closing = true;
    k->started = false;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
    if (started)
        pthread_join(k->thread, NULL);
}

void weir__keeper_free(weir__keeper *k)
{
    if (!k)
        return;
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
    weir__free(&k->env->mem, k);
}
