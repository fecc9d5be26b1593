/* column_type.h - the type of a column, read from how the servers print it. SPDX-License-Identifier: Apache-2.0
 *
 * parse O(text). What is not known is WEIR__TYPE_OTHER, never a guess: no value is compared, lifted or hashed by it. Pure: no server,
 * clock or thread. Callers: information.c (COLUMN_TYPE), ddl_table.c (CREATE TABLE), which print types alike.
 * Not here: character sets and collations, which belong to the column (table.h). */
#ifndef WEIR_SCHEMA_COLUMN_TYPE_H
#define WEIR_SCHEMA_COLUMN_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "weir.h"

/* Sorted by kind. A type of the servers is one line: how it is printed, its class, its key type. */
#define WEIR__TYPE_MAP(X)                                                                                              \
    X(OTHER, "", OTHER, NONE)                                                                                          \
    X(TINYINT, "tinyint", INTEGER, INTEGER)                                                                            \
    X(SMALLINT, "smallint", INTEGER, INTEGER)                                                                          \
    X(MEDIUMINT, "mediumint", INTEGER, INTEGER)                                                                        \
    X(INT, "int", INTEGER, INTEGER)                                                                                    \
    X(BIGINT, "bigint", INTEGER, INTEGER)                                                                              \
    X(DECIMAL, "decimal", OTHER, DECIMAL)                                                                              \
    X(FLOAT, "float", OTHER, NONE)                                                                                     \
    X(DOUBLE, "double", OTHER, NONE)                                                                                   \
    X(BIT, "bit", OTHER, NONE)                                                                                         \
    X(CHAR, "char", TEXT, TEXT)                                                                                        \
    X(VARCHAR, "varchar", TEXT, TEXT)                                                                                  \
    X(TINYTEXT, "tinytext", TEXT, NONE)                                                                                \
    X(TEXT, "text", TEXT, NONE)                                                                                        \
    X(MEDIUMTEXT, "mediumtext", TEXT, NONE)                                                                            \
    X(LONGTEXT, "longtext", TEXT, NONE)                                                                                \
    X(BINARY, "binary", BYTES, BYTES)                                                                                  \
    X(VARBINARY, "varbinary", BYTES, BYTES)                                                                            \
    X(TINYBLOB, "tinyblob", BYTES, NONE)                                                                               \
    X(BLOB, "blob", BYTES, NONE)                                                                                       \
    X(MEDIUMBLOB, "mediumblob", BYTES, NONE)                                                                           \
    X(LONGBLOB, "longblob", BYTES, NONE)                                                                               \
    X(DATE, "date", OTHER, DATE)                                                                                       \
    X(TIME, "time", OTHER, NONE)                                                                                       \
    X(DATETIME, "datetime", OTHER, DATETIME)                                                                           \
    X(TIMESTAMP, "timestamp", OTHER, NONE)                                                                             \
    X(YEAR, "year", OTHER, NONE)                                                                                       \
    X(ENUM, "enum", OTHER, ENUM)                                                                                       \
    X(SET, "set", OTHER, NONE)                                                                                         \
    X(JSON, "json", OTHER, NONE)                                                                                       \
    X(UUID, "uuid", OTHER, UUID)                                                                                       \
    X(INET4, "inet4", OTHER, NONE)                                                                                     \
    X(INET6, "inet6", OTHER, NONE)                                                                                     \
    X(GEOMETRY, "geometry", OTHER, NONE)

typedef enum weir__type {
#define X(name, text, class, key) WEIR__TYPE_##name,
    WEIR__TYPE_MAP(X)
#undef X
} weir__type;
enum { WEIR__TYPES = WEIR__TYPE_GEOMETRY + 1 };

/* What a literal that is compared with a bare column may be sent as without changing the answer. */
typedef enum weir__type_class {
    WEIR__CLASS_OTHER,   /* keep the literal as it is written */
    WEIR__CLASS_INTEGER, /* an integer */
    WEIR__CLASS_TEXT,    /* a string, compared by the column's collation */
    WEIR__CLASS_BYTES,   /* a string, compared by bytes */
} weir__type_class;

/* How a value of a shard key is made canonical before its slot is computed. */
typedef enum weir__key_type {
    WEIR__KEY_TYPE_NONE, /* not to be a shard key: weir__column_refuses_key (table.h) says why */
    WEIR__KEY_TYPE_INTEGER,
    WEIR__KEY_TYPE_TEXT,
    WEIR__KEY_TYPE_BYTES,
    WEIR__KEY_TYPE_DATE,
    WEIR__KEY_TYPE_DATETIME,
    WEIR__KEY_TYPE_DECIMAL,
    WEIR__KEY_TYPE_UUID,
    WEIR__KEY_TYPE_ENUM, /* by label */
} weir__key_type;

typedef struct weir__column_type {
    weir__type type;
    bool is_unsigned, zerofill;
    uint32_t
        length; /* CHAR, VARCHAR: characters; BINARY, VARBINARY: bytes; BIT: bits; integers: display width; 0: not printed */
    uint16_t precision; /* DECIMAL: digits in all */
    uint16_t
        scale; /* DECIMAL, and FLOAT and DOUBLE of fixed digits: digits behind the point; TIME, DATETIME, TIMESTAMP: of the second */
    const weir_str *labels; /* ENUM, SET: as stored, without quotes; NUL-terminated */
    uint32_t label_count;
} weir__column_type;

/* Reads "int(10) unsigned", "enum('a','b')", letters of any case; comments and what stands behind the type (of MariaDB's COMPRESSED
 * columns) are passed over. Labels go to the arena. False: no memory (the arena tells). */
bool weir__column_type_parse(weir__arena *arena, weir_str text, weir__column_type *type);

/* "bigint"; "" for OTHER */
const char *weir__type_name(weir__type type);
weir__type_class weir__type_class_of(weir__type type);
weir__key_type weir__type_key_type(weir__type type); /* of the bare type: without zerofill and character set */

/* The least and the greatest value of an integer type; of the unsigned one least is 0. */
void weir__integer_bounds(const weir__column_type *type, int64_t *least, uint64_t *greatest);

#endif
