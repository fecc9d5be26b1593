/* health_test.c - probing without servers: threads, sharing, stopping; hints. SPDX-License-Identifier: Apache-2.0 */
#include "router/health.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/wait.h"
#include "router/hint.h"
#include "tests/support/test.h"

enum { SHARDS = 300 };

static unsigned threads_now(void)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned count = 0;
    for (struct dirent *entry; tasks && (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return count;
}

static void released(void *context)
{
    *(bool *)context = true;
}

/* each: a group for each shard, else one for all. Nobody listens at these addresses. */
static weir__config *config_of(bool each)
{
    static char yaml[SHARDS * 200];
    weir_error error;
    weir__config *config = NULL;
    size_t size =
        (size_t)snprintf(yaml, sizeof yaml,
                         "defaults: {user: u, health: {every: 10ms, out_after: 2}}\n%s"
                         "databases:\n  d:\n    slots: 4096\n    shards:\n",
                         each ? "" : "groups: {g: {primary: \"127.0.0.1:1\", replicas: [\"127.0.0.1:2\"]}}\n");
    for (int i = 0; i < SHARDS; i++) {
        if (each)
            size +=
                (size_t)snprintf(yaml + size, sizeof yaml - size,
                                 "      s%d: {primary: \"127.0.0.1:%d\", replicas: [\"127.0.0.1:%d\"], slots: %d}\n", i,
                                 2 * i + 1, 2 * i + 2, i);
        else
            size += (size_t)snprintf(yaml + size, sizeof yaml - size, "      s%d: {group: g, schema: s%d, slots: %d}\n",
                                     i, i, i);
    }
    snprintf(yaml + size, sizeof yaml - size, "      rest: {primary: \"127.0.0.1:60000\", slots: %d-4095}\n", SHARDS);
    EXPECT_OK(weir__config_parse(test_env(), "yaml", (weir_str){yaml, strlen(yaml)}, &config, NULL, &error), error);
    return config;
}

/* A topology without pools: as much of one as monitors need. */
static void shards_of(const weir__config *config, weir__topology *t)
{
    memset(t, 0, sizeof *t);
    t->env = test_env();
    t->shard_count = config->databases[0].shard_count;
    t->shards = weir__array(&test_env()->mem, t->shard_count, sizeof *t->shards);
    for (size_t i = 0; i < t->shard_count; i++)
        t->shards[i].config = &config->databases[0].shards[i];
}

static void with_shards(bool each)
{
    weir_error error;
    weir__health *health = NULL;
    weir__topology t;
    bool gone = false;
    weir__config *config = config_of(each);
    if (!config)
        return;
    shards_of(config, &t);
    unsigned before = threads_now();
    EXPECT_OK(weir__health_new(test_env(), &weir__mysql_driver, released, &gone, &health, &error), error);
    EXPECT_OK(weir__health_watch(health, &t, NULL, &error), error);
    EXPECT(!t.shards[SHARDS].monitor); /* it has no replicas */
    for (size_t i = 0; i < SHARDS; i++) {
        EXPECT_THAT((t.shards[i].monitor == t.shards[0].monitor) == (!each || i == 0), "shard %zu", i);
        weir__monitor_begin(t.shards[i].monitor);
    }
    /* Until every member is out: each was probed twice at least. */
    for (size_t i = 0; i < SHARDS; i++) {
        weir__monitor *m = t.shards[i].monitor;
        pthread_mutex_lock(&m->lock);
        while (m->group.members[0].standing != WEIR__OUT || m->group.members[1].standing != WEIR__OUT)
            weir__monitor_wait(m, weir__deadline_in(&test_env()->clock, 1000));
        EXPECT(m->group.ready && m->group.primary == WEIR__NO_MEMBER);
        pthread_mutex_unlock(&m->lock);
    }
    unsigned most = threads_now();
    EXPECT_THAT(most <= before + 33, "%u threads for %d shards", most - before, SHARDS);
    EXPECT(weir__health_stop(health, weir__deadline_in(&test_env()->clock, 60000)));
    for (size_t i = 0; i < t.shard_count; i++)
        weir__monitor_unref(t.shards[i].monitor);
    weir__free(&test_env()->mem, t.shards);
    EXPECT(!gone);
    weir__health_unref(health);
    EXPECT(gone);
    weir__config_free(test_env(), config);
}

TEST(health, many_shards_need_few_threads)
{
    with_shards(true);
}

TEST(health, shards_with_the_same_servers_share_a_monitor)
{
    with_shards(false);
}

/* Somebody waits and asks for probes all the time: what counts of them keeps the configured pace. */
TEST(health, hurried_probes_are_not_counted)
{
    enum { EVERY_MS = 100, FIRST_MS = 50, OUT_AFTER = 3, THEN = 5 };
    static const char yaml[] = "defaults: {user: u, health: {every: 100ms, out_after: 3}}\n"
                               "databases: {d: {primary: \"127.0.0.1:1\", replicas: [\"127.0.0.1:2\"]}}\n";
    weir_error error;
    weir__config *config = NULL;
    weir__health *health = NULL;
    weir__topology t;
    bool gone = false;
    EXPECT_OK(weir__config_parse(test_env(), "yaml", (weir_str){yaml, strlen(yaml)}, &config, NULL, &error), error);
    if (!config)
        return;
    shards_of(config, &t);
    EXPECT_OK(weir__health_new(test_env(), &weir__mysql_driver, released, &gone, &health, &error), error);
    EXPECT_OK(weir__health_watch(health, &t, NULL, &error), error);
    weir__monitor *m = t.shards[0].monitor;
    const weir__member *member = &m->group.members[1];
    uint64_t begun_ns = weir__now(&test_env()->clock);
    weir__monitor_begin(m);
    pthread_mutex_lock(&m->lock);
    while (member->standing != WEIR__OUT || member->bad < THEN) {
        pthread_mutex_unlock(&m->lock);
        weir__monitor_hurry(m);
        pthread_mutex_lock(&m->lock);
        weir__monitor_wait(m, weir__deadline_in(&test_env()->clock, 1000));
    }
    pthread_mutex_unlock(&m->lock);
    uint64_t took_ms = (weir__now(&test_env()->clock) - begun_ns) / 1000000u,
             least_ms = (OUT_AFTER - 1) * FIRST_MS + THEN * EVERY_MS;
    EXPECT_THAT(took_ms >= least_ms, "%d counted in %u ms, not in %u", OUT_AFTER + THEN, (unsigned)took_ms,
                (unsigned)least_ms);
    EXPECT(weir__health_stop(health, weir__deadline_in(&test_env()->clock, 60000)));
    weir__monitor_unref(m);
    weir__free(&test_env()->mem, t.shards);
    weir__health_unref(health);
    EXPECT(gone);
    weir__config_free(test_env(), config);
}

TEST(hint, words_before_the_statement)
{
    static const struct {
        const char *sql;
        weir__hint hint;
    } rows[] = {
        {"SELECT 1", WEIR__HINT_NONE},
        {"", WEIR__HINT_NONE},
        {"/* weir: primary */ SELECT 1", WEIR__HINT_PRIMARY},
        {" \n/*weir:replica*/SELECT 1", WEIR__HINT_REPLICA},
        {"/* one */ /* WEIR: Primary */ SELECT 1", WEIR__HINT_PRIMARY},
        {"/* weir: nearest */ SELECT 1", WEIR__HINT_UNKNOWN},
        {"/* weir: */ SELECT 1", WEIR__HINT_UNKNOWN},
        {"/* weird: primary */ SELECT 1", WEIR__HINT_NONE},
        {"/*! weir: primary */ SELECT 1", WEIR__HINT_NONE}, /* that is SQL */
        {"/*M! weir: primary */ SELECT 1", WEIR__HINT_NONE},
        {"SELECT /* weir: primary */ 1", WEIR__HINT_NONE},
        {"/* weir: primary", WEIR__HINT_NONE},
        {"/*", WEIR__HINT_NONE},
        {"/*/", WEIR__HINT_NONE},
        {"/**/ /* weir: replica */", WEIR__HINT_REPLICA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EXPECT_THAT(weir__hint_of((weir_str){rows[i].sql, strlen(rows[i].sql)}) == rows[i].hint, "'%s'", rows[i].sql);
}
