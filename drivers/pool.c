/* pool.c - idle connections, waiters in order, levels. SPDX-License-Identifier: Apache-2.0
 *
 *    take: idle one? -> taken      else room? -> dial thread, wait      else wait
 *    give: waiter? -> its          else -> idle (newest first: the rest may grow old)
 *
 * Not here: dialling (pool_dial.c), what the keeper does (pool_keep.c). */
#include "drivers/pool_impl.h"

#include "base/thread.h"
#include "drivers/held.h"
#include "drivers/reaper.h"
#include "drivers/settings.h"

enum {
    QUIET_MS = 50,       /* idle for longer: look whether the server has hung up; a look is one system call */
    DIAL_SLACK_MS = 100, /* a dial ends by itself at connect_ms; its waiter gives up a little later */
    TWO_KEPT_FROM = 16,  /* of pools that large, two connections are kept for who holds one already */
    ONE_KEPT_FROM = 4,   /* smaller pools have none to spare */
};

weir_status weir__pool_new(const weir__env *env, const weir__driver *driver, const weir__endpoint *endpoint,
                           const weir__pool_options *options, weir__reaper *reaper, weir__keeper *keeper,
                           void (*released)(void *context), void *context, weir__pool **out, weir_error *error)
{
    weir__pool *pool = weir__new(&env->mem, sizeof *pool);
    *out = pool;
    if (!pool)
        return weir__fail_nomem(error);
    pool->env = env;
    pool->driver = driver;
    pool->endpoint = endpoint;
    pool->options = *options;
    pool->reserve = options->max >= TWO_KEPT_FROM ? 2 : options->max >= ONE_KEPT_FROM ? 1 : 0;
    pool->reaper = reaper;
    pool->keeper = keeper;
    pool->chore = (weir__chore){.visit = weir__pool_visit, .context = pool};
    pool->released = released;
    pool->context = context;
    atomic_init(&pool->references, 1);
    pthread_mutex_init(&pool->lock, NULL);
    weir__cond_init(&pool->settled);
    for (unsigned i = 0; i < WEIR__POOL_LEVELS; i++)
        pool->lines[i].last = &pool->lines[i].first;
    weir__pool_keep(pool);
    return WEIR_OK;
}

weir__pool *weir__pool_ref(weir__pool *pool)
{
    atomic_fetch_add_explicit(&pool->references, 1, memory_order_relaxed);
    return pool;
}

void weir__pool_unref(weir__pool *pool)
{
    if (!pool || atomic_fetch_sub_explicit(&pool->references, 1, memory_order_acq_rel) != 1)
        return;
    void (*released)(void *) = pool->released;
    void *context = pool->context;
    weir__keeper_forget(pool->keeper, &pool->chore);
    weir__pool_close(pool);
    weir__pool_join_ended(pool);
    pthread_cond_destroy(&pool->settled);
    pthread_mutex_destroy(&pool->lock);
    weir__free(&pool->env->mem, pool);
    released(context);
}

void weir__pool_close_all(weir__conn *list)
{
    while (list) {
        weir__conn *next = list->next;
        list->driver->close(list);
        list = next;
    }
}

void weir__pool_close(weir__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    weir__conn *idle = pool->idle;
    pool->idle = NULL;
    pool->counts.closed += pool->counts.idle;
    pool->counts.idle = 0;
    pool->closed = true;
    pthread_mutex_unlock(&pool->lock);
    weir__pool_close_all(idle);
}

/* ---- lists ---- */

static void push(weir__conn **list, weir__conn *conn)
{
    conn->previous = NULL;
    conn->next = *list;
    if (conn->next)
        conn->next->previous = conn;
    *list = conn;
}

static void unlist(weir__conn **list, weir__conn *conn)
{
    if (conn->next)
        conn->next->previous = conn->previous;
    if (conn->previous)
        conn->previous->next = conn->next;
    else
        *list = conn->next;
    conn->next = conn->previous = NULL;
}

void weir__pool_unlist_idle(weir__pool *pool, weir__conn *conn, weir__conn **dead)
{
    unlist(&pool->idle, conn);
    pool->counts.idle--;
    pool->counts.closed++;
    conn->next = *dead;
    *dead = conn;
}

void weir__waiter_init(weir__waiter *waiter)
{
    memset(waiter, 0, sizeof *waiter);
}

static void line_up(weir__pool *pool, weir__waiter *w)
{
    weir__line *line = &pool->lines[w->line];
    w->next = NULL;
    *line->last = w;
    line->last = &w->next;
    line->count++;
    pool->counts.waiting++;
}

static void leave_line(weir__pool *pool, const weir__waiter *waiter)
{
    weir__line *line = &pool->lines[waiter->line];
    for (weir__waiter **at = &line->first; *at; at = &(*at)->next) {
        if (*at != waiter)
            continue;
        *at = waiter->next;
        if (!*at)
            line->last = at;
        line->count--;
        pool->counts.waiting--;
        return;
    }
}

/* ---- levels ---- */

/* How many more may be taken at this level. The lock is held, as in all that follows here. */
static uint64_t room(const weir__pool *pool, unsigned level)
{
    uint64_t most = pool->options.max - pool->reserve + (level < pool->reserve ? level : pool->reserve);
    return most > pool->counts.taken ? most - pool->counts.taken : 0;
}

/* The lowest level that may take one more. */
static unsigned level_needed(const weir__pool *pool)
{
    uint64_t plain = pool->options.max - pool->reserve;
    return pool->counts.taken < plain ? 0 : (unsigned)(pool->counts.taken - plain + 1);
}

weir__waiter *weir__pool_pop_waiter(weir__pool *pool)
{
    for (unsigned level = WEIR__POOL_LEVELS; level-- > 0;) {
        weir__waiter *w = pool->lines[level].first;
        if (!w || room(pool, level) == 0)
            continue;
        leave_line(pool, w);
        w->next = NULL;
        return w;
    }
    return NULL;
}

uint64_t weir__pool_wanted(const weir__pool *pool)
{
    uint64_t wanted = 0;
    for (unsigned level = 0; level < WEIR__POOL_LEVELS; level++) {
        uint64_t most = room(pool, level);
        wanted += pool->lines[level].count;
        wanted = wanted < most ? wanted : most;
    }
    return wanted;
}

/* conn is on no list. */
static void grant(weir__pool *pool, weir__conn *conn, weir__waiter *w, uint64_t now)
{
    weir__holding *held = &conn->held;
    held->since_ns = now;
    held->thread = w->thread;
    held->level = level_needed(pool);
    held->warned = false;
    held->size = (uint16_t)(w->purpose.size < sizeof held->text ? w->purpose.size : sizeof held->text);
    if (held->size)
        memcpy(held->text, w->purpose.data, held->size);
    push(&pool->taken, conn);
    weir__held_add(held);
    pool->counts.taken++;
    pool->counts.granted++;
    pool->counts.reserved += held->level > 0;
    w->conn = conn;
}

weir__waiter *weir__pool_hand_over(weir__pool *pool, weir__conn *conn, uint64_t now)
{
    weir__waiter *w = pool->counts.waiting ? weir__pool_pop_waiter(pool) : NULL;
    if (w) {
        grant(pool, conn, w, now);
        return w;
    }
    conn->used_ns = now;
    push(&pool->idle, conn);
    pool->counts.idle++;
    return NULL;
}

void weir__pool_let_go(weir__waiter *waiter)
{
    if (waiter)
        weir__gate_open(&waiter->gate);
}

/* 0 is no limit. */
static bool older_than(uint64_t age_ns, uint32_t limit_ms)
{
    return limit_ms != 0 && age_ns > limit_ms * UINT64_C(1000000);
}

/* Whoever looked at the clock before he had the lock may meet one that was given back since. */
static uint64_t age(uint64_t since, uint64_t now)
{
    return now > since ? now - since : 0;
}

bool weir__pool_is_old(const weir__pool *pool, const weir__conn *conn, uint64_t now)
{
    return older_than(age(conn->used_ns, now), pool->options.idle_ms) ||
           older_than(age(conn->born_ns, now), pool->options.lifetime_ms);
}

/* The newest idle connection that is young enough, off its list; the others go to *dead. */
static weir__conn *pop_idle(weir__pool *pool, uint64_t now, weir__conn **dead)
{
    for (weir__conn *c; (c = pool->idle) != NULL;) {
        bool doubtful = age(c->used_ns, now) > QUIET_MS * UINT64_C(1000000) || c->used_ns <= pool->suspect_ns;
        if (!weir__pool_is_old(pool, c, now) && !(doubtful && !c->driver->alive(c))) {
            unlist(&pool->idle, c);
            pool->counts.idle--;
            return c;
        }
        weir__pool_unlist_idle(pool, c, dead);
    }
    return NULL;
}

/* ---- taking ---- */

/* Without the lock: another has left settings on it, and the caller does not look. */
static weir_status undo_settings(weir__pool *pool, weir__conn **conn, weir__deadline deadline, weir_error *error)
{
    (*conn)->deadline = deadline;
    weir_status status = weir__settings_apply(*conn, NULL, error);
    if (status != WEIR_OK) {
        weir__pool_give(pool, *conn);
        *conn = NULL;
    }
    return status;
}

static weir_status no_connection(weir__pool *pool, weir_error *error, weir_status status, const char *what)
{
    weir__fail(error, status, WEIR_RETRY_CALL, "%s", what);
    weir__error_field(error->endpoint, sizeof error->endpoint, pool->endpoint->text);
    weir__error_field(error->shard, sizeof error->shard, pool->endpoint->shard);
    return status;
}

/* Must the wait end without an answer? *until: when it is to be asked again. Locked. */
static weir_status give_up(weir__pool *pool, const weir__waiter *w, weir__deadline start, weir__deadline deadline,
                           weir__deadline *until, weir_error *error)
{
    bool dialling = pool->counts.dialling > 0 && room(pool, w->line) > 0;
    uint64_t patience_ms = dialling ? pool->endpoint->connect_ms + DIAL_SLACK_MS : pool->options.wait_ms;
    weir__deadline patience = start + patience_ms * 1000000u;
    *until = weir__deadline_min(deadline, patience);
    if (atomic_load(&w->woken))
        return no_connection(pool, error, WEIR_CANCELLED,
                             "the call was cancelled while it waited for a connection; nothing was changed");
    uint64_t now = weir__now(&pool->env->clock);
    if (now >= deadline)
        return no_connection(pool, error, WEIR_TIMEOUT,
                             "the deadline passed while waiting for a connection; nothing was changed");
    if (now < patience)
        return WEIR_OK;
    return dialling ? no_connection(pool, error, WEIR_UNREACHABLE,
                                    "no connection within timeouts.connect: does the name resolve, is the server up?")
                    : no_connection(pool, error, WEIR_BUSY,
                                    "all connections of the pool are in use: raise "
                                    "pool.max or pool.wait, or use sessions for less time");
}

/* The waiter is in its line. The lock is held, and let go. Gives why the wait ended without an answer. */
static weir_status wait_for_answer(weir__pool *pool, weir__waiter *w, weir__deadline deadline, weir_error *error)
{
    weir__deadline start = weir__now(&pool->env->clock), until;
    for (;;) {
        bool answered = w->conn || w->failed;
        weir_status status = answered ? WEIR_OK : give_up(pool, w, start, deadline, &until, error);
        if (status != WEIR_OK)
            leave_line(pool, w);
        pthread_mutex_unlock(&pool->lock);
        if (status != WEIR_OK)
            return status;
        if (weir__gate_wait(&w->gate, answered ? WEIR__GATE_ALWAYS : until) == WEIR__GATE_OPEN)
            return WEIR_OK;
        pthread_mutex_lock(&pool->lock);
    }
}

/* The lock is held, and let go. */
static weir_status queue_up(weir__pool *pool, weir__waiter *w, weir__deadline deadline, weir_error *error)
{
    weir__gate_shut(&w->gate);
    line_up(pool, w);
    if (!weir__pool_dial_if_useful(pool) && pool->counts.taken + pool->counts.dialling == 0) {
        leave_line(pool, w);
        pthread_mutex_unlock(&pool->lock);
        return no_connection(pool, error, WEIR_LIMIT, "no thread can be made to connect with: see ulimit -u");
    }
    if (pool->counts.dialling == 0)
        pool->counts.waits++;
    atomic_store(&w->at, pool);
    weir_status status = wait_for_answer(pool, w, deadline, error);
    atomic_store_explicit(&w->at, NULL, memory_order_relaxed);
    if (status == WEIR_OK && w->failed) {
        *error = w->error;
        status = error->status;
    }
    return status;
}

weir_status weir__pool_take(weir__pool *pool, weir__waiter *waiter, weir__deadline deadline, weir__conn **conn,
                            weir_error *error)
{
    weir__conn *dead = NULL, *idle = NULL;
    weir_status status = WEIR_OK;
    unsigned level = waiter->level;
    *conn = NULL;
    uint64_t now = waiter->now_ns ? waiter->now_ns : weir__now(&pool->env->clock);
    waiter->now_ns = 0;
    pthread_mutex_lock(&pool->lock);
    waiter->conn = NULL;
    waiter->failed = false;
    waiter->thread = weir__held_thread();
    pool->counts.takes++;
    if (room(pool, level) == 0 && !waiter->counts_thread) {
        unsigned own = weir__held_next(waiter->thread);
        level = own > level ? own : level;
    }
    waiter->line = level < pool->reserve ? level : pool->reserve;
    bool reap = pool->ended != NULL, closed = pool->closed;
    if (!closed && room(pool, level) > 0)
        idle = pop_idle(pool, now, &dead);
    if (idle)
        grant(pool, idle, waiter, now);
    if (idle || closed)
        pthread_mutex_unlock(&pool->lock);
    else
        status = queue_up(pool, waiter, deadline, error);
    if (closed)
        status = no_connection(pool, error, WEIR_USAGE, "the client was closed");
    *conn = waiter->conn;
    weir__pool_close_all(dead);
    if (reap)
        weir__pool_join_ended(pool);
    if (*conn && (*conn)->settings && !waiter->takes_changed)
        status = undo_settings(pool, conn, deadline, error);
    return status;
}

unsigned weir__pool_thread_level(void)
{
    return weir__held_next(weir__held_thread());
}

/* Of woken and at, each side writes one and then reads the other: one of them sees. */
void weir__waiter_wake(weir__waiter *waiter)
{
    atomic_store(&waiter->woken, true);
    if (atomic_load(&waiter->at))
        weir__gate_poke(&waiter->gate);
}

/* ---- giving back ---- */

/* One that was taken is gone: whoever waits may have what is idle, or another dialled. */
static void lose(weir__pool *pool, uint64_t *how)
{
    weir__conn *dead = NULL, *idle;
    pthread_mutex_lock(&pool->lock);
    uint64_t now = weir__now(&pool->env->clock);
    pool->counts.taken--;
    ++*how;
    if (how == &pool->counts.broken)
        pool->suspect_ns = now;
    while (pool->idle && weir__pool_wanted(pool) > 0 && (idle = pop_idle(pool, now, &dead)) != NULL)
        weir__pool_let_go(weir__pool_hand_over(pool, idle, now));
    weir__pool_dial_if_useful(pool);
    weir__pool_keep(pool);
    pthread_mutex_unlock(&pool->lock);
    weir__pool_close_all(dead);
}

/* It is hung up before its place is free: the server never has more than max of us. */
static void hang_up(weir__pool *pool, weir__conn *conn, uint64_t *how)
{
    pthread_mutex_lock(&pool->lock);
    unlist(&pool->taken, conn);
    weir__held_remove(&conn->held);
    pthread_mutex_unlock(&pool->lock);
    conn->driver->close(conn);
    lose(pool, how);
}

void weir__pool_give(weir__pool *pool, weir__conn *conn)
{
    if (!conn)
        return;
    if (conn->broken) {
        weir__late late = {
            .server_thread = conn->server_thread, .server_id = conn->server_id, .born_ns = conn->born_ns};
        memcpy(late.host, conn->host, sizeof late.host);
        hang_up(pool, conn, &pool->counts.broken);
        weir__reaper_add(pool->reaper, pool, late);
        return;
    }
    if (conn->in_rows || conn->in_transaction) {
        hang_up(pool, conn, &pool->counts.discarded);
        return;
    }
    uint64_t now = weir__now(&pool->env->clock); /* not under the lock, where others wait */
    weir__waiter *next = NULL;
    pthread_mutex_lock(&pool->lock);
    bool old = pool->closed || older_than(age(conn->born_ns, now), pool->options.lifetime_ms);
    if (!old) {
        unlist(&pool->taken, conn);
        weir__held_remove(&conn->held);
        pool->counts.taken--;
        pool->counts.gives++;
        next = weir__pool_hand_over(pool, conn, now);
    }
    pthread_mutex_unlock(&pool->lock);
    weir__pool_let_go(next);
    if (old)
        hang_up(pool, conn, &pool->counts.discarded);
}

void weir__pool_discard(weir__pool *pool, weir__conn *conn)
{
    if (conn)
        hang_up(pool, conn, &pool->counts.discarded);
}

const weir__endpoint *weir__pool_endpoint(const weir__pool *pool)
{
    return pool->endpoint;
}

const weir__driver *weir__pool_driver(const weir__pool *pool)
{
    return pool->driver;
}

weir__pool_counts weir__pool_count(weir__pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    weir__pool_counts counts = pool->counts;
    pthread_mutex_unlock(&pool->lock);
    return counts;
}

bool weir__pool_settle(weir__pool *pool, weir__deadline deadline)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->threads > 0 && weir__cond_wait_until(&pool->settled, &pool->lock, deadline))
        ;
    bool settled = pool->threads == 0;
    pthread_mutex_unlock(&pool->lock);
    weir__pool_join_ended(pool);
    return settled;
}
