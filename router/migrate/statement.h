/* statement.h - what one statement of a migration is, and how it is made to run once. SPDX-License-Identifier: Apache-2.0
 * Told from its tokens and the rules of weir.yaml; O(bytes). docs/migrations.md has the reasons. Pure but for memory.
 *
 *   DATA        INSERT, UPDATE, ..: one transaction with its row in the ledger
 *   DEFINITION  CREATE, ALTER, DROP, RENAME of what SHOW CREATE shows: an intent with what was there before
 *   SETTING     SET of the session: run again on resume
 *   REPEATABLE  declared by a comment "weir: repeatable" before it, or harmless by its nature: run again when its end is not known
 * What fits none is refused, with the way out. */
#ifndef WEIR_ROUTER_MIGRATE_STATEMENT_H
#define WEIR_ROUTER_MIGRATE_STATEMENT_H

#include "base/env.h"
#include "router/sql/lexer.h"
#include "schema/config_tables.h"

typedef enum weir__step_kind {
    WEIR__STEP_DATA,
    WEIR__STEP_DEFINITION,
    WEIR__STEP_SETTING,
    WEIR__STEP_REPEATABLE,
} weir__step_kind;

typedef enum weir__object_kind {
    WEIR__OBJECT_TABLE, /* also a sequence or a view named like a table */
    WEIR__OBJECT_VIEW,
    WEIR__OBJECT_PROCEDURE,
    WEIR__OBJECT_FUNCTION,
    WEIR__OBJECT_TRIGGER,
    WEIR__OBJECT_EVENT,
} weir__object_kind;

enum { WEIR__MAX_OBJECTS = 16 }; /* that one statement names: RENAME TABLE of eight tables */

typedef struct weir__object {
    weir__object_kind kind;
    weir_str name; /* view into the statement */
} weir__object;

/* Where the server can be asked to change a table without blocking it. */
typedef enum weir__online { WEIR__ONLINE_NO, WEIR__ONLINE_ALTER, WEIR__ONLINE_CREATE_INDEX } weir__online;

typedef struct weir__step {
    weir_str sql;      /* without its delimiter */
    uint32_t line;     /* of the file, from 1, where its first word stands */
    uint32_t number;   /* in the file, from 1 */
    char checksum[33]; /* of sql */
    weir__step_kind kind;
    weir__object objects[WEIR__MAX_OBJECTS]; /* DEFINITION: what SHOW CREATE is asked of. DATA: tables it writes */
    uint32_t object_count;
    bool renames;        /* DEFINITION: objects are pairs, old and new name */
    bool unknown_writes; /* DATA: a function or trigger of the schema may write too */
    weir__online online;
    bool says_algorithm; /* it has ALGORITHM or LOCK of its own */
    bool blocks;         /* it surely copies the table or keeps writers out: partitions are moved, or it says so */
    bool keeps_engine;   /* DEFINITION: no table's engine and no trigger changes */
    uint32_t clause_at;  /* byte where ALGORITHM would stand */
    const weir__shard_config *only; /* the only shard that has its tables; NULL: every shard */
} weir__step;

/* Reads one statement; repeatable: declared so. False: refused, why says the reason and what to do. memory may fail: then *status. */
bool weir__step_read(weir__step *step, bool repeatable, const weir__lex_options *options, const weir__env *env,
                     const weir__config *config, const weir__database_config *database, char *why, size_t room);

/* 32 hexadecimal digits of a text, carriage returns before newlines left out. */
void weir__migrate_checksum(weir_str text, char out[33]);

const char *weir__step_kind_name(weir__step_kind kind);

#endif
