/* config_databases.c - groups, databases, their shards and slots. SPDX-License-Identifier: Apache-2.0
 * O(n log n) in shards and ranges. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "schema/config_read.h"

enum { DEFAULT_SLOTS = 1024, MOST_SCHEMA = 256 /* 64 characters */ };

/* One server group is read like a shard; only its servers are used. */
void weir__read_groups(weir__reader *reader, weir__yaml *node, void *unused)
{
    (void)unused;
    if (!weir__is_named(reader, node, "group", false))
        return;
    weir__shard_config *groups = weir__arena_array(&reader->scratch, node->count, sizeof *groups);
    weir__names_init(reader, &reader->groups, node->count);
    if (!groups)
        return;
    for (weir__yaml *child = node->first; child; child = child->next) {
        weir__shard_config *group = &groups[child->index];
        group->name = weir__arena_text(reader->arena, child->name.data, child->name.size);
        weir__names_add(&reader->groups, child->name, child, group);
        if (weir__keys_read(reader, child, weir__servers_keys, group) && !weir__yaml_has(child, "primary"))
            weir__missing(reader, child, "primary", "is missing: the address of the server that takes writes");
    }
    weir__names_sort(&reader->groups);
}

static void read_group(weir__reader *reader, weir__yaml *node, void *member)
{
    static const char *const said_twice[] = {"primary", "replicas", "lossless"};
    weir__shard_config *shard = member;
    const weir__shard_config *group = weir__names_resolve(reader, &reader->groups, node, "group");
    for (size_t i = 0; i < sizeof said_twice / sizeof said_twice[0]; i++) {
        weir__yaml *other = weir__yaml_get(node->parent, said_twice[i]);
        if (other)
            weir__wrong_key(reader, other, "the group says it already: leave one of the two out");
    }
    if (!group)
        return;
    shard->group = group->name;
    shard->primary = group->primary;
    shard->replicas = group->replicas;
    shard->replica_count = group->replica_count;
    shard->lossless = group->lossless;
}

static const weir__key place_keys[] = {
    {.kind = WEIR__KEY_SAME, .keys = weir__servers_keys},
    WEIR__KEY("group", BY, 0, .read = read_group),
    WEIR__KEY("schema", TEXT, offsetof(weir__shard_config, schema), .most = MOST_SCHEMA),
    WEIR__KEYS_END,
};

static const weir__key shard_keys[] = {
    {.kind = WEIR__KEY_SAME, .keys = place_keys},
    WEIR__KEY("slots", LATER, 0),
    {.kind = WEIR__KEY_SAME, .offset = offsetof(weir__shard_config, settings), .keys = weir__settings_keys},
    WEIR__KEYS_END,
};

/* A database and, where it has no shards:, the shard that it is. */
typedef struct reading {
    weir__database_config database;
    weir__shard_config only;
} reading;

static const weir__key database_keys[] = {
    {.kind = WEIR__KEY_SAME, .offset = offsetof(reading, only), .keys = place_keys},
    WEIR__KEY("shards", LATER, 0),
    WEIR__KEY("slots", COUNT, offsetof(reading, database.slots), .least = 1, .most = WEIR__MAX_SLOTS),
    WEIR__KEY("schema_file", TEXT, offsetof(reading, database.schema_file)),
    WEIR__KEY("other_tables", LATER, 0),
    {.kind = WEIR__KEY_SAME, .offset = offsetof(reading, database.settings), .keys = weir__settings_keys},
    WEIR__KEYS_END,
};

static bool has_servers(const weir__yaml *node)
{
    return weir__yaml_has(node, "primary") || weir__yaml_has(node, "group");
}

static void read_shard(weir__reader *reader, weir__yaml *node, weir__yaml *database_node, weir__shard_config *shard)
{
    weir__yaml *places[] = {node, database_node, weir__yaml_get(reader->root, "defaults")};
    shard->name = weir__arena_text(reader->arena, node->name.data, node->name.size);
    shard->schema = shard->database->name;
    shard->settings = shard->database->settings;
    if (!weir__keys_read(reader, node, shard_keys, shard))
        return;
    weir__settings_check(reader, &shard->settings, places, 3);
    if (!has_servers(node))
        weir__missing(reader, node, "primary", "is missing: the address of its server; or group");
}

static void read_shards(weir__reader *reader, weir__yaml *node, weir__database_config *database, weir__names *names)
{
    if (!weir__is_named(reader, node, "shard", false))
        return;
    database->shards = weir__arena_array(reader->arena, node->count, sizeof *database->shards);
    weir__names_init(reader, names, node->count);
    if (!database->shards)
        return;
    database->shard_count = node->count;
    for (weir__yaml *child = node->first; child; child = child->next) {
        weir__shard_config *shard = &database->shards[child->index];
        shard->database = database;
        weir__names_add(names, child->name, child, shard);
        read_shard(reader, child, node->parent, shard);
    }
    weir__names_sort(names);
}

/* The shard of a database without shards: */
static void make_only_shard(weir__reader *reader, weir__yaml *node, weir__database_config *database,
                            const weir__shard_config *only, weir__names *names)
{
    weir__yaml *places[] = {node, weir__yaml_get(reader->root, "defaults")};
    weir__shard_config *shard = weir__arena_copy(reader->arena, only, sizeof *only);
    weir__names_init(reader, names, 1);
    if (!shard)
        return;
    shard->name = database->name;
    shard->database = database;
    shard->settings = database->settings;
    if (!shard->schema)
        shard->schema = database->name;
    database->shards = shard;
    database->shard_count = 1;
    weir__names_add(names, node->name, node, shard);
    weir__settings_check(reader, &shard->settings, places, 2);
    if (!has_servers(node) && !weir__is_meant(node, "shards"))
        weir__missing(reader, node, "primary", "is missing: the address of its server; or group, or shards");
}

/* Gives each shard its part of the sorted pieces. */
static void hand_out(weir__reader *reader, weir__database_config *database, const weir__piece *pieces, size_t count)
{
    weir__range *ranges = weir__arena_array(reader->arena, count, sizeof *ranges);
    weir__range **next = weir__arena_array(&reader->scratch, database->shard_count, sizeof(void *));
    database->shares = weir__pieces_keep(reader, pieces, count);
    database->share_of = weir__shares_index(reader, database->shares, count, database->slots);
    if (!ranges || !next || !database->shares || !database->share_of)
        return;
    database->share_count = count;
    for (size_t i = 0; i < count; i++)
        database->shards[pieces[i].share.shard - database->shards].slot_range_count++;
    for (size_t i = 0; i < database->shard_count; i++) {
        database->shards[i].slots = next[i] = ranges;
        ranges += database->shards[i].slot_range_count;
    }
    for (size_t i = 0; i < count; i++)
        *next[pieces[i].share.shard - database->shards]++ = pieces[i].share.range;
}

static void read_slots(weir__reader *reader, weir__database_config *database, weir__database_read *read)
{
    size_t room = 0, count = 0, items;
    bool fine = true;
    for (size_t i = 0; i < read->shards.count; i++) {
        weir__yaml *slots = weir__yaml_get(read->shards.list[i].node, "slots");
        if (slots && weir__items(slots, &items))
            room += items;
        read->says_slots = read->says_slots || weir__yaml_has(read->shards.list[i].node, "slots");
    }
    if (database->shard_count == 1 && !read->says_slots)
        room = 1;
    weir__piece *pieces = weir__arena_array(&reader->scratch, room, sizeof *pieces);
    if (!pieces)
        return;
    if (database->shard_count == 1 && !read->says_slots) {
        pieces[count++] = (weir__piece){.share = {{0, database->slots - 1}, database->shards}};
    } else {
        for (size_t i = 0; i < read->shards.count; i++) {
            size_t from = count;
            weir__yaml *slots = weir__yaml_get(read->shards.list[i].node, "slots");
            if (!slots)
                continue;
            if (!weir__read_ranges(reader, slots, "slot", pieces, &count))
                fine = false;
            for (; from < count; from++)
                pieces[from].share.shard = read->shards.list[i].value;
        }
        if (fine && count && !weir__pieces_check(reader, pieces, count, database->slots, "slot"))
            fine = false;
    }
    if (fine && count)
        hand_out(reader, database, pieces, count);
}

/* Two shards in one schema of one server would be one. */
static void refuse_same_place(weir__reader *reader, weir__database_read *read)
{
    weir__names places;
    char text[1024];
    weir__names_init(reader, &places, read->shards.count);
    for (size_t i = 0; i < read->shards.count; i++) {
        const weir__shard_config *shard = read->shards.list[i].value;
        if (!shard->primary.address.text || !shard->schema)
            continue;
        snprintf(text, sizeof text, "%s %s", shard->primary.address.text, shard->schema);
        const char *copy = weir__arena_text(&reader->scratch, text, strlen(text));
        if (copy)
            weir__names_add(&places, weir__view(copy), read->shards.list[i].node, read->shards.list[i].value);
    }
    weir__names_sort(&places);
    for (size_t i = 1; i < places.count; i++)
        if (weir__str_equal(places.list[i - 1].name, places.list[i].name)) {
            const weir__shard_config *shard = places.list[i - 1].value;
            weir__wrong_key(reader, places.list[i].node,
                            "is the same schema on the same server as shard %s: schema must tell them apart",
                            shard->name);
        }
}

static void read_other_tables(weir__reader *reader, weir__yaml *node, weir__database_config *database,
                              const weir__names *shards)
{
    if (database->shard_count == 1)
        database->other_tables = database->shards;
    if (!node)
        return;
    if (node->kind == WEIR__YAML_SCALAR && weir__str_is(node->text, "refuse"))
        database->other_tables = NULL;
    else
        database->other_tables = weir__names_resolve(reader, shards, node, "shard");
}

static void read_database(weir__reader *reader, weir__yaml *node, weir__database_config *database,
                          weir__database_read *read)
{
    reading found = {.database = {.slots = DEFAULT_SLOTS, .settings = reader->defaults}};
    found.database.name = weir__arena_text(reader->arena, node->name.data, node->name.size);
    bool is_map = weir__keys_read(reader, node, database_keys, &found);
    *database = found.database;
    if (!is_map)
        return;
    weir__yaml *shards = weir__yaml_get(node, "shards");
    if (!weir__yaml_has(node, "shards"))
        make_only_shard(reader, node, database, &found.only, &read->shards);
    else if (shards) {
        static const char *const in_shards[] = {"primary", "replicas", "lossless", "group", "schema"};
        for (size_t i = 0; i < sizeof in_shards / sizeof in_shards[0]; i++) {
            weir__yaml *other = weir__yaml_get(node, in_shards[i]);
            if (other)
                weir__wrong_key(reader, other, "stands in each shard where there are shards");
        }
        read_shards(reader, shards, database, &read->shards);
    }
    if (database->shard_count == 0)
        return;
    if (shards)
        read_slots(reader, database, read);
    else if (database->slots)
        hand_out(reader, database, &(weir__piece){.share = {{0, database->slots - 1}, database->shards}}, 1);
    refuse_same_place(reader, read);
    read_other_tables(reader, weir__yaml_get(node, "other_tables"), database, &read->shards);
}

void weir__read_databases(weir__reader *reader, weir__yaml *node, void *unused)
{
    weir__config *config = reader->config;
    (void)unused;
    if (!weir__is_named(reader, node, "database", false))
        return;
    config->databases = weir__arena_array(reader->arena, node->count, sizeof *config->databases);
    reader->database_reads = weir__arena_array(&reader->scratch, node->count, sizeof *reader->database_reads);
    weir__names_init(reader, &reader->databases, node->count);
    if (!config->databases || !reader->database_reads)
        return;
    config->database_count = node->count;
    for (weir__yaml *child = node->first; child; child = child->next) {
        weir__names_add(&reader->databases, child->name, child, &config->databases[child->index]);
        read_database(reader, child, &config->databases[child->index], &reader->database_reads[child->index]);
    }
    weir__names_sort(&reader->databases);
}
