/* script.h - one migration file as statements. SPDX-License-Identifier: Apache-2.0
 * read O(bytes). Each statement that weir would not run is told, with its line: all of a file at once, before anything runs.
 * A byte order mark at the beginning is passed over, and a carriage return before a newline counts for nothing in checksums.
 * Statements end as the client programs end them, DELIMITER lines too (sql/split.h). Pure but for memory. */
#ifndef WEIR_ROUTER_MIGRATE_SCRIPT_H
#define WEIR_ROUTER_MIGRATE_SCRIPT_H

#include "router/migrate/statement.h"

typedef struct weir__script {
    const weir__mem *mem;
    char *text; /* of the file; steps point into it */
    size_t size;
    char checksum[33];
    weir__step *steps;
    uint32_t count, room;
    bool settings; /* it has SET statements */
} weir__script;

/* A mistake of a line, from 1. */
typedef void weir__script_mistake(void *context, uint32_t line, const char *text);

/* text is copied. How the server reads SQL is in options. Returns OK also with mistakes, each told to mistake; their number in *mistakes.
 * NOMEM. Owns: the caller ends it with deinit, also after a failure. */
weir_status weir__script_read(weir__script *script, weir_str text, const weir__lex_options *options,
                              const weir__env *env, const weir__config *config, const weir__database_config *database,
                              weir__script_mistake *mistake, void *context, uint32_t *mistakes, weir_error *error);
/* The checksum that a script of this text has. */
void weir__script_checksum(weir_str text, char out[33]);
void weir__script_deinit(weir__script *script);

#endif
