/* balance_test.c - who takes a read: by latency, in turn, by weight, by key. SPDX-License-Identifier: Apache-2.0 */
#include "router/balance.h"

#include "tests/support/test.h"

enum { MANY = 40000 };

static void shares(weir__balance how, const weir__candidate *c, size_t count, double *share)
{
    for (size_t i = 0; i < count; i++)
        share[i] = 0;
    for (uint64_t n = 0; n < MANY; n++) {
        weir__chance chance = {weir__mix(n), n, weir__mix(n * 7 + 1)};
        size_t at = weir__balance_pick(how, c, count, &chance);
        EXPECT(at < count);
        share[at < count ? at : 0] += 1.0 / MANY;
    }
}

static bool near(double got, double want)
{
    return got > want - 0.02 && got < want + 0.02;
}

TEST(balance, weights)
{
    static const weir__balance all[] = {WEIR__BALANCE_LATENCY, WEIR__BALANCE_LEAST, WEIR__BALANCE_ROUND_ROBIN,
                                        WEIR__BALANCE_RANDOM, WEIR__BALANCE_HASH};
    weir__candidate c[3] = {{1, 100, 0, 11}, {2, 100, 0, 22}, {0, 100, 0, 33}};
    double share[3];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        shares(all[i], c, 3, share);
        EXPECT_THAT(share[2] == 0, "%d: weight 0 takes %f", (int)all[i], share[2]);
        if (all[i] == WEIR__BALANCE_ROUND_ROBIN || all[i] == WEIR__BALANCE_RANDOM || all[i] == WEIR__BALANCE_HASH)
            EXPECT_THAT(near(share[0], 1.0 / 3), "%d: %f", (int)all[i], share[0]);
        weir__candidate alone = {0, 0, 0, 0}; /* the only one serves, whatever its weight */
        shares(all[i], &alone, 1, share);
        EXPECT_THAT(share[0] > 0.999, "%d", (int)all[i]);
    }
}

TEST(balance, latency_prefers_the_quicker_but_tries_both)
{
    weir__candidate c[2] = {{1, 100, 0, 0}, {1, 400, 0, 0}};
    double share[2];
    shares(WEIR__BALANCE_LATENCY, c, 2, share);
    EXPECT_THAT(near(share[0], 0.75) && near(share[1], 0.25), "%f %f", share[0], share[1]);
    c[0].outstanding = 9; /* 1000 against 400 */
    shares(WEIR__BALANCE_LATENCY, c, 2, share);
    EXPECT_THAT(near(share[1], 0.75), "%f", share[1]);
}

TEST(balance, least_by_weight)
{
    weir__candidate c[2] = {{1, 0, 1, 0}, {3, 0, 4, 0}}; /* 2 against 5/3 */
    double share[2];
    shares(WEIR__BALANCE_LEAST, c, 2, share);
    EXPECT(share[1] > 0.999);
    c[1].outstanding = 6;
    shares(WEIR__BALANCE_LEAST, c, 2, share);
    EXPECT(share[0] > 0.999);
}

TEST(balance, round_robin_takes_turns)
{
    weir__candidate c[3] = {{1, 0, 0, 0}, {1, 0, 0, 0}, {1, 0, 0, 0}};
    for (uint64_t n = 0; n < 9; n++) {
        weir__chance chance = {0, n, 0};
        EXPECT_INT(weir__balance_pick(WEIR__BALANCE_ROUND_ROBIN, c, 3, &chance), n % 3);
    }
}

/* Taking a server away moves its own keys alone. */
TEST(balance, hash_is_consistent)
{
    weir__candidate three[3] = {{1, 0, 0, 11}, {1, 0, 0, 22}, {1, 0, 0, 33}}, two[2] = {three[0], three[2]};
    for (uint64_t key = 0; key < 5000; key++) {
        weir__chance chance = {0, 0, key};
        size_t before = weir__balance_pick(WEIR__BALANCE_HASH, three, 3, &chance);
        size_t after = weir__balance_pick(WEIR__BALANCE_HASH, two, 2, &chance);
        EXPECT_THAT(before == 1 || two[after].identity == three[before].identity, "key %d moved", (int)key);
    }
}
