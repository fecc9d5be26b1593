/* cluster.c - see cluster.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/router/cluster.h"

#include "tests/support/test.h"

static weir_str view(const char *text)
{
    return (weir_str){text, strlen(text)};
}

void cluster_open(cluster *c, bool lossless)
{
    weir_error error;
    memset(c, 0, sizeof *c);
    c->now_ns = UINT64_C(1000000000000);
    weir__group_rules rules = {.out_after = 3, .back_after = 5, .lossless = lossless};
    EXPECT_OK(weir__group_init(&c->group, &test_env()->mem, SERVERS, rules, &error), error);
    for (uint32_t i = 0; i < SERVERS; i++) {
        c->servers[i] = (server){.up = true, .writable = i == 0, .running = true, .source = i ? 1 : 0, .beat = 100};
        at(c, i, i ? "0-1-10" : "", "0-1-10", "0-1-10");
    }
}

void cluster_close(cluster *c)
{
    weir__group_deinit(&c->group);
}

void at(cluster *c, uint32_t i, const char *applied, const char *logged, const char *state)
{
    c->servers[i].applied = applied;
    c->servers[i].logged = logged;
    c->servers[i].state = state;
}

void promote(cluster *c, uint32_t i, const char *logged, const char *state)
{
    server *s = &c->servers[i];
    s->writable = true;
    s->source = 0;
    s->logged = logged;
    s->state = state;
}

void pass_ms(cluster *c, uint64_t ms)
{
    c->now_ns += ms * 1000000u;
}

void heard(cluster *c, uint32_t i)
{
    const server *s = &c->servers[i];
    weir__probe p = {.sent_ns = c->now_ns, .hurried = c->hurried, .answered = s->up};
    pass_ms(c, 1);
    p.done_ns = c->now_ns;
    p.read_only = !s->writable;
    p.server_id = i + 1;
    p.positions = !s->no_positions && weir__position_parse(view(s->applied), &p.applied) &&
                  weir__position_parse(view(s->logged), &p.logged) && weir__gtid_state_parse(view(s->state), &p.state);
    p.logs_all = !s->logs_not;
    p.has_beat = s->beat != 0;
    p.beat = s->beat;
    p.beat_age_ns = 150000000;
    p.asked_replication = true;
    p.replicates = s->source != 0;
    p.io_running = p.sql_running = s->source != 0 && s->running;
    p.source_id = s->source;
    p.filtered = s->filtered;
    weir__group_feed(&c->group, i, &p);
}

void heard_all(cluster *c)
{
    for (uint32_t i = 0; i < SERVERS; i++)
        heard(c, i);
}

void rounds(cluster *c, unsigned n)
{
    while (n-- > 0) {
        pass_ms(c, EVERY_MS);
        heard_all(c);
    }
}
