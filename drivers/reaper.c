/* reaper.c - the threads that kill late statements. SPDX-License-Identifier: Apache-2.0
 *
 *    WAITING --its time has come--> CALLING --killed, gone or restarted--> done
 *       ^------no answer: twice the pause----'      '--refused, too many wait, or closing--> given up
 * (logged)
 *
 * A worker is one pool's thread with its jobs; it leaves the list of workers, under the lock, when it has none left: a job added
 * later makes a new one. */
#include "drivers/reaper.h"

#include "base/limits.h"
#include "base/thread.h"

enum {
    QUERY_INTERRUPTED = 1317,
    MOST_REFUSALS = 6,
    FIRST_PAUSE_MS = 50,
    LONGEST_PAUSE_MS = 5000,
    CALL_MS = 2000,
    STACK = 512 * 1024
};

typedef struct job {
    weir__late late;
    struct job *next;
} job;

typedef struct worker {
    weir__reaper *reaper;
    weir__pool *pool; /* counted; the last to be let go: the reaper itself may go with it */
    pthread_t thread;
    job *jobs;
    uint64_t due_ns;
    uint32_t pause_ms;
    uint32_t refused;    /* calls in a row that the server answered with a refusal */
    struct worker *next; /* of the workers, then of the ended */
} worker;

struct weir__reaper {
    const weir__env *env;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* workers sleep on it, and stop */
    bool closing, left;     /* left: nobody joins any more */
    weir__deadline close_by;
    worker *workers;
    worker *ended; /* to be joined */
    weir__reaper_counts counts;
};

weir_status weir__reaper_new(const weir__env *env, weir__reaper **out, weir_error *error)
{
    weir__reaper *r = weir__new(&env->mem, sizeof *r);
    *out = r;
    if (!r)
        return weir__fail_nomem(error);
    r->env = env;
    pthread_mutex_init(&r->lock, NULL);
    weir__cond_init(&r->changed);
    return WEIR_OK;
}

/* The lock is held. */
static void give_up(weir__reaper *r, const worker *w, const job *j, const char *why)
{
    r->counts.waiting--;
    r->counts.given_up++;
    weir__logf(&r->env->log, WEIR_LOG_WARNING,
               "%s: a statement past its deadline could not be killed (connection %llu): %s",
               weir__pool_endpoint(w->pool)->text, (unsigned long long)j->late.server_thread, why);
}

/* Gives up all that the worker has. The lock is held. */
static void give_up_all(weir__reaper *r, worker *w, const char *why)
{
    while (w->jobs) {
        job *j = w->jobs;
        w->jobs = j->next;
        give_up(r, w, j, why);
        weir__free(&r->env->mem, j);
    }
}

/* The first job, off the list, or NULL. */
static job *pop_job(weir__reaper *r, worker *w)
{
    pthread_mutex_lock(&r->lock);
    job *j = w->jobs;
    if (j)
        w->jobs = j->next;
    pthread_mutex_unlock(&r->lock);
    return j;
}

/* Will trying again do? Not where the server answered that it will not have it. That somebody killed the KILL or its connection, or
 * that the server is going down, is no such answer. */
static bool is_worth_another(weir_status status, const weir_error *error)
{
    return status != WEIR_OK &&
           (error->retry != WEIR_RETRY_NEVER || error->server_errno == 0 || error->server_errno == QUERY_INTERRUPTED);
}

/* What came of one job. True: it is to be tried again. */
static bool settle(weir__reaper *r, worker *w, job *j, weir_status status, const weir_error *error)
{
    pthread_mutex_lock(&r->lock);
    bool again = is_worth_another(status, error) && !r->closing;
    if (again) {
        j->next = w->jobs;
        w->jobs = j;
    } else if (status == WEIR_OK) {
        r->counts.waiting--;
        r->counts.killed++;
    } else {
        give_up(r, w, j, error->text);
    }
    pthread_mutex_unlock(&r->lock);
    if (!again)
        weir__free(&r->env->mem, j);
    return again;
}

/* One call on the server, for all jobs there are. OK: it answered. */
static weir_status call(weir__reaper *r, worker *w, weir__deadline deadline, weir_error *error)
{
    const weir__driver *driver = weir__pool_driver(w->pool);
    weir__conn *control = NULL;
    if (weir__fault(r->env, kill_refused))
        return weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "a fault point refused the call");
    weir_status status = driver->open(r->env, weir__pool_endpoint(w->pool), deadline, &control, error);
    if (status != WEIR_OK)
        return status;
    bool again = false;
    for (job *j; !again && !control->broken && (j = pop_job(r, w)) != NULL;) {
        control->deadline = deadline;
        status = driver->kill(control, &j->late, error);
        again = settle(r, w, j, status, error);
    }
    bool answered = !again && !control->broken;
    driver->close(control);
    return answered ? WEIR_OK : weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "the server does not answer");
}

/* Has jobs, and their time has come. The lock is held, and let go for the call. */
static void turn(weir__reaper *r, worker *w)
{
    weir_error error;
    weir__deadline deadline = weir__deadline_in(&r->env->clock, CALL_MS);
    bool last = r->closing;
    if (last)
        deadline = weir__deadline_min(deadline, r->close_by);
    pthread_mutex_unlock(&r->lock);
    weir_status status = call(r, w, deadline, &error);
    pthread_mutex_lock(&r->lock);
    if (status == WEIR_OK) {
        w->pause_ms = FIRST_PAUSE_MS;
        w->refused = 0;
    } else if (last ||
               (status == WEIR_CONFIG && ++w->refused >= MOST_REFUSALS)) { /* a server that starts refuses too */
        give_up_all(r, w, status == WEIR_CONFIG ? error.text : "the server does not answer");
    } else {
        w->due_ns = weir__deadline_in(&r->env->clock, w->pause_ms);
        w->pause_ms = w->pause_ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : w->pause_ms * 2;
    }
}

static void unlist(weir__reaper *r, worker *w)
{
    for (worker **at = &r->workers; *at; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            return;
        }
}

static void *work(void *context)
{
    worker *w = context;
    weir__reaper *r = w->reaper;
    weir__pool *pool = w->pool;
    pthread_mutex_lock(&r->lock);
    while (w->jobs) {
        if (r->left)
            give_up_all(r, w, "the client was closed");
        else if (weir__now(&r->env->clock) < w->due_ns && !r->closing)
            weir__cond_wait_until(&r->changed, &r->lock, w->due_ns);
        else
            turn(r, w);
    }
    unlist(r, w);
    bool left = r->left;
    if (!left) {
        w->next = r->ended;
        r->ended = w;
    }
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    if (left) {
        pthread_detach(pthread_self());
        weir__free(&r->env->mem, w);
    }
    weir__pool_unref(pool);
    return NULL;
}

/* Waits for threads that have nothing left to do but to end; without the lock. */
static void join_ended(weir__reaper *r)
{
    pthread_mutex_lock(&r->lock);
    worker *w = r->ended;
    r->ended = NULL;
    pthread_mutex_unlock(&r->lock);
    while (w) {
        worker *next = w->next;
        pthread_join(w->thread, NULL);
        weir__free(&r->env->mem, w);
        w = next;
    }
}

/* The pool's worker with one more job. The lock is held. False: no memory, no thread. */
static bool hire(weir__reaper *r, weir__pool *pool, job *j)
{
    pthread_attr_t attr;
    for (worker *w = r->workers; w; w = w->next)
        if (w->pool == pool) {
            j->next = w->jobs;
            w->jobs = j;
            return true;
        }
    worker *w = weir__fault(r->env, thread_create) ? NULL : weir__new(&r->env->mem, sizeof *w);
    if (!w)
        return false;
    *w = (worker){.reaper = r, .pool = weir__pool_ref(pool), .jobs = j, .pause_ms = FIRST_PAUSE_MS, .next = r->workers};
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    bool started = weir__thread_create(&w->thread, &attr, work, w) == 0;
    pthread_attr_destroy(&attr);
    if (started) {
        r->workers = w;
    } else {
        weir__pool_unref(pool); /* never the last: the caller has one */
        weir__free(&r->env->mem, w);
    }
    return started;
}

void weir__reaper_add(weir__reaper *r, weir__pool *pool, weir__late late)
{
    job *j = weir__new(&r->env->mem, sizeof *j);
    pthread_mutex_lock(&r->lock);
    bool taken = j && !r->closing && r->counts.waiting < WEIR__MAX_KILLS_WAITING;
    if (taken) {
        j->late = late;
        taken = hire(r, pool, j);
    }
    if (taken)
        r->counts.waiting++;
    else
        r->counts.given_up++;
    bool ended = r->ended != NULL;
    pthread_mutex_unlock(&r->lock);
    if (!taken)
        weir__free(&r->env->mem, j);
    if (ended)
        join_ended(r);
}

void weir__reaper_stop(weir__reaper *r, weir__deadline deadline)
{
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    r->close_by = deadline;
    pthread_cond_broadcast(&r->changed);
    while (r->workers && weir__now(&r->env->clock) < deadline)
        weir__cond_wait_until(&r->changed, &r->lock, deadline);
    r->left = true;
    for (worker *w = r->workers; w; w = w->next)
        give_up_all(r, w, "the server does not answer");
    pthread_mutex_unlock(&r->lock);
    join_ended(r);
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
