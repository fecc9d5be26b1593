/* effects.h - what one statement does to session and data, told from its tokens alone. SPDX-License-Identifier: Apache-2.0
 * Pure, one pass, no allocation, no tree: it answers for statements too that the grammar does not know.
 *
 * In doubt it says the safer thing:
 * - plain_read is true only for what is surely a read without side effects whose answer hangs on data alone. Functions that are not
 *   on the list in functions.c may be stored ones that write: false. So is every @variable and @@variable, every locking clause, INTO,
 *   a sequence's next value, statements about one server (SHOW STATUS), and a text with a versioned comment when the server's version
 *   is not known. What it cannot see: a view or a trigger that calls a writing function.
 * - reads_session, changes_session and user_variable may be true too often, never too seldom; but what CALL or a stored function does
 *   inside is not known, and they are not set for it. */
#ifndef WEIR_ROUTER_SQL_EFFECTS_H
#define WEIR_ROUTER_SQL_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "router/sql/lexer.h"

#define WEIR__VERB_MAP(X)                                                                                              \
    X(EMPTY, "nothing but blanks, comments and semicolons")                                                            \
    X(SELECT, "SELECT, VALUES, TABLE, also behind WITH or parentheses")                                                \
    X(INSERT, "")                                                                                                      \
    X(REPLACE, "")                                                                                                     \
    X(UPDATE, "")                                                                                                      \
    X(DELETE, "")                                                                                                      \
    X(CALL, "")                                                                                                        \
    X(BEGIN, "BEGIN, START TRANSACTION")                                                                               \
    X(COMMIT, "")                                                                                                      \
    X(ROLLBACK, "the whole transaction")                                                                               \
    X(SAVEPOINT, "SAVEPOINT, RELEASE SAVEPOINT, ROLLBACK TO")                                                          \
    X(SET, "all but SET STATEMENT; without changes_session it is SET TRANSACTION of the next transaction alone")       \
    X(USE, "")                                                                                                         \
    X(SHOW, "")                                                                                                        \
    X(EXPLAIN, "EXPLAIN, DESCRIBE, DESC, MariaDB's ANALYZE of a statement")                                            \
    X(DDL, "changes definitions, rights or files, and ends an open transaction: CREATE, GRANT, TRUNCATE, FLUSH, ..")   \
    X(LOCK, "LOCK and UNLOCK TABLES, INSTANCE")                                                                        \
    X(PREPARE, "PREPARE, EXECUTE, DEALLOCATE, DROP PREPARE")                                                           \
    X(XA, "")                                                                                                          \
    X(LOAD, "LOAD DATA, XML, INDEX")                                                                                   \
    X(OTHER, "")

typedef enum weir__verb {
#define X(name, text) WEIR__VERB_##name,
    WEIR__VERB_MAP(X)
#undef X
} weir__verb;

/* Bits of weir__sql_effects.asks. */
enum {
    WEIR__ASK_INSERT_ID = 1 << 0, /* LAST_INSERT_ID(), @@last_insert_id, @@identity */
    WEIR__ASK_ROW_COUNT = 1 << 1,
    WEIR__ASK_FOUND_ROWS = 1 << 2,
    WEIR__ASK_WARNING_COUNT = 1 << 3, /* @@warning_count */
    WEIR__ASK_ERROR_COUNT = 1 << 4,
    WEIR__ASK_MESSAGES = 1 << 5,    /* SHOW WARNINGS, SHOW ERRORS, SHOW COUNT(*) .. */
    WEIR__ASK_DIAGNOSTICS = 1 << 6, /* GET DIAGNOSTICS */
    WEIR__ASK_CONNECTION = 1 << 7,  /* CONNECTION_ID(), @@last_gtid, @@insert_id, LASTVAL(), .. */
};

/* Which of these bits a call of the function, or reading @@name, has; 0: none. */
uint8_t weir__ask_of_function(weir_str name);
uint8_t weir__ask_of_variable(weir_str token);

typedef struct weir__sql_effects {
    weir__verb verb;
    uint32_t parameters; /* number of ? in the first statement */

    bool more_than_one; /* behind a semicolon there is more than blanks and comments; at second_at */
    bool unclosed;      /* a string, name or comment has no end; it begins at bad_at */
    bool illegal;       /* a byte at bad_at is no SQL */
    uint32_t second_at; /* bytes of the text */
    uint32_t bad_at;
    uint16_t bad_token; /* WEIR__TK_ILLEGAL or WEIR__TK_UNCLOSED_.. */

    bool plain_read;
    bool may_write; /* anything that outlives the session: false only for what surely leaves nothing behind */
    bool
        reads_session; /* LAST_INSERT_ID(), FOUND_ROWS(), SHOW WARNINGS, @@identity, GET DIAGNOSTICS, ..: asks says of what */
    uint8_t asks;         /* weir__ask: what it reads of what the statements before it left behind */
    bool changes_session; /* SET, USE, temporary tables, PREPARE, GET_LOCK, LOCK TABLES, HANDLER, .. */
    bool sets_insert_id;  /* LAST_INSERT_ID(expr) */
    bool counts_rows;     /* SQL_CALC_FOUND_ROWS */
    bool selects;         /* has SELECT, VALUES or TABLE of a query somewhere */
    bool odd_count;       /* FOUND_ROWS() after it is not the number of its rows: OFFSET, a LIMIT over a UNION, .. */
    bool defines; /* what stands in it is evaluated later: a view, a stored program, a compound statement's body */
    bool user_variable;   /* @x */
    bool system_variable; /* @@x */
    bool locking_read;    /* FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE */
    bool into;            /* SELECT .. INTO: a file or variables */
    bool returning;       /* a write that gives rows, so that its answer is no OK packet */
    bool chains;   /* COMMIT or ROLLBACK .. AND CHAIN, .. RELEASE: another transaction begins, or the connection ends */
    bool releases; /* of these, .. RELEASE: the connection ends */
    bool read_only;    /* START TRANSACTION .. READ ONLY */
    bool snapshot;     /* START TRANSACTION WITH CONSISTENT SNAPSHOT */
    bool varies;       /* NOW(), RAND(), UUID() and the like */
    bool aggregates;   /* calls an aggregate function */
    bool unknown_call; /* calls what is not on the list of functions */
    bool conditional;  /* has a versioned comment, read or not */
    bool body;         /* a stored program or a compound statement: semicolons in it are not looked at */
} weir__sql_effects;

/* sql: one statement, with or without a semicolon; options: of the server that will run it. Threads: any. */
weir__sql_effects weir__sql_effects_of(weir_str sql, const weir__lex_options *options);

/* "SELECT" */
const char *weir__verb_name(weir__verb verb);

#endif
