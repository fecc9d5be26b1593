/* shard.c - all that a shard has to go through, on one connection. SPDX-License-Identifier: Apache-2.0
 *
 *   connect -> lock (an earlier runner's statement has ended) -> fence (its token is worthless) -> ledger read anew -> jobs
 *
 * From the lock on nobody else changes this shard's ledger; what was read before it was for the survey only. */
#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "router/migrate/impl.h"

static bool stopped(void *context)
{
    weir_error ignored;
    return weir__migrate_may_go_on(context, &ignored) != WEIR_OK;
}

static void waiting(void *context, const char *text)
{
    weir__migrate_tell(context, WEIR__MIGRATE_WAITING, "", "%s", text);
}

/* A connection with the shard's lock, under this runner's token, and no settings but weir's. */
static weir_status open_place(weir__place *place, weir_error *error)
{
    weir__migrate *m = place->m;
    weir__link *link = &place->shard->link;
    const weir__lease_options options = {.stopped = stopped, .waiting = waiting, .context = m};
    char sql[80];
    weir_status status = weir__link_open_primary(link, m->env, place->shard->config, error);
    if (status == WEIR_OK)
        status = weir__lease_lock_shard(link, &options, error);
    (void)(status == WEIR_OK && weir__fault(m->env, migrate_locked));
    if (status == WEIR_OK)
        status = weir__ledger_prepare(link, error);
    if (status == WEIR_OK)
        status = weir__ledger_fence(link, &m->fence, error);
    (void)(status == WEIR_OK && weir__fault(m->env, migrate_fenced));
    snprintf(sql, sizeof sql, "SET SESSION lock_wait_timeout=%u", m->options.lock_wait_s);
    return status == WEIR_OK ? weir__link_run(link, weir__view(sql), NULL, error) : status;
}

/* Under the lock: what is there now? */
static weir_status read_again(weir__place *place, weir_error *error)
{
    weir__migrate *m = place->m;
    uint32_t before = m->mistakes;
    weir__ledger_deinit(&place->shard->ledger);
    weir_status status = weir__ledger_read(&place->shard->ledger, &place->shard->link, error);
    if (status == WEIR_OK)
        status = weir__migrate_decide(m, place->shard, error);
    if (status == WEIR_OK && m->mistakes > before)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                            "what stands on shard %s changed since it was looked at: see the mistakes above",
                            place->shard->config->name);
    return status;
}

static void tell_step(weir__place *place, weir__migrate_event_kind kind, uint64_t milliseconds)
{
    const weir__migrate_event event = {
        .kind = kind,
        .shard = place->shard->config->name,
        .migration = place->job->migration,
        .step = place->step,
        .down = place->job->down,
        .statements = place->script->count,
        .milliseconds = milliseconds,
        .done = place->shard->done,
        .all = place->shard->all,
        .text = "",
    };
    weir__migrate_event_out(place->m, &event);
}

static weir_status run_step(weir__place *place, const weir__ledger_row *before, weir_error *error)
{
    uint64_t from_ns = weir__now(&place->m->env->clock);
    weir_status status = weir__migrate_may_go_on(place->m, error);
    if (status == WEIR_OK)
        status = weir__migrate_ease(place, error);
    if (status != WEIR_OK)
        return status;
    tell_step(place, WEIR__MIGRATE_BEGIN, 0);
    status = weir__migrate_execute(place, before, error);
    if (status == WEIR_OK) {
        place->shard->done++;
        tell_step(place, WEIR__MIGRATE_END, (weir__now(&place->m->env->clock) - from_ns) / 1000000u);
    } else if (status != WEIR_CANCELLED) {
        place->shard->failed_job = place->job;
        place->shard->failed_statement = place->step->number;
    }
    return status;
}

/* A version: settings of statements that ran before are made again on this connection. */
static weir_status run_job(weir__place *place, const weir__ledger_version *before, weir_error *error)
{
    weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < place->job->done && status == WEIR_OK; i++)
        if (place->script->steps[i].kind == WEIR__STEP_SETTING)
            status = weir__link_run(&place->shard->link, place->script->steps[i].sql, NULL, error);
    for (uint32_t i = place->job->done; i < place->script->count && status == WEIR_OK; i++) {
        place->step = &place->script->steps[i];
        status = run_step(place, weir__ledger_row_of(before, i + 1), error);
    }
    return status;
}

static weir_status next_job(weir__place *place, const weir__job *job, weir_error *error)
{
    weir_status status = WEIR_OK;
    place->job = job;
    if (weir__migrate_behind_canary(place->m, place->shard, job)) {
        status = weir__migrate_settle(place, error);
        if (status == WEIR_OK)
            status = weir__migrate_wait_for_canary(place->m, place->shard, job, error);
    }
    place->script = status == WEIR_OK ? weir__migrate_script(place->m, job->migration, job->down, error) : NULL;
    if (status == WEIR_OK && !place->script)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s cannot be read", job->migration->name);
    return status;
}

static weir_status run_jobs(weir__place *place, weir_error *error)
{
    weir__migrate_shard *shard = place->shard;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < shard->job_count && status == WEIR_OK; i++) {
        const weir__job *job = &shard->jobs[i];
        const weir__ledger_version *v = weir__ledger_find(&shard->ledger, job->migration->version);
        status = next_job(place, job, error);
        if (status == WEIR_OK)
            status = run_job(place, v && v->round == job->round ? v : NULL, error);
        if (status == WEIR_OK && place->script->settings && i + 1 < shard->job_count) { /* they end with their file */
            status = weir__migrate_settle(place, error);
            weir__link_close(&shard->link);
            if (status == WEIR_OK)
                status = open_place(place, error);
        }
        if (status == WEIR_OK && shard == place->m->canary)
            weir__migrate_canary_at(place->m, i + 1);
    }
    return status;
}

/* Also where something failed: what has run is told as ended. */
static weir_status settle_at_end(weir__place *place, weir_status status, weir_error *error)
{
    weir_error ignored;
    const weir__link *link = &place->shard->link;
    if (!place->owes || !link->conn || link->conn->broken)
        return status;
    return status == WEIR_OK ? weir__migrate_settle(place, error) : (weir__migrate_settle(place, &ignored), status);
}

static void tell_end(weir__migrate *m, weir__migrate_shard *shard)
{
    static const char *const texts[] = {"not begun", "done", "stopped", "failed"};
    const weir__migrate_event event = {
        .kind = WEIR__MIGRATE_SHARD_END,
        .shard = shard->config->name,
        .done = shard->done,
        .all = shard->all,
        .text = texts[shard->end],
        .error = shard->end == WEIR__SHARD_DONE ? NULL : &shard->error,
    };
    weir__migrate_event_out(m, &event);
}

static bool make_place(weir__place *place, weir__migrate *m, weir__migrate_shard *shard)
{
    size_t replicas = shard->config->replica_count;
    *place = (weir__place){.m = m, .shard = shard};
    weir__buf_init(&place->safe, &m->env->mem, 1024 * 1024);
    place->replicas = weir__array(&m->env->mem, replicas + 1, sizeof *place->replicas);
    place->replica_told = weir__array(&m->env->mem, replicas + 1, sizeof *place->replica_told);
    return place->replicas && place->replica_told;
}

static void drop_place(weir__place *place)
{
    weir__link_close(&place->shard->link); /* the server frees the shard's lock */
    for (size_t i = 0; place->replicas && i < place->shard->config->replica_count; i++)
        weir__link_close(&place->replicas[i]);
    weir__free(&place->m->env->mem, place->replicas);
    weir__free(&place->m->env->mem, place->replica_told);
    weir__buf_deinit(&place->safe);
}

void weir__migrate_shard_run(weir__migrate *m, weir__migrate_shard *shard)
{
    weir__place place;
    weir_error *error = &shard->error;
    weir_status status = make_place(&place, m, shard) ? open_place(&place, error) : weir__fail_nomem(error);
    if (status == WEIR_OK)
        status = read_again(&place, error);
    if (status == WEIR_OK && shard == m->canary)
        weir__migrate_canary_at(m, 0);
    if (status == WEIR_OK && m->options.what == WEIR__MIGRATE_BASELINE)
        status = weir__migrate_set_baseline(m, shard, error);
    else if (status == WEIR_OK && m->options.what == WEIR__MIGRATE_REPAIR)
        status = weir__migrate_repair(m, shard, error);
    else if (status == WEIR_OK)
        status = run_jobs(&place, error);
    status = settle_at_end(&place, status, error);
    drop_place(&place);
    shard->end = status == WEIR_OK          ? WEIR__SHARD_DONE
                 : status == WEIR_CANCELLED ? WEIR__SHARD_STOPPED
                                            : WEIR__SHARD_FAILED;
    if (shard->end == WEIR__SHARD_FAILED)
        atomic_store(&m->failed, true);
    if (shard == m->canary) /* nobody waits for it any more: those behind it stop, or it has done all */
        weir__migrate_canary_at(m, shard->job_count);
    if (status != WEIR_OK && !*error->shard)
        weir__error_field(error->shard, sizeof error->shard, shard->config->name);
    tell_end(m, shard);
}
