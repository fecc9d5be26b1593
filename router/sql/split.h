/* split.h - cuts a stream of bytes into statements. SPDX-License-Identifier: Apache-2.0
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
#ifndef WEIR_ROUTER_SQL_SPLIT_H
#define WEIR_ROUTER_SQL_SPLIT_H

#include <stdbool.h>

#include "base/buf.h"

enum { WEIR__SPLIT_MAX_DELIMITER = 15 };

typedef enum weir__split_event {
    WEIR__SPLIT_MORE,      /* all input is taken, no statement has ended */
    WEIR__SPLIT_STATEMENT, /* *statement, without its delimiter; never only blanks and comments */
    WEIR__SPLIT_TOO_LONG,  /* a statement over the limit has ended */
    WEIR__SPLIT_NOMEM,     /* a statement for which there was no memory has ended */
    WEIR__SPLIT_DELIMITER, /* a DELIMITER line without a usable delimiter; the old one stays */
} weir__split_event;

typedef enum weir__split_state {
    WEIR__SPLIT_IN_CODE,
    WEIR__SPLIT_AT_DASH,   /* - */
    WEIR__SPLIT_AT_DASHES, /* -- */
    WEIR__SPLIT_AT_SLASH,  /* / */
    WEIR__SPLIT_AT_STAR,   /* * in a versioned comment */
    WEIR__SPLIT_OPENED,    /* the two bytes that open a comment */
    WEIR__SPLIT_OPENED_M,  /* and an M */
    WEIR__SPLIT_IN_COMMENT,
    WEIR__SPLIT_IN_COMMENT_STAR,
    WEIR__SPLIT_IN_LINE_COMMENT,
    WEIR__SPLIT_IN_QUOTES,
    WEIR__SPLIT_IN_QUOTES_ESCAPED,
    WEIR__SPLIT_IN_DELIMITER_LINE,
} weir__split_state;

typedef struct weir__split {
    weir__buf text; /* of the statement so far */
    size_t limit;
    weir__split_state state;
    char quote;           /* of the quotes we are in */
    bool plain_backslash; /* the caller's, after init: sql_mode has NO_BACKSLASH_ESCAPES */
    bool versioned;       /* in a versioned comment */
    bool begun;           /* something of this statement was read that is not a blank */
    bool given;           /* text was handed out: forgotten at the next feed */
    uint64_t tokens;      /* bytes that are neither blank nor comment */
    uint8_t word;         /* how much of the word DELIMITER the statement began with; NOT_THE_WORD */
    uint8_t matched;      /* how much of the delimiter was just read */
    char delimiter[WEIR__SPLIT_MAX_DELIMITER + 1];
    uint8_t size,
        fallback[WEIR__SPLIT_MAX_DELIMITER]; /* of the delimiter: its size; where matching goes on after a mismatch */
    char argument[2 * WEIR__SPLIT_MAX_DELIMITER]; /* of a DELIMITER line, its blanks left out */
    uint8_t argument_size;
    bool argument_ended, argument_bad;
} weir__split;

/* limit: bytes of the longest statement. Allocates nothing yet. */
void weir__split_init(weir__split *split, const weir__mem *mem, size_t limit);
void weir__split_deinit(weir__split *split);

/* Takes bytes off the front of *input, up to and with the end of a statement. Call again until MORE.
 * *statement is set for WEIR__SPLIT_STATEMENT and lives until the next call. */
weir__split_event weir__split_feed(weir__split *split, weir_str *input, weir_str *statement);
/* The input has ended: the last statement needs no delimiter. MORE: there is none. An unfinished string or comment is given as
 * it is, for the server to refuse. */
weir__split_event weir__split_end(weir__split *split, weir_str *statement);
/* Forgets the statement that has begun; the delimiter stays. */
void weir__split_reset(weir__split *split);
/* Is a statement or comment unfinished? */
bool weir__split_pending(const weir__split *split);

#endif
