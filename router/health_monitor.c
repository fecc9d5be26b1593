/* health_monitor.c - monitors: the servers of a shard under probing, and who waits for news. SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "base/thread.h"
#include "router/health_impl.h"

enum {
    LEAST_LEASE_MS = 1000, /* of the heartbeat row; else so many beats: */
    LEASE_BEATS = 5,
    LEAST_STATEMENT_MS = 1000, /* the server itself ends a probe that takes longer */
    HURRY_PAUSE_MS = 2,        /* between two probes of a member that somebody waits for */
    MAX_TEXT_BYTES = 4096,
};

static const weir__endpoint_config *config_of(const weir__shard_config *shard, uint32_t i)
{
    return i ? &shard->replicas[i - 1] : &shard->primary;
}

static void monitor_free(weir__monitor_impl *m)
{
    weir__monitor *base = &m->base;
    const weir__env *env = base->health->env;
    weir__health *health = base->health;
    for (uint32_t i = 0; base->probed && i < base->count; i++) {
        if (base->probed[i].conn)
            base->probed[i].conn->driver->close(base->probed[i].conn);
        weir__server_deinit(&base->probed[i].server);
    }
    weir__free(&env->mem, base->probed);
    weir__group_deinit(&base->group);
    weir__arena_deinit(&m->arena);
    pthread_cond_destroy(&base->news);
    pthread_mutex_destroy(&base->lock);
    weir__free(&env->mem, m);
    weir__health_unref(health);
}

static weir_status fill(weir__monitor_impl *m, const weir__shard_config *shard, weir_error *error)
{
    weir__monitor *base = &m->base;
    const weir__env *env = base->health->env;
    const weir__settings *s = &shard->settings;
    uint32_t count = 1 + (uint32_t)shard->replica_count, lease = s->health.every_ms * LEASE_BEATS;
    weir__group_rules rules = {s->health.out_after, s->health.back_after, shard->lossless};
    m->every_ms = s->health.every_ms;
    m->connect_ms = s->timeouts.connect_ms;
    m->heart.schema = weir__arena_text(&m->arena, shard->schema, strlen(shard->schema));
    m->heart.table = weir__arena_text(&m->arena, s->health.heartbeat, strlen(s->health.heartbeat));
    m->heart.lease_ms = lease > LEAST_LEASE_MS ? lease : LEAST_LEASE_MS;
    memcpy(m->heart.writer, base->health->writer, sizeof m->heart.writer);
    base->shard = weir__arena_text(&m->arena, shard->name, strlen(shard->name));
    base->probed = weir__array(&env->mem, count, sizeof *base->probed);
    if (m->arena.failed || !base->probed)
        return weir__fail_nomem(error);
    for (; base->count < count; base->count++) {
        weir__probed *p = &base->probed[base->count];
        p->monitor = base;
        p->index = base->count;
        p->heart = WEIR__HEART_MISSING;
        p->unsure = true;
        if (weir__server_init(&p->server, env, shard, config_of(shard, base->count), error) != WEIR_OK) {
            base->count++; /* it holds a part */
            return WEIR_NOMEM;
        }
        p->server.endpoint.statement_ms = m->connect_ms > LEAST_STATEMENT_MS ? m->connect_ms : LEAST_STATEMENT_MS;
    }
    return weir__group_init(&base->group, &env->mem, count, rules, error);
}

weir_status weir__monitor_new(weir__health *health, const weir__shard_config *shard, weir__monitor **out,
                              weir_error *error)
{
    weir__monitor_impl *m = weir__new(&health->env->mem, sizeof *m);
    *out = NULL;
    if (!m)
        return weir__fail_nomem(error);
    m->base.health = health;
    atomic_fetch_add(&health->references, 1);
    atomic_init(&m->base.references, 1);
    pthread_mutex_init(&m->base.lock, NULL);
    weir__cond_init(&m->base.news);
    weir__arena_init(&m->arena, &health->env->mem, MAX_TEXT_BYTES);
    m->base.group.mem = &health->env->mem;
    weir_status status = fill(m, shard, error);
    if (status == WEIR_OK)
        *out = &m->base;
    else
        monitor_free(m);
    return status;
}

weir__monitor *weir__monitor_ref(weir__monitor *m)
{
    atomic_fetch_add_explicit(&m->references, 1, memory_order_relaxed);
    return m;
}

void weir__monitor_unref(weir__monitor *m)
{
    if (!m || atomic_fetch_sub(&m->references, 1) != 1)
        return;
    weir__health *h = m->health;
    pthread_mutex_lock(&h->lock);
    for (uint32_t i = 0; i < m->count; i++)
        weir__health_queue_out(h, &m->probed[i]);
    pthread_mutex_unlock(&h->lock);
    monitor_free(weir__monitor_impl_of(m));
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool weir__monitor_fits(const weir__monitor *base, const weir__shard_config *shard, bool heart)
{
    const weir__monitor_impl *m = weir__monitor_impl_of(base);
    const weir__settings *s = &shard->settings;
    const weir__group_rules *rules = &base->group.rules;
    const weir__server *own = &base->probed[0].server;
    bool fits = base->count == 1 + shard->replica_count && m->every_ms == s->health.every_ms &&
                m->connect_ms == s->timeouts.connect_ms && rules->out_after == s->health.out_after &&
                rules->back_after == s->health.back_after && rules->lossless == shard->lossless &&
                same_text(own->endpoint.user, s->user) && own->password.from == s->password.from &&
                same_text(own->password.name, s->password.name) && same_text(own->endpoint.ca, s->tls.ca) &&
                same_text(own->endpoint.cert, s->tls.cert) && same_text(own->endpoint.key, s->tls.key) &&
                (own->endpoint.line == WEIR__LINE_PLAIN) == (s->tls.mode == WEIR__TLS_NONE) &&
                (own->endpoint.line == WEIR__LINE_TLS_VERIFIED) == (s->tls.mode == WEIR__TLS_VERIFY);
    for (uint32_t i = 0; fits && i < base->count; i++)
        fits = same_text(base->probed[i].server.endpoint.text, config_of(shard, i)->address.text);
    return fits &&
           (!heart || (same_text(m->heart.schema, shard->schema) && same_text(m->heart.table, s->health.heartbeat)));
}

static weir__monitor *found(const weir__shard *shards, size_t count, const weir__shard_config *config, bool heart)
{
    for (size_t i = 0; i < count; i++)
        if (shards[i].monitor && weir__monitor_fits(shards[i].monitor, config, heart))
            return weir__monitor_ref(shards[i].monitor);
    return NULL;
}

weir_status weir__health_watch(weir__health *health, weir__topology *t, const weir__topology *before, weir_error *error)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < t->shard_count && status == WEIR_OK; i++) {
        weir__shard *shard = &t->shards[i];
        if (shard->config->replica_count == 0)
            continue;
        shard->monitor = found(t->shards, i, shard->config, false);
        if (!shard->monitor && before)
            shard->monitor = found(before->shards, before->shard_count, shard->config, true);
        if (!shard->monitor)
            status = weir__monitor_new(health, shard->config, &shard->monitor, error);
    }
    return status;
}

void weir__monitor_begin(weir__monitor *base)
{
    weir__monitor_impl *m = weir__monitor_impl_of(base);
    weir__health *h = base->health;
    if (atomic_load_explicit(&base->begun, memory_order_acquire))
        return;
    pthread_mutex_lock(&h->lock);
    if (!m->begun && !h->closing) {
        m->begun = true;
        for (uint32_t i = 0; i < base->count; i++)
            weir__health_queue_in(h, &base->probed[i], weir__now(&h->env->clock));
        if (h->thread_count == 0)
            weir__health_start_thread(h);
        pthread_cond_signal(&h->work);
    }
    /* Without a thread it is tried again. */
    atomic_store_explicit(&base->begun, h->thread_count > 0, memory_order_release);
    if (h->thread_count == 0 && m->begun)
        weir__health_start_thread(h);
    pthread_mutex_unlock(&h->lock);
}

void weir__monitor_hurry(weir__monitor *m)
{
    weir__health *h = m->health;
    uint64_t now = weir__now(&h->env->clock), pause = HURRY_PAUSE_MS * UINT64_C(1000000);
    pthread_mutex_lock(&h->lock);
    for (uint32_t i = 0; i < m->count; i++) {
        weir__probed *p = &m->probed[i];
        uint64_t due = p->begun_ns + pause > now ? p->begun_ns + pause : now;
        if (p->place == WEIR__PROBED_BUSY)
            p->again = true;
        else if (p->place == WEIR__PROBED_QUEUED && p->due_ns > due)
            weir__health_queue_in(h, p, due);
    }
    pthread_cond_signal(&h->work);
    pthread_mutex_unlock(&h->lock);
}

void weir__monitor_suspect(weir__monitor *m, uint32_t member)
{
    pthread_mutex_lock(&m->lock);
    weir__group_suspect(&m->group, member);
    pthread_mutex_unlock(&m->lock);
    weir__monitor_hurry(m);
}

bool weir__monitor_wait(weir__monitor *m, weir__deadline deadline)
{
    return weir__cond_wait_until(&m->news, &m->lock, deadline);
}
