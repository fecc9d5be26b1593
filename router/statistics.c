/* statistics.c - every counter by name, in the manner of Prometheus. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "router/client_impl.h"
#include "router/health.h"

typedef struct sink {
    void (*each)(void *context, const char *name, const char *labels, double value);
    void *context;
} sink;

static void tell(const sink *to, const char *name, const char *labels, uint64_t value)
{
    to->each(to->context, name, labels, (double)value);
}

static void tell_pool(const sink *to, const weir__shard *shard, size_t server)
{
    char labels[256];
    weir__pool_counts n = weir__pool_count(shard->servers[server]->pool);
    snprintf(labels, sizeof labels, "shard=\"%.64s\",endpoint=\"%.112s\",role=\"%s\"", shard->config->name,
             shard->servers[server]->endpoint.text, server ? "replica" : "primary");
    tell(to, "weir_pool_idle", labels, n.idle);
    tell(to, "weir_pool_taken", labels, n.taken);
    tell(to, "weir_pool_dialling", labels, n.dialling);
    tell(to, "weir_pool_waiting", labels, n.waiting);
    tell(to, "weir_pool_takes_total", labels, n.takes);
    tell(to, "weir_pool_waits_total", labels, n.waits);
    tell(to, "weir_pool_granted_total", labels, n.granted);
    tell(to, "weir_pool_reserved_total", labels, n.reserved);
    tell(to, "weir_pool_gives_total", labels, n.gives);
    tell(to, "weir_pool_dials_total", labels, n.dials);
    tell(to, "weir_pool_dial_failures_total", labels, n.dial_failures);
    tell(to, "weir_pool_opened_total", labels, n.opened);
    tell(to, "weir_pool_broken_total", labels, n.broken);
    tell(to, "weir_pool_discarded_total", labels, n.discarded);
    tell(to, "weir_pool_closed_total", labels, n.closed);
    tell(to, "weir_pool_held_long_total", labels, n.held_long);
    const weir__prepared_budget *prepared = &shard->servers[server]->prepared;
    tell(to, "weir_prepared_kept", labels, atomic_load(&prepared->kept));
    tell(to, "weir_prepares_total", labels, atomic_load(&prepared->made));
}

static void tell_reads(const sink *to, const weir__shard *shard, size_t server)
{
    static const char *const levels[] = {"", "eventual", "bounded", "session", "strong"};
    char labels[300];
    for (size_t i = 1; i < sizeof levels / sizeof *levels; i++) {
        snprintf(labels, sizeof labels, "shard=\"%.64s\",endpoint=\"%.112s\",level=\"%s\"", shard->config->name,
                 shard->servers[server]->endpoint.text, levels[i]);
        tell(to, "weir_reads_total", labels, atomic_load(&shard->servers[server]->reads[i]));
    }
}

/* As far as the probes know; lag only where it is known. */
static void tell_health(const sink *to, const weir__shard *shard, uint64_t now_ns)
{
    weir__monitor *m = shard->monitor;
    char labels[256];
    for (uint32_t i = 0; i < m->count; i++) {
        snprintf(labels, sizeof labels, "shard=\"%.64s\",endpoint=\"%.112s\"", shard->config->name,
                 shard->servers[i]->endpoint.text);
        pthread_mutex_lock(&m->lock);
        const weir__member *member = &m->group.members[i];
        uint64_t lag_ms = weir__group_lag_ms(&m->group, i, now_ns);
        bool up = member->standing == WEIR__IN, primary = m->group.primary == i;
        double latency_us = member->latency_us;
        pthread_mutex_unlock(&m->lock);
        tell(to, "weir_endpoint_up", labels, up);
        tell(to, "weir_endpoint_primary", labels, primary);
        tell(to, "weir_endpoint_answer_microseconds", labels, (uint64_t)latency_us);
        if (lag_ms != UINT64_MAX)
            tell(to, "weir_endpoint_lag_milliseconds", labels, lag_ms);
        tell_reads(to, shard, i);
    }
    snprintf(labels, sizeof labels, "shard=\"%.64s\"", shard->config->name);
    pthread_mutex_lock(&m->lock);
    uint64_t term = m->group.term;
    bool split = m->group.split;
    pthread_mutex_unlock(&m->lock);
    tell(to, "weir_primary_term", labels, term);
    tell(to, "weir_split_brain", labels, split);
    tell(to, "weir_reads_waited_total", labels, atomic_load(&m->counts.waited));
    tell(to, "weir_reads_fell_back_total", labels, atomic_load(&m->counts.fell_back));
    tell(to, "weir_reads_refused_total", labels, atomic_load(&m->counts.refused));
    tell(to, "weir_waits_for_primary_total", labels, atomic_load(&m->counts.write_waits));
    tell(to, "weir_lost_writes_told_total", labels, atomic_load(&m->counts.lost));
}

void weir_statistics(weir_client *client,
                     void (*each)(void *context, const char *name, const char *labels, double value), void *context)
{
    weir_error ignored;
    unsigned epoch;
    if (!client || !each || weir__client_usable(client, &ignored) != WEIR_OK)
        return;
    const sink to = {each, context};
    weir__counters *n = &client->counters;
    uint64_t statements = 0, rows = 0;
    for (size_t i = 0; i < WEIR__STRIPES; i++) {
        statements += atomic_load(&client->stripes[i].statements);
        rows += atomic_load(&client->stripes[i].rows);
    }
    tell(&to, "weir_sessions", "", (uint64_t)atomic_load(&n->sessions));
    tell(&to, "weir_statements_total", "", statements);
    tell(&to, "weir_statements_again_total", "", atomic_load(&n->again));
    tell(&to, "weir_rows_total", "", rows);
    tell(&to, "weir_transaction_retries_total", "", atomic_load(&n->retries));
#define X(name, number, text)                                                                                          \
    tell(&to, "weir_failures_total", "status=\"" #name "\"", atomic_load(&n->failures[number]));
    WEIR_STATUS_MAP(X)
#undef X
    weir__plan_cache_counts p = weir__plan_cache_count(client->plans);
    tell(&to, "weir_plans_total", "found=\"text\"", p.by_text);
    tell(&to, "weir_plans_total", "found=\"fingerprint\"", p.by_fingerprint);
    tell(&to, "weir_plans_total", "found=\"shared\"", p.shared);
    tell(&to, "weir_plans_total", "found=\"built\"", p.built);
    tell(&to, "weir_plans_total", "found=\"uncached\"", p.uncached);
    weir__reaper_counts r = weir__reaper_count(client->reaper);
    tell(&to, "weir_kills_total", "", r.killed);
    tell(&to, "weir_kills_waiting", "", r.waiting);
    tell(&to, "weir_kills_given_up_total", "", r.given_up);
    weir__resolve_counts resolved = weir__resolver_count(client->resolver);
    tell(&to, "weir_branches_total", "outcome=\"committed\"", resolved.of[WEIR__RESOLUTION_COMMITTED]);
    tell(&to, "weir_branches_total", "outcome=\"rolled_back\"", resolved.of[WEIR__RESOLUTION_ROLLED_BACK]);
    tell(&to, "weir_branches_total", "outcome=\"in_doubt\"", resolved.of[WEIR__RESOLUTION_IN_DOUBT]);
    tell(&to, "weir_branches_total", "outcome=\"damaged\"",
         resolved.of[WEIR__RESOLUTION_DAMAGED] + resolved.of[WEIR__RESOLUTION_UNDECIDED]);
    weir__topology *t = weir__client_topology(client, &epoch);
    for (size_t i = 0; t && i < t->shard_count; i++)
        for (size_t j = 0; j < t->shards[i].server_count; j++)
            tell_pool(&to, &t->shards[i], j);
    for (size_t i = 0; t && i < t->shard_count; i++)
        if (t->shards[i].monitor)
            tell_health(&to, &t->shards[i], weir__now(&client->env.clock));
    weir__topology_unref(t);
}
