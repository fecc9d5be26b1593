/* fingerprint.h - one text for all statements that differ in their values alone. SPDX-License-Identifier: Apache-2.0
 * One pass of the lexer, no allocation: the caller brings the buffers. The same text gives the same hash in every process.
 *
 * Two kinds:
 * PLAN  finds a plan. A literal is lifted - taken out, its place in the text remembered as a slot - only where the server's answer
 *       cannot tell (HAZARDS 21): integers and strings compared with a bare column by = <=> <> < <= > >= BETWEEN or IN in WHERE and
 *       ON; those and decimals as values assigned to a column in VALUES and SET; integers of LIMIT and OFFSET. An integer becomes ?n, a
 *       string ?s, a decimal ?d, the caller's own parameter stays ?, for which of them it is decides what may be sent. The rest keeps
 *       its text, and the select list keeps every byte between its tokens too, since the server names columns after it. An IN-list
 *       of lifted values, of any length, becomes (?n+); several rows of VALUES that come out alike become one, (?n, ?s)+. An element
 *       with a query in it stays, for its tables are read once more with each.
 *       Two statements with one PLAN text differ in the values of their slots, and in nothing that the answer shows. sql_mode,
 *       flavour and version are no part of it: a key holds them beside it (HAZARDS 19).
 * LOG   for people: every literal is ?, lists are collapsed, no comment and no value is left.
 *
 * In both blanks are one, comments go (but optimizer hints), reserved words are in capitals; names keep their letters. */
#ifndef WEIR_ROUTER_SQL_FINGERPRINT_H
#define WEIR_ROUTER_SQL_FINGERPRINT_H

#include "router/sql/lexer.h"

typedef enum weir__fingerprint_kind { WEIR__FINGERPRINT_PLAN, WEIR__FINGERPRINT_LOG } weir__fingerprint_kind;

/* A value that is not in the PLAN text, in the order of the statement. */
typedef struct weir__slot {
    uint32_t start, end; /* bytes of the statement; a sign belongs to it */
    uint16_t
        id; /* WEIR__TK_PARAM, INTEGER_NUMBER (at most 18 digits), DECIMAL_NUMBER or STRING (quotes and escapes as written) */
    uint16_t list;      /* 0: stands alone; n: an element of the n-th list that was collapsed or could have been */
    uint32_t parameter; /* PARAM: which ? of the statement, from 0 */
} weir__slot;

/* Elements of a list that the PLAN text shows as one with a plus behind it: as many runs as pluses, in the order of the text. Each
 * element has the same number of slots. Statements of one PLAN text have the same runs but for where they are and how long. */
typedef struct weir__run {
    uint32_t start, end; /* bytes of the statement, from the first element to the last; rows with their parentheses */
    uint32_t first;      /* slot */
    uint32_t width;      /* slots of an element, at least 1 */
    uint32_t elements;   /* at least 1 */
    uint32_t position;   /* in its list, of the first element */
    bool of_rows;        /* of VALUES, else of an IN-list */
} weir__run;

typedef struct weir__fingerprint {
    uint64_t hash;       /* XXH3 of the text, never 0 */
    uint32_t size;       /* of the text in bytes; it has no NUL */
    uint32_t slots;      /* as many as there are; those past the room are not written */
    uint32_t parameters; /* slots that are PARAM */
    uint32_t runs;       /* those past the room are not written */
    uint32_t lists;      /* IN-lists and row lists with slots, at most 65535 */
    bool
        cut; /* the text did not fit, or slots or runs, or what was lifted turned out to be no value of a list: no key of a plan, its
                 hash is of what fitted */
    bool bad;         /* a byte that is no SQL, or something without an end; the text ends there */
    bool more;        /* a second statement follows, not in the text */
    bool conditional; /* has a versioned comment; what it means depends on the server's version */
} weir__fingerprint;

/* Where a fingerprint is written; slots and runs of PLAN only, they may be NULL with no room. */
typedef struct weir__fingerprint_room {
    char *text;
    size_t bytes;
    weir__slot *slots;
    size_t slot_count;
    weir__run *runs;
    size_t run_count;
} weir__fingerprint_room;

/* Threads: any. */
void weir__fingerprint_of(weir_str sql, const weir__lex_options *options, weir__fingerprint_kind kind,
                          const weir__fingerprint_room *room, weir__fingerprint *out);

#endif
