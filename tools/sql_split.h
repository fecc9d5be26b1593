/* sql_split.h - cuts a stream of bytes into statements. SPDX-License-Identifier: Apache-2.0
 *
 * feed O(bytes), whatever the size of the reads: each byte is looked at once. Memory: one statement, at most the limit given at
 * init; of a longer one nothing is kept, and its end is still found. Not thread-safe.
 *
 * What it knows of SQL is where the delimiter is not one. As the server reads, with backslash escapes on (the default sql_mode):
 *   '..' "..'     end at the same quote; a backslash takes the next byte with it; a doubled quote goes on
 *   `..`          ends at the backtick; no escapes
 *   # ..          to the end of the line; also -- when a blank or a control character follows, or the input ends
 *   / * .. * /    to the first * /; not nested
 *   / *! .. * /   (and / *M!) versioned: read as SQL, with strings and comments inside, whether or not the server will run it; but
 *                 no statement ends in it
 * A line DELIMITER xx where a statement could begin changes the delimiter, as the mysql client does it: without it the statements
 * in a procedure's body would run one by one. */
#ifndef WEIR_TOOLS_SQL_SPLIT_H
#define WEIR_TOOLS_SQL_SPLIT_H

#include <stdbool.h>

#include "base/buf.h"

enum { SQL_MAX_DELIMITER = 15 };

typedef enum sql_split_event {
    SQL_SPLIT_MORE,      /* all input is taken, no statement has ended */
    SQL_SPLIT_STATEMENT, /* *statement, without its delimiter; never only blanks and comments */
    SQL_SPLIT_TOO_LONG,  /* a statement over the limit has ended */
    SQL_SPLIT_NOMEM,     /* a statement for which there was no memory has ended */
    SQL_SPLIT_DELIMITER, /* a DELIMITER line without a usable delimiter; the old one stays */
} sql_split_event;

typedef enum sql_split_state {
    SQL_IN_CODE,
    SQL_AT_DASH,   /* - */
    SQL_AT_DASHES, /* -- */
    SQL_AT_SLASH,  /* / */
    SQL_AT_STAR,   /* * in a versioned comment */
    SQL_OPENED,    /* the two bytes that open a comment */
    SQL_OPENED_M,  /* and an M */
    SQL_IN_COMMENT,
    SQL_IN_COMMENT_STAR,
    SQL_IN_LINE_COMMENT,
    SQL_IN_QUOTES,
    SQL_IN_QUOTES_ESCAPED,
    SQL_IN_DELIMITER_LINE,
} sql_split_state;

typedef struct sql_split {
    weir__buf text; /* of the statement so far */
    size_t limit;
    sql_split_state state;
    char quote;      /* of the quotes we are in */
    bool versioned;  /* in a versioned comment */
    bool begun;      /* something of this statement was read that is not a blank */
    bool given;      /* text was handed out: forgotten at the next feed */
    uint64_t tokens; /* bytes that are neither blank nor comment */
    uint8_t word;    /* how much of the word DELIMITER the statement began with; NOT_THE_WORD */
    uint8_t matched; /* how much of the delimiter was just read */
    char delimiter[SQL_MAX_DELIMITER + 1];
    uint8_t size, fallback[SQL_MAX_DELIMITER]; /* of the delimiter: its size; where matching goes on after a mismatch */
    char argument[2 * SQL_MAX_DELIMITER];      /* of a DELIMITER line, its blanks left out */
    uint8_t argument_size;
    bool argument_ended, argument_bad;
} sql_split;

/* limit: bytes of the longest statement. Allocates nothing yet. */
void sql_split_init(sql_split *split, const weir__mem *mem, size_t limit);
void sql_split_deinit(sql_split *split);

/* Takes bytes off the front of *input, up to and with the end of a statement. Call again until MORE.
 * *statement is set for SQL_SPLIT_STATEMENT and lives until the next call. */
sql_split_event sql_split_feed(sql_split *split, weir_str *input, weir_str *statement);
/* The input has ended: the last statement needs no delimiter. MORE: there is none. An unfinished string or comment is given as
 * it is, for the server to refuse. */
sql_split_event sql_split_end(sql_split *split, weir_str *statement);
/* Forgets the statement that has begun; the delimiter stays. */
void sql_split_reset(sql_split *split);
/* Is a statement or comment unfinished? */
bool sql_split_pending(const sql_split *split);

#endif
