/* config_tables.c - the rules of tables: kinds, what contradicts what, colocation, names. SPDX-License-Identifier: Apache-2.0
 * O(n log n) in tables. Two passes: a table's own rule, then what it says of other tables. */
#include "schema/config_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "schema/config_read.h"

enum {
    NOT_YET = WEIR__KEY_NOT_YET,
    DAY = 24 * 60 * 60 * 1000,
    MOST_COLUMN = 256 /* 64 characters */,
    DEFAULT_BLOCK = 1000
};

typedef struct reading {
    weir__table_config table;
    bool everywhere;
} reading;

#define AT(member) offsetof(reading, table.member)
static const weir__word unique_words[] = {{"per_shard", true}, {NULL, 0}};
static const weir__word fold_words[] = {{"lower", true}, {NULL, 0}};
static const weir__word scatter_words[] = {
    {"allow", WEIR__SCATTER_ALLOW}, {"warn", WEIR__SCATTER_WARN}, {"deny", WEIR__SCATTER_DENY}, {NULL, 0}};

static const weir__key table_keys[] = {
    WEIR__KEY("database", LATER, 0),
    WEIR__KEY("shard_by", TEXT, AT(shard_by), .most = MOST_COLUMN),
    WEIR__KEY("with", LATER, 0),
    WEIR__KEY("everywhere", FLAG, offsetof(reading, everywhere)),
    WEIR__KEY("single", LATER, 0),
    WEIR__KEY("documents", LATER, 0, .flags = NOT_YET),
    WEIR__KEY("collection", TEXT, AT(collection), .most = 255),
    WEIR__KEY("method", LATER, 0),
    WEIR__KEY("fold", CHOICE, AT(fold_lower), .words = fold_words),
    WEIR__KEY("unique", CHOICE, AT(unique_per_shard), .words = unique_words),
    WEIR__KEY("scatter", WORD, AT(scatter), .words = scatter_words),
    WEIR__KEY("physical", LATER, 0),
    WEIR__KEY("ids", LATER, 0),
    WEIR__KEY("cache", LATER, 0, .flags = NOT_YET),
    WEIR__KEYS_END,
};

static const weir__word ids_words[] = {{"snowflake", WEIR__IDS_SNOWFLAKE}, {"sequence", WEIR__IDS_SEQUENCE}, {NULL, 0}};
static const weir__key ids_keys[] = {
    WEIR__KEY("column", TEXT, offsetof(weir__ids, column), .most = MOST_COLUMN),
    WEIR__KEY("kind", WORD, offsetof(weir__ids, kind), .flags = WEIR__KEY_REQUIRED, .words = ids_words),
    WEIR__KEY("block", COUNT, offsetof(weir__ids, block), .least = 1, .most = 1000000),
    WEIR__KEYS_END,
};

static const weir__word mode_words[] = {{"normal", false}, {"strict", true}, {NULL, 0}};
static const weir__key cache_keys[] = {
    WEIR__KEY("in", LATER, 0),
    WEIR__KEY("ttl", TIME, offsetof(weir__table_cache, ttl_ms), .least = 1),
    WEIR__KEY("jitter", PERCENT, offsetof(weir__table_cache, jitter_percent)),
    WEIR__KEY("refresh_after", TIME, offsetof(weir__table_cache, refresh_after_ms)),
    WEIR__KEY("mode", CHOICE, offsetof(weir__table_cache, strict), .words = mode_words),
    WEIR__KEY("hot_after", COUNT, offsetof(weir__table_cache, hot_after), .least = 1, .most = 1000000),
    WEIR__KEY("absent", TIME, offsetof(weir__table_cache, absent_ms), .most = DAY),
    WEIR__KEY("max_row", SIZE, offsetof(weir__table_cache, max_row), .least = 64),
    WEIR__KEY("near", FLAG, offsetof(weir__table_cache, near)),
    WEIR__KEYS_END,
};

static void read_ids(weir__reader *reader, weir__yaml *node, weir__table_config *table)
{
    weir__ids ids = {.block = DEFAULT_BLOCK};
    int kind = 0;
    if (node->kind == WEIR__YAML_MAP) {
        weir__keys_read(reader, node, ids_keys, &ids);
        weir__yaml *block = weir__yaml_get(node, "block");
        if (block && ids.kind == WEIR__IDS_SNOWFLAKE)
            weir__wrong_key(reader, block, "only a sequence has blocks");
    } else {
        weir__read_word(reader, node, ids_words, &kind);
        memcpy(&ids.kind, &kind, sizeof kind);
    }
    if (!ids.column)
        ids.column = table->shard_by;
    if (ids.kind && !ids.column && !weir__yaml_has(node, "column"))
        weir__wrong(reader, node,
                    "must name the column, as in {column: id, kind: snowflake}: the table has no shard key");
    if (ids.kind != WEIR__IDS_SEQUENCE)
        ids.block = 0;
    table->ids = ids;
}

static void read_cache(weir__reader *reader, weir__yaml *node, weir__table_config *table)
{
    weir__table_cache cache = {
        .ttl_ms = 60000, .jitter_percent = 10, .hot_after = 2, .absent_ms = 5000, .max_row = 16384};
    if (!weir__keys_read(reader, node, cache_keys, &cache))
        return;
    weir__yaml *in = weir__yaml_get(node, "in"), *after = weir__yaml_get(node, "refresh_after"),
               *near = weir__yaml_get(node, "near");
    if (in)
        cache.in = weir__names_resolve(reader, &reader->caches, in, "cache");
    else if (!weir__yaml_has(node, "in") && reader->config->cache_count == 1)
        cache.in = reader->config->caches;
    else if (!weir__yaml_has(node, "in"))
        weir__missing(reader, node, "in", "is missing: the name of a cache under caches");
    if (after && cache.refresh_after_ms >= cache.ttl_ms)
        weir__wrong(reader, after, "must be shorter than ttl");
    if (near && cache.near && cache.strict)
        weir__wrong(reader, near, "contradicts mode: strict, which no near cache can keep");
    table->cache = cache;
}

/* Tells each of the keys that stands in node; why is about the table. */
static void refuse_keys(weir__reader *reader, weir__yaml *node, const char *const *names, const char *why)
{
    for (; *names; names++) {
        weir__yaml *key = weir__yaml_get(node, *names);
        if (key)
            weir__wrong_key(reader, key, "%s", why);
    }
}

/* The table's name without the database's, which it gives or NULL when there is none. */
static const char *part_name(weir__reader *reader, const weir__yaml *node, weir__table_config *table)
{
    const char *dot = memchr(node->name.data, '.', node->name.size);
    table->label = weir__arena_text(reader->arena, node->name.data, node->name.size);
    if (!table->label)
        return NULL;
    table->name = dot ? table->label + (dot - node->name.data) + 1 : table->label;
    return dot;
}

static const weir__database_config *find_database(weir__reader *reader, weir__yaml *node, const char *dot)
{
    weir__yaml *said = weir__yaml_get(node, "database");
    weir__database_config *database = said ? weir__names_resolve(reader, &reader->databases, said, "database") : NULL;
    if (dot) {
        weir_str prefix = weir__slice(node->name.data, dot);
        weir__name *found = weir__names_find(&reader->databases, prefix);
        if (!found)
            weir__wrong_key(reader, node, "there is no database %.*s", WEIR__STR(prefix));
        else if (database && database != found->value)
            weir__wrong(reader, said, "contradicts the table's name, which says %.*s", WEIR__STR(prefix));
        return found ? found->value : NULL;
    }
    if (said || weir__yaml_has(node, "database"))
        return database;
    if (reader->config->database_count == 1)
        return reader->config->databases;
    if (reader->config->database_count)
        weir__missing(reader, node, "database", "is missing: there are several databases");
    return NULL;
}

static void read_document(weir__reader *reader, weir__yaml *node, weir__table_config *table, const char *dot)
{
    static const char *const not_these[] = {"database", "shard_by", "with",   "everywhere", "single",
                                            "method",   "fold",     "unique", "scatter",    "physical",
                                            "ids",      "cache",    NULL};
    table->kind = WEIR__TABLE_DOCUMENT;
    refuse_keys(reader, node, not_these, "does not apply to a collection of documents");
    weir__yaml *store = weir__yaml_get(node, "documents");
    if (store)
        table->documents = weir__names_resolve(reader, &reader->documents, store, "document store");
    if (!table->collection)
        table->collection = table->name;
    if (dot)
        weir__wrong_key(reader, node, "the name of a collection of documents has no dot");
}

/* shard_by, everywhere and single exclude each other. False: no placement. */
static bool read_placement(weir__reader *reader, weir__yaml *node, weir__table_config *table, bool everywhere)
{
    const char *placed = weir__yaml_has(node, "shard_by") ? "shard_by" : everywhere ? "everywhere" : NULL;
    weir__yaml *also_everywhere = weir__yaml_get(node, "everywhere"), *single = weir__yaml_get(node, "single");
    if (everywhere && weir__yaml_has(node, "shard_by") && also_everywhere)
        weir__wrong_key(reader, also_everywhere, "contradicts shard_by: a table is placed in one way");
    if (single && placed)
        weir__wrong_key(reader, single, "contradicts %s: a table is placed in one way", placed);
    if (weir__yaml_has(node, "shard_by"))
        table->kind = weir__yaml_has(node, "with") ? WEIR__TABLE_COLOCATED : WEIR__TABLE_SHARDED;
    else
        table->kind = everywhere ? WEIR__TABLE_BROADCAST : WEIR__TABLE_SINGLE;
    if (table->kind != WEIR__TABLE_SINGLE)
        return true;
    const weir__database_config *database = table->database;
    const weir__names *shards = &reader->database_reads[database - reader->config->databases].shards;
    if (single)
        table->single = weir__names_resolve(reader, shards, single, "shard");
    else if (database->shard_count == 1)
        table->single = database->shards;
    return table->single || weir__yaml_has(node, "single") || database->shard_count == 0;
}

static void read_table(weir__reader *reader, weir__yaml *node, weir__table_config *table)
{
    static const char *const of_sharded[] = {"with", "method", "fold", "unique", "scatter", "physical", NULL};
    static const char *const of_root[] = {"method", "fold", NULL};
    reading found = {.everywhere = false};
    const char *dot = part_name(reader, node, &found.table);
    bool is_map = weir__keys_read(reader, node, table_keys, &found);
    *table = found.table;
    if (!is_map || !table->label)
        return;
    if (weir__yaml_has(node, "documents")) {
        read_document(reader, node, table, dot);
        return;
    }
    static const char *const of_document[] = {"collection", NULL};
    refuse_keys(reader, node, of_document, "applies only to a table with documents");
    table->database = find_database(reader, node, dot);
    weir__yaml *ids = weir__yaml_get(node, "ids"), *cache = weir__yaml_get(node, "cache"),
               *method = weir__yaml_get(node, "method");
    if (cache)
        read_cache(reader, cache, table);
    if (ids)
        read_ids(reader, ids, table);
    if (!table->database)
        return;
    bool is_meant = weir__is_meant(node, "shard_by") || weir__is_meant(node, "everywhere") ||
                    weir__is_meant(node, "single") || weir__yaml_has(node, "on");
    if (!read_placement(reader, node, table, found.everywhere) && !is_meant)
        weir__wrong_key(reader, node, "has no place: %s has several shards; write shard_by, everywhere or single",
                        table->database->name);
    if (table->kind == WEIR__TABLE_COLOCATED) {
        refuse_keys(reader, node, of_root, "is that of the table named by with: leave it out");
    } else if (table->kind == WEIR__TABLE_SHARDED) {
        if (method)
            weir__read_method(reader, method, table);
        else if (!weir__yaml_has(node, "method"))
            weir__read_slots_method(reader, node, table);
    } else {
        refuse_keys(reader, node, of_sharded, "applies only to a table with shard_by");
    }
    bool sharded = table->kind == WEIR__TABLE_SHARDED || table->kind == WEIR__TABLE_COLOCATED;
    if (sharded && !weir__yaml_has(node, "scatter"))
        table->scatter = table->database->settings.limits.scatter;
}

/* "shop.users"; a document's: ".profiles" */
static weir_str full_name(weir__reader *reader, const char *database, weir_str table)
{
    char text[512];
    snprintf(text, sizeof text, "%s.%.*s", database ? database : "", WEIR__STR(table));
    const char *copy = weir__arena_text(&reader->scratch, text, strlen(text));
    return weir__view(copy ? copy : "");
}

static void read_with(weir__reader *reader, weir__yaml *with, weir__table_config *table, const weir__names *full,
                      const weir__names *bare)
{
    if (!weir__is_scalar(reader, with, "the name of a table"))
        return;
    bool dotted = memchr(with->text.data, '.', with->text.size) != NULL;
    weir__name *found =
        weir__names_find(full, dotted ? with->text : full_name(reader, table->database->name, with->text));
    const weir__table_config *other = found ? found->value : NULL;
    if (!found) {
        found = dotted ? NULL : weir__names_find(bare, with->text);
        other = found ? found->value : NULL;
        if (!found)
            weir__names_resolve(reader, bare, with, "table");
        else if (other->kind == WEIR__TABLE_DOCUMENT)
            weir__wrong(reader, with, "%s is a collection of documents, not a sharded table", other->name);
        else
            weir__wrong(reader, with, "%s is a table of another database", other->name);
    } else if (other == table) {
        weir__wrong(reader, with, "is the table itself");
    } else if (other->database != table->database) {
        weir__wrong(reader, with, "%s is a table of another database", other->name);
    } else if (other->kind == WEIR__TABLE_COLOCATED) {
        weir__wrong(reader, with, "%s is itself placed with another table: name that one", other->name);
    } else if (other->kind != WEIR__TABLE_SHARDED) {
        weir__wrong(reader, with, "%s is not sharded", other->name);
    } else {
        table->with = other;
        table->method = other->method;
        table->fold_lower = other->fold_lower;
    }
}

/* The same short name in another database? */
static bool is_other_table(const weir__name *a, const weir__name *b)
{
    const weir__table_config *left = a->value, *right = b->value;
    return weir__str_equal(a->name, b->name) && left->database != right->database;
}

/* Tells tables written twice, and short names that two databases have. Both indexes are sorted. */
static void refuse_twice(weir__reader *reader, const weir__names *full, const weir__names *bare)
{
    for (size_t i = 1; i < full->count; i++)
        if (weir__str_equal(full->list[i - 1].name, full->list[i].name))
            weir__wrong_key(reader, full->list[i].node, "is the same table as %s on line %u",
                            weir__shown(reader, full->list[i - 1].node->name),
                            (unsigned)full->list[i - 1].node->name_line);
    for (size_t i = 0; i < bare->count; i++) {
        const weir__name *name = &bare->list[i];
        const weir__table_config *table = name->value;
        bool twice =
            (i > 0 && is_other_table(&name[-1], name)) || (i + 1 < bare->count && is_other_table(&name[1], name));
        if (!twice || name->node->bad || memchr(name->node->name.data, '.', name->node->name.size))
            continue;
        if (table->database)
            weir__wrong_key(reader, name->node, "another database has a table of this name: write %s.%s",
                            table->database->name, table->name);
        else
            weir__wrong_key(reader, name->node, "a table of a database has this name too: choose another");
    }
}

static void read_second(weir__reader *reader, weir__yaml *node, weir__table_config *table, const weir__names *full,
                        const weir__names *bare)
{
    weir__yaml *with = weir__yaml_get(node, "with"), *physical = weir__yaml_get(node, "physical");
    if (with && table->kind == WEIR__TABLE_COLOCATED && table->database)
        read_with(reader, with, table, full, bare);
    bool placed = table->kind == WEIR__TABLE_SHARDED ? weir__yaml_get(node, "method") || !weir__yaml_has(node, "method")
                                                     : table->with != NULL;
    if (physical && placed && table->database)
        weir__read_physical(reader, physical, table);
}

static int compare_tables(const void *left, const void *right)
{
    const weir__table_config *a = *(const weir__table_config *const *)left,
                             *b = *(const weir__table_config *const *)right;
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->database ? a->database->name : "", b->database ? b->database->name : "");
    return order;
}

void weir__read_tables(weir__reader *reader, weir__yaml *node, void *unused)
{
    weir__config *config = reader->config;
    weir__names full, bare;
    (void)unused;
    if (!weir__is_named(reader, node, "table", true))
        return;
    config->tables = weir__arena_array(reader->arena, node->count, sizeof *config->tables);
    config->tables_sorted = weir__arena_array(reader->arena, node->count, sizeof(void *));
    weir__names_init(reader, &full, node->count);
    weir__names_init(reader, &bare, node->count);
    if (!config->tables || !config->tables_sorted)
        return;
    config->table_count = node->count;
    for (weir__yaml *child = node->first; child; child = child->next) {
        weir__table_config *table = &config->tables[child->index];
        config->tables_sorted[child->index] = table;
        read_table(reader, child, table);
        if (!table->name)
            continue;
        weir__names_add(&bare, weir__view(table->name), child, table);
        if (table->database || table->kind == WEIR__TABLE_DOCUMENT)
            weir__names_add(&full,
                            full_name(reader, table->database ? table->database->name : NULL, weir__view(table->name)),
                            child, table);
    }
    weir__names_sort(&full);
    weir__names_sort(&bare);
    for (weir__yaml *child = node->first; child; child = child->next)
        if (config->tables[child->index].name)
            read_second(reader, child, &config->tables[child->index], &full, &bare);
    refuse_twice(reader, &full, &bare);
    if (reader->mistakes->count == 0 && !reader->arena->failed)
        qsort(config->tables_sorted, config->table_count, sizeof(void *), compare_tables);
}

const weir__table_config *weir__config_table(const weir__config *config, const char *database, const char *table)
{
    size_t low = 0, high = config->table_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(config->tables_sorted[middle]->name, table) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const weir__table_config *found = NULL;
    for (; low < config->table_count && strcmp(config->tables_sorted[low]->name, table) == 0; low++) {
        const weir__table_config *candidate = config->tables_sorted[low];
        if (database && !(candidate->database && strcmp(candidate->database->name, database) == 0))
            continue;
        if (found)
            return NULL;
        found = candidate;
    }
    return found;
}

const char *weir__table_kind_name(weir__table_kind kind)
{
    switch (kind) {
    case WEIR__TABLE_SHARDED:
        return "sharded";
    case WEIR__TABLE_COLOCATED:
        return "colocated";
    case WEIR__TABLE_BROADCAST:
        return "broadcast";
    case WEIR__TABLE_SINGLE:
        return "single";
    case WEIR__TABLE_DOCUMENT:
        return "document";
    }
    return "?";
}
