/* rw_split.c - choosing: readers by level, the primary when there is one. SPDX-License-Identifier: Apache-2.0 */
#include "router/rw_split.h"

#include <stdio.h>
#include <strings.h>

#include "router/balance.h"
#include "router/seen.h"

enum {
    SLICE_MS = 20,           /* of a wait: then it is seen whether the call was cancelled */
    DEAD_MS = 1000,          /* to find out whether a server is dead */
    VAIN_MS = 1000,          /* a wait for a replica was in vain: none is tried again for so long */
    MOST_MEMBERS = 64,       /* that one choice looks at; more replicas take no reads */
    READ_ONLY_OPTION = 1290, /* the server runs with --read-only */
    READ_ONLY_MODE = 1836,
};

weir__intent weir__split_intent(const weir_session *s, const weir__seat *seat, const weir_query_options *options)
{
    const weir__settings *settings = &seat->shard->config->settings;
    weir__intent intent = {.level = settings->reads.consistency, .max_lag_ms = settings->reads.max_lag_ms};
    if (s->reads != WEIR_READS_CONFIGURED)
        intent.level = s->reads;
    if (options && options->reads != WEIR_READS_CONFIGURED)
        intent.level = options->reads;
    if (s->max_lag_ms)
        intent.max_lag_ms = s->max_lag_ms;
    if (options && options->max_lag_ms)
        intent.max_lag_ms = options->max_lag_ms;
    return intent;
}

static weir_status fail(const weir__seat *seat, weir_error *error, weir_status status, weir_retry retry,
                        const char *format, ...) WEIR__PRINTF(5, 6);
static weir_status fail(const weir__seat *seat, weir_error *error, weir_status status, weir_retry retry,
                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    weir__error_fill(error, status, retry, format, args);
    va_end(args);
    weir__error_field(error->shard, sizeof error->shard, seat->shard->config->name);
    return status;
}

static weir_status cancelled(const weir__seat *seat, weir_error *error)
{
    return fail(seat, error, WEIR_CANCELLED, WEIR_RETRY_CALL,
                "the call was cancelled while it waited for a server; nothing was sent");
}

/* Asks for probes and waits for news, a slice at most. The monitor's lock is held, and let go meanwhile. */
static void wait_for_news(weir__monitor *m, const weir__clock *clock, weir__deadline until)
{
    pthread_mutex_unlock(&m->lock);
    weir__monitor_hurry(m);
    pthread_mutex_lock(&m->lock);
    weir__monitor_wait(m, weir__deadline_min(until, weir__deadline_in(clock, SLICE_MS)));
}

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static weir_status no_primary(const weir__seat *seat, const weir__group *g, uint32_t failover_ms, weir_error *error)
{
    return fail(
        seat, error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
        "there is no primary, and none came within timeouts.failover (%u ms) and the deadline: %.150s; nothing was "
        "sent",
        failover_ms, *g->why ? g->why : "the one there was does not answer");
}

/* Waits for the primary. The monitor's lock is held. */
static weir_status choose_primary(weir_session *s, weir__seat *seat, const weir__intent *intent, uint32_t *member,
                                  weir_error *error)
{
    weir__monitor *m = seat->shard->monitor;
    const weir__clock *clock = &s->client->env.clock;
    const weir__group *g = &m->group;
    uint32_t failover_ms = seat->shard->config->settings.timeouts.failover_ms;
    weir__deadline until = weir__deadline_min(intent->deadline, weir__deadline_in(clock, failover_ms));
    for (bool waited = false;; waited = true) {
        if (g->split)
            return fail(seat, error, WEIR_SPLIT_BRAIN, WEIR_RETRY_NEVER,
                        "%.150s: weir writes to neither; make the wrong one read_only", g->why);
        if (g->primary != WEIR__NO_MEMBER && !g->members[g->primary].suspect) {
            *member = g->primary;
            return WEIR_OK;
        }
        if (weir__session_cancelled(s))
            return cancelled(seat, error);
        if (weir__now(clock) >= until)
            return no_primary(seat, g, failover_ms, error);
        if (!waited && g->ready)
            count(&m->counts.write_waits);
        wait_for_news(m, clock, until);
    }
}

/* One of the members that may serve; the primary takes its share, unless the session is bound to a replica. */
static uint32_t pick(const weir_session *s, const weir__seat *seat, const weir__intent *intent, const uint32_t *members,
                     uint32_t count)
{
    weir__monitor *m = seat->shard->monitor;
    const weir__shard_config *config = seat->shard->config;
    weir__candidate candidates[MOST_MEMBERS + 1];
    uint32_t of[MOST_MEMBERS + 1], n = 0;
    uint64_t turn = atomic_fetch_add_explicit(&m->turn, 1, memory_order_relaxed);
    bool bound = intent->level == WEIR_READS_SESSION && seat->seen->floor.served_by != WEIR__NO_MEMBER;
    for (uint32_t i = 0; i < count && i < MOST_MEMBERS; i++)
        of[n++] = members[i];
    if (config->settings.reads.primary_share > 0 && m->group.primary != WEIR__NO_MEMBER && !bound)
        of[n++] = m->group.primary;
    if (n == 1)
        return of[0];
    for (uint32_t i = 0; i < n; i++) {
        const weir__server *server = seat->shard->servers[of[i]];
        double weight = of[i] == m->group.primary ? config->settings.reads.primary_share
                        : of[i]                   ? config->replicas[of[i] - 1].weight
                                                  : config->primary.weight;
        candidates[i] = (weir__candidate){
            .weight = weight,
            .latency_us = m->group.members[of[i]].latency_us,
            .outstanding = atomic_load_explicit(&server->outstanding, memory_order_relaxed),
            .identity = of[i] + 1,
        };
    }
    weir__chance chance = {weir__mix(s->client->env.seed ^ (turn * UINT64_C(0x9E3779B97F4A7C15))), turn, intent->key};
    return of[weir__balance_pick(config->settings.reads.balance, candidates, n, &chance)];
}

/* Waits, where that may help, until a replica may serve the read. READER_FOUND: *member. The monitor's lock is held. */
static weir__no_reader choose_replica(weir_session *s, weir__seat *seat, const weir__intent *intent, uint32_t *member)
{
    weir__monitor *m = seat->shard->monitor;
    const weir__clock *clock = &s->client->env.clock;
    const weir__settings *settings = &seat->shard->config->settings;
    uint64_t begun = weir__now(clock), now = begun;
    uint32_t members[MOST_MEMBERS], n = 0;
    weir__want want = {intent->level, intent->max_lag_ms};
    weir__deadline until = weir__deadline_min(intent->deadline, begun + settings->reads.wait_ms * UINT64_C(1000000));
    weir__deadline first =
        weir__deadline_min(intent->deadline, weir__deadline_in(clock, settings->timeouts.failover_ms));
    weir__no_reader why;
    for (;; now = weir__now(clock)) {
        /* Before each server was asked once nobody knows who is a replica. */
        bool unready = !m->group.ready && now < first;
        why = unready || m->group.count > MOST_MEMBERS
                  ? WEIR__READER_NONE
                  : weir__readers(&m->group, &seat->seen->floor, &want, now, members, &n);
        if (why == WEIR__READER_FOUND || weir__session_cancelled(s))
            break;
        bool helps = why == WEIR__READER_NOT_THERE_YET && now < until && now >= m->no_wait_until_ns;
        if (!unready && !helps)
            break;
        if (helps && now == begun)
            count(&m->counts.waited);
        wait_for_news(m, clock, unready ? first : until);
    }
    if (why == WEIR__READER_NOT_THERE_YET && now >= until && until > begun)
        m->no_wait_until_ns = now + VAIN_MS * UINT64_C(1000000);
    if (why == WEIR__READER_FOUND)
        *member = pick(s, seat, intent, members, n);
    return why;
}

static weir_status choose_reader(weir_session *s, weir__seat *seat, const weir__intent *intent, uint32_t *member,
                                 weir_error *error)
{
    weir__monitor *m = seat->shard->monitor;
    if (choose_replica(s, seat, intent, member) == WEIR__READER_FOUND)
        return WEIR_OK;
    if (weir__session_cancelled(s))
        return cancelled(seat, error);
    if (seat->shard->config->settings.reads.refuse_without_replica) {
        count(&m->counts.refused);
        return fail(seat, error, WEIR_STALE, WEIR_RETRY_CALL,
                    "no replica is in service and fresh enough, and reads.no_replica is refuse; nothing was sent");
    }
    count(&m->counts.fell_back);
    return choose_primary(s, seat, intent, member, error);
}

/* The floor comes to the group's term; what was lost is told once. The monitor's lock is held. */
static weir_status renew(weir_session *s, weir__seat *seat, weir_error *error)
{
    (void)s;
    weir__monitor *m = seat->shard->monitor;
    if (weir__floor_renew(&seat->seen->floor, &m->group) != WEIR__RENEWAL_LOST)
        return WEIR_OK;
    count(&m->counts.lost);
    return fail(
        seat, error, WEIR_LOST_WRITES, WEIR_RETRY_AFTER_LOOKING,
        "the primary has changed, and the new one lacks writes of this session, or may lack them: read the data before "
        "repeating anything; this statement was not sent, the session goes on at the new primary");
}

weir_status weir__split_choose(weir_session *s, weir__seat *seat, const weir__intent *intent, weir__server **server,
                               weir_error *error)
{
    weir__monitor *m = seat->shard->monitor;
    uint32_t member = 0;
    *server = seat->shard->servers[0];
    if (!m)
        return WEIR_OK;
    weir_status status = weir__seen_take(s, seat, error);
    if (status != WEIR_OK)
        return status;
    weir__monitor_begin(m);
    pthread_mutex_lock(&m->lock);
    status = renew(s, seat, error);
    if (status == WEIR_OK)
        status = intent->level == WEIR_READS_STRONG ? choose_primary(s, seat, intent, &member, error)
                                                    : choose_reader(s, seat, intent, &member, error);
    if (status == WEIR_OK && seat->seen->floor.term != m->group.term)
        status = renew(s, seat, error); /* it changed while this waited */
    pthread_mutex_unlock(&m->lock);
    seat->member = member;
    seat->read_only = intent->level != WEIR_READS_STRONG;
    *server = seat->shard->servers[member];
    return status;
}

weir_status weir__split_keep(weir_session *s, weir__seat *seat, weir_error *error)
{
    weir__monitor *m = seat->shard->monitor;
    (void)s;
    if (!m || !seat->seen || !seat->track.may_write)
        return WEIR_OK;
    pthread_mutex_lock(&m->lock);
    uint32_t primary = m->group.primary;
    bool split = m->group.split;
    pthread_mutex_unlock(&m->lock);
    if (split)
        fail(seat, error, WEIR_SPLIT_BRAIN, WEIR_RETRY_TRANSACTION,
             "two servers are writable, and neither has all of the other: the transaction is rolled back");
    else if (primary != WEIR__NO_MEMBER && primary != seat->member)
        fail(seat, error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION,
             "the primary is another server now: the transaction is rolled back; run it again from its beginning");
    else
        return WEIR_OK;
    seat->conn->broken = true; /* hanging up rolls back */
    return error->status;
}

bool weir__split_is_dead(weir_session *s, weir__seat *seat, weir__deadline deadline)
{
    weir__monitor *m = seat->shard->monitor;
    const weir__clock *clock = &s->client->env.clock;
    uint64_t now = weir__now(clock);
    weir__deadline until = weir__deadline_min(deadline, weir__deadline_in(clock, DEAD_MS));
    bool dead = false, alive = false;
    pthread_mutex_lock(&m->lock);
    const weir__member *member = &m->group.members[seat->member];
    while (!dead && !alive && weir__now(clock) < until) {
        wait_for_news(m, clock, until);
        dead = !member->heard;
        alive = member->heard && member->probe.sent_ns > now;
    }
    pthread_mutex_unlock(&m->lock);
    return dead;
}

bool weir__split_again(weir_session *s, weir__seat *seat, weir__server *server, weir_status status,
                       const weir_error *error)
{
    weir__monitor *m = seat->shard->monitor;
    uint32_t member = 0;
    (void)s;
    if (!m)
        return false;
    while (member < seat->shard->server_count && seat->shard->servers[member] != server)
        member++;
    bool read_only = (error->server_errno == READ_ONLY_OPTION && strcasestr(error->text, "read-only")) ||
                     error->server_errno == READ_ONLY_MODE;
    if (member == seat->shard->server_count || !(status == WEIR_UNREACHABLE || (status == WEIR_SERVER && read_only)))
        return false;
    weir__monitor_suspect(m, member);
    return true;
}
