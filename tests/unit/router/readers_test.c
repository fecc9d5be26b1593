/* readers_test.c - what a session may read from, and when. SPDX-License-Identifier: Apache-2.0 */
#include "router/readers.h"

#include "tests/support/test.h"
#include "tests/unit/router/cluster.h"

enum { MAX_LAG_MS = 2000 };

typedef struct scene {
    cluster c;
    weir__floor floor;
} scene;

static void begin(scene *s)
{
    cluster_open(&s->c, false);
    heard_all(&s->c);
    s->floor = weir__floor_none;
    EXPECT_INT(weir__floor_renew(&s->floor, &s->c.group), WEIR__RENEWED);
}

/* "12": members 1 and 2 may serve; "-": none; "~": none yet, but waiting may help. */
static const char *who(scene *s, weir_reads level, uint32_t max_lag_ms)
{
    static char text[4][8];
    static unsigned next;
    char *out = text[next++ % 4];
    uint32_t members[SERVERS], count = 0;
    weir__want want = {level, max_lag_ms};
    weir__no_reader why = weir__readers(&s->c.group, &s->floor, &want, s->c.now_ns, members, &count);
    memset(out, 0, 8);
    for (uint32_t i = 0; i < count; i++)
        out[i] = (char)('0' + members[i]);
    if (!count)
        out[0] = why == WEIR__READER_NOT_THERE_YET ? '~' : '-';
    EXPECT((why == WEIR__READER_FOUND) == (count > 0));
    return out;
}

static const char *session(scene *s)
{
    return who(s, WEIR_READS_SESSION, MAX_LAG_MS);
}

static void wrote(scene *s, uint64_t sequence)
{
    weir__floor_wrote(&s->floor, &s->c.group, (weir__gtid){0, 1, sequence}, s->c.now_ns);
}

TEST(readers, a_fresh_session_reads_anywhere)
{
    scene s;
    begin(&s);
    EXPECT_TEXT(session(&s), "12");
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, MAX_LAG_MS), "12");
    cluster_close(&s.c);
}

TEST(readers, own_writes_are_waited_for)
{
    scene s;
    begin(&s);
    wrote(&s, 12);
    EXPECT_TEXT(session(&s), "~");
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, MAX_LAG_MS), "12");
    at(&s.c, 0, "", "0-1-12", "0-1-12");
    at(&s.c, 1, "0-1-11", "0-1-11", "0-1-11");
    at(&s.c, 2, "0-1-12", "0-1-12", "0-1-12");
    rounds(&s.c, 1);
    EXPECT_TEXT(session(&s), "2");
    cluster_close(&s.c);
}

TEST(readers, each_domain_counts)
{
    scene s;
    begin(&s);
    weir__floor_wrote(&s.floor, &s.c.group, (weir__gtid){1, 1, 3}, s.c.now_ns);
    at(&s.c, 0, "", "0-1-20,1-1-3", "0-1-20,1-1-3");
    at(&s.c, 1, "0-1-20,1-1-2", "0-1-20,1-1-2", "0-1-20,1-1-2");
    at(&s.c, 2, "0-1-20,1-1-3", "0-1-20,1-1-3", "0-1-20,1-1-3");
    rounds(&s.c, 1);
    EXPECT_TEXT(session(&s), "2");
    cluster_close(&s.c);
}

/* HAZARDS 15: known positions are lower bounds. 1 shows more than its probe told; 2 has what the probe told, and is behind all the same. */
TEST(readers, HAZARD_15_time_does_not_go_back_from_replica_to_replica)
{
    scene s;
    begin(&s);
    weir__floor_read(&s.floor, &s.c.group, 1, s.c.now_ns); /* it showed 0-1-15 */
    EXPECT_TEXT(session(&s), "1");
    weir__group_suspect(&s.c.group, 1); /* it dies */
    EXPECT_TEXT(session(&s), "~");
    at(&s.c, 0, "", "0-1-15", "0-1-15");
    at(&s.c, 2, "0-1-12", "0-1-12", "0-1-12");
    heard(&s.c, 2);
    EXPECT_TEXT(session(&s), "~"); /* 2 alone proves nothing */
    heard(&s.c, 0);
    EXPECT_TEXT(session(&s), "~"); /* settled by the primary at 15, 2 is at 12 */
    at(&s.c, 2, "0-1-15", "0-1-15", "0-1-15");
    heard(&s.c, 2);
    EXPECT_TEXT(session(&s), "2");
    cluster_close(&s.c);
}

TEST(readers, HAZARD_15_settled_by_a_probe_sent_after_the_read)
{
    scene s;
    begin(&s);
    at(&s.c, 0, "", "0-1-15", "0-1-15");
    at(&s.c, 1, "0-1-15", "0-1-15", "0-1-15");
    at(&s.c, 2, "0-1-12", "0-1-12", "0-1-12");
    heard(&s.c, 2);
    weir__floor_read(&s.floor, &s.c.group, 1, s.c.now_ns);
    heard(&s.c, 1); /* told 15: what the session saw is at most that */
    s.c.group.members[1].standing = WEIR__OUT;
    EXPECT_TEXT(session(&s), "~");
    at(&s.c, 2, "0-1-14", "0-1-14", "0-1-14");
    heard(&s.c, 2);
    EXPECT_TEXT(session(&s), "~");
    at(&s.c, 2, "0-1-15", "0-1-15", "0-1-15");
    heard(&s.c, 2);
    EXPECT_TEXT(session(&s), "2");
    cluster_close(&s.c);
}

/* What is visible may not be counted as applied yet; it is in what the replica logged. */
TEST(readers, a_bound_of_what_was_seen_is_what_was_logged)
{
    scene s;
    begin(&s);
    weir__floor_read(&s.floor, &s.c.group, 1, s.c.now_ns);
    at(&s.c, 1, "0-1-14", "0-1-15", "0-1-15"); /* 15 is visible */
    heard(&s.c, 1);
    at(&s.c, 2, "0-1-14", "0-1-14", "0-1-14");
    heard(&s.c, 2);
    s.c.group.members[1].standing = WEIR__OUT;
    EXPECT_TEXT(session(&s), "~");
    cluster_close(&s.c);
    /* A replica that does not log what it applies: the primary's position is the bound. */
    begin(&s);
    s.c.servers[1].logs_not = true;
    at(&s.c, 0, "", "0-1-15", "0-1-15");
    heard(&s.c, 0);
    weir__floor_read(&s.floor, &s.c.group, 1, s.c.now_ns);
    at(&s.c, 1, "0-1-14", "0-1-14", "0-1-14");
    heard(&s.c, 1);
    at(&s.c, 2, "0-1-14", "0-1-14", "0-1-14");
    heard(&s.c, 2);
    s.c.group.members[1].standing = WEIR__OUT;
    EXPECT_TEXT(session(&s), "~");
    heard(&s.c, 0);
    EXPECT_TEXT(session(&s), "~");
    EXPECT_INT(s.floor.position.gtids[0].sequence, 15);
    cluster_close(&s.c);
}

TEST(readers, after_the_primary_served_its_next_probe_settles)
{
    scene s;
    begin(&s);
    weir__floor_read(&s.floor, &s.c.group, 0, s.c.now_ns);
    EXPECT_TEXT(session(&s), "~");
    heard(&s.c, 1);
    EXPECT_TEXT(session(&s), "~");
    at(&s.c, 0, "", "0-1-13", "0-1-13");
    heard(&s.c, 0);
    EXPECT_TEXT(session(&s), "~");
    at(&s.c, 1, "0-1-13", "0-1-13", "0-1-13");
    heard(&s.c, 1);
    EXPECT_TEXT(session(&s), "1");
    cluster_close(&s.c);
}

TEST(readers, a_write_stands_for_all_that_was_read_before_in_its_domain)
{
    scene s;
    begin(&s);
    weir__floor_read(&s.floor, &s.c.group, 0, s.c.now_ns);
    wrote(&s, 12);
    EXPECT_INT(s.floor.served_by, WEIR__NO_MEMBER);
    cluster_close(&s.c);
    begin(&s); /* with two domains it does not */
    at(&s.c, 0, "", "0-1-10,1-1-4", "0-1-10,1-1-4");
    heard(&s.c, 0);
    weir__floor_read(&s.floor, &s.c.group, 0, s.c.now_ns);
    wrote(&s, 12);
    EXPECT_INT(s.floor.served_by, 0);
    cluster_close(&s.c);
}

TEST(readers, HAZARD_16_an_unknown_position_means_the_primary)
{
    scene s;
    begin(&s);
    s.floor.unknown = true;
    rounds(&s.c, 3);
    EXPECT_TEXT(session(&s), "-");
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, MAX_LAG_MS), "12");
    cluster_close(&s.c);
}

TEST(readers, filters_and_unknown_replication_serve_eventual_reads_alone)
{
    scene s;
    begin(&s);
    s.c.servers[1].filtered = true;
    heard(&s.c, 1);
    EXPECT_TEXT(session(&s), "2");
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, MAX_LAG_MS), "12");
    s.c.servers[2].no_positions = true; /* MySQL: a session that has written nothing */
    heard(&s.c, 2);
    EXPECT_TEXT(session(&s), "2");
    wrote(&s, 5);
    EXPECT_TEXT(session(&s), "~");
    cluster_close(&s.c);
}

TEST(readers, lag_and_suspicion_take_out_of_service)
{
    scene s;
    begin(&s);
    for (int i = 0; i < 10; i++) {
        s.c.servers[1].beat = ++s.c.servers[0].beat;
        rounds(&s.c, 1);
    }
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, 1000), "1");
    EXPECT_TEXT(who(&s, WEIR_READS_BOUNDED, 100), "-");
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, 60000), "12");
    weir__group_suspect(&s.c.group, 1);
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, 1000), "-");
    rounds(&s.c, 1);
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, 1000), "1");
    cluster_close(&s.c);
}

static void fail_over(scene *s, const char *logged, const char *state)
{
    s->c.servers[0].up = false;
    rounds(&s->c, 3);
    promote(&s->c, 1, logged, state);
    rounds(&s->c, 1);
    EXPECT_INT(s->c.group.primary, 1);
}

TEST(readers, HAZARD_17_a_failover_that_lost_writes_is_told_once)
{
    scene s;
    begin(&s);
    wrote(&s, 12);
    fail_over(&s, "0-2-13", "0-1-11,0-2-13"); /* 13 of another server is not after 12 of the old one */
    EXPECT_TEXT(session(&s), "-");            /* not by sequence */
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWAL_LOST);
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWED);
    EXPECT_TEXT(session(&s), "~"); /* 2 has not what the new primary began with */
    at(&s.c, 2, "0-2-13", "0-2-13", "0-1-11,0-2-13");
    s.c.servers[2].source = 2;
    rounds(&s.c, 1);
    EXPECT_TEXT(session(&s), "2");
    cluster_close(&s.c);
}

TEST(readers, HAZARD_17_writes_that_the_new_primary_holds_are_not_lost)
{
    scene s;
    begin(&s);
    wrote(&s, 12);
    fail_over(&s, "0-1-12", "0-1-12");
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWED);
    cluster_close(&s.c);
    begin(&s); /* of an unknown position nobody can say so */
    s.floor.unknown = true;
    fail_over(&s, "0-1-12", "0-1-12");
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWAL_LOST);
    EXPECT(!s.floor.unknown);
    cluster_close(&s.c);
    begin(&s); /* nor of a write whose answer was lost */
    weir__floor_doubt(&s.floor, &s.c.group, s.c.now_ns);
    fail_over(&s, "0-1-12", "0-1-12");
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWAL_LOST);
    cluster_close(&s.c);
    begin(&s); /* a session that only read has lost nothing of its own */
    weir__floor_read(&s.floor, &s.c.group, 0, s.c.now_ns);
    fail_over(&s, "0-1-12", "0-1-12");
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWED);
    cluster_close(&s.c);
}

/* A replica that is still on the old branch is ahead by number and behind in truth. */
TEST(readers, HAZARD_17_a_replica_of_another_history_serves_no_session)
{
    scene s;
    begin(&s);
    at(&s.c, 2, "0-1-30", "0-1-30", "0-1-30");
    fail_over(&s, "0-2-13", "0-1-11,0-2-13");
    weir__floor_renew(&s.floor, &s.c.group);
    weir__floor_wrote(&s.floor, &s.c.group, (weir__gtid){0, 2, 14}, s.c.now_ns);
    EXPECT_TEXT(session(&s), "~");
    cluster_close(&s.c);
}

static void take_token(scene *s, const char *position, uint32_t served_by_id)
{
    s->floor = weir__floor_none;
    EXPECT(weir__position_parse((weir_str){position, strlen(position)}, &s->floor.position));
    s->floor.served_by_id = served_by_id;
    s->floor.since_ns = s->c.now_ns;
}

TEST(readers, a_token_is_held_against_the_primary_of_now)
{
    scene s;
    begin(&s);
    take_token(&s, "0-1-10", 0);
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWED);
    EXPECT_TEXT(session(&s), "12");
    take_token(&s, "0-1-12", 0); /* newer than the last probe: it may be there, nothing is said yet */
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWAL_LATER);
    EXPECT_TEXT(session(&s), "-");
    at(&s.c, 0, "", "0-1-12", "0-1-12");
    heard(&s.c, 0);
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWED);
    EXPECT_TEXT(session(&s), "~");
    take_token(&s, "0-7-11", 0); /* of a primary that nobody here knows */
    heard(&s.c, 0);
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWAL_LOST);
    cluster_close(&s.c);
}

/* What the other process read is not written in positions: its server must be probed after the token came. */
TEST(readers, a_token_carries_who_served_last)
{
    scene s;
    begin(&s);
    take_token(&s, "", 3);
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWED);
    EXPECT_TEXT(session(&s), "2");
    s.c.group.members[2].standing = WEIR__OUT;
    EXPECT_TEXT(session(&s), "~");
    cluster_close(&s.c);
    begin(&s);
    take_token(&s, "", 99); /* a server that is no more: the primary has what it showed */
    EXPECT_INT(weir__floor_renew(&s.floor, &s.c.group), WEIR__RENEWED);
    EXPECT_TEXT(session(&s), "~");
    rounds(&s.c, 1);
    EXPECT_TEXT(session(&s), "12");
    cluster_close(&s.c);
}

TEST(readers, a_restored_replica_is_another_one)
{
    scene s;
    begin(&s);
    weir__floor_read(&s.floor, &s.c.group, 1, s.c.now_ns);
    at(&s.c, 1, "0-1-7", "0-1-7", "0-1-7");
    heard(&s.c, 1);
    EXPECT_INT(s.c.group.members[1].incarnation, 1);
    EXPECT_TEXT(session(&s), "~");
    rounds(&s.c, 1);
    EXPECT_TEXT(session(&s), "2");
    cluster_close(&s.c);
}

TEST(readers, reads_go_on_without_a_primary)
{
    scene s;
    begin(&s);
    s.c.servers[0].up = s.c.servers[1].running = s.c.servers[2].running = false;
    rounds(&s.c, 20);
    EXPECT_TEXT(session(&s), "12");
    EXPECT_TEXT(who(&s, WEIR_READS_EVENTUAL, MAX_LAG_MS), "12");
    wrote(&s, 11); /* acknowledged by the primary that died, and on no replica */
    EXPECT_TEXT(session(&s), "~");
    cluster_close(&s.c);
}
