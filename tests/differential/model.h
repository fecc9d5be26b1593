/* model.h - the tables that are asked: columns, keys, placement. SPDX-License-Identifier: Apache-2.0
 *
 * The unsharded reference has each table under its name in the schema REFERENCE. The same tables over n shards are in the schemas
 * <prefix>_<n>_<i>, shard i of the database REFERENCE in weir.yaml. Where a row belongs is said here in SQL alone, so that nothing
 * of weir's own arithmetic judges weir. */
#ifndef WEIR_TESTS_DIFFERENTIAL_MODEL_H
#define WEIR_TESTS_DIFFERENTIAL_MODEL_H

#include "base/buf.h"

#define REFERENCE "shopd" /* the logical database and the reference's schema */
enum { SLOTS = 1024, MAX_SHARDS = 64, MAX_TABLES = 64, MAX_KEYS = 3 };

typedef enum kind {
    K_INT,
    K_DECIMAL,
    K_FLOAT,
    K_DOUBLE,
    K_BIT,
    K_TEXT,
    K_BYTES,
    K_DATE,
    K_DATETIME,
    K_TIME,
    K_YEAR,
    K_ENUM,
    K_SET,
    K_JSON,
    K_UUID,
    K_INET6,
} kind;

typedef enum column_flags {
    NULLABLE = 1,
    UNSIGNED = 2,
    CI = 4,       /* other texts are equal to it: case, trailing spaces, accents */
    WIDE = 8,     /* holds the ends of its range: no sums of it */
    AUTO = 16,    /* AUTO_INCREMENT */
    WORD = 32,    /* a text key: printable ASCII without spaces at its end */
    ASCII = 64,   /* not UTF-8 on the server */
    COUNTRY = 128 /* a country's code: joins */
} column_flags;

typedef struct column {
    const char *name, *sql; /* sql: its type, collation and NOT NULL */
    kind kind;
    unsigned flags;
    int32_t low,
        high; /* INT, DECIMAL: values drawn from; BIT: bits; text: longest; DATETIME, TIME: digits of the fraction */
} column;

typedef enum placement {
    P_SLOTS,
    P_FOLDED,
    P_MOD,
    P_RANGE,
    P_LIST,
    P_TIME,
    P_EVERYWHERE,
    P_SINGLE,
} placement;

typedef struct table {
    const char *name;
    const column *columns;
    uint32_t count;
    int32_t keys[MAX_KEYS]; /* the columns of the primary key, -1 where it ends */
    int32_t shard_by;       /* -1: none */
    placement placed;
    const char *with;    /* colocated with this table */
    const char *more;    /* of the rule in weir.yaml */
    const char *indexes; /* further keys, SQL */
    uint32_t physical;   /* tables on each shard; 0: one of its name */
    uint32_t rows;       /* to begin with */
} table;

extern const table tables[];
extern const uint32_t table_count;

const table *table_named(const char *name);
static inline bool table_has_key(const table *t)
{
    return t->keys[0] >= 0;
}
static inline const column *key_column(const table *t)
{
    return t->shard_by < 0 ? NULL : &t->columns[t->shard_by];
}

/* CREATE TABLE <schema>.<name>. */
void add_create(weir__buf *out, const table *t, const char *schema, const char *name);
/* The columns, separated by commas. */
void add_columns(weir__buf *out, const table *t);
/* The SQL condition that a row of t belongs to this shard of so many (and to this physical table, -1: any). */
void add_belongs(weir__buf *out, const table *t, uint32_t shard, uint32_t shards, int physical);
/* The name of a physical table, or the table's own. */
void add_physical_name(weir__buf *out, const table *t, uint32_t physical);
/* Is the table on this shard at all? */
bool lives_on(const table *t, uint32_t shard);
/* weir.yaml: the database over so many shards, all on one server. */
void add_yaml(weir__buf *out, const char *address, const char *prefix, const char *defaults, uint32_t shards);

#endif
