/* table.h - what a table looks like on a server, immutable. SPDX-License-Identifier: Apache-2.0
 *
 * column by name O(1). Made by a builder: begin, add what there is, end; from then on nothing in it changes and any thread may read it
 * while it holds a reference. All of it lives in one arena and goes with the last reference.
 * Invariants: (1) columns are in the server's order; (2) the parts of a key name columns of the table, or are expressions; (3) two
 * descriptions are equal exactly when they print alike.
 * Not here: asking servers (information.c), reading files (ddl.c), keeping tables (catalog.c), how a table is placed (config_tables.h). */
#ifndef WEIR_SCHEMA_TABLE_H
#define WEIR_SCHEMA_TABLE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "schema/column_type.h"

/* What a column holds in a row that an INSERT does not say it for. */
typedef enum weir__default {
    WEIR__DEFAULT_NONE, /* it must be said (with AUTO_INCREMENT: the server numbers it) */
    WEIR__DEFAULT_NULL,
    WEIR__DEFAULT_VALUE,      /* preset is the value */
    WEIR__DEFAULT_EXPRESSION, /* preset is SQL */
} weir__default;

typedef struct weir__column {
    const char *name;
    const char *type_text; /* COLUMN_TYPE: "int(10) unsigned" */
    weir__column_type type;
    const char *charset, *collation; /* "" where it has none */
    uint64_t characters, octets;     /* the longest value of a text or binary type, enum and set too; 0: other types */
    bool nullable, auto_increment, invisible;
    bool generated; /* from other columns: never written; expression says how */
    bool on_update; /* set anew by each UPDATE of the row */
    weir__default preset_kind;
    const char *preset;     /* "" for NONE and NULL */
    const char *expression; /* of a generated column, else "" */
} weir__column;

typedef struct weir__key_part {
    const char *column; /* "" for an expression */
    int32_t index;      /* of the column, -1 for an expression */
    uint32_t prefix;    /* 0: the whole value, else its first characters or bytes */
} weir__key_part;

typedef struct weir__index {
    const char *name; /* "PRIMARY" */
    const char *kind; /* "BTREE", "HASH", "FULLTEXT", "SPATIAL", "RTREE" */
    bool unique;
    const weir__key_part *parts;
    uint32_t part_count;
} weir__index;

typedef struct weir__reference {
    const char *column, *to_column;
} weir__reference;

/* Of this table to another (or to itself). */
typedef struct weir__foreign_key {
    const char *name, *to_schema, *to_table;
    const char *on_update, *on_delete; /* "RESTRICT", "CASCADE", "SET NULL", "NO ACTION", "SET DEFAULT" */
    const weir__reference *pairs;
    uint32_t pair_count;
} weir__foreign_key;

typedef struct weir__trigger {
    const char *name, *timing, *event; /* "BEFORE", "INSERT" */
    const char *body;
} weir__trigger;

typedef struct weir__table {
    const char *name;   /* as the server writes it, without schema */
    const char *engine; /* "" for a view */
    bool is_view;
    uint64_t version; /* the catalog's: counted when a re-read differs; 0 outside a catalog */
    const weir__column *columns;
    uint32_t column_count;
    const weir__index *indexes; /* the primary key first, then by name */
    uint32_t index_count;
    const weir__index *primary;            /* NULL: none */
    const weir__foreign_key *foreign_keys; /* by name */
    uint32_t foreign_key_count;
    const weir__trigger *triggers; /* by name. Those that the user may not see are not here */
    uint32_t trigger_count;
    /* of table.c */
    weir__arena arena;
    _Atomic int references;
    const uint16_t *by_name; /* hash table of column numbers from 1 */
    uint32_t by_name_size;
} weir__table;

weir__table *weir__table_ref(const weir__table *table);
void weir__table_unref(const weir__table *table); /* NULL is fine */

/* By name, ASCII letters of any case; NULL: no such column. O(1). */
const weir__column *weir__table_column(const weir__table *table, weir_str name);
static inline uint32_t weir__column_index(const weir__table *table, const weir__column *column)
{
    return (uint32_t)(column - table->columns);
}

/* The whole description as text, a line a column or key; without version. */
void weir__table_print(const weir__table *table, weir__buf *to);
/* Do they print alike? False also without memory. */
bool weir__table_equal(const weir__table *a, const weir__table *b);

weir__type_class weir__column_class(const weir__column *column);
/* As what its values become canonical when it is a shard key; NONE: weir__column_refuses_key tells. */
weir__key_type weir__column_key_type(const weir__column *column);
/* Why the column cannot be a shard key, to stand behind "is <type>, which .."; NULL: it can. */
const char *weir__column_refuses_key(const weir__column *column);

/* Does the collation call equal only what has the same bytes? */
bool weir__collation_is_exact(const char *collation);
/* Is it known to call equal, of printable ASCII, at most what fold: lower makes the same? HAZARDS: weir check asks the server, too. */
bool weir__collation_folds(const char *collation);

/* ---- builder: one thread; a failure latches and weir__table_end tells it ---- */

typedef struct weir__table_builder weir__table_builder;

/* NULL: no memory. Ended by weir__table_end in any case. */
weir__table_builder *weir__table_begin(const weir__mem *mem, weir_str name);
void weir__table_set_kind(weir__table_builder *b, bool is_view, weir_str engine);
const char *weir__table_builder_name(const weir__table_builder *b);
weir__arena *weir__table_arena(weir__table_builder *b);
/* Copies text; "" for NULL; never NULL. */
const char *weir__table_text(weir__table_builder *b, weir_str text);
/* All strings of it must live in the arena. The type is read from type_text. */
void weir__table_add_column(weir__table_builder *b, const weir__column *column);
/* Columns of a key come one by one, those of one key behind each other. */
void weir__table_add_key_part(weir__table_builder *b, weir_str key, weir_str kind, bool unique, weir_str column,
                              uint32_t prefix);
void weir__table_add_reference(weir__table_builder *b, weir_str name, weir_str to_schema, weir_str to_table,
                               weir_str on_update, weir_str on_delete, weir_str column, weir_str to_column);
void weir__table_add_trigger(weir__table_builder *b, weir_str name, weir_str timing, weir_str event, weir_str body);
/* Gives the table with one reference, or (also with table NULL: the builder is given up) frees all. NOMEM, LIMIT. */
weir_status weir__table_end(weir__table_builder *b, weir__table **table, weir_error *error);

#endif
