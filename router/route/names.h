/* names.h - the tokens of a statement, numbered alike in all statements of its plan. SPDX-License-Identifier: Apache-2.0
 * Values that a fingerprint lifts, and lists of them, have no number. O(1) a token. Threads: any. */
#ifndef WEIR_ROUTER_ROUTE_NAMES_H
#define WEIR_ROUTER_ROUTE_NAMES_H

#include "router/plan/plan_values.h"

typedef struct weir__names_walk {
    weir__lexer lexer;
    const weir__lookup *lookup;
    uint32_t next_slot, next_run, number;
} weir__names_walk;

void weir__names_begin(const weir__lookup *lookup, weir__names_walk *walk);
/* False: the end. *number: NONE in a value. */
bool weir__names_next(weir__names_walk *walk, weir__token *token, uint32_t *number);

/* Is the token this name, with quotes or without, letters of any case? */
bool weir__names_token(weir_str sql, weir__token token, weir_str name);

#endif
