/* config_stores.c - caches and document stores. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "schema/config_read.h"

#define CACHE(member) offsetof(weir__cache_config, member)
#define STORE(member) offsetof(weir__documents_config, member)
enum { DAY = 24 * 60 * 60 * 1000, MOST_SERVERS = 1000 };

static void read_redis(weir__reader *reader, weir__yaml *node, void *member)
{
    weir__cache_config *cache = member;
    size_t count;
    weir__yaml *item = weir__items(node, &count);
    if (count == 0 || count > MOST_SERVERS || node->kind == WEIR__YAML_MAP) {
        weir__wrong(reader, node, "must be a list of 1 to 1000 addresses, such as [\"cache01:6379\"]");
        return;
    }
    weir__address *servers = weir__arena_array(reader->arena, count, sizeof *servers);
    if (!servers)
        return;
    cache->servers = servers;
    cache->server_count = count;
    for (; item; item = weir__next_item(node, item))
        weir__read_address(reader, item, servers++);
}

static void read_tls(weir__reader *reader, weir__yaml *node, void *member)
{
    weir__keys_read(reader, node, weir__tls_keys, member);
}

static const weir__key cache_timeouts[] = {
    WEIR__KEY("connect", TIME, CACHE(connect_ms), .least = 1, .most = DAY),
    WEIR__KEY("command", TIME, CACHE(command_ms), .least = 1, .most = DAY),
    WEIR__KEYS_END,
};
static const weir__key near_keys[] = {
    WEIR__KEY("bytes", SIZE, CACHE(near.bytes), .least = 1024),
    WEIR__KEY("ttl", TIME, CACHE(near.ttl_ms), .least = 1),
    WEIR__KEY("confirm", TIME, CACHE(near.confirm_ms), .least = 1, .most = DAY),
    WEIR__KEYS_END,
};
static const weir__key when_down_keys[] = {
    WEIR__KEY("skip_for", TIME, CACHE(skip_ms), .most = DAY),
    WEIR__KEY("database_limit", COUNT, CACHE(database_limit), .least = 1),
    WEIR__KEYS_END,
};
static const weir__key cache_keys[] = {
    WEIR__KEY("redis", BY, 0, .flags = WEIR__KEY_REQUIRED, .read = read_redis),
    WEIR__KEY("user", TEXT, CACHE(user), .most = 128),
    WEIR__KEY("password", BY, CACHE(password), .read = weir__read_password),
    WEIR__KEY("tls", BY, CACHE(tls), .read = read_tls),
    WEIR__KEY("prefix", TEXT, CACHE(prefix), .signs = "_-.:", .most = 64),
    WEIR__KEY("timeouts", PART, 0, .keys = cache_timeouts),
    WEIR__KEY("connections", COUNT, CACHE(connections), .least = 1, .most = 100),
    WEIR__KEY("near", PART, 0, .keys = near_keys),
    WEIR__KEY("confirm", TIME, CACHE(confirm_ms), .least = 1, .most = DAY),
    WEIR__KEY("when_down", PART, 0, .keys = when_down_keys),
    WEIR__KEYS_END,
};

void weir__read_caches(weir__reader *reader, weir__yaml *node, void *unused)
{
    (void)unused;
    if (!weir__is_named(reader, node, "cache", false))
        return;
    weir__cache_config *caches = weir__arena_array(reader->arena, node->count, sizeof *caches);
    weir__names_init(reader, &reader->caches, node->count);
    if (!caches)
        return;
    reader->config->caches = caches;
    reader->config->cache_count = node->count;
    for (weir__yaml *child = node->first; child; child = child->next) {
        weir__cache_config *cache = &caches[child->index];
        *cache = (weir__cache_config){
            .prefix = "weir",
            .connect_ms = 100,
            .command_ms = 20,
            .connections = 2,
            .near = {.bytes = 64u << 20, .ttl_ms = 5000, .confirm_ms = 200},
            .confirm_ms = 500,
            .skip_ms = 1000,
            .database_limit = 200,
        };
        cache->name = weir__arena_text(reader->arena, child->name.data, child->name.size);
        weir__names_add(&reader->caches, child->name, child, cache);
        if (weir__keys_read(reader, child, cache_keys, cache))
            weir__tls_check(reader, &cache->tls, &child, 1);
    }
    weir__names_sort(&reader->caches);
}

static void read_uri(weir__reader *reader, weir__yaml *node, void *member)
{
    const char *uri = NULL;
    if (!weir__read_text(reader, node, NULL, 4096, &uri))
        return;
    const char *hosts = strstr(uri, "://");
    if (strncmp(uri, "mongodb://", 10) != 0 && strncmp(uri, "mongodb+srv://", 14) != 0) {
        weir__wrong(reader, node, "must begin with mongodb:// or mongodb+srv://");
        return;
    }
    hosts += 3;
    const char *at = memchr(hosts, '@', strcspn(hosts, "/?"));
    if (at && memchr(hosts, ':', (size_t)(at - hosts))) /* the URI stays out of the message: it holds a password */
        weir__wrong(reader, node, "a password is never in this file: write it as password: {env: NAME} beside the URI");
    else
        *(const char **)member = uri;
}

static const weir__key documents_timeouts[] = {
    WEIR__KEY("connect", TIME, STORE(connect_ms), .least = 1, .most = DAY),
    WEIR__KEY("query", TIME, STORE(query_ms), .least = 1, .most = DAY),
    WEIR__KEYS_END,
};
static const weir__key documents_keys[] = {
    WEIR__KEY("uri", BY, STORE(uri), .flags = WEIR__KEY_REQUIRED, .read = read_uri),
    WEIR__KEY("database", TEXT, STORE(database), .flags = WEIR__KEY_REQUIRED, .most = 63),
    WEIR__KEY("user", TEXT, STORE(user), .most = 128),
    WEIR__KEY("password", BY, STORE(password), .read = weir__read_password),
    WEIR__KEY("timeouts", PART, 0, .keys = documents_timeouts),
    WEIR__KEYS_END,
};

void weir__read_documents(weir__reader *reader, weir__yaml *node, void *unused)
{
    (void)unused;
    if (!weir__is_named(reader, node, "document store", false))
        return;
    weir__documents_config *stores = weir__arena_array(reader->arena, node->count, sizeof *stores);
    weir__names_init(reader, &reader->documents, node->count);
    if (!stores)
        return;
    reader->config->documents = stores;
    reader->config->documents_count = node->count;
    for (weir__yaml *child = node->first; child; child = child->next) {
        weir__documents_config *store = &stores[child->index];
        *store = (weir__documents_config){.connect_ms = 500, .query_ms = 5000};
        store->name = weir__arena_text(reader->arena, child->name.data, child->name.size);
        weir__names_add(&reader->documents, child->name, child, store);
        weir__keys_read(reader, child, documents_keys, store);
    }
    weir__names_sort(&reader->documents);
}
