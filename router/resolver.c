/* resolver.c - the thread of a client that makes passes. SPDX-License-Identifier: Apache-2.0 */
#include "router/resolver.h"

#include <pthread.h>

#include "base/thread.h"
#include "router/client_impl.h"
#include "router/schema_look.h"

enum { RESOLVE_EVERY_MS = 5000, ASK_FOR_TURN_EVERY = 12 /* passes: about a minute */ };

struct weir__resolver {
    weir_client *client;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    _Atomic bool stopping; /* written under the lock */
    bool started, stopped, woken;
    weir__resolve_counts ever;
    weir__schema_marks marks; /* the thread's own */
};

/* What a person must know of. The rest is said once it is done. */
static void log_resolved(void *context, const weir__resolved *r)
{
    const weir__resolver *resolver = context;
    const weir__log *log = &resolver->client->env.log;
    weir_log_level level = r->what == WEIR__RESOLUTION_DAMAGED || r->what == WEIR__RESOLUTION_UNDECIDED ||
                                   r->what == WEIR__RESOLUTION_IN_DOUBT
                               ? WEIR_LOG_ERROR
                           : r->what == WEIR__RESOLUTION_FAILED ? WEIR_LOG_WARNING
                                                                : WEIR_LOG_INFO;
    if (r->branch && r->what != WEIR__RESOLUTION_STRANGER)
        weir__logf(log, level, "shard %s: transaction %s: %s%s%.120s", r->shard->name, r->branch,
                   weir__resolution_text(r->what), r->error ? ": " : "", r->error ? r->error->text : "");
}

bool weir__resolver_is_needed(const weir__config *config)
{
    for (size_t i = 0; i < config->database_count; i++)
        if (config->databases[i].shard_count > 1 && config->databases[i].settings.transactions == WEIR__ATOMIC)
            return true;
    return false;
}

static void resolve(weir__resolver *r, weir__topology *t, bool asks_for_turn)
{
    weir__resolve_options options = {.stop = &r->stopping, .each = log_resolved, .context = r};
    weir__resolve_counts counts;
    weir_error ignored;
    options.audit = options.clean = asks_for_turn && weir__resolve_turn(&r->client->env, t);
    if (weir__resolve(&r->client->env, t, &options, &counts, &ignored) != WEIR_OK)
        return;
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i < WEIR__RESOLUTIONS; i++)
        r->ever.of[i] += counts.of[i];
    pthread_mutex_unlock(&r->lock);
}

static void make_pass(weir__resolver *r, bool asks_for_turn)
{
    unsigned epoch;
    weir__topology *t = weir__client_topology(r->client, &epoch);
    if (!t)
        return;
    if (weir__resolver_is_needed(t->config)) /* a reload may have changed it */
        resolve(r, t, asks_for_turn);
    weir__schema_look(r->client, t, epoch, &r->marks, &r->stopping);
    weir__topology_unref(t);
}

/* Spread by the seed, so that the processes of a fleet do not all look at once. */
static uint64_t next_pause_ms(const weir__resolver *r, uint64_t pass)
{
    uint64_t mixed = (r->client->env.seed + pass) * UINT64_C(0x9E3779B97F4A7C15);
    return RESOLVE_EVERY_MS / 2 + (mixed >> 33) % RESOLVE_EVERY_MS;
}

static void *run(void *context)
{
    weir__resolver *r = context;
    for (uint64_t pass = 1;; pass++) {
        weir__deadline until = weir__deadline_in(&weir__clock_system, next_pause_ms(r, pass));
        pthread_mutex_lock(&r->lock);
        while (!r->stopping && !r->woken && weir__cond_wait_until(&r->wake, &r->lock, until))
            ;
        bool stopping = r->stopping;
        r->woken = false;
        pthread_mutex_unlock(&r->lock);
        if (stopping)
            return NULL;
        make_pass(r, pass % ASK_FOR_TURN_EVERY == 1);
    }
}

weir_status weir__resolver_new(weir_client *client, weir__resolver **out, weir_error *error)
{
    weir__resolver *r = weir__new(&client->env.mem, sizeof *r);
    *out = NULL;
    if (!r)
        return weir__fail_nomem(error);
    r->client = client;
    pthread_mutex_init(&r->lock, NULL);
    weir__cond_init(&r->wake);
    *out = r;
    return WEIR_OK;
}

weir_status weir__resolver_start(weir__resolver *r, weir_error *error)
{
    pthread_mutex_lock(&r->lock);
    bool wanted = !r->started && !r->stopping;
    if (wanted)
        r->started = !weir__fault(&r->client->env, thread_create) && weir__thread_create(&r->thread, NULL, run, r) == 0;
    bool failed = wanted && !r->started;
    pthread_mutex_unlock(&r->lock);
    return failed ? weir__fail(error, WEIR_NOMEM, WEIR_RETRY_CALL, "no thread could be made for the resolver")
                  : WEIR_OK;
}

void weir__resolver_wake(weir__resolver *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->woken = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
}

void weir__resolver_stop(weir__resolver *r)
{
    if (!r || r->stopped)
        return;
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    pthread_cond_signal(&r->wake);
    bool started = r->started;
    pthread_mutex_unlock(&r->lock);
    if (started)
        pthread_join(r->thread, NULL);
    r->stopped = true;
}

void weir__resolver_free(weir__resolver *r)
{
    if (!r)
        return;
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    weir__schema_marks_free(&r->client->env.mem, &r->marks);
    weir__free(&r->client->env.mem, r);
}

weir_status weir__resolver_by_hand(weir_client *client, const weir__resolve_options *options,
                                   weir__resolve_counts *counts, weir_error *error)
{
    unsigned epoch;
    weir__resolver_stop(client->resolver); /* its passes would act in a dry run too, and say nothing */
    weir__topology *t = weir__client_topology(client, &epoch);
    if (!t)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed");
    weir_status status = weir__resolve(&client->env, t, options, counts, error);
    weir__topology_unref(t);
    return status;
}

weir__resolve_counts weir__resolver_count(weir__resolver *r)
{
    weir__resolve_counts counts = {0};
    if (!r)
        return counts;
    pthread_mutex_lock(&r->lock);
    counts = r->ever;
    pthread_mutex_unlock(&r->lock);
    return counts;
}
