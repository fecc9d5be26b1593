/* config_test.c - what a configuration says: values, defaults, merging, the sample, torture. SPDX-License-Identifier: Apache-2.0 */
#include "schema/config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "tests/unit/schema/rows.h"

TEST(config, three_words_are_enough)
{
    weir__config *c = config_of("databases: {shop: {primary: \"127.0.0.1:3306\"}}");
    const weir__database_config *d = c ? weir__config_database(c, "shop") : NULL;
    if (!d)
        return;
    const weir__shard_config *s = d->shards;
    EXPECT_INT(d->shard_count, 1);
    EXPECT_INT(d->slots, 1024);
    EXPECT_TEXT(s->name, "shop");
    EXPECT_TEXT(s->schema, "shop");
    EXPECT_TEXT(s->primary.address.text, "127.0.0.1:3306");
    EXPECT_TEXT(s->primary.address.host, "127.0.0.1");
    EXPECT_INT(s->primary.address.port, 3306);
    EXPECT(s->primary.address.socket == NULL && s->group == NULL && s->database == d && d->other_tables == s);
    EXPECT_INT(s->slot_range_count, 1);
    EXPECT_INT(s->slots[0].to, 1023);
    EXPECT_INT(d->share_count, 1);
    const weir__settings *o = &s->settings;
    EXPECT(o->user == NULL && o->password.from == WEIR__SECRET_NONE && o->tls.mode == WEIR__TLS_NONE &&
           o->connection.sql_mode == NULL);
    EXPECT_TEXT(o->connection.collation, "utf8mb4_unicode_ci");
    EXPECT_TEXT(o->connection.time_zone, "+00:00");
    EXPECT(o->pool.min == 0 && o->pool.max == 32 && o->pool.wait_ms == 250 && o->pool.idle_ms == 300000 &&
           o->pool.lifetime_ms == 1800000);
    EXPECT(o->timeouts.connect_ms == 500 && o->timeouts.query_ms == 5000 && o->timeouts.transaction_ms == 30000 &&
           o->timeouts.failover_ms == 10000);
    EXPECT(o->reads.consistency == WEIR_READS_SESSION && o->reads.balance == WEIR__BALANCE_LATENCY &&
           !o->reads.refuse_without_replica);
    EXPECT(o->transactions == WEIR__ATOMIC && o->limits.scatter == WEIR__SCATTER_ALLOW &&
           o->limits.statement == 16 << 20);
    EXPECT(c->log.slow_ms == 200 && c->log.level == WEIR_LOG_WARNING && !c->log.values && c->not_yet == NULL);
    EXPECT(weir__config_database(c, "sho") == NULL);
    weir__config_free(test_env(), c);
}

TEST(config, addresses)
{
    static const struct {
        const char *yaml, *host, *socket;
        int port;
    } rows[] = {
        {"db01:3306", "db01", NULL, 3306},
        {"\"[::1]:65535\"", "::1", NULL, 65535},
        {"\"[fe80::1:2]:1\"", "fe80::1:2", NULL, 1},
        {"/run/mysqld/mysqld.sock", NULL, "/run/mysqld/mysqld.sock", 0},
        {"a-b.c_d.example:1", "a-b.c_d.example", NULL, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[256];
        snprintf(yaml, sizeof yaml, "databases: {d: {primary: %s}}", rows[i].yaml);
        weir__config *c = config_of(yaml);
        if (!c)
            continue;
        const weir__address *a = &c->databases[0].shards[0].primary.address;
        EXPECT_THAT(rows[i].host ? a->host && strcmp(a->host, rows[i].host) == 0 : !a->host, "%s: host %s",
                    rows[i].yaml, a->host ? a->host : "NULL");
        EXPECT_THAT(rows[i].socket ? a->socket && strcmp(a->socket, rows[i].socket) == 0 : !a->socket, "%s: socket",
                    rows[i].yaml);
        EXPECT_THAT(a->port == rows[i].port, "%s: port %d", rows[i].yaml, a->port);
        weir__config_free(test_env(), c);
    }
}

TEST(config, a_shard_overrides_its_database_which_overrides_the_defaults_leaf_by_leaf)
{
    weir__config *c =
        config_of("databases:\n"
                  "  d:\n"
                  "    pool: {max: 20, wait: 0}\n"
                  "    tls: {mode: required}\n"
                  "    user: d\n"
                  "    shards:\n"
                  "      a: {primary: \"h:1\", pool: {max: 5}, password: {env: A}}\n"
                  "      b: {primary: \"h:2\"}\n"
                  "  e: {primary: \"h:3\", tls: {cert: c, key: k}}\n"
                  "defaults: {user: u, password: {file: /f}, pool: {min: 3, max: 10}, tls: {mode: verify, ca: x}}\n");
    if (!c)
        return;
    const weir__settings *a = &c->databases[0].shards[0].settings, *b = &c->databases[0].shards[1].settings,
                         *e = &c->databases[1].shards[0].settings;
    EXPECT(a->pool.min == 3 && a->pool.max == 5 && a->pool.wait_ms == 0 && a->pool.idle_ms == 300000);
    EXPECT(b->pool.min == 3 && b->pool.max == 20 && b->pool.wait_ms == 0);
    EXPECT(e->pool.min == 3 && e->pool.max == 10 && e->pool.wait_ms == 250);
    EXPECT_TEXT(a->user, "d");
    EXPECT_TEXT(e->user, "u");
    EXPECT(a->password.from == WEIR__SECRET_ENV && b->password.from == WEIR__SECRET_FILE);
    EXPECT_TEXT(a->password.name, "A");
    EXPECT_TEXT(b->password.name, "/f");
    EXPECT(a->tls.mode == WEIR__TLS_REQUIRED && e->tls.mode == WEIR__TLS_VERIFY);
    EXPECT_TEXT(a->tls.ca, "x");
    EXPECT_TEXT(e->tls.cert, "c");
    weir__config_free(test_env(), c);
}

TEST(config, what_contradicts_is_judged_after_merging_and_told_once_where_it_came_together)
{
    static const mistake_row rows[] = {
        {"each database mends the defaults",
         "defaults: {pool: {min: 50}}\ndatabases: {d: {primary: \"h:1\", pool: {max: 60}}}\n", ""},
        {"half a certificate is completed below",
         "defaults: {tls: {cert: c}}\ndatabases: {d: {primary: \"h:1\", tls: {key: k}}}\n", ""},
        {"a shard breaks it",
         "databases: {d: {pool: {min: 5}, shards: {a: {primary: \"h:1\", pool: {max: 4}}, b: {primary: \"h:2\"}}}}\n",
         "1:74: databases.d.shards.a.pool.max: min is 5 and max 4: min must not be above max\n"},
        {"told once for all shards",
         "defaults: {pool: {min: 5, max: 4}}\ndatabases: {d: {shards: {a: {primary: \"h:1\"}, b: {primary: "
         "\"h:2\"}}}}\n",
         "1:24: defaults.pool.min: min is 5 and max 4: min must not be above max\n"},
    };
    expect_rows(rows, sizeof rows / sizeof rows[0]);
}

TEST(config, a_nul_byte_and_a_large_file)
{
    static const char nul[] = "version: 1\nb: \0\n";
    char *got = mistakes_of((weir_str){nul, sizeof nul - 1});
    EXPECT_TEXT(got, "2:4: a NUL byte (0x00)\n");
    weir__free(&test_env()->mem, got);
    size_t size = WEIR__MAX_CONFIG_BYTES + 1;
    char *large = weir__new(&test_env()->mem, size);
    memset(large, ' ', size);
    got = mistakes_of((weir_str){large, size});
    EXPECT_TEXT(got, "1:1: larger than 16 MiB\n");
    weir__free(&test_env()->mem, got);
    weir__free(&test_env()->mem, large);
}

TEST(config, deep_nesting_and_a_flood_of_values_end_early)
{
    weir__buf deep, bomb, flood;
    weir__buf_init(&deep, &test_env()->mem, 1 << 20);
    weir__buf_init(&bomb, &test_env()->mem, 1 << 20);
    weir__buf_init(&flood, &test_env()->mem, 1 << 24);
    for (int i = 0; i < 100000; i++)
        weir__buf_addc(&deep, '[');
    weir__buf_adds(&bomb, ONE "a: &a [1, 1]\n");
    for (int i = 0; i < 26; i++)
        weir__buf_addf(&bomb, "k%d: &%c [*a, *a]\n", i, 'a' + i);
    weir__buf_addc(&flood, '[');
    for (int i = 0; i < 1000001; i++)
        weir__buf_adds(&flood, "1,");
    char *got = mistakes_of(weir__view(weir__buf_text(&deep)));
    EXPECT_TEXT(got, "1:34: nested too deeply\n");
    weir__free(&test_env()->mem, got);
    got = mistakes_of(weir__view(weir__buf_text(&bomb)));
    EXPECT_HAS(got, "2:4: anchors (&a) are not taken");
    EXPECT_HAS(got, "28:10: aliases (*a) are not taken");
    weir__free(&test_env()->mem, got);
    got = mistakes_of(weir__view(weir__buf_text(&flood)));
    EXPECT_HAS(got, "too many values: weir.yaml may hold a million\n");
    weir__free(&test_env()->mem, got);
    weir__buf_deinit(&deep);
    weir__buf_deinit(&bomb);
    weir__buf_deinit(&flood);
}

TEST(config, of_very_many_mistakes_the_first_thousand_are_listed)
{
    weir__buf yaml;
    weir__mistakes mistakes;
    weir__config *config;
    weir_error error;
    weir__buf_init(&yaml, &test_env()->mem, 1 << 20);
    for (int i = 0; i < 1500; i++)
        weir__buf_addf(&yaml, "x%d: 1\n", i);
    weir__buf_adds(&yaml, "version: 2\n");
    EXPECT_STATUS(
        weir__config_parse(test_env(), "f.yaml", weir__view(weir__buf_text(&yaml)), &config, &mistakes, &error), error,
        WEIR_CONFIG);
    EXPECT_INT(mistakes.count, 1000);
    EXPECT_INT(mistakes.more, 502);
    EXPECT_TEXT(mistakes.source, "f.yaml");
    EXPECT_INT(mistakes.list[0].line, 1);
    EXPECT_INT(mistakes.list[999].line, 999);
    EXPECT_TEXT(error.text, "f.yaml:1:1: x0: unknown key (1501 more: weir check lists them)");
    weir__mistakes_deinit(&mistakes);
    weir__buf_deinit(&yaml);
}

TEST(config, reads_the_file_it_is_given_or_that_of_the_environment)
{
    weir__config *c;
    weir__mistakes mistakes;
    weir_error error;
    char path[256];
    snprintf(path, sizeof path, "%s/weir.yaml", test_folder());
    EXPECT_STATUS(weir__config_read(test_env(), path, &c, &mistakes, &error), error, WEIR_CONFIG);
    EXPECT_HAS(error.text, "weir.yaml cannot be read: No such file or directory");
    EXPECT_INT(mistakes.count, 0);
    weir__mistakes_deinit(&mistakes);
    EXPECT_STATUS(weir__config_read(test_env(), test_folder(), &c, NULL, &error), error, WEIR_CONFIG);
    EXPECT_HAS(error.text, "Is a directory");
    FILE *file = fopen(path, "w");
    fputs(ONE, file);
    fclose(file);
    EXPECT_OK(weir__config_read(test_env(), path, &c, &mistakes, &error), error);
    EXPECT_TEXT(c->source, path);
    weir__config_free(test_env(), c);
    weir__mistakes_deinit(&mistakes);
    setenv("WEIR_CONFIG", path, 1);
    EXPECT_OK(weir__config_read(test_env(), NULL, &c, NULL, &error), error);
    unsetenv("WEIR_CONFIG");
    weir__config_free(test_env(), c);
}

TEST(config, a_thousand_shards_and_tables)
{
    weir__buf yaml;
    weir__buf_init(&yaml, &test_env()->mem, 1 << 20);
    weir__buf_adds(&yaml, "databases:\n  d:\n    slots: 16000\n    shards:\n");
    for (int i = 0; i < 1000; i++)
        weir__buf_addf(&yaml,
                       "      s%d: {primary: \"db%d:3306\", replicas: [\"r%d:3306\"], schema: d%d, slots: %d-%d}\n", i,
                       i, i, i, i * 16, i * 16 + 15);
    weir__buf_adds(&yaml, "tables:\n");
    for (int i = 0; i < 1000; i++)
        weir__buf_addf(&yaml, "  t%d: {shard_by: id%s}\n", i, i ? ", with: t0" : "");
    uint64_t start = weir__now(&weir__clock_system);
    weir__config *c = config_of(weir__buf_text(&yaml));
    fprintf(stderr, "1000 shards and 1000 tables: %u us\n",
            (unsigned)((weir__now(&weir__clock_system) - start) / 1000));
    if (c) {
        EXPECT_INT(c->databases[0].shard_count, 1000);
        EXPECT_INT(c->databases[0].shards[999].slots[0].from, 15984);
        EXPECT_TEXT(c->databases[0].shares[999].shard->name, "s999");
        EXPECT(weir__config_table(c, NULL, "t999") == &c->tables[999] && c->tables[999].with == &c->tables[0]);
    }
    weir__config_free(test_env(), c);
    weir__buf_deinit(&yaml);
}

static weir_status parse_torn(const char *yaml, bool want_mistakes)
{
    weir__config *config = (weir__config *)1;
    weir__mistakes mistakes;
    weir_error error;
    weir_status status = weir__config_parse(test_env(), "weir.yaml", weir__view(yaml), &config,
                                            want_mistakes ? &mistakes : NULL, &error);
    EXPECT((config != NULL) == (status == WEIR_OK));
    weir__config_free(test_env(), config);
    if (want_mistakes)
        weir__mistakes_deinit(&mistakes);
    return status;
}

TORTURE(config, parsing_the_sample)
{
    char *yaml = test_read_file("docs/weir.yaml", NULL);
    weir_status status = yaml ? parse_torn(yaml, true) : WEIR_NOMEM;
    weir__free(&test_env()->mem, yaml);
    return status;
}

TORTURE(config, parsing_mistakes)
{
    weir__buf yaml;
    weir__buf_init(&yaml, &test_env()->mem, 1 << 16);
    weir__buf_adds(&yaml, "version: 3\nlog: {level: lout}\ndatabases: {d: {primary: h, pool: {mx: 1}, slots: x}}\n");
    for (int i = 0; i < 40; i++)
        weir__buf_addf(&yaml, "tables%d: {}\n", i);
    weir_status status = yaml.failed ? yaml.failed : parse_torn(weir__buf_text(&yaml), true);
    weir__buf_deinit(&yaml);
    return status == WEIR_CONFIG ? WEIR_OK : status;
}

TORTURE(config, parsing_mistakes_nobody_asked_for)
{
    weir_status status = parse_torn("a: &x [*x]\ndatabases: {}\n", false);
    return status == WEIR_CONFIG ? WEIR_OK : status;
}

TORTURE(config, reading_a_file)
{
    weir__config *config;
    weir__mistakes mistakes;
    weir_error error;
    weir_status status = weir__config_read(test_env(), WEIR_SOURCE_DIR "/docs/weir.yaml", &config, &mistakes, &error);
    weir__config_free(test_env(), config);
    weir__mistakes_deinit(&mistakes);
    return status;
}
