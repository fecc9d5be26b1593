/* token.h - a session's floors as a text for another process. SPDX-License-Identifier: Apache-2.0
 *
 *    1;shop;shop-0=0-1-29,1-3-7@2;shop-1=?;5f3a9c01
 *    version; database; for each shard: position, ? when unknown, @ server id of who served last; check sum of all before it
 *
 * Fit for a header or a cookie: no blanks, quotes or commas at its ends. A token that was cut or changed is refused by its sum: a shorter
 * number would be a position of the past. Pure. Not here: what a floor means (readers.h). */
#ifndef WEIR_ROUTER_TOKEN_H
#define WEIR_ROUTER_TOKEN_H

#include <stddef.h>

#include "router/position.h"

enum { WEIR__MAX_TOKEN_BYTES = 1024 * 1024 /* a thousand shards, each with a long name and several domains */ };

typedef struct weir__token_part {
    weir_str shard;
    weir__position position;
    bool unknown;
    uint32_t served_by_id; /* 0: none */
} weir__token_part;

/* Where to print: like snprintf, size counts on when the room has ended. */
typedef struct weir__token_out {
    char *buffer; /* may be NULL when room is 0 */
    size_t room, size;
    uint32_t sum;
} weir__token_out;

void weir__token_begin(weir__token_out *out, char *buffer, size_t room, const char *database);
void weir__token_add(weir__token_out *out, const weir__token_part *part);
/* Gives the length without the NUL, which stands in the buffer if it has any room. */
size_t weir__token_end(weir__token_out *out);

/* Checks the whole and gives the database; *rest is for weir__token_next. False: it is no token that weir printed. */
bool weir__token_open(weir_str token, weir_str *database, weir_str *rest);
/* The next shard; false at the end. */
bool weir__token_next(weir_str *rest, weir__token_part *part);

#endif
