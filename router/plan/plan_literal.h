/* plan_literal.h - what a literal says: from the bytes of a statement to its number or text. SPDX-License-Identifier: Apache-2.0
 * As the server reads them under the sql_mode of reading; nothing is rounded, nothing allocates. O(bytes). Threads: any.
 * Not here: what a column would make of it. */
#ifndef WEIR_ROUTER_PLAN_PLAN_LITERAL_H
#define WEIR_ROUTER_PLAN_PLAN_LITERAL_H

#include "router/sql/lexer.h"

typedef struct weir__number {
    bool negative;   /* -0 is */
    weir_str digits; /* in the text: 007, 1.50, .5, 1e-3 */
} weir__number;

typedef struct weir__whole_number {
    bool negative; /* never of 0 */
    uint64_t magnitude;
} weir__whole_number;

/* Of INTEGER, DECIMAL and FLOAT. False: it is none. */
bool weir__literal_number(weir_str text, const weir__lex_options *reading, weir__number *number);
/* Of INTEGER. False: it is none, or does not fit 64 bits. */
bool weir__literal_whole_number(weir_str text, const weir__lex_options *reading, weir__whole_number *number);

/* Of STRING: quotes and escapes undone, adjacent strings joined. The value is a part of the text where that will do, else in the
 * buffer; text.size bytes are always enough. False: it is no string, or the buffer has too little room. */
bool weir__literal_string(weir_str text, const weir__lex_options *reading, char *buffer, size_t room, weir_str *value);

#endif
