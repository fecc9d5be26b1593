/* plan_cache_test.c - how lookups end, what a hit must have compared, plans under threads. SPDX-License-Identifier: Apache-2.0 */
#include "router/plan/plan_cache.h"

#include <pthread.h>

#include "base/str.h"
#include "tests/support/test.h"

static const weir__plan_context maria = {{0, WEIR__MARIADB, 101106}, 1, 0};

typedef struct bench {
    weir__plan_cache *cache;
    weir_error error;
} bench;

static void open_cache(bench *b)
{
    EXPECT_OK(weir__plan_cache_new(test_env(), &b->cache, &b->error), b->error);
}

/* The plan's address stands for the plan; it is not used after it was given back. */
static uintptr_t take(bench *b, const char *sql, const weir__plan_context *context, uint32_t *slots)
{
    weir__lookup lookup;
    weir_status status = weir__plan_take(b->cache, weir__view(sql), context, &lookup, &b->error);
    EXPECT_OK(status, b->error);
    if (status != WEIR_OK)
        return 0;
    uintptr_t plan = (uintptr_t)lookup.plan;
    if (slots)
        *slots = lookup.slot_count;
    weir__plan_give(&lookup);
    return plan;
}

TEST(plan_cache, first_built_then_by_fingerprint_then_by_text)
{
    bench b;
    uint32_t slots = 0;
    open_cache(&b);
    uintptr_t plan = take(&b, "SELECT a FROM t WHERE id = 1", &maria, &slots);
    EXPECT_INT(slots, 1);
    EXPECT(take(&b, "SELECT a FROM t WHERE id = 2", &maria, &slots) == plan);
    EXPECT(take(&b, "SELECT a FROM t WHERE id = 2", &maria, &slots) == plan); /* the second sight: kept */
    EXPECT(take(&b, "SELECT a FROM t WHERE id = 2", &maria, &slots) == plan);
    EXPECT_INT(slots, 1);
    weir__plan_cache_counts n = weir__plan_cache_count(b.cache);
    EXPECT(n.built >= 1 && n.by_fingerprint >= 2);
    EXPECT_INT(n.by_text, 1);
    weir__plan_cache_free(b.cache);
}

TEST(plan_cache, the_slots_of_a_known_text_are_its_own)
{
    bench b;
    weir__lookup lookup;
    open_cache(&b);
    weir_str sql = weir__view("SELECT a FROM t WHERE id = 4711 AND s = 'x'");
    for (int i = 0; i < 4; i++) {
        EXPECT_OK(weir__plan_take(b.cache, sql, &maria, &lookup, &b.error), b.error);
        EXPECT_INT(lookup.slot_count, 2);
        EXPECT(lookup.slots[0].start == 27 && lookup.slots[0].end == 31);
        EXPECT(lookup.slots[1].start == 40 && lookup.slots[1].end == 43);
        weir__plan_give(&lookup);
    }
    EXPECT_INT(weir__plan_cache_count(b.cache).by_text, 2);
    weir__plan_cache_free(b.cache);
}

/* HAZARDS 19: the context is part of the key. */
TEST(plan_cache, another_context_is_another_plan)
{
    static const weir__plan_context others[] = {{{WEIR__ANSI_QUOTES, WEIR__MARIADB, 101106}, 1, 0},
                                                {{0, WEIR__MYSQL, 101106}, 1, 0},
                                                {{0, WEIR__MARIADB, 100600}, 1, 0},
                                                {{0, WEIR__MARIADB, 101106}, 2, 0},
                                                {{0, WEIR__MARIADB, 101106}, 1, 7}};
    bench b;
    open_cache(&b);
    for (int round = 0; round < 3; round++)
        take(&b, "SELECT \"a\" FROM t", &maria, NULL);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        uint64_t before = weir__plan_cache_count(b.cache).built;
        take(&b, "SELECT \"a\" FROM t", &others[i], NULL);
        EXPECT_INT(weir__plan_cache_count(b.cache).built, before + 1);
    }
    weir__plan_cache_free(b.cache);
}

TEST(plan_cache, what_is_not_one_whole_statement_is_not_kept)
{
    static const char *const texts[] = {"SELECT 'open", "SELECT 1; SELECT 2", "SELECT \x01"};
    bench b;
    open_cache(&b);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int round = 0; round < 3; round++)
            take(&b, texts[i], &maria, NULL);
    EXPECT_INT(weir__plan_cache_count(b.cache).uncached, 9);
    weir__plan_cache_free(b.cache);
}

TEST(plan_cache, more_statements_than_it_holds_turn_over_and_a_plan_in_use_lives_on)
{
    bench b;
    weir__lookup kept;
    char sql[100];
    open_cache(&b);
    EXPECT_OK(weir__plan_take(b.cache, weir__view("SELECT kept FROM t"), &maria, &kept, &b.error), b.error);
    for (int i = 0; i < 10000; i++) {
        snprintf(sql, sizeof sql, "SELECT c%d FROM t", i);
        take(&b, sql, &maria, NULL);
    }
    weir__plan_cache_clear(b.cache);
    EXPECT(weir__plan_bytes(kept.plan) > 0);
    weir__plan_give(&kept);
    weir__plan_cache_free(b.cache);
}

TORTURE(plan_cache, every_allocation_fails_once)
{
    weir__plan_cache *cache = NULL;
    weir_error error;
    weir__lookup lookup;
    weir_status status = weir__plan_cache_new(test_env(), &cache, &error);
    for (int i = 0; i < 3 && status == WEIR_OK; i++) {
        status = weir__plan_take(cache, weir__view("SELECT a FROM t WHERE id IN (1, 2, 3)"), &maria, &lookup, &error);
        if (status == WEIR_OK)
            weir__plan_give(&lookup);
    }
    weir__plan_cache_free(cache);
    return status;
}

/* ---- threads (TSan) ---- */

enum { THREADS = 6, ROUNDS = 3000 };

static void *look_up(void *context)
{
    bench *b = context;
    char sql[100];
    weir_error error;
    for (int i = 0; i < ROUNDS; i++) {
        weir__lookup lookup;
        snprintf(sql, sizeof sql, "SELECT c%d FROM t WHERE id = %d", i % 50, i % 7);
        if (weir__plan_take(b->cache, weir__view(sql), &maria, &lookup, &error) != WEIR_OK) {
            test_fail(__FILE__, __LINE__, "%s", error.text);
            break;
        }
        EXPECT(lookup.slot_count == 1);
        weir__plan_give(&lookup);
        if (i % 500 == 0)
            weir__plan_cache_clear(b->cache);
    }
    return NULL;
}

TEST(plan_cache, threads_share_it)
{
    bench b;
    pthread_t threads[THREADS];
    open_cache(&b);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, look_up, &b);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    weir__plan_cache_counts n = weir__plan_cache_count(b.cache);
    EXPECT_INT(n.by_text + n.by_fingerprint + n.shared + n.built, THREADS * ROUNDS);
    weir__plan_cache_free(b.cache);
}
