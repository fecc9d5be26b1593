/* readers.c - see readers.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/readers.h"

const weir__floor weir__floor_none = {.served_by = WEIR__NO_MEMBER};

static bool is_empty(const weir__floor *f)
{
    return f->position.count == 0 && f->served_by == WEIR__NO_MEMBER && f->served_by_id == 0 && !f->unknown &&
           !f->wrote_untold;
}

static bool held_since(const weir__floor *f, const weir__group *g)
{
    uint64_t oldest = g->promotion_count ? g->promotions[0].term : 0;
    if (f->term + 1 < oldest)
        return false; /* a promotion that is no longer remembered lies between */
    for (uint32_t i = 0; i < g->promotion_count; i++)
        if (g->promotions[i].term > f->term &&
            !weir__gtid_state_holds_all(&g->promotions[i].state, f->position.gtids, f->position.count))
            return false;
    return true;
}

/* In the new term the floor is what the new primary began with: more than the session can have seen of what survived. */
static void go_on(weir__floor *f, const weir__group *g)
{
    f->position = g->start;
    f->served_by = WEIR__NO_MEMBER;
    f->served_by_id = 0;
    f->unknown = f->wrote_untold = false;
    f->term = g->term;
}

static uint32_t member_of_id(const weir__group *g, uint32_t server_id)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (g->members[i].known && g->members[i].probe.server_id == server_id)
            return i;
    return WEIR__NO_MEMBER;
}

/* A floor of another process says nothing of terms: the primary of now holds it, or does not. */
static weir__renewal renew_foreign(weir__floor *f, const weir__group *g)
{
    const weir__probe *primary = &g->members[g->last].probe;
    bool held = primary->positions && weir__gtid_state_holds_all(&primary->state, f->position.gtids, f->position.count);
    if (!held && primary->positions && (g->primary == WEIR__NO_MEMBER || primary->sent_ns < f->since_ns))
        return WEIR__RENEWAL_LATER;
    if (!held && primary->positions) {
        go_on(f, g);
        return WEIR__RENEWAL_LOST;
    }
    if (!held && f->position.count)
        f->unknown = true; /* nothing compares with it */
    f->term = g->term;
    if (f->served_by_id) {
        f->served_by = member_of_id(g, f->served_by_id);
        if (f->served_by == WEIR__NO_MEMBER) /* a server that is no more: the primary has all of it */
            f->served_by = g->last;
        f->incarnation = g->members[f->served_by].incarnation;
        f->served_until_ns = f->since_ns;
        f->served_by_id = 0;
    }
    return WEIR__RENEWED;
}

weir__renewal weir__floor_renew(weir__floor *f, const weir__group *g)
{
    if (f->term == g->term || g->term == 0)
        return WEIR__RENEWED;
    if (is_empty(f)) {
        f->term = g->term;
        return WEIR__RENEWED;
    }
    if (f->term == 0)
        return renew_foreign(f, g);
    bool held = held_since(f, g) && !f->unknown && !f->wrote_untold;
    go_on(f, g);
    return held ? WEIR__RENEWED : WEIR__RENEWAL_LOST;
}

void weir__floor_read(weir__floor *f, const weir__group *g, uint32_t member, uint64_t now_ns)
{
    if (f->term == 0 && is_empty(f))
        f->term = g->term;
    f->served_by_id = 0; /* weir__readers gave a member that has it, or this is the primary */
    f->served_by = member;
    f->incarnation = g->members[member].incarnation;
    f->served_until_ns = now_ns;
}

/* Has the primary this domain alone? Then all that was seen before a write has a lower sequence than it. */
static bool one_domain(const weir__group *g, uint32_t domain)
{
    const weir__position *logged = &g->members[g->last].probe.logged;
    return logged->count == 1 && logged->gtids[0].domain == domain;
}

void weir__floor_wrote(weir__floor *f, const weir__group *g, weir__gtid gtid, uint64_t now_ns)
{
    if (f->term == 0 && is_empty(f))
        f->term = g->term;
    else if (f->term == 0) /* still to be held against the primary, and now this too */
        f->since_ns = now_ns;
    if (!weir__position_add(&f->position, gtid))
        f->unknown = true;
    if (g->last == WEIR__NO_MEMBER)
        return;
    if (one_domain(g, gtid.domain))
        f->served_by = WEIR__NO_MEMBER;
    else
        weir__floor_read(f, g, g->last, now_ns);
}

void weir__floor_doubt(weir__floor *f, const weir__group *g, uint64_t now_ns)
{
    f->wrote_untold = true;
    if (g->last != WEIR__NO_MEMBER)
        weir__floor_read(f, g, g->last, now_ns);
}

/* An upper bound of what the member that served last had shown, probed since: the floor then stands for it. */
static void settle(weir__floor *f, const weir__group *g)
{
    if (f->served_by == WEIR__NO_MEMBER)
        return;
    const weir__member *m = &g->members[f->served_by];
    const weir__probe *p = &m->probe;
    bool primary = f->served_by == g->primary;
    if (!primary &&
        (!p->logs_all || !p->positions || p->sent_ns < f->served_until_ns || m->incarnation != f->incarnation)) {
        if (g->primary == WEIR__NO_MEMBER)
            return;
        m = &g->members[g->primary]; /* it has all that its replicas have shown */
        p = &m->probe;
    }
    if (m->known && p->positions && p->sent_ns >= f->served_until_ns && weir__position_join(&f->position, &p->logged))
        f->served_by = WEIR__NO_MEMBER;
}

bool weir__reader_in_service(const weir__group *g, uint32_t i, uint32_t max_lag_ms, uint64_t now_ns)
{
    const weir__member *m = &g->members[i];
    return m->standing == WEIR__IN && m->known && !m->suspect && weir__group_lag_ms(g, i, now_ns) <= max_lag_ms;
}

static bool same_as_served(const weir__group *g, const weir__floor *f, uint32_t i)
{
    return f->served_by == i && g->members[i].incarnation == f->incarnation;
}

/* May a session read from this member, which is in service? */
static bool suits(const weir__group *g, const weir__floor *f, uint32_t i)
{
    const weir__probe *p = &g->members[i].probe;
    bool bound_elsewhere = f->served_by != WEIR__NO_MEMBER && !same_as_served(g, f, i);
    if (bound_elsewhere || !p->asked_replication || p->filtered)
        return false;
    if (!p->positions)
        return f->position.count == 0;
    return weir__group_same_history(g, i) && weir__position_reached(&p->applied, &f->position);
}

/* A floor whose sequences cannot be compared with this term's. */
static bool out_of_term(const weir__group *g, const weir__floor *f)
{
    return f->served_by_id != 0 || ((f->position.count || f->term != 0) && (f->term != g->term || g->term == 0));
}

weir__no_reader weir__readers(const weir__group *g, weir__floor *f, const weir__want *want, uint64_t now_ns,
                              uint32_t *members, uint32_t *count)
{
    bool session = want->level == WEIR_READS_SESSION, some_in_service = false;
    *count = 0;
    if (session && (f->unknown || out_of_term(g, f)))
        return WEIR__READER_NONE;
    for (int pass = 0; pass < 2 && *count == 0; pass++) {
        if (pass == 1) /* staying with the member that served last does not do */
            settle(f, g);
        for (uint32_t i = 0; i < g->count; i++) {
            if (i == g->primary || !weir__reader_in_service(g, i, want->max_lag_ms, now_ns))
                continue;
            some_in_service = true;
            if (session && pass == 0 && f->served_by != WEIR__NO_MEMBER && !same_as_served(g, f, i))
                continue;
            if (session && !suits(g, f, i))
                continue;
            members[(*count)++] = i;
        }
        if (!session)
            break;
    }
    if (*count)
        return WEIR__READER_FOUND;
    return session && some_in_service ? WEIR__READER_NOT_THERE_YET : WEIR__READER_NONE;
}
