/* sample_test.c - docs/weir.yaml, which shows every key: its values land where they belong. SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "tests/unit/schema/rows.h"

static weir__config *sample(void)
{
    char *yaml = test_read_file("docs/weir.yaml", NULL);
    weir__config *c = yaml ? config_of(yaml) : NULL;
    weir__free(&test_env()->mem, yaml);
    return c;
}

static const weir__table_config *table(const weir__config *c, const char *name)
{
    static const weir__table_config none;
    const weir__table_config *found = weir__config_table(c, NULL, name);
    EXPECT_THAT(found != NULL, "no table %s", name);
    return found ? found : &none;
}

TEST(sample, databases_and_settings)
{
    weir__config *c = sample();
    if (!c)
        return;
    const weir__database_config *shop = weir__config_database(c, "shop"),
                                *billing = weir__config_database(c, "billing");
    EXPECT_INT(shop->shard_count, 2);
    const weir__shard_config *s = &shop->shards[0];
    EXPECT_TEXT(s->group, "left");
    EXPECT(s->lossless && s->replica_count == 2 && s->replicas[0].weight == 1 && s->replicas[1].weight == 2);
    EXPECT_TEXT(s->replicas[1].address.host, "db03");
    EXPECT(shop->shards[1].slots[0].from == 512 && shop->shards[1].slots[0].to == 1023 && !shop->shards[1].lossless);
    EXPECT(shop->other_tables == NULL && billing->other_tables == billing->shards);
    EXPECT_TEXT(shop->schema_file, "schema/shop.sql");
    EXPECT_TEXT(billing->shards[0].primary.address.socket, "/run/mysqld/billing.sock");
    EXPECT_TEXT(billing->shards[0].settings.user, "billing");
    EXPECT_TEXT(billing->shards[0].settings.password.name, "BILLING_PASSWORD");
    EXPECT_INT(billing->shards[0].settings.reads.consistency, WEIR_READS_STRONG);
    const weir__settings *o = &s->settings;
    EXPECT(o->tls.mode == WEIR__TLS_VERIFY && o->pool.min == 2 && o->pool.warn_held_ms == 30000 &&
           o->pool.prepared == 256);
    EXPECT(o->reads.max_lag_ms == 2000 && o->reads.wait_ms == 20 && o->health.every_ms == 200 &&
           o->health.out_after == 3 && o->health.back_after == 5);
    EXPECT(o->limits.shards == 64 && o->limits.rows == 1000000 && o->limits.bytes == 64 << 20);
    EXPECT_TEXT(o->tls.key, "/etc/weir/app.key");
    weir__config_free(test_env(), c);
}

TEST(sample, tables)
{
    weir__config *c = sample();
    if (!c)
        return;
    const weir__table_config *users = table(c, "users"), *orders = table(c, "orders"), *messages = table(c, "messages");
    EXPECT(users->kind == WEIR__TABLE_SHARDED && users->method.kind == WEIR__METHOD_SLOTS &&
           users->method.modulus == 1024 && users->method.share_count == 2);
    EXPECT(users->ids.kind == WEIR__IDS_SNOWFLAKE && users->ids.block == 0);
    EXPECT_TEXT(users->ids.column, "id");
    EXPECT(users->cache.in == c->caches && users->cache.ttl_ms == 60000 && users->cache.jitter_percent == 10 &&
           users->cache.refresh_after_ms == 45000);
    EXPECT(users->cache.hot_after == 2 && users->cache.absent_ms == 5000 && users->cache.max_row == 16384 &&
           users->cache.near && !users->cache.strict);
    EXPECT(table(c, "emails")->fold_lower && !users->fold_lower);
    EXPECT(orders->kind == WEIR__TABLE_COLOCATED && orders->with == users && orders->method.share_count == 2 &&
           orders->unique_per_shard);
    EXPECT_INT(table(c, "order_lines")->scatter, WEIR__SCATTER_DENY);
    EXPECT(messages->physical.kind == WEIR__PHYSICAL_NUMBER && messages->physical.count == 16 &&
           messages->physical.digits == 2);
    EXPECT_TEXT(messages->physical.prefix, "messages_");
    EXPECT_TEXT(messages->physical.suffix, "");
    EXPECT_INT(table(c, "countries")->kind, WEIR__TABLE_BROADCAST);
    EXPECT(table(c, "audit_log")->single == &c->databases[0].shards[0]);
    EXPECT(table(c, "invoices")->kind == WEIR__TABLE_SINGLE && table(c, "invoices")->cache.strict);
    EXPECT(weir__config_table(c, "shop", "invoices") == NULL &&
           weir__config_table(c, "billing", "invoices") == table(c, "invoices"));
    EXPECT(table(c, "profiles")->documents == c->documents && table(c, "profiles")->database == NULL);
    weir__config_free(test_env(), c);
}

TEST(sample, methods)
{
    weir__config *c = sample();
    if (!c)
        return;
    const weir__shard_config *zero = &c->databases[0].shards[0], *one = &c->databases[0].shards[1];
    const weir__method *mod = &table(c, "tickets")->method, *range = &table(c, "archive")->method,
                       *list = &table(c, "stores")->method, *by_time = &table(c, "clicks")->method;
    EXPECT(mod->kind == WEIR__METHOD_MOD && mod->modulus == 4 && mod->share_count == 2 &&
           mod->shares[1].range.from == 2 && mod->shares[1].shard == one);
    EXPECT(range->kind == WEIR__METHOD_RANGE && range->bound_count == 2 && range->bounds[0].number == 5000000 &&
           range->bounds[0].shard == zero);
    EXPECT(range->bounds[1].rest && range->bounds[1].shard == one);
    EXPECT(list->kind == WEIR__METHOD_LIST && list->key_count == 5 && list->keys[0].size == 2 &&
           list->keys[0].shard == zero);
    EXPECT_TEXT(list->keys[3].key, "es");
    EXPECT(list->keys[3].shard == one);
    EXPECT(by_time->kind == WEIR__METHOD_TIME && by_time->time.unit == WEIR__TIME_MONTH && by_time->time.year == 2026 &&
           by_time->time.month == 1);
    EXPECT(by_time->time.shard_count == 2 && by_time->time.shards[1] == one &&
           table(c, "clicks")->physical.unit == WEIR__TIME_MONTH);
    weir__config_free(test_env(), c);
}

TEST(sample, caches_documents_and_log)
{
    weir__config *c = sample();
    if (!c)
        return;
    const weir__cache_config *hot = c->caches;
    EXPECT(c->cache_count == 1 && hot->server_count == 1 && hot->servers[0].port == 6379 && hot->connect_ms == 100 &&
           hot->command_ms == 20);
    EXPECT(hot->connections == 2 && hot->near.bytes == 64 << 20 && hot->near.confirm_ms == 200 &&
           hot->confirm_ms == 500);
    EXPECT(hot->skip_ms == 1000 && hot->database_limit == 200);
    EXPECT_TEXT(hot->prefix, "shop");
    EXPECT_TEXT(c->documents->uri, "mongodb://docs01:27017/?replicaSet=rs0");
    EXPECT_TEXT(c->documents->password.name, "MONGO_PASSWORD");
    EXPECT_TEXT(table(c, "profiles")->collection, "profiles");
    EXPECT(c->log.slow_ms == 200 && c->log.level == WEIR_LOG_WARNING && !c->log.values);
    weir__config_free(test_env(), c);
}

TEST(sample, what_is_not_yet_acted_on_is_listed_once_a_setting)
{
    weir__config *c = sample();
    bool seen = false;
    for (const weir__not_yet_setting *s = c ? c->not_yet : NULL; s; s = s->next) {
        EXPECT_THAT(strstr(s->key, "user") == NULL && strcmp(s->key, "defaults.pool.max") != 0, "%s is listed", s->key);
        if (strcmp(s->key, "tables.*.cache") == 0) {
            EXPECT_INT(s->count, 2);
            seen = true;
        }
    }
    EXPECT(seen);
    weir__config_free(test_env(), c);
}
