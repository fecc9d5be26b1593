/* config_tables.h - the rules of tables, caches and document stores in weir.yaml. SPDX-License-Identifier: Apache-2.0
 *
 * Part of weir__config (config.h): as immutable, in the same memory. Every name is resolved to what it names and every default
 * is filled in; what does not apply to a table's kind is zero. Times are milliseconds, sizes bytes. Threads: any.
 * Not here: columns, types and keys of the tables (information_schema or schema_file tell). */
#ifndef WEIR_SCHEMA_CONFIG_TABLES_H
#define WEIR_SCHEMA_CONFIG_TABLES_H

#include "schema/config.h"

/* How a table is placed. */
typedef enum weir__table_kind {
    WEIR__TABLE_SHARDED,   /* shard_by: a row lives where its key says */
    WEIR__TABLE_COLOCATED, /* shard_by and with: where the row of `with` with the same key lives */
    WEIR__TABLE_BROADCAST, /* everywhere: the same rows on every shard */
    WEIR__TABLE_SINGLE,    /* single, or the only shard of its database */
    WEIR__TABLE_DOCUMENT,  /* documents: a MongoDB collection */
} weir__table_kind;
enum { WEIR__TABLE_KINDS = WEIR__TABLE_DOCUMENT + 1 };

typedef enum weir__time_unit { WEIR__TIME_YEAR, WEIR__TIME_MONTH, WEIR__TIME_DAY } weir__time_unit;

/* Keys below a bound and not below the one before. */
typedef struct weir__bound {
    bool rest;         /* the last: all other keys */
    bool is_number;    /* alike in all bounds of a table */
    int64_t number;    /* of a number */
    const char *below; /* as written */
    const weir__shard_config *shard;
} weir__bound;

typedef struct weir__listed_key {
    const char *key;
    size_t size;
    const weir__shard_config *shard;
} weir__listed_key;

/* Which shard a key lives on; the member is that of the kind. A key that no list names, or before the first period, has no shard. */
typedef struct weir__method {
    enum { WEIR__METHOD_SLOTS, WEIR__METHOD_MOD, WEIR__METHOD_RANGE, WEIR__METHOD_LIST, WEIR__METHOD_TIME } kind;
    uint32_t modulus;          /* slots: the database's slots; mod: the divisor, remainder ((k % n) + n) % n */
    const weir__share *shares; /* slots, mod: sorted, without gap from 0 to modulus - 1 */
    const uint16_t *share_of;  /* slots, mod: of each one the number of its share */
    size_t share_count;
    const weir__bound *bounds; /* range: rising; the last one is the rest */
    size_t bound_count;
    const weir__listed_key *keys; /* list: sorted by bytes */
    size_t key_count;
    struct {
        weir__time_unit unit;
        int32_t year, month, day; /* where the first period begins; month and day 1 where the unit has none */
        const weir__shard_config *const *shards; /* in turn: period i lives on shards[i % shard_count] */
        size_t shard_count;
    } time;
} weir__method;

/* The tables on the servers behind one name: prefix, a number or date, suffix. */
typedef struct weir__physical {
    enum {
        WEIR__PHYSICAL_SAME,
        WEIR__PHYSICAL_NUMBER,
        WEIR__PHYSICAL_TIME
    } kind; /* SAME: one table of the name itself */
    const char *prefix, *suffix;
    uint32_t first, count, digits; /* number: first + slot (or remainder) % count, with leading zeros */
    weir__time_unit unit;          /* time: yyyy, yyyymm or yyyymmdd */
} weir__physical;

typedef struct weir__ids {
    enum { WEIR__IDS_NONE, WEIR__IDS_SNOWFLAKE, WEIR__IDS_SEQUENCE } kind;
    const char *column;
    uint32_t block; /* sequence: ids fetched at once */
} weir__ids;

typedef struct weir__table_cache {
    const weir__cache_config *in; /* NULL: its rows are not cached */
    uint32_t ttl_ms, jitter_percent;
    uint32_t refresh_after_ms; /* 0: a row is not renewed before it ends */
    bool strict;
    uint32_t hot_after; /* reads before a row is worth keeping */
    uint32_t absent_ms; /* how long "no such row" is kept; 0: not at all */
    uint64_t max_row;
    bool near;
} weir__table_cache;

struct weir__table_config {
    const char *name;  /* without the database's */
    const char *label; /* as weir.yaml names it, perhaps database.table */
    weir__table_kind kind;
    const weir__database_config *database; /* NULL: a document table */
    const char *shard_by;                  /* sharded, colocated: the key's column */
    const weir__table_config *with;        /* colocated: a sharded table of the same database */
    weir__method method;                   /* sharded; colocated: that of `with` */
    bool fold_lower;                       /* sharded; colocated: that of `with` */
    bool unique_per_shard;                 /* unique keys without the shard key are accepted */
    weir__scatter scatter;                 /* statements without the key; the database's limits.scatter when not said */
    weir__physical physical;
    const weir__shard_config *single; /* single: its shard */
    weir__ids ids;
    weir__table_cache cache;
    const weir__documents_config *documents; /* document */
    const char *collection;                  /* document; the table's name when not said */
};

struct weir__cache_config {
    const char *name;
    const weir__address *servers;
    size_t server_count;
    const char *user;
    weir__secret password;
    weir__tls_config tls;
    const char *prefix;
    uint32_t connect_ms, command_ms;
    uint32_t connections;
    struct {
        uint64_t bytes;
        uint32_t ttl_ms, confirm_ms;
    } near;
    uint32_t confirm_ms;
    uint32_t skip_ms;        /* a server that failed is not asked for so long */
    uint32_t database_limit; /* misses sent to the database at once while it is down */
};

struct weir__documents_config {
    const char *name;
    const char *uri;
    const char *database;
    const char *user;
    weir__secret password;
    uint32_t connect_ms, query_ms;
};

/* The rule of a table. database may be NULL: the table must then be the only one of its name. NULL: no rule, or several.
 * O(log tables). */
const weir__table_config *weir__config_table(const weir__config *config, const char *database, const char *table);

/* "sharded" */
const char *weir__table_kind_name(weir__table_kind kind);

#endif
