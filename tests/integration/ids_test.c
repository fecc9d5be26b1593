/* ids_test.c - ids kept on real servers: where they begin, who else may have them, processes that die. SPDX-License-Identifier: Apache-2.0 */
#include "router/ids.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "router/client_impl.h"
#include "tests/support/live.h"

enum { LONG_MS = 60000, PROCESSES = 4, ROUNDS = 3, BLOCK = 50 };

static const char rules[] =
    "\ntables:\n"
    "  ids_users: {database: shop, shard_by: id, ids: snowflake}\n"
    "  ids_orders: {database: shop, shard_by: user_id, ids: {column: id, kind: sequence, block: 50}}\n";

/* The cluster's weir.yaml with the rules. */
static const char *with_rules(void)
{
    static char yaml[65536];
    snprintf(yaml, sizeof yaml, "%s%s", live_yaml(NULL), rules);
    return yaml;
}

/* One shard by itself, as an unsharded database. */
static void open_shard(live *l, int shard)
{
    char yaml[2048];
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    snprintf(yaml, sizeof yaml,
             "defaults: {user: app, password: {file: \"%s/password\"}}\n"
             "databases: {shop: {primary: \"%s/shop-%d/sock\"}}\n",
             dir, dir, shard);
    live_open_config(l, yaml);
}

static void run_on(int shard, const char *sql)
{
    live l;
    open_shard(&l, shard);
    live_run(&l, sql, WEIR_ARGS());
    live_close(&l);
}

static const char *ask_on(int shard, const char *sql)
{
    live l;
    open_shard(&l, shard);
    const char *answer = live_one(&l, sql, WEIR_ARGS());
    live_close(&l);
    return answer;
}

static void drop_all(void)
{
    static const char *const tables[] = {"weir_branch", "weir_cache_epoch", "weir_decision", "weir_heartbeat",
                                         "weir_id",     "weir_lease",       "weir_ledger",   "weir_transaction",
                                         "weir_worker", "ids_orders"};
    for (int shard = 0; shard < 2; shard++)
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
            char sql[128];
            snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s", tables[i]);
            run_on(shard, sql);
        }
}

static void set_up(void)
{
    char command[4096];
    drop_all();
    snprintf(command, sizeof command, "\"%s\" setup >/dev/null", getenv("WEIR_COMMAND"));
    EXPECT(system(command) == 0);
    for (int shard = 0; shard < 2; shard++)
        run_on(shard, "CREATE TABLE ids_orders (id BIGINT PRIMARY KEY, user_id BIGINT)");
}

static weir_status take(weir_client *client, const char *table, uint64_t *list, size_t count, weir_error *error)
{
    const weir__table_config *rule = weir__config_table(client->topology->config, "shop", table);
    EXPECT(rule != NULL);
    if (!rule)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "no rule");
    return weir__ids_take(client->ids, rule, weir__deadline_in(&test_env()->clock, LONG_MS), list, count, error);
}

static uint64_t one(live *l, const char *table, weir_status want)
{
    uint64_t id = 0;
    EXPECT_STATUS(take(l->client, table, &id, 1, &l->error), l->error, want);
    return id;
}

TEST(ids, a_worker_number_is_leased_and_given_back)
{
    live l, other;
    set_up();
    live_open_config(&l, with_rules());
    live_open_config(&other, with_rules());
    uint64_t a = one(&l, "ids_users", WEIR_OK), b = one(&other, "ids_users", WEIR_OK);
    EXPECT((a >> 12 & 1023) != (b >> 12 & 1023));
    EXPECT_TEXT(ask_on(0, "SELECT CONCAT(COUNT(*), ' ', SUM(holder <> '')) FROM weir_worker"), "2 2");
    EXPECT_TEXT(ask_on(1, "SELECT COUNT(*) FROM weir_worker"), "0");
    live_close(&l);
    live_close(&other);
    EXPECT_TEXT(ask_on(0, "SELECT CONCAT(COUNT(*), ' ', SUM(holder <> '')) FROM weir_worker"), "2 0");
    /* What was given back is used again behind the last id, also when all other numbers are held. */
    run_on(0, "INSERT IGNORE INTO weir_worker SELECT seq, 'x', 1, 99999999999999, 0, 0 FROM seq_0_to_1023");
    live_open_config(&l, with_rules());
    uint64_t c = one(&l, "ids_users", WEIR_OK);
    EXPECT(((c ^ a) >> 12 & 1023) == 0 ? c > a : ((c ^ b) >> 12 & 1023) == 0 && c > b);
    live_open_config(&other, with_rules());
    one(&other, "ids_users", WEIR_OK);
    live third;
    live_open_config(&third, with_rules());
    one(&third, "ids_users", WEIR_LIMIT);
    EXPECT_HAS(third.error.text, "1024 worker numbers");
    live_close(&third);
    live_close(&other);
    live_close(&l);
    drop_all();
}

TEST(ids, a_number_that_was_taken_over)
{
    live l;
    uint64_t list[20000];
    set_up();
    live_open_config(&l, with_rules());
    uint64_t before = one(&l, "ids_users", WEIR_OK);
    run_on(0, "UPDATE weir_worker SET token = token + 1"); /* as if this process had slept for long */
    for (int i = 0; i < 6 && ((before ^ list[0]) >> 12 & 1023) == 0; i++) {
        struct timespec second = {1, 0};
        nanosleep(&second, NULL); /* a renewal comes */
        EXPECT_OK(take(l.client, "ids_users", list, 1, &l.error), l.error);
    }
    EXPECT(((before ^ list[0]) >> 12 & 1023) != 0);
    live_close(&l);
    drop_all();
}

TEST(ids, a_sequence_begins_behind_what_is_there)
{
    live l;
    set_up();
    run_on(0, "INSERT INTO ids_orders VALUES (7, 1)");
    run_on(1, "INSERT INTO ids_orders VALUES (41, 2)");
    live_open_config(&l, with_rules());
    EXPECT_INT(one(&l, "ids_orders", WEIR_OK), 42);
    EXPECT_INT(one(&l, "ids_orders", WEIR_OK), 43);
    live_close(&l);
    live_open_config(&l, with_rules());
    EXPECT_INT(one(&l, "ids_orders", WEIR_OK), 42 + BLOCK);
    live_close(&l);
    run_on(0, "UPDATE weir_id SET server_id = 999999"); /* another server was primary when it was written */
    live_open_config(&l, with_rules());
    EXPECT_INT(one(&l, "ids_orders", WEIR_OK), 42 + 2 * BLOCK + 1000 * BLOCK);
    EXPECT_INT(one(&l, "ids_orders", WEIR_OK), 43 + 2 * BLOCK + 1000 * BLOCK);
    live_close(&l);
    run_on(0, "UPDATE weir_id SET next_id = 9223372036854775800");
    live_open_config(&l, with_rules());
    one(&l, "ids_orders", WEIR_LIMIT);
    live_close(&l);
    drop_all();
}

/* The first shard keeps them: in another order they would begin anew. */
TEST(ids, shards_in_another_order)
{
    live l;
    char yaml[4096];
    const char *dir = getenv("WEIR_PLAYGROUND_DIR");
    set_up();
    live_open_config(&l, with_rules());
    one(&l, "ids_users", WEIR_OK);
    one(&l, "ids_orders", WEIR_OK);
    live_close(&l);
    snprintf(yaml, sizeof yaml,
             "defaults: {user: app, password: {file: \"%s/password\"}}\n"
             "databases: {shop: {shards: {shop-1: {primary: \"%s/shop-1/sock\", schema: shop, slots: 512-1023}, "
             "shop-0: {primary: \"%s/shop-0/sock\", schema: shop, slots: 0-511}}}}\n%s",
             dir, dir, dir, rules);
    live_open_config(&l, yaml);
    one(&l, "ids_users", WEIR_CONFIG);
    EXPECT_HAS(l.error.text, "leased on shard shop-0");
    one(&l, "ids_orders", WEIR_CONFIG);
    EXPECT_HAS(l.error.text, "kept on shard shop-0");
    live_close(&l);
    drop_all();
}

TEST(ids, without_their_tables)
{
    live l;
    drop_all();
    live_open_config(&l, with_rules());
    one(&l, "ids_users", WEIR_CONFIG);
    EXPECT_HAS(l.error.text, "weir setup");
    one(&l, "ids_orders", WEIR_CONFIG);
    EXPECT_HAS(l.error.text, "weir setup");
    set_up(); /* and no restart is needed */
    EXPECT_INT(one(&l, "ids_orders", WEIR_OK), 1);
    one(&l, "ids_users", WEIR_OK);
    live_close(&l);
    drop_all();
}

/* ---- processes ---- */

typedef struct record {
    uint64_t user, order;
} record;

/* Takes ids until it is killed, and tells each one. */
static void child(int to)
{
    live l;
    live_open_config(&l, with_rules());
    for (record r; !test_failed();) {
        if (take(l.client, "ids_users", &r.user, 1, &l.error) != WEIR_OK ||
            take(l.client, "ids_orders", &r.order, 1, &l.error) != WEIR_OK) {
            fprintf(stderr, "a child: %s\n", l.error.text);
            _exit(1);
        }
        if (write(to, &r, sizeof r) != (ssize_t)sizeof r)
            _exit(2);
    }
    _exit(3);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void expect_all_differ(const char *what, uint64_t *ids, size_t count)
{
    size_t twice = 0;
    qsort(ids, count, sizeof *ids, by_value);
    for (size_t i = 1; i < count; i++)
        twice += ids[i] == ids[i - 1];
    EXPECT_THAT(twice == 0, "%zu of %zu %s were given twice", twice, count, what);
}

/* Four processes at once are killed in the middle of it, and four more begin, three times. */
TEST(ids, processes_that_are_killed)
{
    enum { ENOUGH = 2000, MOST = PROCESSES * ROUNDS * 100000 };
    static uint64_t users[MOST], orders[MOST];
    size_t count = 0;
    set_up();
    for (int round = 0; round < ROUNDS && !test_failed(); round++) {
        int pipes[2];
        pid_t children[PROCESSES];
        EXPECT(pipe(pipes) == 0);
        for (int i = 0; i < PROCESSES; i++) {
            children[i] = fork();
            if (children[i] == 0) {
                close(pipes[0]);
                child(pipes[1]);
            }
        }
        close(pipes[1]);
        record r;
        size_t until = count + ENOUGH, killed = 0;
        while (count < MOST && read(pipes[0], &r, sizeof r) == (ssize_t)sizeof r) { /* until the last one is dead */
            users[count] = r.user;
            orders[count++] = r.order;
            if (count >= until && !killed++)
                for (int i = 0; i < PROCESSES; i++)
                    kill(children[i], SIGKILL);
        }
        close(pipes[0]);
        EXPECT(count >= until);
        for (int i = 0; i < PROCESSES; i++)
            EXPECT(waitpid(children[i], NULL, 0) == children[i]);
    }
    expect_all_differ("snowflakes", users, count);
    expect_all_differ("numbers", orders, count);
    drop_all();
}
