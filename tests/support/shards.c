/* shards.c - see shards.h. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/shards.h"

#include "base/crc32.h"
#include "base/str.h"
#include "schema/config.h"

enum { SLOTS = 1024, IDLE_MS = 60000 };

const char *shards_server(unsigned shard)
{
    static char names[SHARDS_MOST][16];
    snprintf(names[shard], sizeof names[shard], "shop-%u", shard);
    return names[shard];
}

static void make_yaml(shards *c, const char *changes)
{
    weir__config *config = NULL;
    weir_error error;
    const char *text = live_yaml(changes), *end = strstr(text, "databases:");
    EXPECT_OK(weir__config_parse(test_env(), "weir.yaml", weir__view(text), &config, NULL, &error), error);
    if (!config)
        return;
    c->count = (unsigned)config->databases[0].shard_count;
    EXPECT(c->count <= SHARDS_MOST);
    size_t size = (size_t)snprintf(c->yaml, sizeof c->yaml, "%.*sdatabases:\n  store:\n    slots: %d\n    shards:\n",
                                   (int)(end - text), text, SLOTS);
    for (unsigned i = 0; i < c->count; i++)
        size += (size_t)snprintf(c->yaml + size, sizeof c->yaml - size,
                                 "      %s: {primary: \"%s\", schema: shop, slots: %u-%u}\n", shards_server(i),
                                 config->databases[0].shards[i].primary.address.text, i * SLOTS / c->count,
                                 (i + 1) * SLOTS / c->count - 1);
    snprintf(c->yaml + size, sizeof c->yaml - size, "tables:\n  t: {shard_by: id}\n");
    weir__config_free(test_env(), config);
}

void shards_open(shards *c, const char *changes, unsigned rows)
{
    char sql[256];
    make_yaml(c, changes);
    cluster_setup();
    for (unsigned i = 0; i < c->count; i++) {
        root_run(shards_server(i), "CREATE OR REPLACE TABLE t (id BIGINT NOT NULL PRIMARY KEY, v INT, s VARCHAR(20), "
                                   "KEY (v, id)) CHARACTER SET utf8mb4");
        snprintf(sql, sizeof sql,
                 "INSERT INTO t SELECT seq, seq %% 10, CONCAT('s', seq %% 7) FROM seq_0_to_%u WHERE CRC32(seq) %% %d "
                 "BETWEEN %u AND %u",
                 rows ? rows - 1 : 0, SLOTS, i * SLOTS / c->count, (i + 1) * SLOTS / c->count - 1);
        if (rows)
            root_run(shards_server(i), sql);
    }
    live_open_config(&c->store, c->yaml);
}

void shards_close(shards *c)
{
    live_close(&c->store);
    for (unsigned i = 0; i < c->count; i++)
        root_run(shards_server(i), "DROP TABLE t");
}

weir_session *shards_session(shards *c)
{
    weir_session *session = NULL;
    weir_error error;
    EXPECT_OK(weir_session_open(c->store.client, NULL, &session, &error), error);
    return session;
}

unsigned shards_of(shards *c, int64_t id)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%lld", (long long)id);
    unsigned slot = weir__crc32(text, (size_t)size) % SLOTS;
    for (unsigned i = 0; i < c->count; i++)
        if (slot < (i + 1) * SLOTS / c->count)
            return i;
    return 0;
}

void shards_expect_idle(shards *c, const char *after)
{
    static const char *const counters[] = {"weir_pool_taken", "weir_pool_waiting", "weir_pool_dialling",
                                           "weir_kills_waiting"};
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        double left = live_counter(&c->store, counters[i]);
        for (uint64_t began = test_ms(); left > 0 && test_ms() - began < IDLE_MS;
             left = live_counter(&c->store, counters[i]))
            sleep_ms(20);
        EXPECT_THAT(left == 0, "after %s: %s is %g", after, counters[i], left);
    }
}
