/* pool_test.c - min, limits, levels, warnings, and counters that add up. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "drivers/held.h"
#include "tests/support/fake_driver.h"
#include "tests/support/test.h"

enum { LONG = 20000 };

static const weir__pool_options plain = {.max = 8, .wait_ms = LONG};

static weir__pool_counts counts(fake_pool *p)
{
    return weir__pool_count(p->pool);
}

static void expect_adds_up(fake_pool *p, const fake_server *s)
{
    weir__pool_counts n = counts(p);
    EXPECT_INT(n.granted, n.gives + n.broken + n.discarded + n.taken);
    EXPECT_INT(n.opened, n.idle + n.taken + n.broken + n.discarded + n.closed);
    FAKE_UNTIL(n.idle + n.taken == (uint64_t)(s->opens - s->closes)); /* the reaper has some for a moment */
}

/* ---- min ---- */

TEST(pool, min_connections_are_made_though_nobody_asks)
{
    fake_server s;
    fake_pool p;
    weir__pool_options o = plain;
    o.min = 3;
    fake_server_init(&s, "warm");
    fake_pool_open(&p, &s, o);
    FAKE_UNTIL(counts(&p).idle == 3);
    EXPECT_INT(counts(&p).takes, 0);
    weir__conn *conn = fake_take(&p, 0, "", LONG, NULL);
    EXPECT_INT(s.opens, 3);
    weir__pool_discard(p.pool, conn);
    FAKE_UNTIL(counts(&p).idle == 3); /* one that is lost is made again */
    expect_adds_up(&p, &s);
    fake_pool_close(&p);
}

TEST(pool, min_is_tried_again_when_the_server_comes_back)
{
    fake_server s;
    fake_pool p;
    weir__pool_options o = plain;
    o.min = 2;
    fake_server_init(&s, "later");
    s.refuses = true;
    fake_pool_open(&p, &s, o);
    FAKE_UNTIL(counts(&p).dial_failures >= 2);
    s.refuses = false;
    FAKE_UNTIL(counts(&p).idle == 2);
    fake_pool_close(&p);
}

/* A dial for min that fails is no failure of a caller whose own dial is under way. */
TEST(pool, who_has_a_dial_under_way_does_not_hear_of_another_that_failed)
{
    fake_server s;
    fake_pool p;
    weir_status status;
    weir__pool_options o = plain;
    o.min = 1;
    fake_server_init(&s, "two dials");
    s.refuses = true;
    fake_pool_open(&p, &s, o);
    FAKE_UNTIL(counts(&p).dial_failures >= 1);
    s.refuses = false;
    weir__conn *conn = fake_take(&p, 0, "", LONG, &status);
    EXPECT(status == WEIR_OK || status == WEIR_UNREACHABLE); /* UNREACHABLE: the one dial there was began before */
    weir__pool_give(p.pool, conn);
    fake_pool_close(&p);
}

/* ---- limits ---- */

TEST(pool, idle_connections_that_nobody_takes_are_closed)
{
    static const struct {
        const char *name;
        weir__pool_options options;
    } rows[] = {
        {"idle", {.max = 4, .wait_ms = LONG, .idle_ms = 30}},
        {"lifetime", {.max = 4, .wait_ms = LONG, .lifetime_ms = 30}},
        {"both", {.max = 4, .wait_ms = LONG, .idle_ms = 60000, .lifetime_ms = 30}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_server s;
        fake_pool p;
        fake_server_init(&s, rows[i].name);
        fake_pool_open(&p, &s, rows[i].options);
        weir__conn *a = fake_take(&p, 0, "", LONG, NULL), *b = fake_take(&p, 0, "", LONG, NULL);
        weir__pool_give(p.pool, a);
        weir__pool_give(p.pool, b);
        FAKE_UNTIL(counts(&p).idle == 0);
        EXPECT_THAT(s.closes == s.opens, "%s: %d of %d closed", rows[i].name, s.closes, s.opens);
        expect_adds_up(&p, &s);
        fake_pool_close(&p);
    }
}

TEST(pool, a_connection_past_its_lifetime_is_not_given_to_who_waits)
{
    fake_server s;
    fake_pool p;
    weir__pool_options o = {.max = 1, .wait_ms = LONG, .lifetime_ms = 20};
    fake_server_init(&s, "aged");
    fake_pool_open(&p, &s, o);
    weir__conn *conn = fake_take(&p, 0, "", LONG, NULL);
    fake_pause(40);
    weir__pool_give(p.pool, conn);
    conn = fake_take(&p, 0, "", LONG, NULL);
    EXPECT(conn && conn->server_thread == 2);
    weir__pool_give(p.pool, conn);
    fake_pool_close(&p);
}

/* The taker looked at the clock, then another gave the connection back: it is not old. */
TEST(pool, one_given_back_since_the_taker_looked_at_the_clock_is_young)
{
    fake_server server;
    fake_pool p;
    weir__waiter waiter;
    weir_error error;
    weir__conn *conn, *again = NULL;
    fake_server_init(&server, "young");
    fake_pool_open(&p, &server,
                   (weir__pool_options){.max = 4, .wait_ms = LONG, .idle_ms = 60000, .lifetime_ms = 60000});
    weir__waiter_init(&waiter);
    uint64_t looked_ns = weir__now(&test_env()->clock);
    conn = fake_take(&p, 0, "", LONG, NULL);
    weir__pool_give(p.pool, conn);
    server.dead = true; /* nor does it need a look whether it lives */
    waiter.now_ns = looked_ns;
    EXPECT_OK(weir__pool_take(p.pool, &waiter, weir__deadline_in(&weir__clock_system, LONG), &again, &error), error);
    EXPECT(again == conn && weir__pool_count(p.pool).closed == 0);
    weir__pool_give(p.pool, again);
    fake_pool_close(&p);
}

TEST(pool, one_found_dead_is_not_handed_out)
{
    fake_server s;
    fake_pool p;
    fake_server_init(&s, "dead");
    fake_pool_open(&p, &s, plain);
    weir__conn *a = fake_take(&p, 0, "", LONG, NULL), *b = fake_take(&p, 0, "", LONG, NULL);
    weir__pool_give(p.pool, a);
    b->broken = true; /* so a, idle since before, is looked at */
    s.dead = true;
    weir__pool_give(p.pool, b);
    weir__conn *c = fake_take(&p, 0, "", LONG, NULL);
    EXPECT(c && c->server_thread > 2);
    weir__pool_give(p.pool, c);
    expect_adds_up(&p, &s);
    fake_pool_close(&p);
}

/* ---- warnings ---- */

typedef struct heard {
    pthread_mutex_t lock;
    int held;
    char last[512];
} heard;

static void hear(void *context, int level, const char *line)
{
    heard *h = context;
    if (!strstr(line, "held for"))
        return;
    pthread_mutex_lock(&h->lock);
    h->held += level == WEIR_LOG_WARNING;
    snprintf(h->last, sizeof h->last, "%s", line);
    pthread_mutex_unlock(&h->lock);
}

static void print(weir_str beginning, char *out, size_t room)
{
    snprintf(out, room, "<%.*s>", (int)beginning.size, beginning.data);
}

TEST(pool, who_holds_for_long_is_told_of_once_with_the_place)
{
    fake_server s;
    fake_pool p;
    heard h = {.lock = PTHREAD_MUTEX_INITIALIZER};
    weir__pool_options o = {.max = 4, .wait_ms = LONG, .warn_held_ms = 30, .print = print};
    test_env()->log = (weir__log){hear, &h, WEIR_LOG_WARNING};
    fake_server_init(&s, "slow:1");
    fake_pool_open(&p, &s, o);
    char purpose[] = "SELECT a FROM t";
    weir__conn *conn = fake_take(&p, 0, purpose, LONG, NULL);
    memset(purpose, '!', sizeof purpose - 1); /* it was the caller's */
    FAKE_UNTIL(counts(&p).held_long == 1);
    fake_pause(100);
    EXPECT_INT(counts(&p).held_long, 1);
    weir__pool_give(p.pool, conn);
    conn = fake_take(&p, 0, "weir_begin", LONG, NULL);
    FAKE_UNTIL(counts(&p).held_long == 2);
    weir__pool_give(p.pool, conn);
    fake_pool_close(&p);
    EXPECT_INT(h.held, 2);
    EXPECT_HAS(h.last, "slow:1");
    EXPECT_HAS(h.last, "<weir_begin>");
}

/* ---- levels ---- */

TEST(pool, the_last_connections_are_for_those_who_hold_one)
{
    fake_server s;
    fake_pool p;
    weir_status status;
    enum { MAX = 4 };
    weir__conn *held[MAX];
    weir__pool_options o = {.max = MAX, .wait_ms = 50};
    fake_server_init(&s, "levels");
    fake_pool_open(&p, &s, o);
    for (int i = 0; i < MAX - 1; i++)
        held[i] = fake_take(&p, 0, "", LONG, NULL);
    for (int i = 0; i < MAX - 1; i++) { /* taken by others */
        weir__held_remove(&held[i]->held);
        held[i]->held.thread = 0;
        weir__held_add(&held[i]->held);
    }
    EXPECT(!fake_take(&p, 0, "", LONG, &status));
    EXPECT_INT(status, WEIR_BUSY);
    held[MAX - 1] = fake_take(&p, 1, "", LONG, &status);
    EXPECT_INT(status, WEIR_OK);
    EXPECT_INT(held[MAX - 1]->held.level, 1);
    weir__pool_give(p.pool, held[MAX - 1]); /* idle now, and still not for those who hold none */
    EXPECT(!fake_take(&p, 0, "", LONG, &status));
    EXPECT_INT(status, WEIR_BUSY);
    weir__pool_give(p.pool, held[0]);
    weir__conn *conn = fake_take(&p, 0, "", LONG, &status);
    EXPECT_INT(status, WEIR_OK);
    weir__pool_give(p.pool, conn);
    for (int i = 1; i < MAX - 1; i++)
        weir__pool_give(p.pool, held[i]);
    expect_adds_up(&p, &s);
    fake_pool_close(&p);
}

typedef struct nester {
    fake_pool *pools[2];
    unsigned depth;
    bool says_level; /* else the pool knows by the thread */
    weir_status status;
} nester;

static void *nest(void *context)
{
    nester *n = context;
    weir__conn *held[4] = {NULL};
    for (int round = 0; round < 3 && n->status == WEIR_OK; round++) {
        unsigned got = 0;
        for (; got < n->depth && n->status == WEIR_OK; got++) {
            unsigned level = 0;
            for (unsigned i = 0; i < got && n->says_level; i++)
                level = held[i]->held.level + 1 > level ? held[i]->held.level + 1 : level;
            held[got] = fake_take(n->pools[got % 2], level, "", LONG, &n->status);
            fake_pause(5); /* so that all hold their first before one has its second */
        }
        if (n->status != WEIR_OK)
            got--;
        while (got-- > 0)
            weir__pool_give(n->pools[got % 2]->pool, held[got]);
    }
    return NULL;
}

/* HAZARDS 30: eight threads, a pool of eight, each wants one more while it holds one. */
static void eight_nesters(uint32_t max, unsigned depth, bool two_pools, bool says_level)
{
    enum { THREADS = 8 };
    fake_server s[2];
    fake_pool p[2];
    pthread_t threads[THREADS];
    nester n[THREADS];
    weir__pool_options o = {.max = max, .wait_ms = 3000};
    for (int i = 0; i < 2; i++) {
        fake_server_init(&s[i], i ? "b" : "a");
        fake_pool_open(&p[i], &s[i], o);
    }
    for (int i = 0; i < THREADS; i++) {
        int first = two_pools ? i % 2 : 0, second = two_pools ? 1 - first : 0;
        n[i] = (nester){.pools = {&p[first], &p[second]}, .depth = depth, .says_level = says_level};
        pthread_create(&threads[i], NULL, nest, &n[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        EXPECT_THAT(n[i].status == WEIR_OK, "max %u, depth %u: thread %d ends with %s", max, depth, i,
                    weir_status_name(n[i].status));
    }
    for (int i = 0; i < 2; i++) {
        EXPECT(counts(&p[i]).taken == 0);
        expect_adds_up(&p[i], &s[i]);
        fake_pool_close(&p[i]);
    }
}

TEST(pool, eight_threads_on_a_pool_of_eight_may_nest)
{
    eight_nesters(8, 2, false, false);
}

TEST(pool, nesting_twice_needs_two_levels)
{
    eight_nesters(16, 3, false, false);
}

/* Those that begin on a go on to b, and the other way round: known by the level, or by the thread. */
TEST(pool, holding_on_one_server_and_waiting_for_another_ends)
{
    eight_nesters(4, 2, true, false);
    eight_nesters(16, 3, true, false);
    eight_nesters(4, 2, true, true);
    eight_nesters(16, 3, true, true);
}

/* ---- all at once ---- */

typedef struct user {
    fake_pool *p;
    unsigned seed;
    uint64_t got;
} user;

static void *use(void *context)
{
    user *u = context;
    for (int i = 0; i < 400; i++) {
        weir_status status;
        weir__conn *conn = fake_take(u->p, 0, "use", 1 + (uint32_t)rand_r(&u->seed) % 40, &status);
        if (!conn)
            continue;
        u->got++;
        if (rand_r(&u->seed) % 7 == 0)
            fake_pause(1);
        switch (rand_r(&u->seed) % 12) {
        case 0:
            weir__pool_discard(u->p->pool, conn);
            break;
        case 1:
            conn->broken = true;
            weir__pool_give(u->p->pool, conn);
            break;
        default:
            weir__pool_give(u->p->pool, conn);
        }
    }
    return NULL;
}

TEST(pool, counters_add_up_whatever_happens)
{
    enum { THREADS = 6 };
    fake_server s;
    fake_pool p;
    pthread_t threads[THREADS];
    user users[THREADS];
    uint64_t got = 0;
    weir__pool_options o = {.min = 2, .max = 4, .wait_ms = 20, .idle_ms = 15, .lifetime_ms = 40, .warn_held_ms = 5};
    fake_server_init(&s, "all");
    fake_pool_open(&p, &s, o);
    for (int i = 0; i < THREADS; i++) {
        users[i] = (user){.p = &p, .seed = (unsigned)i + 1};
        pthread_create(&threads[i], NULL, use, &users[i]);
    }
    for (int i = 0; i < 20; i++) {
        fake_pause(5);
        s.refuses = i % 4 == 1;
        s.dead = i % 5 == 2;
    }
    s.refuses = s.dead = false;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        got += users[i].got;
    }
    EXPECT_INT(counts(&p).granted, got);
    EXPECT_INT(counts(&p).taken, 0);
    EXPECT_INT(counts(&p).waiting, 0);
    weir__keeper_stop(p.keeper);
    EXPECT(weir__pool_settle(p.pool, weir__deadline_in(&weir__clock_system, LONG)));
    expect_adds_up(&p, &s);
    fake_pool_close(&p);
}

TEST(pool, opened_and_closed_at_once_leaves_nothing)
{
    weir__pool_options o = {.min = 1, .max = 2, .wait_ms = LONG};
    for (int i = 0; i < 50; i++) {
        fake_server s;
        fake_pool p;
        fake_server_init(&s, "brief");
        fake_pool_open(&p, &s, o);
        fake_pool_close(&p);
    }
}
