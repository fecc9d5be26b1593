/* files.h - the folder of a database's migrations. SPDX-License-Identifier: Apache-2.0
 *
 *   <directory>/<database>/0007_add_index.up.sql      and .down.sql, which may be missing
 *
 * read O(files log files). Nothing is skipped in silence: a .sql file whose name is not understood, a number used twice and a down
 * without its up are mistakes. Files of other endings, and names that begin with a dot, are none of its business. */
#ifndef WEIR_ROUTER_MIGRATE_FILES_H
#define WEIR_ROUTER_MIGRATE_FILES_H

#include "base/arena.h"
#include "base/env.h"
#include "base/error.h"

typedef struct weir__migration {
    uint64_t version;
    const char *name;      /* "0007_add_index" */
    const char *up, *down; /* paths; NULL: there is none */
} weir__migration;

typedef struct weir__migrations {
    weir__arena arena;
    weir__migration *list; /* rising versions */
    size_t count;
    const char *folder;
} weir__migrations;

/* A mistake about a file; its path, or the folder. */
typedef void weir__files_mistake(void *context, const char *path, const char *text);

/* Returns: OK, also with mistakes, each told; CONFIG: the folder cannot be read; NOMEM. Ended by deinit also after a failure. */
weir_status weir__migrations_read(weir__migrations *m, const weir__env *env, const char *directory,
                                  const char *database, weir__files_mistake *mistake, void *context, uint32_t *mistakes,
                                  weir_error *error);
void weir__migrations_deinit(weir__migrations *m);
const weir__migration *weir__migrations_find(const weir__migrations *m, uint64_t version); /* NULL: none. O(log n) */

/* Tells each number that is missing between two files, and before the first one unless `from` is reached. Numbers of eight digits and
 * more are dates: they have gaps. Returns how many were told. */
uint32_t weir__migrations_gaps(const weir__migrations *m, uint64_t from, weir__files_mistake *mistake, void *context);

/* A whole file; the caller frees it with weir__free. CONFIG with the reason; LIMIT; NOMEM. */
weir_status weir__migration_load(const weir__env *env, const char *path, char **text, size_t *size, weir_error *error);

#endif
