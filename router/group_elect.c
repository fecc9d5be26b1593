/* group_elect.c - who is the primary: the writable one, followed with care. SPDX-License-Identifier: Apache-2.0
 * HAZARDS of two writable servers and of a candidate that lacks what was acknowledged: docs/consistency.md. */
#include <stdio.h>
#include <string.h>

#include "router/group.h"

/* Was it writable when it was heard last, and may it still be? */
static bool may_be_written(const weir__member *m)
{
    return m->known && !m->probe.read_only && (m->heard || m->standing == WEIR__IN);
}

static bool replicates_from(const weir__member *a, const weir__member *d)
{
    return a->probe.asked_replication && a->probe.replicates && a->probe.io_running &&
           a->probe.source_id == d->probe.server_id;
}

static bool holds(const weir__member *m, const weir__position *position)
{
    return weir__gtid_state_holds_all(&m->probe.state, position->gtids, position->count);
}

static bool holds_own(const weir__member *d, const weir__member *a)
{
    const weir__gtid_state *s = &a->probe.state;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->gtids[i].server == a->probe.server_id && !weir__gtid_state_holds(&d->probe.state, s->gtids[i]))
            return false;
    return true;
}

/* Is it proven that d has all of a, and more? */
static bool is_ancestor(const weir__member *a, const weir__member *d)
{
    if (replicates_from(a, d) && !replicates_from(d, a))
        return true;
    if (!a->probe.positions || !d->probe.positions || a->probe.server_id == d->probe.server_id)
        return false;
    return holds_own(d, a) && holds(d, &a->probe.logged) && !holds(a, &d->probe.logged);
}

static void refuse_ancestors(weir__group *g)
{
    for (uint32_t a = 0; a < g->count; a++) {
        weir__member *m = &g->members[a];
        bool refused = false;
        for (uint32_t d = 0; d < g->count && may_be_written(m) && !refused; d++)
            refused = d != a && may_be_written(&g->members[d]) && is_ancestor(m, &g->members[d]);
        g->changes += refused != m->refused;
        m->refused = refused;
    }
}

static void nobody(weir__group *g, bool split, const char *why)
{
    if (g->primary != WEIR__NO_MEMBER || split != g->split)
        g->changes++;
    g->primary = WEIR__NO_MEMBER;
    g->split = split;
    snprintf(g->why, sizeof g->why, "%s", why);
}

static void begin_term(weir__group *g, uint32_t i, uint64_t now_ns)
{
    const weir__probe *p = &g->members[i].probe;
    g->term++;
    if (g->promotion_count == WEIR__MAX_PROMOTIONS)
        memmove(g->promotions, g->promotions + 1, --g->promotion_count * sizeof *g->promotions);
    g->promotions[g->promotion_count++] = (weir__promotion){g->term, p->state};
    g->start = g->logged = p->positions ? p->logged : (weir__position){0};
    g->logged_ns = now_ns;
    if (!holds(&g->members[i], &g->acknowledged))
        g->acknowledged = (weir__position){0};
    g->claim = (weir__claim){g->logged, p->sent_ns, UINT64_MAX};
    g->last = i;
}

static void make_primary(weir__group *g, uint32_t i, uint64_t now_ns)
{
    if (i != g->last)
        begin_term(g, i, now_ns);
    if (i != g->primary || g->split)
        g->changes++;
    g->primary = i;
    g->split = false;
    g->why[0] = '\0';
}

/* May the group leave the primary it had? That it was the ancestor of another when it was heard last proves nothing while it is silent: it
 * may have written since. */
static bool old_is_gone(const weir__group *g)
{
    if (g->last == WEIR__NO_MEMBER)
        return true;
    const weir__member *old = &g->members[g->last];
    return old->standing == WEIR__OUT || (old->heard && (old->probe.read_only || old->refused));
}

static void elect_one(weir__group *g, uint32_t i, uint64_t now_ns)
{
    const weir__member *m = &g->members[i];
    char text[WEIR__POSITION_TEXT], why[WEIR__WHY_TEXT];
    if (m->standing != WEIR__IN) {
        nobody(g, false, "the only writable server has not answered health.back_after probes in a row yet");
    } else if (i != g->last && !old_is_gone(g)) {
        nobody(g, false, "another server is writable, but the primary has not failed health.out_after probes yet");
    } else if (i != g->last && g->last != WEIR__NO_MEMBER && g->rules.lossless && m->probe.positions &&
               !holds(m, &g->acknowledged)) {
        weir__position_print(&g->acknowledged, text);
        snprintf(
            why, sizeof why,
            "the writable server lacks acknowledged writes up to %.64s, and the group is declared lossless: promote "
            "the most advanced replica",
            text);
        nobody(g, false, why);
    } else {
        make_primary(g, i, now_ns);
    }
}

void weir__group_elect(weir__group *g, uint64_t now_ns)
{
    uint32_t writable = 0, one = WEIR__NO_MEMBER;
    if (!g->ready) {
        for (uint32_t i = 0; i < g->count; i++)
            if (g->members[i].standing == WEIR__UNKNOWN_YET) {
                nobody(g, false, "not all servers were asked yet which of them is the primary");
                return;
            }
        g->ready = true;
        g->changes++;
    }
    refuse_ancestors(g);
    for (uint32_t i = 0; i < g->count; i++)
        if (may_be_written(&g->members[i]) && !g->members[i].refused) {
            writable++;
            one = i;
        }
    if (writable > 1)
        nobody(g, true, "two servers are writable, and neither has all of the other");
    else if (writable == 0)
        nobody(g, false, "no server is writable");
    else
        elect_one(g, one, now_ns);
}
