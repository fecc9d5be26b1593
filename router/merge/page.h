/* page.h - a page of rows: ORDER BY .. LIMIT n, and the place from which the next goes on. SPDX-License-Identifier: Apache-2.0
 * docs/pages.md is its specification. A page's statement is the user's with three additions: the columns that make the order certain
 * behind ORDER BY, the values of all of them behind the select list, and a condition that leaves out what came before. A token is those
 * values of a page's last row, with a sum of what they belong to. Pure; memory from the caller's arena. */
#ifndef WEIR_ROUTER_MERGE_PAGE_H
#define WEIR_ROUTER_MERGE_PAGE_H

#include "router/merge/plan.h"

typedef enum weir__page_kind {
    WEIR__PAGE_INTEGER,
    WEIR__PAGE_DECIMAL,
    WEIR__PAGE_DOUBLE,
    WEIR__PAGE_TEXT,
    WEIR__PAGE_BYTES,
} weir__page_kind;

typedef struct weir__page_key {
    char *expression; /* of which the order is made: a column, or what stands for its value */
    uint8_t kind;     /* weir__page_kind */
    bool descending;
    weir_value after; /* from the token */
} weir__page_key;

typedef struct weir__page {
    /* given */
    weir_str token;    /* size 0: the first page */
    weir_str text;     /* of the user, whatever tables are named on a shard */
    weir_str database; /* of the session */
    const char *zone;  /* the session's time_zone */
    bool several;      /* shards */
    /* made by weir__page_apply */
    weir_str sql;
    weir_args args;
    weir__page_key *keys;
    uint32_t key_count;
    uint64_t statement, schema; /* sums: text, values and database; tables and zone */
} weir__page;

/* Makes page->sql and page->args of input's. Returns: OK; UNSUPPORTED: no page can go on there, with the reason; USAGE: the token is damaged, of
 * another statement, or of tables as they were before; SYNTAX, LIMIT, NOMEM. */
WEIR_MUST_USE weir_status weir__page_apply(const weir__merge_input *input, weir__page *page, weir__arena *arena,
                                           weir_error *error);

/* ---- page_token.c ---- */

/* The token of a row, whose page->key_count values these are. data NULL: no memory. */
weir_str weir__page_token(const weir__page *page, const weir_value *values, weir__arena *arena);
/* Reads page->token into the keys. */
WEIR_MUST_USE weir_status weir__page_read(weir__page *page, weir__arena *arena, weir_error *error);

#endif
