/* check_settings.c - settings that change answers are alike on all servers of a database. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tools/check_live.h"

static const struct {
    const char *name;
    check_level level;
    const char *why;
} settings[] = {
    {"div_precision_increment", CHECK_ERROR, "a division gives other digits"},
    {"explicit_defaults_for_timestamp", CHECK_ERROR, "the same CREATE TABLE makes other columns"},
    {"group_concat_max_len", CHECK_ERROR, "GROUP_CONCAT is cut elsewhere"},
    {"lower_case_table_names", CHECK_ERROR, "the same name finds other tables"},
    {"max_allowed_packet", CHECK_WARNING, "a long statement or value is refused by some servers only"},
    {"max_sort_length", CHECK_ERROR, "ORDER BY puts long values in another order"},
    {"sql_mode", CHECK_ERROR, "connection: {sql_mode: server} takes what the server has"},
};

/* The first server of a database that was reached: what it says is what the others are held against. */
static const check_server *first_of(const check *c, const weir__database_config *database)
{
    for (size_t i = 0; i < c->server_count; i++)
        if (c->servers[i].reached && c->servers[i].shard->database == database)
            return &c->servers[i];
    return NULL;
}

static void compare(check *c, const check_server *first, const check_server *at)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const char *name = settings[i].name;
        const char *is = check_value(at, name), *there = check_value(first, name);
        bool ours = strcmp(name, "sql_mode") == 0 && at->shard->settings.connection.sql_mode;
        if (!is || !there || ours || strcmp(is, there) == 0)
            continue;
        check_tell(
            c, settings[i].level, at, "",
            "%s is '%s' and on %s at %s '%s': %s" CHECK_SHOULD "alike on all servers of the database %s" CHECK_FIX
            "SET GLOBAL %s = '%s'; and the same in the server's option file (lower_case_table_names: only there)",
            name, is, first->shard->name, first->at->address.text, there, settings[i].why, at->shard->database->name,
            name, there);
    }
    if (strcmp(first->collation, at->collation) != 0)
        check_tell(c, CHECK_ERROR, at, "",
                   "the default collation of the schema %s is %s and on %s at %s %s: the same CREATE TABLE makes other "
                   "columns" CHECK_SHOULD "alike on all servers of the database %s" CHECK_FIX
                   "ALTER DATABASE `%s` COLLATE %s;",
                   at->shard->schema, at->collation, first->shard->name, first->at->address.text, first->collation,
                   at->shard->database->name, at->shard->schema, first->collation);
}

void check_settings(check *c)
{
    for (size_t d = 0; d < c->s->config->database_count; d++) {
        const weir__database_config *database = &c->s->config->databases[d];
        const check_server *first = first_of(c, database);
        for (size_t i = 0; first && i < c->server_count; i++)
            if (c->servers[i].reached && &c->servers[i] != first && c->servers[i].shard->database == database)
                compare(c, first, &c->servers[i]);
    }
}

static void check_limit(check *c, const check_server *at, const char *name, uint64_t wanted)
{
    const char *is = check_value(at, name);
    uint64_t limit = is ? strtoull(is, NULL, 10) : 0;
    if (limit && wanted > limit)
        check_tell(c, CHECK_WARNING, at, "",
                   "one process may open %llu connections to it, and its %s is %s" CHECK_SHOULD
                   "room for all processes of the service, and for an administrator" CHECK_FIX
                   "pool: {max: ..} of the shard in weir.yaml, or SET GLOBAL %s = ..;",
                   (unsigned long long)wanted, name, is, name);
}

/* A server that serves several shards has a pool for each. */
void check_pools(check *c)
{
    for (size_t i = 0; i < c->server_count; i++) {
        uint64_t wanted = 0;
        bool told = false; /* at the first of its shards */
        for (size_t j = 0; j < c->server_count; j++)
            if (strcmp(c->servers[i].at->address.text, c->servers[j].at->address.text) == 0) {
                told |= j < i && c->servers[j].reached;
                wanted += c->servers[j].shard->settings.pool.max;
            }
        if (told || !c->servers[i].reached)
            continue;
        check_limit(c, &c->servers[i], "max_connections", wanted);
        check_limit(c, &c->servers[i], "max_user_connections", wanted);
    }
}
