/* run.c - the canary, and the others behind it. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/thread.h"
#include "router/migrate/impl.h"

enum { SLICE_MS = 50, MAX_THREADS = 64, MAX_TEXT = 1200 };

void weir__migrate_event_out(weir__migrate *m, const weir__migrate_event *event)
{
    pthread_mutex_lock(&m->lock);
    m->mistakes += event->kind == WEIR__MIGRATE_MISTAKE;
    if (m->options.told)
        m->options.told(m->options.context, event);
    pthread_mutex_unlock(&m->lock);
}

void weir__migrate_tell(weir__migrate *m, weir__migrate_event_kind kind, const char *shard, const char *format, ...)
{
    char text[MAX_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const weir__migrate_event event = {.kind = kind, .shard = shard, .text = text};
    weir__migrate_event_out(m, &event);
}

static bool asked_to_stop(const weir__migrate *m)
{
    return m->options.stopped && m->options.stopped(m->options.stopped_context);
}

weir_status weir__migrate_may_go_on(weir__migrate *m, weir_error *error)
{
    if (asked_to_stop(m))
        return weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_CALL, "stopped; the same command goes on from here");
    if (atomic_load(&m->failed))
        return weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_CALL,
                          "stopped because another shard failed; the same command goes on from here");
    if (m->lease && !weir__lease_held(m->lease))
        return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_CALL,
                          "the lease could not be renewed in time, so another runner may be at work: this one stops "
                          "before its next statement");
    return WEIR_OK;
}

void weir__migrate_pause(weir__migrate *m, uint32_t milliseconds)
{
    for (; milliseconds > 0 && !asked_to_stop(m); milliseconds -= milliseconds < SLICE_MS ? milliseconds : SLICE_MS) {
        const struct timespec slice = {0, SLICE_MS * 1000000L};
        nanosleep(&slice, NULL);
    }
}

static bool stopped(void *context)
{
    return asked_to_stop(context);
}

static void waiting(void *context, const char *text)
{
    weir__migrate_tell(context, WEIR__MIGRATE_WAITING, "", "%s", text);
}

/* The chosen one, else the smallest by its tables' bytes. */
static size_t find_canary(const weir__migrate *m)
{
    size_t canary = 0;
    for (size_t i = 0; i < m->shard_count; i++) {
        if (m->options.canary && strcmp(m->shards[i].config->name, m->options.canary) == 0)
            return i;
        if (m->shards[i].bytes < m->shards[canary].bytes)
            canary = i;
    }
    return canary;
}

void weir__migrate_canary_at(weir__migrate *m, size_t done)
{
    pthread_mutex_lock(&m->lock);
    m->canary_ready = true;
    m->canary_done = done;
    pthread_cond_broadcast(&m->canary_moved);
    pthread_mutex_unlock(&m->lock);
}

/* The lock is held. Its jobs do not change once they are decided. */
static bool is_behind(const weir__migrate *m, const weir__migrate_shard *shard, const weir__job *job)
{
    if (shard == m->canary)
        return false;
    if (!m->canary_ready)
        return true;
    for (size_t i = m->canary_done; i < m->canary->job_count; i++)
        if (m->canary->jobs[i].migration == job->migration && m->canary->jobs[i].down == job->down)
            return true;
    return false;
}

bool weir__migrate_behind_canary(weir__migrate *m, const weir__migrate_shard *shard, const weir__job *job)
{
    pthread_mutex_lock(&m->lock);
    bool behind = is_behind(m, shard, job);
    pthread_mutex_unlock(&m->lock);
    return behind;
}

weir_status weir__migrate_wait_for_canary(weir__migrate *m, const weir__migrate_shard *shard, const weir__job *job,
                                          weir_error *error)
{
    weir_status status = WEIR_OK;
    pthread_mutex_lock(&m->lock);
    while (is_behind(m, shard, job) && (status = weir__migrate_may_go_on(m, error)) == WEIR_OK)
        weir__cond_wait_until(&m->canary_moved, &m->lock, weir__deadline_in(&m->env->clock, SLICE_MS));
    pthread_mutex_unlock(&m->lock);
    return status;
}

static weir__migrate_shard *next_shard(weir__migrate *m)
{
    weir__migrate_shard *shard = NULL;
    pthread_mutex_lock(&m->lock);
    while (m->next < m->shard_count && &m->shards[m->next] == m->canary)
        m->next++;
    if (m->next < m->shard_count)
        shard = &m->shards[m->next++];
    pthread_mutex_unlock(&m->lock);
    return shard;
}

static void *work(void *context)
{
    weir__migrate *m = context;
    weir__migrate_shard *shard;
    while (!asked_to_stop(m) && !atomic_load(&m->failed) && (shard = next_shard(m)) != NULL)
        weir__migrate_shard_run(m, shard);
    return NULL;
}

/* The canary on this thread, the others a version behind it on theirs; then this thread is one of those. */
static void run_shards(weir__migrate *m)
{
    pthread_t threads[MAX_THREADS];
    size_t count = 0, wanted = m->options.parallel < MAX_THREADS ? m->options.parallel : MAX_THREADS;
    while (count < wanted && count + 1 < m->shard_count && weir__thread_create(&threads[count], NULL, work, m) == 0)
        count++;
    weir__migrate_shard_run(m, m->canary);
    work(m);
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* What the whole run came to. */
static weir_status conclude(weir__migrate *m, weir_error *error)
{
    for (size_t i = 0; i < m->shard_count; i++)
        if (m->shards[i].end == WEIR__SHARD_FAILED) {
            *error = m->shards[i].error;
            return error->status;
        }
    for (size_t i = 0; i < m->shard_count; i++)
        if (m->shards[i].end != WEIR__SHARD_DONE)
            return weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_CALL, "stopped; the same command goes on from here");
    return WEIR_OK;
}

static bool has_work(const weir__migrate *m)
{
    for (size_t i = 0; i < m->shard_count; i++)
        if (m->shards[i].job_count)
            return true;
    return m->options.what == WEIR__MIGRATE_BASELINE || m->options.what == WEIR__MIGRATE_REPAIR;
}

weir_status weir__migrate_run(weir__migrate *m, weir_error *error)
{
    const weir__lease_options options = {
        .wait_ms = m->options.wait_ms,
        .lease_ms = m->options.lease_ms,
        .stopped = stopped,
        .waiting = waiting,
        .context = m,
    };
    if (m->mistakes)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "%u mistake%s in the migrations of database %s: nothing was run", m->mistakes,
                          m->mistakes == 1 ? "" : "s", m->database->name);
    for (size_t i = 0; i < m->shard_count && !has_work(m); i++)
        m->shards[i].end = WEIR__SHARD_DONE;
    if (!has_work(m))
        return WEIR_OK;
    weir_status status = weir__lease_take(m->env, m->database, &options, &m->lease, error);
    if (status != WEIR_OK)
        return status;
    (void)weir__fault(m->env, migrate_leased);
    m->fence = weir__lease_fence(m->lease);
    m->canary = &m->shards[find_canary(m)];
    run_shards(m);
    weir__lease_give(m->lease);
    m->lease = NULL;
    return conclude(m, error);
}
