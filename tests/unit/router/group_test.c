/* group_test.c - who is in, how far behind, and who is the primary. SPDX-License-Identifier: Apache-2.0 */
#include "router/group.h"

#include "tests/support/test.h"
#include "tests/unit/router/cluster.h"

static void up_and_running(cluster *c, bool lossless)
{
    cluster_open(c, lossless);
    heard_all(c);
    EXPECT_INT(c->group.primary, 0);
    EXPECT_INT(c->group.term, 1);
}

TEST(group, nobody_is_primary_before_each_was_asked)
{
    cluster c;
    cluster_open(&c, false);
    c.servers[1].writable = true; /* weir.yaml calls 0 the primary; it is an old one that has come back */
    promote(&c, 1, "0-2-12", "0-1-10,0-2-12");
    heard(&c, 0);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    heard(&c, 2);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    heard(&c, 1);
    EXPECT_INT(c.group.primary, 1);
    EXPECT(c.group.members[0].refused);
    cluster_close(&c);
}

TEST(group, a_silent_member_is_waited_for_out_after_times_at_the_start)
{
    cluster c;
    cluster_open(&c, false);
    c.servers[0].up = false;
    promote(&c, 1, "0-2-12", "0-1-10,0-2-12");
    heard_all(&c);
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, 1);
    cluster_close(&c);
}

TEST(group, out_after_bad_probes_and_back_after_good_ones)
{
    cluster c;
    up_and_running(&c, false);
    c.servers[2].up = false;
    rounds(&c, 2);
    EXPECT_INT(c.group.members[2].standing, WEIR__IN);
    c.servers[2].up = true; /* one good probe between: not in a row */
    rounds(&c, 1);
    c.servers[2].up = false;
    rounds(&c, 2);
    EXPECT_INT(c.group.members[2].standing, WEIR__IN);
    rounds(&c, 1);
    EXPECT_INT(c.group.members[2].standing, WEIR__OUT);
    c.servers[2].up = true;
    rounds(&c, 4);
    EXPECT_INT(c.group.members[2].standing, WEIR__OUT);
    rounds(&c, 1);
    EXPECT_INT(c.group.members[2].standing, WEIR__IN);
    cluster_close(&c);
}

/* Between the probes at the configured pace, as many as waiting statements ask for. */
static void hurry(cluster *c, uint32_t i)
{
    c->hurried = true;
    for (int n = 0; n < 50; n++)
        heard(c, i);
    c->hurried = false;
}

TEST(group, hurried_probes_are_no_step_out_or_back)
{
    cluster c;
    up_and_running(&c, false);
    c.servers[1].running = c.servers[2].up = false; /* a bad answer, and none */
    for (int n = 0; n < 3; n++) {
        hurry(&c, 1);
        hurry(&c, 2);
        EXPECT_INT(c.group.members[1].standing, WEIR__IN);
        EXPECT_INT(c.group.members[2].standing, WEIR__IN);
        rounds(&c, 1);
    }
    EXPECT_INT(c.group.members[1].standing, WEIR__OUT);
    EXPECT_INT(c.group.members[2].standing, WEIR__OUT);
    c.servers[1].running = c.servers[2].up = true;
    for (int n = 0; n < 5; n++) {
        hurry(&c, 1);
        hurry(&c, 2);
        EXPECT_INT(c.group.members[1].standing, WEIR__OUT);
        EXPECT_INT(c.group.members[2].standing, WEIR__OUT);
        rounds(&c, 1);
    }
    EXPECT_INT(c.group.members[1].standing, WEIR__IN);
    EXPECT_INT(c.group.members[2].standing, WEIR__IN);
    cluster_close(&c);
}

TEST(group, a_hurried_probe_breaks_a_row)
{
    cluster c;
    up_and_running(&c, false);
    c.servers[2].up = false;
    rounds(&c, 2);
    c.servers[2].up = true;
    hurry(&c, 2);
    c.servers[2].up = false;
    rounds(&c, 2);
    EXPECT_INT(c.group.members[2].standing, WEIR__IN);
    cluster_close(&c);
}

/* Writes that wait for a primary hurry its probes: a moment of silence is still no reason to follow another server. */
TEST(group, HAZARD_18_waiting_writes_do_not_hasten_a_change_of_primary)
{
    cluster c;
    up_and_running(&c, false);
    c.servers[0].up = false;
    hurry(&c, 0);
    promote(&c, 1, "0-2-12", "0-1-10,0-2-12");
    hurry(&c, 1);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    rounds(&c, 2);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, 1);
    cluster_close(&c);
}

TEST(group, a_replica_that_stands_still_goes_out_while_the_primary_answers)
{
    cluster c;
    up_and_running(&c, false);
    c.servers[1].running = false;
    c.servers[2].source = 0;
    rounds(&c, 3);
    EXPECT_INT(c.group.members[1].standing, WEIR__OUT);
    EXPECT_INT(c.group.members[2].standing, WEIR__OUT);
    cluster_close(&c);
    /* HAZARDS 33: the replication threads wait for a dead primary, which is no fault of theirs. */
    up_and_running(&c, false);
    c.servers[0].up = c.servers[1].running = c.servers[2].running = false;
    rounds(&c, 20);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    EXPECT_INT(c.group.members[1].standing, WEIR__IN);
    EXPECT_INT(c.group.members[2].standing, WEIR__IN);
    cluster_close(&c);
}

static void beat(cluster *c, unsigned replicas_too)
{
    c->servers[0].beat++;
    for (uint32_t i = 1; i <= replicas_too; i++)
        c->servers[i].beat = c->servers[0].beat;
    rounds(c, 1);
}

TEST(group, lag_is_counted_from_the_replicas_beat)
{
    cluster c;
    up_and_running(&c, false);
    for (int i = 0; i < 10; i++)
        beat(&c, 1); /* 1 keeps up, 2 stands at the first beat */
    uint64_t one = weir__group_lag_ms(&c.group, 1, c.now_ns), two = weir__group_lag_ms(&c.group, 2, c.now_ns);
    EXPECT_THAT(one >= 150 && one <= 420, "%" PRIu64, one); /* at most two beats: one may be on its way */
    EXPECT_THAT(two >= 2000 && two <= 2300, "%" PRIu64, two);
    EXPECT_INT(weir__group_lag_ms(&c.group, 0, c.now_ns), 0);
    /* The beat stops while the primary answers: nobody knows how far they are behind. */
    rounds(&c, 50);
    EXPECT(weir__group_lag_ms(&c.group, 1, c.now_ns) >= 10000);
    cluster_close(&c);
}

TEST(group, a_replica_older_than_all_known_beats_is_not_known)
{
    cluster c;
    cluster_open(&c, false);
    c.servers[2].beat = 99;
    heard_all(&c);
    EXPECT(weir__group_lag_ms(&c.group, 2, c.now_ns) == UINT64_MAX);
    c.servers[1].beat = 0; /* no row */
    heard(&c, 1);
    EXPECT(weir__group_lag_ms(&c.group, 1, c.now_ns) == UINT64_MAX);
    cluster_close(&c);
}

/* However many beats pass, lag is never told as less than it is. */
TEST(group, beats_are_forgotten_coarsely_but_never_flatter)
{
    cluster c;
    up_and_running(&c, false);
    c.servers[1].beat = 0;
    for (uint64_t behind = 1; behind < 1000; behind++) {
        c.servers[0].beat++;
        if (behind == 3)
            c.servers[2].beat = c.servers[0].beat;
        rounds(&c, 1);
        uint64_t told = weir__group_lag_ms(&c.group, 2, c.now_ns);
        uint64_t is = (behind > 3 ? behind - 3 : 0) * EVERY_MS;
        EXPECT_THAT(told >= is, "%" PRIu64 " told as %" PRIu64, is, told);
        EXPECT_THAT(behind < 10 || behind > 500 || told < 4 * is + 1000, "%" PRIu64 " told as %" PRIu64, is, told);
    }
    EXPECT(c.group.beat_count <= WEIR__MAX_BEATS);
    cluster_close(&c);
}

TEST(group, HAZARD_33_lag_is_frozen_without_a_primary)
{
    cluster c;
    up_and_running(&c, false);
    for (int i = 0; i < 10; i++)
        beat(&c, 1);
    at(&c, 0, "", "0-1-90", "0-1-90");
    at(&c, 1, "0-1-90", "0-1-90", "0-1-90");
    at(&c, 2, "0-1-50", "0-1-50", "0-1-50");
    rounds(&c, 1);
    uint64_t two = weir__group_lag_ms(&c.group, 2, c.now_ns);
    c.servers[0].up = false;
    rounds(&c, 50);
    EXPECT_INT(weir__group_lag_ms(&c.group, 1, c.now_ns), 0); /* it has all that was known */
    EXPECT(weir__group_lag_ms(&c.group, 2, c.now_ns) <= two);
    EXPECT(weir__group_lag_ms(&c.group, 2, c.now_ns) > 1500);
    at(&c, 2, "0-1-90", "0-1-90", "0-1-90"); /* it has applied the rest of its relay log */
    rounds(&c, 1);
    EXPECT_INT(weir__group_lag_ms(&c.group, 2, c.now_ns), 0);
    cluster_close(&c);
}

TEST(group, a_promoted_replica_is_followed)
{
    cluster c;
    up_and_running(&c, false);
    c.servers[0].up = false;
    rounds(&c, 2);
    promote(&c, 1, "0-1-10", "0-1-10");
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, 1);
    EXPECT_INT(c.group.term, 2);
    EXPECT_INT(c.group.promotion_count, 2);
    cluster_close(&c);
    /* Planned: the old one is made read-only first; no probe need fail. */
    up_and_running(&c, false);
    c.servers[0].writable = false;
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    promote(&c, 1, "0-1-10", "0-1-10");
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, 1);
    cluster_close(&c);
}

/* HAZARDS 18: never on one failed probe. */
TEST(group, HAZARD_18_a_moment_of_silence_is_no_reason_to_leave_the_primary)
{
    cluster c;
    up_and_running(&c, false);
    promote(&c, 1, "0-1-10", "0-1-10"); /* by mistake, or because others cannot reach the primary */
    c.servers[0].up = false;
    rounds(&c, 1);
    EXPECT(c.group.primary != 1);
    rounds(&c, 1);
    EXPECT(c.group.primary != 1);
    c.servers[0].up = true;
    rounds(&c, 1);
    EXPECT(c.group.split);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    cluster_close(&c);
}

TEST(group, HAZARD_18_two_writable_servers)
{
    static const struct {
        const char *name;
        const char *old_logged, *old_state;
        const char *new_applied, *new_logged, *new_state;
        bool old_refused; /* else both */
    } rows[] = {
        {"the old one stopped where the new one began", "0-1-10", "0-1-10", "0-1-10", "0-2-11", "0-1-10,0-2-11", true},
        {"the new one does not log what it applied", "0-1-10", "0-1-10", "0-1-10", "0-2-11", "0-2-11,0-1-10", true},
        {"the old one has more of its own", "0-1-11", "0-1-11", "0-1-10", "0-2-12", "0-1-10,0-2-12", false},
        {"equal sequences are different data", "0-1-11", "0-1-11", "0-1-10", "0-2-11", "0-1-10,0-2-11", false},
        {"the same in both proves nothing", "0-1-10", "0-1-10", "0-1-10", "0-1-10", "0-1-10", false},
        {"something of a third server in the old one", "0-9-11", "0-1-10,0-9-11", "0-1-10", "0-2-12", "0-1-10,0-2-12",
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cluster c;
        up_and_running(&c, false);
        c.servers[0].up = false;
        rounds(&c, 3);
        c.servers[1].applied = rows[i].new_applied;
        promote(&c, 1, rows[i].new_logged, rows[i].new_state);
        rounds(&c, 1);
        EXPECT_THAT(c.group.primary == 1, "%s: promoted", rows[i].name);
        c.servers[0].up = true;
        at(&c, 0, "", rows[i].old_logged, rows[i].old_state);
        for (int n = 0; n < 20; n++) {
            rounds(&c, 1);
            EXPECT_THAT(c.group.primary != 0, "%s: written to the old one", rows[i].name);
            EXPECT_THAT(c.group.split == !rows[i].old_refused, "%s: split %d", rows[i].name, c.group.split);
            EXPECT_THAT((c.group.primary == 1) == rows[i].old_refused, "%s", rows[i].name);
        }
        cluster_close(&c);
    }
}

TEST(group, a_replica_whose_read_only_was_forgotten_is_no_primary)
{
    cluster c;
    cluster_open(&c, false);
    c.servers[1].writable = true; /* it replicates from 0 */
    heard_all(&c);
    rounds(&c, 2);
    EXPECT_INT(c.group.primary, 0);
    EXPECT(c.group.members[1].refused);
    cluster_close(&c);
}

TEST(group, lossless_takes_no_candidate_that_lacks_what_was_acknowledged)
{
    cluster c;
    up_and_running(&c, true);
    weir__group_acknowledge(&c.group, (weir__gtid){0, 1, 12}, c.now_ns);
    c.servers[0].up = false;
    rounds(&c, 3);
    promote(&c, 1, "0-1-11", "0-1-11");
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER);
    EXPECT_HAS(c.group.why, "0-1-12");
    c.servers[1].writable = false;
    c.servers[2].applied = "0-1-12";
    promote(&c, 2, "0-1-12", "0-1-12");
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, 2);
    cluster_close(&c);
    /* Replication that may lose goes on, and tells the sessions (readers_test.c). */
    up_and_running(&c, false);
    weir__group_acknowledge(&c.group, (weir__gtid){0, 1, 12}, c.now_ns);
    c.servers[0].up = false;
    rounds(&c, 3);
    promote(&c, 1, "0-1-11", "0-1-11");
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, 1);
    cluster_close(&c);
}

/* A primary logs before a replica acknowledges: what it had logged last may never have been acknowledged to anybody. */
TEST(group, lossless_does_not_ask_for_what_was_logged_only)
{
    cluster c;
    up_and_running(&c, true);
    weir__group_acknowledge(&c.group, (weir__gtid){0, 1, 12}, c.now_ns);
    at(&c, 0, "", "0-1-14", "0-1-14"); /* 13 and 14 wait for a replica; so does the beat */
    rounds(&c, 5);
    c.servers[0].up = false;
    rounds(&c, 3);
    c.servers[1].applied = "0-1-12";
    promote(&c, 1, "0-1-12", "0-1-12");
    rounds(&c, 1);
    EXPECT_THAT(c.group.primary == 1, "%s", c.group.why);
    cluster_close(&c);
}

/* What others write is acknowledged when beats go on after it. */
TEST(group, lossless_knows_by_beats_what_was_acknowledged)
{
    for (unsigned beats = 0; beats < 6; beats++) {
        cluster c;
        up_and_running(&c, true);
        at(&c, 0, "", "0-1-14", "0-1-14");
        rounds(&c, 2); /* a claim of 0-1-10 is under way, and no beat ends it */
        for (unsigned i = 0; i < beats; i++)
            beat(&c, 2);
        c.servers[0].up = false;
        rounds(&c, 3);
        promote(&c, 1, "0-1-10", "0-1-10");
        rounds(&c, 1);
        /* Two beats end the claim of 0-1-10 and begin that of 0-1-14, which is bound to a beat at the next answer and ended two later. */
        EXPECT_THAT((c.group.primary == 1) == (beats < 5), "%u beats: %s", beats, c.group.why);
        EXPECT_THAT(beats < 5 || strstr(c.group.why, "0-1-14"), "%u beats: %s", beats, c.group.why);
        cluster_close(&c);
    }
}

TEST(group, the_same_server_back_with_all_it_had_is_the_same_term)
{
    cluster c;
    up_and_running(&c, false);
    c.servers[0].up = false;
    rounds(&c, 4);
    c.servers[0].up = true;
    rounds(&c, 4);
    EXPECT_INT(c.group.primary, WEIR__NO_MEMBER); /* back_after */
    rounds(&c, 1);
    EXPECT_INT(c.group.primary, 0);
    EXPECT_INT(c.group.term, 1);
    /* Back with less than it had acknowledged: other data will stand at these numbers. */
    weir__group_acknowledge(&c.group, (weir__gtid){0, 1, 14}, c.now_ns);
    c.servers[0].up = false;
    rounds(&c, 4);
    at(&c, 0, "", "0-1-13", "0-1-13");
    c.servers[0].up = true;
    rounds(&c, 5);
    EXPECT_INT(c.group.primary, 0);
    EXPECT_INT(c.group.term, 2);
    cluster_close(&c);
}

/* A probe that was sent before the write was acknowledged does not show it: nothing is lost. */
TEST(group, a_probe_that_is_older_than_the_acknowledgement_is_no_loss)
{
    cluster c;
    up_and_running(&c, false);
    weir__group_acknowledge(&c.group, (weir__gtid){0, 1, 14}, c.now_ns + 1000000000u);
    rounds(&c, 1);
    EXPECT_INT(c.group.term, 1);
    EXPECT_INT(c.group.primary, 0);
    cluster_close(&c);
}

TORTURE(group, out_of_memory)
{
    weir__group group;
    weir_error error;
    weir__group_rules rules = {3, 5, false};
    weir_status status = weir__group_init(&group, &test_env()->mem, 3, rules, &error);
    weir__group_deinit(&group);
    return status;
}
