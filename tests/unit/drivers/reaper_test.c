/* reaper_test.c - who is killed, who is given up, and who waits for whom. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_driver.h"
#include "tests/support/test.h"

enum { LONG = 20000, NOT_OWNER = 1095 };

static const weir__pool_options plain = {.max = 8, .wait_ms = LONG};

static void break_one(fake_pool *p)
{
    weir__conn *conn = fake_take(p, 0, "", LONG, NULL);
    EXPECT(conn != NULL);
    if (conn)
        conn->broken = true;
    weir__pool_give(p->pool, conn);
}

static weir__reaper_counts counts(fake_pool *p)
{
    return weir__reaper_count(p->reaper);
}

TEST(reaper, what_was_given_up_is_killed)
{
    fake_server s;
    fake_pool p;
    fake_server_init(&s, "one");
    fake_pool_open(&p, &s, plain);
    break_one(&p);
    FAKE_UNTIL(counts(&p).killed == 1);
    break_one(&p); /* the first thread may have ended */
    FAKE_UNTIL(counts(&p).killed == 2);
    EXPECT_INT(counts(&p).waiting, 0);
    fake_pool_close(&p);
}

TEST(reaper, a_server_that_refuses_for_good_is_asked_once)
{
    fake_server s;
    fake_pool p;
    fake_server_init(&s, "not owner");
    s.kill_errno = NOT_OWNER;
    fake_pool_open(&p, &s, plain);
    break_one(&p);
    FAKE_UNTIL(counts(&p).given_up == 1);
    fake_pause(150);
    EXPECT_INT(s.kills, 1);
    EXPECT_INT(counts(&p).waiting, 0);
    fake_pool_close(&p);
}

/* Somebody kills connections of all kinds: that the server says so is no refusal. */
TEST(reaper, a_call_that_is_itself_killed_is_made_again)
{
    fake_server s;
    fake_pool p;
    fake_server_init(&s, "struck");
    s.struck = 2;
    fake_pool_open(&p, &s, plain);
    break_one(&p);
    FAKE_UNTIL(counts(&p).killed == 1);
    EXPECT_INT(s.kills, 3);
    EXPECT_INT(counts(&p).given_up, 0);
    fake_pool_close(&p);
}

TEST(reaper, one_call_kills_all_that_waited_for_the_server)
{
    fake_server s;
    fake_pool p;
    fake_server_init(&s, "paused");
    fake_pool_open(&p, &s, plain);
    weir__conn *conns[5];
    for (int i = 0; i < 5; i++)
        conns[i] = fake_take(&p, 0, "", LONG, NULL);
    s.mute = true;
    for (int i = 0; i < 5; i++) {
        conns[i]->broken = true;
        weir__pool_give(p.pool, conns[i]);
    }
    FAKE_UNTIL(s.kills >= 3);
    EXPECT_INT(counts(&p).killed, 0);
    EXPECT_INT(counts(&p).waiting, 5);
    s.mute = false;
    FAKE_UNTIL(counts(&p).killed == 5);
    fake_pool_close(&p);
}

/* A name server that does not answer holds up neither another server's kills nor closing. */
TEST(reaper, a_call_that_hangs_delays_nobody)
{
    fake_server hanging, fine;
    fake_pool a, other;
    fake_server_init(&hanging, "hanging");
    fake_server_init(&fine, "fine");
    fake_pool_open(&a, &hanging, plain);
    fake_pool_open(&other, &fine, plain); /* its pool, with the reaper of a */
    weir__conn *conn = fake_take(&a, 0, "", LONG, NULL);
    hanging.hangs = true;
    conn->broken = true;
    weir__pool_give(a.pool, conn);
    FAKE_UNTIL(hanging.opening == 1);
    weir__reaper_add(a.reaper, other.pool, (weir__late){.server_thread = 1});
    FAKE_UNTIL(counts(&a).killed == 1);
    EXPECT_INT(hanging.opening, 1);
    weir__pool_close(a.pool);
    uint64_t before = weir__now(&weir__clock_system);
    weir__reaper_stop(a.reaper, weir__deadline_in(&weir__clock_system, 50));
    EXPECT(weir__now(&weir__clock_system) - before < UINT64_C(10000000000));
    EXPECT_INT(hanging.opening, 1);
    weir__keeper_stop(a.keeper);
    weir__pool_unref(a.pool);
    EXPECT(!a.released); /* the thread that hangs keeps it */
    hanging.hangs = false;
    FAKE_UNTIL(a.released);
    weir__reaper_free(a.reaper);
    weir__keeper_free(a.keeper);
    fake_pool_close(&other);
}
