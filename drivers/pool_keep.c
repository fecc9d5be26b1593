/* pool_keep.c - what the keeper does for a pool: old ones out, some kept warm, a word on those held long. SPDX-License-Identifier: Apache-2.0
 *
 * A visit looks at each connection of the pool. While there is one, visits are never further apart than the shortest limit, so that
 * neither take nor give has to say anything to the keeper. */
#include "drivers/pool_impl.h"

enum { MOST_WARNINGS = 16, PRINT = 512, MS = 1000000 };

/* Of a connection held for long; taken down under the lock, told without it. */
typedef struct warning {
    uint64_t held_ns;
    uint64_t server_thread;
    weir_str beginning;
    char text[WEIR__MAX_PURPOSE];
} warning;

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* 0 is no limit. */
static uint64_t after(uint64_t since_ns, uint32_t limit_ms)
{
    return limit_ms ? since_ns + limit_ms * UINT64_C(1000000) : WEIR__NEVER;
}

static uint64_t open_or_dialling(const weir__pool *pool)
{
    return pool->counts.idle + pool->counts.taken + pool->counts.dialling;
}

/* Locked: when to look next, as far as the limits alone say. */
static uint64_t next_look(const weir__pool *pool, uint64_t now)
{
    const weir__pool_options *o = &pool->options;
    uint64_t due = WEIR__NEVER;
    if (pool->counts.idle + pool->counts.taken > 0)
        due = earlier(after(now, o->idle_ms), earlier(after(now, o->lifetime_ms), after(now, o->warn_held_ms)));
    if (open_or_dialling(pool) < o->min)
        due = earlier(due, pool->refill_ns > now ? pool->refill_ns : now);
    return due;
}

void weir__pool_keep(weir__pool *pool)
{
    uint64_t due = pool->closed ? WEIR__NEVER : next_look(pool, weir__now(&pool->env->clock));
    if (due != WEIR__NEVER)
        weir__keeper_by(pool->keeper, &pool->chore, due);
}

/* Locked: takes the old ones out; gives when the next will be old. */
static uint64_t drop_old(weir__pool *pool, uint64_t now, weir__conn **dead)
{
    uint64_t due = WEIR__NEVER;
    for (weir__conn *c = pool->idle, *next; c; c = next) {
        next = c->next;
        if (weir__pool_is_old(pool, c, now))
            weir__pool_unlist_idle(pool, c, dead);
        else
            due = earlier(
                due, earlier(after(c->used_ns, pool->options.idle_ms), after(c->born_ns, pool->options.lifetime_ms)));
    }
    return due;
}

/* Locked: takes down who holds for long, each once; gives when the next will have to be told of. */
static uint64_t note_held(weir__pool *pool, uint64_t now, warning *warnings, unsigned *count)
{
    uint64_t due = WEIR__NEVER;
    for (weir__conn *c = pool->taken; c && pool->options.warn_held_ms; c = c->next) {
        uint64_t at = after(c->held.since_ns, pool->options.warn_held_ms);
        if (c->held.warned)
            continue;
        if (at > now || *count == MOST_WARNINGS) {
            due = earlier(due, at > now ? at : now);
            continue;
        }
        warning *w = &warnings[(*count)++];
        w->held_ns = now - c->held.since_ns;
        w->server_thread = c->server_thread;
        memcpy(w->text, c->held.text, c->held.size);
        w->beginning = (weir_str){w->text, c->held.size};
        c->held.warned = true;
        pool->counts.held_long++;
    }
    return due;
}

static void tell(const weir__pool *pool, const warning *w)
{
    char text[PRINT] = "";
    if (pool->options.print && w->beginning.size)
        pool->options.print(w->beginning, text, sizeof text);
    weir__logf(
        &pool->env->log, WEIR_LOG_WARNING,
        "%s (shard %s): a connection has been held for %llu ms (pool.warn_held), server thread %llu; taken for: %s",
        pool->endpoint->text, pool->endpoint->shard, (unsigned long long)(w->held_ns / MS),
        (unsigned long long)w->server_thread, text[0] ? text : "?");
}

/* A pool that nobody has any more is about to go. */
static bool try_ref(weir__pool *pool)
{
    int n = atomic_load(&pool->references);
    while (n > 0 && !atomic_compare_exchange_weak(&pool->references, &n, n + 1))
        ;
    return n > 0;
}

uint64_t weir__pool_visit(void *context)
{
    weir__pool *pool = context;
    weir__conn *dead = NULL;
    warning warnings[MOST_WARNINGS];
    unsigned count = 0;
    if (!try_ref(pool))
        return WEIR__NEVER;
    pthread_mutex_lock(&pool->lock);
    uint64_t due = WEIR__NEVER, now = weir__now(&pool->env->clock);
    if (!pool->closed) {
        due = drop_old(pool, now, &dead);
        due = earlier(due, note_held(pool, now, warnings, &count));
        bool made = true;
        while (made && open_or_dialling(pool) < pool->options.min && now >= pool->refill_ns)
            made = weir__pool_dial(pool);
        if (!made)
            pool->refill_ns = now + 1000 * UINT64_C(1000000);
        due = earlier(due, next_look(pool, now));
    }
    pthread_mutex_unlock(&pool->lock);
    weir__pool_close_all(dead);
    weir__pool_join_ended(pool);
    for (unsigned i = 0; i < count; i++)
        tell(pool, &warnings[i]);
    weir__pool_unref(pool);
    return due == WEIR__NEVER ? due : due + MS; /* past it, not just before */
}
