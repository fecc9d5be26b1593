/* schema.h - tables as CREATE statements, compared: `weir schema`. SPDX-License-Identifier: Apache-2.0
 * Tables and views; weir's own tables are left out. Texts are those of SHOW CREATE, or of a file's CREATE statements. */
#ifndef WEIR_TOOLS_SCHEMA_H
#define WEIR_TOOLS_SCHEMA_H

#include "base/arena.h"
#include "base/buf.h"
#include "router/migrate/link.h"

typedef enum schema_part_kind { SCHEMA_COLUMN, SCHEMA_KEY, SCHEMA_FOREIGN_KEY, SCHEMA_CHECK } schema_part_kind;

/* What stands between two commas of a CREATE TABLE. */
typedef struct schema_part {
    schema_part_kind kind;
    const char *name;  /* "PRIMARY"; "" where none is written */
    const char *text;  /* as written */
    const char *plain; /* so written that equal parts have equal texts */
} schema_part;

typedef struct schema_table {
    const char *name, *text; /* the whole statement */
    bool is_view;
    schema_part *parts;
    size_t part_count, part_room;
    const char *options, *plain_options; /* behind the parentheses */
} schema_table;

typedef struct schema_tables {
    weir__arena arena;
    const char *source; /* "shop-0 at 10.0.0.1:3306", or the file */
    schema_table *list; /* by name */
    size_t count, room;
} schema_tables;

void schema_init(schema_tables *s, const weir__mem *mem, const char *source);
void schema_deinit(schema_tables *s);

/* schema_read.c; false: told on stderr. */
bool schema_read_server(schema_tables *s, weir__link *link);
bool schema_read_file(schema_tables *s, const weir__env *env, const char *path);
const schema_table *schema_find(const schema_tables *s, const char *name);

/* schema_parts.c: cuts a CREATE TABLE. False: its parts cannot be told apart. */
bool schema_cut(schema_tables *s, schema_table *table);
/* Words without quotes, in lower case, a blank between two; what servers print though it is the default is left out. */
const char *schema_plain(schema_tables *s, const char *text);

/* schema_diff.c: adds the SQL that makes `is` like `wanted`; nothing when they are alike. */
void schema_diff(const schema_tables *wanted, const schema_tables *is, weir__buf *out);

#endif
