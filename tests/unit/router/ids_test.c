/* ids_test.c - ids by a store and a clock in the test's hands. SPDX-License-Identifier: Apache-2.0 */
#include "router/ids.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/str.h"
#include "schema/snowflake.h"
#include "tests/support/test.h"

enum { LONG_MS = 30000, THREADS = 4, EACH = 20000 };

/* ---- the pure part ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool all_differ(uint64_t *ids, size_t count)
{
    qsort(ids, count, sizeof *ids, by_value);
    for (size_t i = 1; i < count; i++)
        if (ids[i] == ids[i - 1])
            return false;
    return true;
}

TEST(snowflake, layout)
{
    weir__snowflake s;
    uint64_t id = 0, ms = WEIR__SNOWFLAKE_EPOCH_MS + 5;
    weir__snowflake_init(&s, 3, ms, ms + 2);
    EXPECT(weir__snowflake_next(&s, ms - 1000, &id)); /* not before the stretch */
    EXPECT_INT(id, UINT64_C(5) << 22 | 3 << 12);
    EXPECT(weir__snowflake_next(&s, ms, &id));
    EXPECT_INT(id, UINT64_C(5) << 22 | 3 << 12 | 1);
    EXPECT(weir__snowflake_next(&s, ms + 1, &id));
    EXPECT_INT(id, UINT64_C(6) << 22 | 3 << 12);
    EXPECT_INT(weir__snowflake_used_ms(&s), ms + 1);
    EXPECT(!weir__snowflake_next(&s, ms + 2, &id)); /* the stretch has ended */
    weir__snowflake_init(&s, 1023, WEIR__SNOWFLAKE_EPOCH_MS + (UINT64_C(1) << 41) - 1, UINT64_MAX);
    EXPECT(weir__snowflake_next(&s, 0, &id) && id <= INT64_MAX);
    EXPECT(!weir__snowflake_next(&s, WEIR__SNOWFLAKE_EPOCH_MS + (UINT64_C(1) << 41), &id));
}

/* A clock that stands still, jumps back and forth: each id is larger than the one before. */
TEST(snowflake, rises_whatever_the_clock_does)
{
    weir__snowflake s;
    uint64_t id, before = 0, ms = WEIR__SNOWFLAKE_EPOCH_MS + 100000;
    weir__snowflake_init(&s, 7, ms, ms + 100000);
    for (int i = 0; i < 100000; i++) {
        uint64_t now = ms + (uint64_t)(i / 5000) * (i % 3 ? 7 : 0);
        if (!weir__snowflake_next(&s, now, &id) || id <= before) {
            EXPECT_THAT(false, "id %d is %" PRIu64 " after %" PRIu64, i, id, before);
            break;
        }
        before = id;
    }
}

static uint32_t crc32(const char *text, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

/* Chi-square of 64 slots over n ids: about 63 when even; 150 is out of all chance (p < 1e-8). */
static double unevenness(uint64_t every_ms_num, uint64_t every_ms_den, size_t n)
{
    enum { SLOTS = 64 };
    uint32_t counts[SLOTS] = {0};
    double sum = 0, wanted = (double)n / SLOTS;
    weir__snowflake s;
    uint64_t id = 0, ms = WEIR__SNOWFLAKE_EPOCH_MS + UINT64_C(91234567890);
    weir__snowflake_init(&s, 421, ms, UINT64_MAX);
    for (size_t i = 0; i < n; i++) {
        char text[24];
        if (!weir__snowflake_next(&s, ms + i * every_ms_num / every_ms_den, &id))
            return 1e9;
        int size = snprintf(text, sizeof text, "%" PRIu64, id);
        counts[crc32(text, (size_t)size) % 1024 / (1024 / SLOTS)]++;
    }
    for (size_t i = 0; i < SLOTS; i++)
        sum += (counts[i] - wanted) * (counts[i] - wanted) / wanted;
    return sum;
}

TEST(snowflake, spreads_over_slots)
{
    static const struct {
        const char *name;
        uint64_t num, den;
    } rows[] = {{"a burst", 0, 1},
                {"five a millisecond", 1, 5},
                {"one a millisecond", 1, 1},
                {"one in 7 ms", 7, 1},
                {"one a second", 1000, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double found = unevenness(rows[i].num, rows[i].den, 20000);
        EXPECT_THAT(found < 150, "%s: chi-square %f", rows[i].name, found);
    }
}

/* ---- the maker ---- */

/* A server: the row of one number, a sequence, and what goes wrong. */
typedef struct server {
    pthread_mutex_t lock;
    _Atomic int64_t offset_ns; /* of the clock */
    uint64_t token, used_ms;
    uint32_t worker;
    bool held;
    weir_status fails;
    uint64_t next_id;
    int acquired, renewed, given_back, blocks, released;
} server;

static uint64_t turned_clock(void *context)
{
    return weir__now(&weir__clock_system) + (uint64_t)atomic_load(&((server *)context)->offset_ns);
}

static uint64_t server_ms(void)
{
    return WEIR__SNOWFLAKE_EPOCH_MS + UINT64_C(90000000000) + weir__now(&weir__clock_system) / 1000000u;
}

static weir_status trouble(server *s, weir_error *error)
{
    return s->fails ? weir__fail(error, s->fails, WEIR_RETRY_CALL, "the test says so") : WEIR_OK;
}

static weir_status acquire(void *context, void **line, const char *database, uint32_t stretch_ms, weir__lease *lease,
                           weir_error *error)
{
    server *s = context;
    pthread_mutex_lock(&s->lock);
    weir_status status = trouble(s, error);
    *line = s;
    EXPECT_TEXT(database, "shop");
    if (status == WEIR_OK) {
        s->acquired++;
        uint64_t now = server_ms(), from = s->used_ms + 1 > now ? s->used_ms + 1 : now;
        *lease =
            (weir__lease){true, s->worker, ++s->token, from, from + stretch_ms, now, weir__now(&test_env()->clock)};
        s->held = true;
        s->used_ms = lease->end_ms;
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

static weir_status renew(void *context, void **line, const char *database, weir__lease *lease, weir_error *error)
{
    server *s = context;
    (void)line;
    (void)database;
    pthread_mutex_lock(&s->lock);
    weir_status status = trouble(s, error);
    if (status == WEIR_OK) {
        s->renewed++;
        lease->held = s->token == lease->token;
    }
    if (status == WEIR_OK && lease->held) {
        s->used_ms = lease->end_ms;
        lease->asked_ns = weir__now(&test_env()->clock);
        lease->server_ms = server_ms();
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

static void give_back(void *context, void **line, const char *database, const weir__lease *lease, uint64_t used_ms)
{
    server *s = context;
    (void)line;
    (void)database;
    pthread_mutex_lock(&s->lock);
    s->given_back++;
    if (s->token == lease->token) {
        s->held = false;
        s->used_ms = used_ms;
    }
    pthread_mutex_unlock(&s->lock);
}

static weir_status block(void *context, void **line, const char *database, const char *table, const char *column,
                         uint32_t count, uint64_t *first, weir_error *error)
{
    server *s = context;
    (void)line;
    EXPECT_TEXT(database, "shop");
    EXPECT_TEXT(table, "orders");
    EXPECT_TEXT(column, "id");
    pthread_mutex_lock(&s->lock);
    weir_status status = trouble(s, error);
    if (status == WEIR_OK) {
        s->blocks++;
        *first = s->next_id;
        s->next_id += count;
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

static void hang_up(void *context, void *line)
{
    EXPECT(context == line);
}

static void released(void *context)
{
    ((server *)context)->released++;
}

static const weir__database_config shop = {.name = "shop"};
static const weir__table_config users = {
    .name = "users", .label = "users", .database = &shop, .ids = {WEIR__IDS_SNOWFLAKE, "id", 0}};
static const weir__table_config orders = {
    .name = "orders", .label = "orders", .database = &shop, .ids = {WEIR__IDS_SEQUENCE, "id", 100}};

static weir_status open_ids(server *s, weir__ids_maker **ids, weir_error *error)
{
    *s = (server){.worker = 5, .next_id = 1};
    pthread_mutex_init(&s->lock, NULL);
    test_env()->clock = (weir__clock){turned_clock, s};
    weir__ids_store store = {s, acquire, renew, give_back, block, hang_up, released};
    return weir__ids_new(test_env(), &store, ids, error);
}

static void close_ids(server *s, weir__ids_maker *ids)
{
    EXPECT(weir__ids_close(ids, weir__deadline_in(&weir__clock_system, LONG_MS)));
    EXPECT_INT(s->released, 1);
    EXPECT(!s->held);
    pthread_mutex_destroy(&s->lock);
    test_env()->clock = weir__clock_system;
}

static uint64_t one(weir__ids_maker *ids, const weir__table_config *rule, weir_status want)
{
    uint64_t id = 0;
    weir_error error;
    EXPECT_STATUS(weir__ids_take(ids, rule, weir__deadline_in(&test_env()->clock, LONG_MS), &id, 1, &error), error,
                  want);
    return id;
}

static void turn(server *s, int64_t ms)
{
    atomic_fetch_add(&s->offset_ns, ms * 1000000);
}

TEST(ids, a_lease_at_first_use_given_back_at_the_end)
{
    server s;
    weir__ids_maker *ids = NULL;
    weir_error error;
    EXPECT_OK(open_ids(&s, &ids, &error), error);
    uint64_t a = one(ids, &users, WEIR_OK), b = one(ids, &users, WEIR_OK), many[5000];
    EXPECT(a < b && (a >> 12 & 1023) == 5);
    EXPECT_OK(weir__ids_take(ids, &users, weir__deadline_in(&test_env()->clock, LONG_MS), many, 5000, &error), error);
    EXPECT(many[0] > b && many[4999] > many[0] && all_differ(many, 5000));
    EXPECT_INT(s.acquired, 1);
    EXPECT_INT(s.renewed, 0);
    close_ids(&s, ids);
    EXPECT_INT(s.given_back, 1);
    EXPECT((many[4999] >> 22) + WEIR__SNOWFLAKE_EPOCH_MS == s.used_ms);
}

typedef struct taker {
    weir__ids_maker *ids;
    const weir__table_config *rule;
    uint64_t *list;
    pthread_t thread;
} taker;

static void *take_many(void *context)
{
    taker *t = context;
    for (int i = 0; i < EACH; i += 10) {
        weir_error error;
        EXPECT_OK(
            weir__ids_take(t->ids, t->rule, weir__deadline_in(&test_env()->clock, LONG_MS), t->list + i, 10, &error),
            error);
    }
    return NULL;
}

/* Meanwhile the clock jumps both ways, and the lease is lost now and then. */
TEST(ids, many_threads)
{
    static uint64_t list[2 * THREADS * EACH];
    server s;
    weir__ids_maker *ids = NULL;
    weir_error error;
    taker takers[2 * THREADS];
    EXPECT_OK(open_ids(&s, &ids, &error), error);
    for (int i = 0; i < 2 * THREADS; i++) {
        takers[i] = (taker){ids, i % 2 ? &users : &orders, list + (size_t)(i % 2 * THREADS + i / 2) * EACH, 0};
        pthread_create(&takers[i].thread, NULL, take_many, &takers[i]);
    }
    for (int i = 0; i < 50; i++) {
        turn(&s, i % 2 ? -9000 : 9000);
        pthread_mutex_lock(&s.lock);
        if (i % 10 == 5)
            s.token++, s.used_ms += 10000; /* somebody else has taken the number and its next ten seconds */
        pthread_mutex_unlock(&s.lock);
        one(ids, &users, WEIR_OK);
    }
    for (int i = 0; i < 2 * THREADS; i++)
        pthread_join(takers[i].thread, NULL);
    EXPECT(all_differ(list, (size_t)THREADS * EACH));                  /* orders */
    EXPECT(all_differ(list + THREADS * EACH, (size_t)THREADS * EACH)); /* users */
    EXPECT_INT(list[0], 1);
    EXPECT_INT(list[THREADS * EACH - 1], THREADS * EACH); /* no gap without a death */
    pthread_mutex_lock(&s.lock);
    s.held = false; /* it may be another's now */
    pthread_mutex_unlock(&s.lock);
    close_ids(&s, ids);
}

/* Not renewed, making ends before anybody may take the number over; ids go on behind all that was used. */
TEST(ids, an_expired_lease_makes_none)
{
    server s;
    weir__ids_maker *ids = NULL;
    weir_error error;
    EXPECT_OK(open_ids(&s, &ids, &error), error);
    uint64_t before = one(ids, &users, WEIR_OK), id = 0;
    s.fails = WEIR_UNREACHABLE;
    turn(&s, 7900);
    EXPECT(one(ids, &users, WEIR_OK) > before);
    turn(&s, 200);
    EXPECT_STATUS(weir__ids_take(ids, &users, 0, &id, 1, &error), error, WEIR_TIMEOUT);
    one(ids, &users, WEIR_UNREACHABLE);
    pthread_mutex_lock(&s.lock);
    s.fails = WEIR_OK;
    s.token++; /* and it was taken over */
    s.used_ms += 10000;
    uint64_t used_ms = s.used_ms;
    pthread_mutex_unlock(&s.lock);
    uint64_t after = one(ids, &users, WEIR_OK);
    EXPECT((after >> 22) + WEIR__SNOWFLAKE_EPOCH_MS > used_ms);
    EXPECT_INT(s.acquired, 2);
    close_ids(&s, ids);
}

TEST(ids, the_clock_set_back_an_hour)
{
    server s;
    weir__ids_maker *ids = NULL;
    weir_error error;
    EXPECT_OK(open_ids(&s, &ids, &error), error);
    uint64_t before = one(ids, &users, WEIR_OK);
    turn(&s, -3600000);
    for (int i = 0; i < 10000; i++) {
        uint64_t id = one(ids, &users, WEIR_OK);
        EXPECT(id > before);
        before = id;
    }
    turn(&s, 3600000);
    EXPECT(one(ids, &users, WEIR_OK) > before);
    close_ids(&s, ids);
}

TEST(ids, sequences_are_fetched_in_advance)
{
    server s;
    weir__ids_maker *ids = NULL;
    weir_error error;
    EXPECT_OK(open_ids(&s, &ids, &error), error);
    uint64_t list[1000];
    for (uint64_t i = 1; i <= 60; i++)
        EXPECT_INT(one(ids, &orders, WEIR_OK), i);
    for (int tries = 0; tries < 3000; tries++) { /* the next block comes by itself */
        pthread_mutex_lock(&s.lock);
        int blocks = s.blocks;
        pthread_mutex_unlock(&s.lock);
        if (blocks == 2)
            break;
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
    }
    EXPECT_INT(s.blocks, 2);
    pthread_mutex_lock(&s.lock);
    s.fails = WEIR_UNREACHABLE;
    pthread_mutex_unlock(&s.lock);
    for (uint64_t i = 61; i <= 200; i++)
        EXPECT_INT(one(ids, &orders, WEIR_OK), i); /* the server is away: two blocks are here */
    one(ids, &orders, WEIR_UNREACHABLE);
    pthread_mutex_lock(&s.lock);
    s.fails = WEIR_OK;
    pthread_mutex_unlock(&s.lock);
    EXPECT_OK(weir__ids_take(ids, &orders, weir__deadline_in(&test_env()->clock, LONG_MS), list, 1000, &error), error);
    EXPECT_INT(list[0], 201);
    EXPECT_INT(list[999], 1200);
    close_ids(&s, ids);
}

TEST(ids, columns_that_hold_them)
{
    static const struct {
        const char *type;
        bool snowflake, sequence;
    } rows[] = {{"bigint(20)", true, true},
                {"bigint(20) unsigned", true, true},
                {"int(11)", false, true},
                {"varchar(20)", false, false},
                {"decimal(20,0)", false, false}};
    weir__arena arena;
    weir__arena_init(&arena, &test_env()->mem, 1 << 16);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir__column column = {.charset = ""};
        weir__column_type_parse(&arena, weir__view(rows[i].type), &column.type);
        EXPECT_THAT((weir__ids_refuses(&users, &column) == NULL) == rows[i].snowflake, "%s: snowflake", rows[i].type);
        EXPECT_THAT((weir__ids_refuses(&orders, &column) == NULL) == rows[i].sequence, "%s: sequence", rows[i].type);
    }
    weir__arena_deinit(&arena);
}

static weir_status take_both(void)
{
    server s;
    weir__ids_maker *ids = NULL;
    weir_error error;
    uint64_t id;
    weir_status status = open_ids(&s, &ids, &error);
    if (status != WEIR_OK) {
        test_env()->clock = weir__clock_system;
        return status;
    }
    weir__deadline deadline = weir__deadline_in(&test_env()->clock, LONG_MS);
    status = weir__ids_take(ids, &users, deadline, &id, 1, &error);
    if (status == WEIR_OK)
        status = weir__ids_take(ids, &orders, deadline, &id, 1, &error);
    close_ids(&s, ids);
    return status;
}

TORTURE(ids, without_memory)
{
    return take_both();
}

TORTURE_FAULT(ids, without_a_thread, thread_create)
{
    return take_both();
}
