/* reaper.c - the thread that kills late statements. SPDX-License-Identifier: Apache-2.0
 *
 *    WAITING --its time has come--> CALLING --killed, gone or restarted--> done
 *       ^------no answer: twice the pause----'      '--too many wait, or closing--> given up
 * (logged)
 */
#include "drivers/reaper.h"

#include "base/limits.h"
#include "base/thread.h"

enum { FIRST_PAUSE_MS = 50, LONGEST_PAUSE_MS = 5000, CALL_MS = 2000, STACK = 512 * 1024 };

typedef struct job {
    weir__pool *pool;
    weir__late late;
    uint64_t due_ns;
    uint32_t pause_ms;
    struct job *next;
} job;

struct weir__reaper {
    const weir__env *env;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool started, closing;
    weir__deadline close_by;
    job *jobs;
    weir__reaper_counts counts;
};

weir_status weir__reaper_new(const weir__env *env, weir__reaper **out, weir_error *error)
{
    weir__reaper *r = weir__new(&env->mem, sizeof *r);
    pthread_condattr_t attr;
    *out = r;
    if (!r)
        return weir__fail_nomem(error);
    r->env = env;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &attr);
    pthread_condattr_destroy(&attr);
    return WEIR_OK;
}

/* One call on the server. True: nothing is left to kill. */
static bool call(weir__reaper *r, const job *j, weir__deadline deadline)
{
    const weir__driver *driver = weir__pool_driver(j->pool);
    weir__conn *control = NULL;
    weir_error error;
    if (weir__fault(r->env, kill_refused))
        return false;
    if (driver->open(r->env, weir__pool_endpoint(j->pool), deadline, &control, &error) != WEIR_OK)
        return false;
    control->deadline = deadline;
    weir_status status = driver->kill(control, &j->late, &error);
    driver->close(control);
    return status == WEIR_OK;
}

static void give_up(weir__reaper *r, job *j)
{
    r->counts.given_up++;
    weir__logf(&r->env->log, WEIR_LOG_WARNING,
               "%s: a statement past its deadline could not be killed (connection %llu): the "
               "server does not answer",
               weir__pool_endpoint(j->pool)->text, (unsigned long long)j->late.server_thread);
}

static void job_free(weir__reaper *r, job *j)
{
    weir__pool_unref(j->pool);
    weir__free(&r->env->mem, j);
}

/* Takes the job whose time has come off the list; else says until when to sleep. The lock is held.
 */
static job *next_job(weir__reaper *r, weir__deadline *sleep_until)
{
    job **soonest = NULL;
    for (job **at = &r->jobs; *at; at = &(*at)->next)
        if (!soonest || (*at)->due_ns < (*soonest)->due_ns)
            soonest = at;
    uint64_t now = weir__now(&r->env->clock);
    *sleep_until = soonest ? (*soonest)->due_ns : now + UINT64_C(3600) * 1000000000u;
    if (!soonest || (now < (*soonest)->due_ns && !r->closing))
        return NULL;
    job *j = *soonest;
    *soonest = j->next;
    return j;
}

static void *work(void *context)
{
    weir__reaper *r = context;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        weir__deadline sleep_until;
        job *j = next_job(r, &sleep_until);
        if (!j) {
            if (r->closing)
                break;
            struct timespec t = {(time_t)(sleep_until / 1000000000u), (long)(sleep_until % 1000000000u)};
            pthread_cond_timedwait(&r->changed, &r->lock, &t);
            continue;
        }
        weir__deadline deadline = weir__deadline_in(&r->env->clock, CALL_MS);
        if (r->closing)
            deadline = weir__deadline_min(deadline, r->close_by);
        pthread_mutex_unlock(&r->lock);
        bool done = call(r, j, deadline);
        pthread_mutex_lock(&r->lock);
        if (!done && !r->closing) {
            j->pause_ms = j->pause_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : j->pause_ms * 2;
            j->due_ns = weir__deadline_in(&r->env->clock, j->pause_ms);
            j->next = r->jobs;
            r->jobs = j;
            continue;
        }
        r->counts.waiting--;
        if (done)
            r->counts.killed++;
        else
            give_up(r, j);
        pthread_mutex_unlock(&r->lock);
        job_free(r, j);
        pthread_mutex_lock(&r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static bool start(weir__reaper *r)
{
    pthread_attr_t attr;
    if (r->started)
        return true;
    if (weir__fault(r->env, thread_create))
        return false;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    r->started = weir__thread_create(&r->thread, &attr, work, r) == 0;
    pthread_attr_destroy(&attr);
    return r->started;
}

void weir__reaper_add(weir__reaper *r, weir__pool *pool, weir__late late)
{
    job *j = weir__new(&r->env->mem, sizeof *j);
    pthread_mutex_lock(&r->lock);
    bool taken = j && !r->closing && r->counts.waiting < WEIR__MAX_KILLS_WAITING && start(r);
    if (taken) {
        *j = (job){weir__pool_ref(pool), late, weir__now(&r->env->clock), FIRST_PAUSE_MS, r->jobs};
        r->jobs = j;
        r->counts.waiting++;
        pthread_cond_signal(&r->changed);
    } else {
        r->counts.given_up++;
    }
    pthread_mutex_unlock(&r->lock);
    if (!taken)
        weir__free(&r->env->mem, j);
}

void weir__reaper_stop(weir__reaper *r, weir__deadline deadline)
{
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    r->close_by = deadline;
    pthread_cond_signal(&r->changed);
    bool started = r->started;
    r->started = false;
    pthread_mutex_unlock(&r->lock);
    if (started)
        pthread_join(r->thread, NULL);
}

void weir__reaper_free(weir__reaper *r)
{
    if (!r)
        return;
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    weir__free(&r->env->mem, r);
}

weir__reaper_counts weir__reaper_count(weir__reaper *r)
{
    pthread_mutex_lock(&r->lock);
    weir__reaper_counts counts = r->counts;
    pthread_mutex_unlock(&r->lock);
    return counts;
}
