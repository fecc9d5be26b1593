/* schema_file.h - tables from a file of CREATE statements: schema_file in weir.yaml. SPDX-License-Identifier: Apache-2.0
 * For work without servers: weir explain, lints. What is described is as the catalog describes it (table.h). find O(tables). What is not
 * understood is told with its place and left out; other statements are passed over. Immutable, any thread may read it. Not here: which
 * statements are understood (ddl.h). */
#ifndef WEIR_SCHEMA_SCHEMA_FILE_H
#define WEIR_SCHEMA_SCHEMA_FILE_H

#include "base/env.h"
#include "schema/config_tables.h"
#include "schema/table.h"

typedef struct weir__schema_file weir__schema_file;

/* Something in the file that gives no table, from 1. */
typedef void weir__schema_note(void *context, uint32_t line, uint32_t column, const char *text);

/* schema: where foreign keys lead that name none. note may be NULL. Returns: OK; NOMEM; LIMIT (a table too large). */
weir_status weir__schema_file_parse(const weir__env *env, weir_str text, const char *schema, weir__schema_note *note,
                                    void *context, weir__schema_file **file, weir_error *error);
/* The same of a file; CONFIG when it cannot be read. */
weir_status weir__schema_file_read(const weir__env *env, const char *path, const char *schema, weir__schema_note *note,
                                   void *context, weir__schema_file **file, weir_error *error);
void weir__schema_file_free(weir__schema_file *file); /* NULL is fine */

/* With a reference; NULL: the file has none of that name (letters of any case, for want of a server's setting). */
weir__table *weir__schema_file_find(const weir__schema_file *file, weir_str name);
/* The table of a rule: by its name, else the first one whose name `physical` makes. */
weir__table *weir__schema_file_find_rule(const weir__schema_file *file, const weir__table_config *rule);
size_t weir__schema_file_count(const weir__schema_file *file);

#endif
