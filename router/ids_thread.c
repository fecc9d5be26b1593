/* ids_thread.c - the thread of a database that leases, renews and fetches. SPDX-License-Identifier: Apache-2.0
 * One question at a time; the lock is given up while the store answers. */
#include "base/str.h"
#include "router/ids_impl.h"

static uint64_t after(uint64_t from_ns, uint32_t ms)
{
    return from_ns + ms * UINT64_C(1000000);
}

/* To who waits. The lock is held. */
static void tell(weir__ids_maker *ids, weir__ids_answer *answer, weir_status status, const weir_error *error)
{
    answer->count++;
    answer->error = *error;
    answer->error.status = status;
    pthread_cond_broadcast(&ids->answered);
}

/* From the moment that the question was sent: the row holds at least so long. */
static void set_times(weir__ids_home *home)
{
    home->stop_ns = after(home->lease.asked_ns, WEIR__IDS_STOP_MS);
    home->renew_ns = after(home->lease.asked_ns, WEIR__IDS_RENEW_MS);
}

static void acquire(weir__ids_home *home, void **line)
{
    weir__ids_maker *ids = home->ids;
    weir__lease lease = {.held = false};
    weir_error error = {.status = WEIR_OK};
    pthread_mutex_unlock(&ids->lock);
    weir_status status =
        ids->store.acquire(ids->store.context, line, home->database, WEIR__IDS_STRETCH_MS, &lease, &error);
    pthread_mutex_lock(&ids->lock);
    home->flake_wanted = false; /* whoever needs more than this asks again */
    if (status == WEIR_OK) {
        home->lease = lease;
        weir__snowflake_init(&home->flake, lease.worker, lease.from_ms, lease.end_ms);
        set_times(home);
    }
    tell(ids, &home->answer, status, &error);
}

static void renew(weir__ids_home *home, void **line)
{
    weir__ids_maker *ids = home->ids;
    weir__lease lease = home->lease;
    weir_error error = {.status = WEIR_OK};
    uint64_t now_ms = weir__ids_now_ms(home), used_ms = weir__snowflake_used_ms(&home->flake);
    lease.end_ms = (now_ms > used_ms ? now_ms : used_ms) + WEIR__IDS_STRETCH_MS;
    pthread_mutex_unlock(&ids->lock);
    weir_status status = ids->store.renew(ids->store.context, line, home->database, &lease, &error);
    pthread_mutex_lock(&ids->lock);
    home->flake_wanted = false;
    if (status != WEIR_OK) {
        home->renew_ns = after(weir__now(&ids->env->clock), WEIR__IDS_AGAIN_MS);
    } else if (lease.held) {
        home->lease = lease;
        home->flake.end_ms = lease.end_ms;
        set_times(home);
    } else {
        home->lease.held = false; /* another one has the number: whoever waits gets the next */
        home->flake_wanted = true;
        weir__logf(&ids->env->log, WEIR_LOG_WARNING,
                   "%s: the lease of worker %u was lost; ids go on with another number", home->database, lease.worker);
    }
    tell(ids, &home->answer, status, &error);
}

static void fetch(weir__ids_home *home, weir__ids_sequence *s, void **line)
{
    weir__ids_maker *ids = home->ids;
    weir_error error = {.status = WEIR_OK};
    uint64_t first = 0;
    uint32_t count = s->block;
    pthread_mutex_unlock(&ids->lock);
    weir_status status =
        ids->store.block(ids->store.context, line, home->database, s->table, s->column, count, &first, &error);
    pthread_mutex_lock(&ids->lock);
    s->wanted = false;
    if (status == WEIR_OK && s->next == s->end) {
        s->next = first;
        s->end = first + count;
    } else if (status == WEIR_OK && s->spare_next == s->spare_end) {
        s->spare_next = first;
        s->spare_end = first + count;
    }
    tell(ids, &s->answer, status, &error);
}

static weir__ids_sequence *wanted(const weir__ids_home *home)
{
    weir__ids_sequence *s = home->sequences;
    while (s && !s->wanted)
        s = s->following;
    return s;
}

static bool is_idle(const weir__ids_home *home)
{
    return weir__now(&home->ids->env->clock) >= after(home->taken_ns, WEIR__IDS_IDLE_MS);
}

/* One thing that is to be done. False: nothing is, now. The lock is held. */
static bool step(weir__ids_home *home, void **line)
{
    weir__ids_sequence *s = wanted(home);
    if (s) {
        fetch(home, s, line);
        return true;
    }
    bool due = home->lease.held && weir__now(&home->ids->env->clock) >= home->renew_ns;
    if (!home->flake_wanted && !due)
        return false;
    if (home->lease.held)
        renew(home, line);
    else
        acquire(home, line);
    return true;
}

/* Nobody holds the number from here on; what was used of the stretch is written down. The lock is held. */
static void give_back(weir__ids_home *home, void **line)
{
    weir__ids_maker *ids = home->ids;
    weir__lease lease = home->lease;
    uint64_t used_ms = weir__snowflake_used_ms(&home->flake);
    home->lease.held = false;
    pthread_mutex_unlock(&ids->lock);
    ids->store.give_back(ids->store.context, line, home->database, &lease, used_ms);
    pthread_mutex_lock(&ids->lock);
}

static void *work(void *context)
{
    weir__ids_home *home = context;
    weir__ids_maker *ids = home->ids;
    void *line = NULL;
    pthread_mutex_lock(&ids->lock);
    for (bool leaving = false; !leaving;) {
        if (!ids->closed && step(home, &line))
            continue;
        leaving = ids->closed || is_idle(home);
        if (!leaving) {
            uint64_t until = after(home->taken_ns, WEIR__IDS_IDLE_MS);
            if (home->lease.held && home->renew_ns < until)
                until = home->renew_ns;
            weir__cond_wait_until(&home->wake, &ids->lock, until);
        } else if (home->lease.held) {
            give_back(home, &line);
            leaving = ids->closed || (!home->flake_wanted && !wanted(home));
        }
    }
    weir__helper_leave(&home->helper);
    ids->threads--;
    pthread_cond_broadcast(&ids->answered);
    pthread_mutex_unlock(&ids->lock);
    if (line)
        ids->store.hang_up(ids->store.context, line);
    weir__ids_unref(ids);
    return NULL;
}

bool weir__ids_wake(weir__ids_home *home)
{
    weir__ids_maker *ids = home->ids;
    if (home->helper.running) {
        pthread_cond_signal(&home->wake);
        return true;
    }
    if (ids->closed || weir__fault(ids->env, thread_create))
        return false;
    atomic_fetch_add(&ids->references, 1);
    if (weir__helper_start(&home->helper, work, home))
        ids->threads++;
    else
        atomic_fetch_sub(&ids->references, 1); /* never the last: the caller has one */
    return home->helper.running;
}
