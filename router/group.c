/* group.c - what probes say of members: standing, lag, history. SPDX-License-Identifier: Apache-2.0 */
#include "router/group.h"

#include <string.h>

#define SMOOTHING 0.2 /* the part of the newest answer in latency_us */

weir_status weir__group_init(weir__group *g, const weir__mem *mem, uint32_t count, weir__group_rules rules,
                             weir_error *error)
{
    memset(g, 0, sizeof *g);
    g->mem = mem;
    g->rules = rules;
    g->primary = g->last = WEIR__NO_MEMBER;
    g->members = weir__array(mem, count, sizeof *g->members);
    if (!g->members)
        return weir__fail_nomem(error);
    g->count = count;
    return WEIR_OK;
}

void weir__group_deinit(weir__group *g)
{
    weir__free(g->mem, g->members);
    g->members = NULL;
}

bool weir__group_primary_answers(const weir__group *g)
{
    return g->primary != WEIR__NO_MEMBER && g->members[g->primary].heard;
}

/* Its position is behind what it was: restored from a backup, or it lost its last transactions in a crash. */
static bool went_back(const weir__probe *before, const weir__probe *now)
{
    return before->positions && now->positions &&
           (!weir__position_reached(&now->applied, &before->applied) ||
            !weir__gtid_state_holds_all(&now->state, before->logged.gtids, before->logged.count));
}

static void take_answer(weir__group *g, weir__member *m, const weir__probe *probe)
{
    double took_us = (double)(probe->done_ns - probe->sent_ns) / 1000;
    if (m->known && (went_back(&m->probe, probe) || m->probe.server_id != probe->server_id)) {
        m->incarnation++;
        g->changes++;
    }
    m->latency_us = m->known ? m->latency_us + SMOOTHING * (took_us - m->latency_us) : took_us;
    weir__probe before = m->probe;
    m->probe = *probe;
    if (!probe->asked_replication && m->known) { /* what was heard of it last still holds */
        m->probe.asked_replication = before.asked_replication;
        m->probe.replicates = before.replicates;
        m->probe.io_running = before.io_running;
        m->probe.sql_running = before.sql_running;
        m->probe.filtered = before.filtered;
        m->probe.source_id = before.source_id;
    }
    m->known = true;
}

/* A replica that does not replicate. While the primary is silent that is no fault of the replica. */
static bool stands_still(const weir__group *g, uint32_t i)
{
    const weir__probe *p = &g->members[i].probe;
    if (i == g->last || !p->read_only || !weir__group_primary_answers(g) || !p->asked_replication)
        return false;
    return !p->replicates || !p->io_running || !p->sql_running;
}

static void move(weir__group *g, weir__member *m, weir__standing to)
{
    if (m->standing == to)
        return;
    m->standing = to;
    m->bad = m->good = 0;
    g->changes++;
}

/* Hurried probes do not count: with many that wait they come at every 2 ms, and the pace at which servers leave and come back is the
 * configured one, whatever waits. */
static void judge(weir__group *g, uint32_t i, bool bad, bool hurried)
{
    weir__member *m = &g->members[i];
    m->bad = bad ? m->bad + !hurried : 0;
    m->good = bad ? 0 : m->good + !hurried;
    if (m->suspect && !bad) {
        m->suspect = false;
        g->changes++;
    }
    if (bad && m->standing != WEIR__OUT && m->bad >= g->rules.out_after)
        move(g, m, WEIR__OUT);
    else if (!bad && (m->standing == WEIR__UNKNOWN_YET || (m->standing == WEIR__OUT && m->good >= g->rules.back_after)))
        move(g, m, WEIR__IN);
}

/* The older half loses every second one: the past is remembered long, but coarsely. */
static void thin_out(weir__group *g)
{
    uint32_t kept = 0, half = WEIR__MAX_BEATS / 2;
    for (uint32_t i = 0; i < g->beat_count; i++)
        if (i >= half || i % 2 == 0)
            g->beats[kept++] = g->beats[i];
    g->beat_count = kept;
}

/* When was this beat of the primary written, at the earliest? After the probe before, which did not see it; and not earlier than the
 * server itself says, whose clock may jump. */
static void take_beat(weir__group *g, const weir__probe *probe, uint64_t probe_before_ns)
{
    if (!probe->has_beat || (g->beat_count && probe->beat <= g->beats[g->beat_count - 1].beat))
        return;
    uint64_t by_server = probe->beat_age_ns < probe->sent_ns ? probe->sent_ns - probe->beat_age_ns : 0;
    if (g->beat_count == WEIR__MAX_BEATS)
        thin_out(g);
    weir__beat *b = &g->beats[g->beat_count++];
    b->beat = probe->beat;
    b->since_ns = by_server > probe_before_ns ? by_server : probe_before_ns;
}

/* A primary that came back with less than it had acknowledged: another history has begun. */
static bool lost_some(const weir__group *g, const weir__probe *probe, const weir__probe *before)
{
    const weir__position *had = probe->sent_ns > g->logged_ns ? &g->logged : &before->logged;
    return probe->positions && !weir__gtid_state_holds_all(&probe->state, had->gtids, had->count);
}

/* With lossless replication a primary logs a transaction, waits for a replica to acknowledge it, and shows it only then: what it has
 * logged may die with it though nothing was lost. A beat waits in that order too, and is written when the one before is seen. When
 * an answer shows beat b, b + 1 may be logged already and b + 2 is not: once b + 2 is seen, all that the answers before had logged
 * is acknowledged. */
static void take_claim(weir__group *g, const weir__probe *probe)
{
    weir__claim *c = &g->claim;
    if (!probe->has_beat || !probe->positions || probe->sent_ns <= c->sent_ns)
        return;
    if (probe->beat >= c->beat) {
        weir__position_join(&g->acknowledged, &c->logged);
        *c = (weir__claim){probe->logged, probe->sent_ns, UINT64_MAX};
    } else if (c->beat - probe->beat > 2) {
        c->beat = probe->beat + 2;
    }
}

/* What the primary's latest answer says of the whole group. */
static void hear_primary(weir__group *g, uint64_t probe_before_ns)
{
    const weir__probe *probe = &g->members[g->primary].probe;
    g->heard_ns = probe->sent_ns;
    take_beat(g, probe, probe_before_ns);
    take_claim(g, probe);
    if (probe->positions && weir__position_join(&g->logged, &probe->logged) && g->logged_ns < probe->sent_ns)
        g->logged_ns = probe->sent_ns;
}

void weir__group_feed(weir__group *g, uint32_t i, const weir__probe *probe)
{
    weir__member *m = &g->members[i];
    weir__probe before = m->probe;
    bool was_known = m->known, new_history = false;
    m->heard = probe->answered;
    if (probe->answered) {
        new_history = i == g->last && was_known && before.positions && lost_some(g, probe, &before);
        take_answer(g, m, probe);
    }
    judge(g, i, !probe->answered || stands_still(g, i), probe->hurried);
    if (new_history) {
        g->last = WEIR__NO_MEMBER; /* elected again, as another */
        g->primary = WEIR__NO_MEMBER;
    }
    uint32_t primary = g->primary;
    weir__group_elect(g, probe->done_ns);
    if (i == g->primary && probe->answered)
        hear_primary(g, was_known ? before.sent_ns : 0);
    else if (g->primary != primary && g->primary != WEIR__NO_MEMBER)
        hear_primary(g, 0);
}

void weir__group_suspect(weir__group *g, uint32_t i)
{
    if (!g->members[i].suspect)
        g->changes++;
    g->members[i].suspect = true;
}

void weir__group_acknowledge(weir__group *g, weir__gtid gtid, uint64_t now_ns)
{
    if (weir__position_add(&g->logged, gtid) && now_ns > g->logged_ns)
        g->logged_ns = now_ns;
    weir__position_add(&g->acknowledged, gtid);
}

/* The newest beat that is not newer than the member's; NULL: it is too far behind, or nothing is known. */
static const weir__beat *beat_of(const weir__group *g, uint64_t beat)
{
    for (uint32_t i = g->beat_count; i > 0; i--)
        if (g->beats[i - 1].beat <= beat)
            return &g->beats[i - 1];
    return NULL;
}

uint64_t weir__group_lag_ms(const weir__group *g, uint32_t i, uint64_t now_ns)
{
    const weir__member *m = &g->members[i];
    if (i == g->primary)
        return 0;
    bool frozen = !weir__group_primary_answers(g);
    uint64_t at_ns = frozen ? g->heard_ns : now_ns;
    if (!m->known)
        return UINT64_MAX;
    if (frozen && m->probe.positions && weir__position_reached(&m->probe.applied, &g->logged))
        return 0;
    const weir__beat *b = m->probe.has_beat ? beat_of(g, m->probe.beat) : NULL;
    if (!b)
        return UINT64_MAX;
    return at_ns > b->since_ns ? (at_ns - b->since_ns) / 1000000u : 0;
}

bool weir__group_same_history(const weir__group *g, uint32_t i)
{
    if (g->last == WEIR__NO_MEMBER || i == g->last)
        return true;
    const weir__probe *primary = &g->members[g->last].probe, *p = &g->members[i].probe;
    for (uint32_t k = 0; k < p->applied.count; k++) {
        weir__gtid gtid = p->applied.gtids[k];
        if (gtid.server != primary->server_id && !weir__gtid_state_holds(&primary->state, gtid))
            return false;
    }
    return true;
}
